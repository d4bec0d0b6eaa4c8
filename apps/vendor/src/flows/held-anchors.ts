import type { AnchorVerdict } from '../domain/audit-event.ts'
import type { Anchor, Anchored, AuditLog } from '../ports.ts'

export type HeldAnchorsDeps = {
  readonly audit: Pick<AuditLog, 'page' | 'tree'>
  readonly sha256: (text: string) => string
  readonly breathe: () => Promise<void>
}

/** A checkpoint of an anchor that is not of this log's history. */
export type Conflict = {
  readonly anchor: string
  readonly size: number
  /** SHA-256 of the note, hex: what `--accept-fork` names. */
  readonly sha256: string
  readonly reason: AnchorVerdict
}

/** An anchor that by the log holds a checkpoint of that size, and holds none so large. */
export type LostAnchor = { readonly anchor: string; readonly size: number }

export type Held = {
  /** The largest of each name of the log first. */
  readonly conflicts: readonly Conflict[]
  readonly lost: LostAnchor | null
  /** Of the largest checkpoint that is of this history; null where it has none. */
  readonly size: number | null
  /** False for one that is only written. */
  readonly isReadable: boolean
}

/**
 * Holds the log against one anchor. `every`: of what contradicts nothing is left out, so that whoever gives it up can name
 * each. Throws `anchor_unavailable` and `audit_unavailable`.
 */
export type HoldAgainst = (anchor: Anchor, every?: 'every') => Promise<Held>

/** So many of what contradicts are told, of each anchor and name, where nobody has to name them all. */
const MOST_TOLD = 16
/** Judging one hashes some hundred nodes: between so many, others have their turn. */
const AT_ONCE = 8
/** So many events further back is looked first where all that was read contradicts. */
const FIRST_STEP = 256

/**
 * Every checkpoint that an anchor gives is judged, not only the newest: whoever has the log's key can put a longer history
 * on top of the one that they cut. What an anchor holds is asked for under every name that the log ever had and the one
 * that it would get today. What was written there is known by the log itself (`log.anchored`), which a copy of the data
 * folder takes along: so an anchor that is empty is told from one that is new.
 */
export function createHeldAnchors({ audit, sha256, breathe }: HeldAnchorsDeps, origin: string): HoldAgainst {
  async function judged(anchor: string, one: Anchored, givenUp: number): Promise<Conflict | null> {
    const verdict = audit.tree.judge(one.note)
    if (verdict === null || one.size <= givenUp) return null
    const isAtPlace = Number(one.note.split('\n')[1]) === one.size
    if (verdict === 'holds' && isAtPlace) return null
    const reason = verdict === 'holds' ? 'misplaced' : verdict
    return { anchor, size: one.size, sha256: sha256(one.note), reason }
  }

  async function judgedAll(of: JudgedOf, held: readonly Anchored[]) {
    const found: Conflict[] = []
    const sizes: number[] = []
    for (const [at, one] of held.entries()) {
      const conflict = await judged(of.anchor.name, one, of.givenUp)
      if (conflict === null) sizes.push(one.size)
      else found.push(conflict)
      if (at % AT_ONCE === AT_ONCE - 1) await breathe()
    }
    return { found: found.toSorted((a, b) => b.size - a.size), sizes }
  }

  /** Down to one that is of this history and below all that are not: nothing else of an anchor is read for it. */
  async function everyOne(of: JudgedOf, { found, sizes }: Awaited<ReturnType<typeof judgedAll>>) {
    const all = new Map(found.map((one) => [one.sha256, one] as const))
    const smallestOf = (some: readonly Conflict[], least: number) =>
      // What is no checkpoint has no size.
      some.reduce((so, { size }) => (size > 0 ? Math.min(so, size) : so), least)
    let smallest = smallestOf(found, Number.POSITIVE_INFINITY)
    if (smallest === Number.POSITIVE_INFINITY) return found
    const good = [...sizes]
    const below = () => good.reduce((most, size) => (size < smallest ? Math.max(most, size) : most), -1)
    let above = below()
    if (above < 0) above = Math.min(audit.tree.size(), smallest - 1)
    for (let step = FIRST_STEP; ; step *= 4) {
      const held = await of.anchor.read(of.name, above)
      const more = await judgedAll(of, held === 'unreadable' ? [] : held)
      for (const one of more.found) all.set(one.sha256, one)
      smallest = smallestOf(more.found, smallest)
      for (const size of more.sizes) good.push(size)
      if (above < 0 || below() >= 0) return [...all.values()]
      above = Math.max(-1, above - step)
    }
  }

  return async (anchor, every) => {
    const names = audit.tree.keys().map(({ vkey }) => vkey.split('+')[0] ?? '')
    const current = names.at(-1)
    const givenUp = await largestGivenUp(audit)
    const conflicts: Conflict[] = []
    let largest = -1
    for (const name of new Set([origin, ...names])) {
      const held = await anchor.read(name)
      if (held === 'unreadable') return { conflicts: [], lost: null, size: null, isReadable: false }
      const of = { anchor, name, givenUp: name === current ? -1 : givenUp }
      const all = await judgedAll(of, held)
      largest = Math.max(largest, ...all.sizes)
      for (const one of every ? await everyOne(of, all) : all.found.slice(0, MOST_TOLD)) conflicts.push(one)
    }
    const known = await sizeInLog(audit, anchor)
    const isLost = conflicts.length === 0 && known !== null && largest < known
    return {
      conflicts,
      lost: isLost ? { anchor: anchor.name, size: known } : null,
      size: largest < 0 ? null : largest,
      isReadable: true,
    }
  }
}

/** An anchor, what of it is asked for, and up to which size that was given up. */
type JudgedOf = { readonly anchor: Anchor; readonly name: string; readonly givenUp: number }

/** How large a checkpoint the log says that this anchor took; null where it took none, or what it had was given up. */
export async function sizeInLog(
  audit: Pick<AuditLog, 'page'>,
  { name, isOwn }: Pick<Anchor, 'isOwn' | 'name'>,
): Promise<number | null> {
  const types = [isOwn ? 'process.start' : 'log.anchored', 'log.anchor_given_up'] as const
  for (let before: number | null | undefined; before !== null; ) {
    const page = await audit.page({ types, limit: 50, ...(before === undefined ? {} : { before }) })
    for (const { event } of page.events) {
      if (event.type === 'log.anchor_given_up' && event.anchor === name) return null
      if (event.type === 'log.anchored' && event.anchor === name) return event.size
      if (event.type === 'process.start') return event.signed ?? null
    }
    before = page.next
  }
  return null
}

/** Up to this size checkpoints under names of before the last fork were given up: whoever named the largest named all. */
async function largestGivenUp(audit: Pick<AuditLog, 'page'>): Promise<number> {
  const { events } = await audit.page({ types: ['log.forked'], limit: 500 })
  const sizes = events.flatMap(({ event }) =>
    event.type === 'log.forked' ? event.accepted.map(({ size }) => size) : [],
  )
  return Math.max(-1, ...sizes)
}
