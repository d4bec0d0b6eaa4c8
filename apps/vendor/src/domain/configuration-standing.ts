import type { RecordedEvent } from './audit-event.ts'

/** How the configuration that is found stands to what the log says of it (DESIGN rule 2). */
export type ConfigurationStanding =
  | { readonly is: 'current' }
  /** A change was announced and its end is not written: what is found stood before it, or after. */
  | { readonly is: 'cut'; readonly hashBefore: string }
  /** Neither: `expected` is what the log ends with, or null where it knows of none. */
  | { readonly is: 'foreign'; readonly expected: string | null }

type Logged = { readonly seq: number; readonly event: RecordedEvent } | null

/**
 * Judges a configuration by its hash: it must be that of the last `config.changed`; after a `config.changing` without its
 * end either of its hashes passes. `empty` is the hash of no configuration, where the file never held another: a log that
 * has seen none goes with it, and with no other.
 */
export function standingOf(
  found: { readonly hash: string; readonly empty: string | null },
  logged: { readonly changing: Logged; readonly changed: Logged },
): ConfigurationStanding {
  const { changing, changed } = logged
  const expected = changed?.event.type === 'config.changed' ? changed.event.hashAfter : null
  const open = changing !== null && changing.seq > (changed?.seq ?? 0) ? changing.event : null
  if (open?.type === 'config.changing') {
    const { hashBefore, hashAfter } = open
    return found.hash === hashAfter || found.hash === hashBefore
      ? { is: 'cut', hashBefore }
      : { is: 'foreign', expected }
  }
  return found.hash === (expected ?? found.empty) ? { is: 'current' } : { is: 'foreign', expected }
}
