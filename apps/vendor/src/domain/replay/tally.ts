import type { ClaimPath } from '../subject.ts'
import type { Comparison, ReplayEffect, Said } from './compare.ts'

/** Decisions that one thing is said of: of one subject, for one role. */
export type ReplayItem = {
  /** By name, as recorded. */
  readonly issuer: string
  readonly sub: string
  /** As it was asked for; null where none was. */
  readonly roleAsked: string | null
  readonly present: Said | null
  readonly drafted: Said | null
  /** Claims that were not recorded. */
  readonly unknown: readonly ClaimPath[]
  /** How the newest of them was decided then: `granted` or the code. */
  readonly recorded: string
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
  /** The newest of them. */
  readonly assumption: string
}

export type ReplayCounts = Readonly<Record<ReplayEffect, number>>

export type Seen = {
  readonly atMs: number
  readonly assumption: string
  readonly code: string | null
  readonly issuer: string
  readonly sub: string
  readonly roleAsked: string | null
}

export type ReplayTally = {
  add(seen: Seen, comparison: Comparison): void
  /** Decisions that nothing could change. */
  unchanged(count: number): void
  counts(): ReplayCounts
  /** The most frequent first, and how many items there are beside them. */
  items(effect: ReplayEffect, limit: number): { readonly items: readonly ReplayItem[]; readonly more: number }
}

/** Items kept of an effect: what is beyond is counted among the decisions and listed nowhere. */
const MAX_ITEMS = 10_000

type Growing = { -readonly [K in keyof ReplayItem]: ReplayItem[K] }
type List = { readonly items: Map<string, Growing>; beyond: number }

/** Counts comparisons, and keeps what they are of. Bounded, whatever was asked. Pure but for its own maps. */
export function createReplayTally(): ReplayTally {
  const counts: Record<ReplayEffect, number> = {
    refuses: 0,
    allows: 0,
    differs: 0,
    cannot_tell: 0,
    unchanged: 0,
  }
  const lists = new Map<ReplayEffect, List>()
  /** What a comparison says, as a number: equal decisions share one comparison, so it is looked up once. */
  const kinds = new WeakMap<Comparison, number>()
  const numbers = new Map<string, number>()

  function listOf(effect: ReplayEffect): List {
    const found = lists.get(effect)
    if (found !== undefined) return found
    const made = { items: new Map<string, Growing>(), beyond: 0 }
    lists.set(effect, made)
    return made
  }

  function kindOf(comparison: Comparison): number {
    const found = kinds.get(comparison)
    if (found !== undefined) return found
    const { present, drafted, unknown } = comparison
    const text = JSON.stringify([present, drafted, unknown])
    const made = numbers.get(text) ?? numbers.size
    numbers.set(text, made)
    kinds.set(comparison, made)
    return made
  }

  return {
    add(seen, comparison) {
      const { effect, present, drafted, unknown } = comparison
      counts[effect] += 1
      if (effect === 'unchanged') return
      const { issuer, sub, roleAsked, atMs, assumption, code } = seen
      const list = listOf(effect)
      // Both texts are the caller's: the length of one says where the other begins.
      const place = `${kindOf(comparison)} ${issuer} ${roleAsked?.length} ${roleAsked} ${sub}`
      const found = list.items.get(place)
      if (found !== undefined) {
        grow(found, seen)
        return
      }
      if (list.items.size >= MAX_ITEMS) {
        list.beyond += 1
        return
      }
      const recorded = code ?? 'granted'
      const whole = { issuer, sub, roleAsked, present, drafted, unknown, recorded, assumption }
      list.items.set(place, { ...whole, count: 1, firstMs: atMs, lastMs: atMs })
    },
    unchanged(count) {
      counts.unchanged += count
    },
    counts: () => ({ ...counts }),
    items(effect, limit) {
      const { items, beyond } = listOf(effect)
      const all = [...items.values()].toSorted((a, b) => b.count - a.count || b.lastMs - a.lastMs)
      return { items: all.slice(0, limit), more: Math.max(0, all.length - limit) + beyond }
    },
  }
}

function grow(item: Growing, { atMs, assumption, code }: Seen): void {
  item.count += 1
  item.firstMs = Math.min(item.firstMs, atMs)
  if (atMs <= item.lastMs) return
  item.lastMs = atMs
  item.assumption = assumption
  item.recorded = code ?? 'granted'
}
