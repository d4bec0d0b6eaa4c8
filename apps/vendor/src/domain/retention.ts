import type { RecordedEvent } from './audit-event.ts'
import type { Run } from './log-event.ts'

/** What of the log is not over yet, whatever its age. */
export type HeldFacts = {
  /** The newest event of each type that is no exchange's, and the sheets that are in use. */
  readonly newest: ReadonlySet<number>
  /** Assumptions whose session at the store is not known to be over. */
  readonly open: ReadonlySet<string>
  /** Revocations that stop issue or are not finished, and probes that run. */
  readonly unfinished: ReadonlySet<string>
}

/**
 * What the log says of itself, what a review decided, ghosts; and what is read from the first event on: who there was to
 * trust (`config.`, `change.`), how old a key is (`secret.`), what was taken away (`revoke.`). People and keys bring these
 * about, and no exchange does, so that they are few.
 */
const FOR_EVER = ['log.', 'review.', 'ghost.', 'config.', 'change.', 'secret.', 'revoke.']

/** Whether an event is never pruned. */
export function isKeptForEver({ type }: Pick<RecordedEvent, 'type'>): boolean {
  return FOR_EVER.some((prefix) => type.startsWith(prefix))
}

/**
 * Whether an old event is still needed at this instant, or put off for other reasons, told in the order of the log: where an intent is, what came of it is
 * as well, or the log would say of a session that was given that it never was.
 */
export function createHolding(facts: HeldFacts, nowMs: number) {
  const intents = new Set<string>()
  return (one: { readonly seq: number; readonly event: RecordedEvent }, isPutOff: boolean): boolean => {
    const { event } = one
    const isOfIntent = 'assumption' in event && intents.has(event.assumption ?? '')
    const held = isPutOff || isOfIntent || isHeld(one, facts, nowMs)
    if (held && event.type === 'assume.intent') intents.add(event.assumption)
    return held
  }
}

function isHeld(
  { seq, event }: { readonly seq: number; readonly event: RecordedEvent },
  facts: HeldFacts,
  nowMs: number,
): boolean {
  if (facts.newest.has(seq)) return true
  if ('assumption' in event && event.assumption !== null && facts.open.has(event.assumption)) return true
  if ('revocation' in event && facts.unfinished.has(event.revocation)) return true
  if ('probe' in event && facts.unfinished.has(event.probe)) return true
  return endsAfter(event, nowMs) || isUsed(event, nowMs)
}

/** A session of it lives, or may. */
function endsAfter(event: RecordedEvent, nowMs: number): boolean {
  const ends = [
    'latestExpiry' in event ? event.latestExpiry : null,
    'expires' in event ? event.expires : null,
    'storeTokenExpires' in event ? event.storeTokenExpires : null,
  ]
  return ends.some((end) => end !== null && Date.parse(end) > nowMs)
}

/** A token that counts as used until then, and what counts for ever: a use of a mapping that has a number of them. */
function isUsed(event: RecordedEvent, nowMs: number): boolean {
  if (event.type !== 'assume.intent') return false
  return event.uses.some((use) => use.of === 'mapping' || Date.parse(use.until) > nowMs)
}

/** Sequences in order as runs. */
export function runsOf(seqs: readonly number[]): readonly Run[] {
  const runs: { from: number; to: number }[] = []
  for (const seq of seqs) {
    const last = runs.at(-1)
    if (last?.to === seq - 1) last.to = seq
    else runs.push({ from: seq, to: seq })
  }
  return runs
}
