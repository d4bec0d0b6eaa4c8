import type { Mapping } from './mapping.ts'
import type { ConditionBody, Scalar } from './resource.ts'
import type { Steps } from './steps.ts'
import { finish, STEP_ITEMS } from './steps.ts'
import type { ClaimPath, Claims, ClaimValue } from './subject.ts'
import { claimAt } from './subject.ts'

/**
 * Mappings found by what a token says instead of by walking all of them. A mapping whose `when` compares a claim with
 * values can match only where the claim has one of these values, so it stands under them in the table of that claim;
 * one without such a condition is in `rest` and is looked at for everybody.
 */
export type MappingIndex = {
  readonly all: readonly Mapping[]
  readonly tables: readonly Table[]
  /** Positions in `all`, rising. */
  readonly rest: readonly number[]
}

type Table = {
  readonly path: ClaimPath
  /** Whether the claim is a list, any item of which may be the value (`contains`). */
  readonly list: boolean
  readonly at: ReadonlyMap<ClaimValue, readonly number[]>
}

/** So few are walked as fast as they are looked up. */
const PLAIN_WALK = 16
/** Each table costs every exchange one look at a claim; what would need more tables stands in `rest`. */
const MAX_TABLES = 8

/** Those that can match these claims, in the order of `all`: every one that matches is among them. */
export function candidatesOf(index: MappingIndex, claims: Claims): readonly Mapping[] {
  if (index.tables.length === 0) return index.all
  const found = [...index.rest]
  for (const { path, list, at } of index.tables) {
    const value = claimAt(claims, path)
    if (value === undefined) continue
    const values = list ? (Array.isArray(value) ? value : []) : [value]
    for (const one of values) {
      const positions = at.get(one)
      if (positions !== undefined) for (const position of positions) found.push(position)
    }
  }
  found.sort((a, b) => a - b)
  return found.flatMap((position, nth) => {
    const mapping = index.all[position]
    return mapping === undefined || found[nth - 1] === position ? [] : [mapping]
  })
}

/** Builds the index of a list; its order is the order of the answers. */
export function indexMappings(all: readonly Mapping[]): MappingIndex {
  return finish(indexSteps(all))
}

/** `indexMappings` with cuts. */
export function* indexSteps(all: readonly Mapping[]): Steps<MappingIndex> {
  if (all.length <= PLAIN_WALK) return { all, tables: [], rest: [...all.keys()] }
  const counted = yield* countValues(all)
  const chosen = yield* chooseTables(counted.keys)
  const rest: number[] = []
  for (const [position, key] of chosen.entries()) {
    if (position % STEP_ITEMS === 0) yield
    if (key === null) rest.push(position)
    else for (const value of key.values) bucket(key.draft.at, value).push(position)
  }
  const tables = [...counted.drafts.values()].filter(({ at }) => at.size > 0)
  return { all, tables: tables.map(({ path, list, at }) => ({ path, list, at })), rest }
}

type Draft = {
  readonly path: ClaimPath
  readonly list: boolean
  /** How many conditions name each value. */
  readonly counts: Map<Scalar, number>
  readonly at: Map<ClaimValue, number[]>
  mappings: number
}
type Key = { readonly draft: Draft; readonly values: readonly Scalar[] }

function* countValues(
  all: readonly Mapping[],
): Steps<{ readonly drafts: ReadonlyMap<string, Draft>; readonly keys: readonly (readonly Key[])[] }> {
  const drafts = new Map<string, Draft>()
  const keys: (readonly Key[])[] = []
  for (const [position, { when }] of all.entries()) {
    if (position % STEP_ITEMS === 0) yield
    keys.push(
      when.flatMap(({ path, body }) => {
        const named = valuesOf(body)
        if (named === null) return []
        const draft = draftOf(drafts, path, named.list)
        draft.mappings += 1
        for (const value of named.values) draft.counts.set(value, (draft.counts.get(value) ?? 0) + 1)
        return [{ draft, values: named.values }]
      }),
    )
  }
  return { drafts, keys }
}

/** The values without one of which the condition cannot hold; null for a pattern. */
function valuesOf(
  body: ConditionBody,
): { readonly list: boolean; readonly values: readonly Scalar[] } | null {
  if ('equals' in body) return { list: false, values: [body.equals] }
  if ('anyOf' in body) return { list: false, values: body.anyOf }
  if ('contains' in body) return { list: true, values: [body.contains] }
  if ('containsAnyOf' in body) return { list: true, values: body.containsAnyOf }
  return null
}

function draftOf(drafts: Map<string, Draft>, path: ClaimPath, list: boolean): Draft {
  const name = `${list ? 'list' : 'one'} ${JSON.stringify(path)}`
  const found = drafts.get(name)
  if (found !== undefined) return found
  const draft: Draft = { path, list, counts: new Map(), at: new Map(), mappings: 0 }
  drafts.set(name, draft)
  return draft
}

/** Each mapping goes by its rarest value; where that asks for too many tables, by the rarest of the tables that stay. */
function* chooseTables(keys: readonly (readonly Key[])[]): Steps<readonly (Key | null)[]> {
  const first: (Key | null)[] = []
  const uses = new Map<Draft, number>()
  for (const [position, mine] of keys.entries()) {
    if (position % STEP_ITEMS === 0) yield
    const key = rarest(mine)
    first.push(key)
    if (key !== null) uses.set(key.draft, (uses.get(key.draft) ?? 0) + 1)
  }
  if (uses.size <= MAX_TABLES) return first
  const most = [...uses].toSorted(([, a], [, b]) => b - a).slice(0, MAX_TABLES)
  const kept = new Set(most.map(([draft]) => draft))
  const second: (Key | null)[] = []
  for (const [position, mine] of keys.entries()) {
    if (position % STEP_ITEMS === 0) yield
    second.push(rarest(mine.filter(({ draft }) => kept.has(draft))))
  }
  return second
}

function rarest(keys: readonly Key[]): Key | null {
  let best: Key | null = null
  let least = Number.POSITIVE_INFINITY
  for (const key of keys) {
    const count = crowd(key)
    const fewer = count < least
    const sameButWider = count === least && key.draft.mappings > (best?.draft.mappings ?? 0)
    if (!fewer && !sameButWider) continue
    best = key
    least = count
  }
  return best
}

/** How many stand under the most common of its values. */
function crowd({ draft, values }: Key): number {
  return values.reduce<number>((most, value) => Math.max(most, draft.counts.get(value) ?? 0), 0)
}

function bucket(at: Map<ClaimValue, number[]>, value: Scalar): number[] {
  const found = at.get(value)
  if (found !== undefined) return found
  const positions: number[] = []
  at.set(value, positions)
  return positions
}
