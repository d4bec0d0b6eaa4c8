import { dayOf } from '../../domain/usage-time.ts'
import type { SightingText } from './sighting.ts'

/** What became of it. */
export type UsageOutcome = 'issued' | 'redelivered' | 'refused' | 'withheld' | 'upstream_failed'

/** Equal sightings of one day with one end. */
export type Counted = {
  readonly day: number
  readonly outcome: UsageOutcome
  /** The code of a refusal; '' of everything else. */
  readonly code: string
  readonly sighting: SightingText
  /** The event of the first of them. */
  readonly seq: number
  count: number
  firstMs: number
  lastMs: number
}

/** One event, as far as it is counted. */
export type CountedEvent = {
  readonly seq: number
  readonly type: string
  readonly atMs: number
  readonly assumption: string | null
  readonly code: string | null
  readonly sighting: SightingText | null
  /** Of a summary: how many refusals it stands for. */
  readonly count: number
}

/** Intents whose outcome has not come yet; beyond these the oldest is read from the log again. */
const MAX_OPEN = 16_384

export type Tally = {
  see(event: CountedEvent): void
  /** What was seen since the last time, in the order of first sight; the tally is empty then. */
  take(): readonly Counted[]
}

/**
 * Counts in memory what events say of use: a few look-ups an event. Pure but for its own maps. `intentOf` finds the
 * sighting of an intent that was seen by another tally, or before this one was emptied of it.
 */
export function createTally(intentOf: (assumption: string) => SightingText | null): Tally {
  const open = new Map<string, SightingText>()
  let groups = new Map<string, Map<SightingText, Counted>>()

  function intent(assumption: string, { last }: { readonly last: boolean }): SightingText | null {
    const found = open.get(assumption)
    if (found === undefined) return intentOf(assumption)
    if (last) open.delete(assumption)
    return found
  }

  function add(outcome: UsageOutcome, sighting: SightingText | null, event: CountedEvent): void {
    if (sighting === null) return
    const { seq, atMs, count } = event
    const day = dayOf(atMs)
    const code = outcome === 'refused' ? (event.code ?? '') : ''
    const name = `${day}${outcome}${code}`
    let group = groups.get(name)
    if (group === undefined) {
      group = new Map()
      groups.set(name, group)
    }
    const found = group.get(sighting)
    if (found === undefined) {
      group.set(sighting, { day, outcome, code, sighting, seq, count, firstMs: atMs, lastMs: atMs })
      return
    }
    found.count += count
    if (atMs < found.firstMs) found.firstMs = atMs
    if (atMs > found.lastMs) found.lastMs = atMs
  }

  return {
    see(event) {
      const { type, assumption, sighting } = event
      switch (type) {
        case 'assume.intent':
          if (assumption === null || sighting === null) return
          if (open.size >= MAX_OPEN) open.delete(open.keys().next().value ?? '')
          open.set(assumption, sighting)
          return
        case 'assume.issued':
          add('issued', intent(assumption ?? '', { last: true }), event)
          return
        case 'assume.upstream_failed':
          add('upstream_failed', intent(assumption ?? '', { last: true }), event)
          return
        case 'assume.withheld':
          add('withheld', intent(assumption ?? '', { last: true }), event)
          return
        case 'assume.unresolved':
          open.delete(assumption ?? '')
          return
        case 'assume.redelivered':
          add('redelivered', sighting, event)
          return
        case 'assume.refused':
        case 'assume.refused_summary':
          add('refused', sighting, event)
      }
    },
    take() {
      const taken = [...groups.values()].flatMap((group) => [...group.values()])
      groups = new Map()
      return taken.sort((a, b) => a.seq - b.seq)
    },
  }
}
