import type { Configuration } from '../configuration.ts'
import type { Comparison } from './compare.ts'
import { createComparer } from './compare.ts'
import type { DeciderOptions } from './decide-again.ts'
import { readSubject, restsOn } from './read-subject.ts'
import type { LookedFor, RecordedDecision } from './recorded-decision.ts'
import { sliceDecision, subjectOf } from './slice.ts'
import type { ReplayTally } from './tally.ts'
import { createReplayTally } from './tally.ts'
import { tellingPaths } from './telling-paths.ts'

/** One `assume.intent` or `assume.refused` as it stands in the log. */
export type DecisionRow = {
  readonly atMs: number
  readonly assumption: string
  /** null: granted. */
  readonly code: string | null
  /** null: taken out by its age. */
  readonly body: string | null
}

export type Replay = {
  see(row: DecisionRow): void
  readonly tally: ReplayTally
  /** Decisions that were not decided again, by why. */
  skipped(): SkippedDecisions
}

export type SkippedDecisions = {
  /** Assumed from a session of ours: it rests on the decision of that session. */
  readonly chained: number
  /** No token was verified, so that no configuration of mappings makes a difference. */
  readonly unverified: number
  /** Refused by what is of the moment (a budget, a limit of use, a lock, a probe): decided again as if that were not. */
  readonly limited: number
  /** Taken out of the log by their age. */
  readonly pruned: number
}

export type ReplayOptions = DeciderOptions & {
  readonly present: Configuration
  readonly draft: Configuration
  /** What was looked for in the tokens of an issuer (by name) under a generation. */
  readonly lookedFor: (issuer: string, generation: number) => LookedFor
}

/** Refusals that are not of the configuration alone. */
const OF_THE_MOMENT = new Set([
  'locked',
  'probe_stale',
  'replayed',
  'uses_exhausted',
  'subject_budget_spent',
  'withheld',
])

/** Equal decisions are compared once; beyond so many different ones each is compared by itself. */
const MAX_MEMORY = 100_000

/** Replays decisions as they are read from the log. Pure but for its own maps. */
export function createReplay(options: ReplayOptions): Replay {
  const { present, draft, lookedFor } = options
  const comparer = createComparer({ present, draft }, options)
  const telling = tellingPaths([present, draft])
  const tally = createReplayTally()
  const memory = new Map<string, Comparison>()
  const skipped = { chained: 0, unverified: 0, limited: 0, pruned: 0 }
  const places = new Map<LookedFor, number>()

  function placeOf(looked: LookedFor): number {
    const found = places.get(looked)
    if (found !== undefined) return found
    places.set(looked, places.size)
    return places.size - 1
  }

  function compare(place: string, decision: () => RecordedDecision): Comparison {
    const found = memory.get(place)
    if (found !== undefined) return found
    const made = comparer.compare(decision())
    if (memory.size < MAX_MEMORY) memory.set(place, made)
    return made
  }

  return {
    tally,
    skipped: () => ({ ...skipped }),
    see({ atMs, assumption, code, body }) {
      if (body === null) {
        skipped.pruned += 1
        return
      }
      const sliced = sliceDecision(body)
      if (sliced === null) {
        skipped.unverified += 1
        return
      }
      if (sliced.chained || code?.startsWith('chain_') === true) {
        skipped.chained += 1
        return
      }
      if (code !== null && OF_THE_MOMENT.has(code)) skipped.limited += 1
      const roleAsked: string | null = JSON.parse(sliced.roleAsked)
      const subject = readSubject(sliced.subject)
      if (!comparer.mayDiffer(subject.url, roleAsked)) {
        tally.unchanged(1)
        return
      }
      const { askedSeconds, narrowed, generation } = sliced
      const { issuer, sub } = subject
      const looked = lookedFor(issuer, generation)
      const place = `${placeOf(looked)} ${narrowed} ${narrowed && code === null} ${askedSeconds} ${sliced.roleAsked} ${restsOn(subject, telling)}`
      const comparison = compare(place, () => {
        return { code, subject: subjectOf(sliced), roleAsked, askedSeconds, narrowed, looked }
      })
      tally.add({ atMs, assumption, code, issuer, sub, roleAsked }, comparison)
    },
  }
}
