import type { ShownFinding } from '../data.ts'
import type { Tone } from '../parts/pieces.ts'
import { agoWords, plural } from './time-words.ts'

/** One thing that waits for whoever looks: how grave, what, and where it is dealt with. */
export type Need = {
  readonly tone: Tone
  readonly says: string
  readonly about: string
  /** Below `/ui`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
}

export type NeedsInput = {
  /** Changes that wait and that whoever looks may answer. */
  readonly changes: number
  /** Reviews under way with items that wait for whoever looks. */
  readonly reviews: readonly {
    readonly id: string
    readonly title: string
    readonly waiting: number
    readonly dueMs: number
    readonly nowMs: number
  }[]
  /** Reviews under way of which it was not counted what waits. */
  readonly moreReviews: number
  /** Changes of whoever looks that wait for others. */
  readonly ownChanges: number
  readonly findings: readonly Pick<ShownFinding, 'severity'>[]
  /** Of the log itself: of no noun of the configuration, and everything else rests on it. */
  readonly ofLog: readonly Pick<ShownFinding, 'severity'>[]
  readonly locks: number
  /** Targets that did not keep what Stint rests on, by name. */
  readonly broken: readonly string[]
  /** Mappings in force that end within thirty days. */
  readonly expiring: number
  /** Mappings in force that detectors say nobody uses. */
  readonly unused: number
}

/** So shortly before its date a review is urgent. */
const SOON_MS = 7 * 86_400_000

/** What needs somebody, the gravest first; empty where nothing does. */
export function needsOf(of: NeedsInput): readonly Need[] {
  const warningsIn = (found: NeedsInput['findings']) =>
    found.filter(({ severity }) => severity === 'warning').length
  const [warnings, ofLog] = [warningsIn(of.findings), warningsIn(of.ofLog)]
  return [
    ...of.broken.map((name) => ({
      tone: 'bad' as const,
      says: `${name} does not keep what Stint rests on`,
      about: 'A probe of the store failed. Look at its sheet before more sessions are given there.',
      ...plain(`/targets/${name}`),
    })),
    ...some(ofLog, {
      tone: 'bad',
      says: `${plural(ofLog, 'warning')} about the log itself`,
      about: 'What is recorded can be believed only as far as the log can.',
      ...plain('/findings', { kind: 'log', severity: 'warning' }),
    }),
    ...some(of.changes, {
      tone: 'warn',
      says: `${plural(of.changes, 'change')} ${of.changes === 1 ? 'waits' : 'wait'} for your answer`,
      about: 'Somebody asked for more than stands; it applies with your yes.',
      ...plain('/changes', { state: 'pending' }),
    }),
    ...of.reviews.map(({ id, title, waiting, dueMs, nowMs }) => ({
      tone: dueMs - nowMs < SOON_MS ? ('bad' as const) : ('warn' as const),
      says: `${plural(waiting, 'item')} of “${title}” ${waiting === 1 ? 'waits' : 'wait'} for your answer`,
      about:
        dueMs <= nowMs ? `It was due ${agoWords(dueMs, nowMs)}.` : `It is due ${agoWords(dueMs, nowMs)}.`,
      ...plain(`/reviews/${id}/queue`),
    })),
    ...some(of.moreReviews, {
      tone: 'warn',
      says: `${plural(of.moreReviews, 'more review')} ${of.moreReviews === 1 ? 'takes' : 'take'} answers`,
      about: 'They are due later than those above.',
      ...plain('/reviews'),
    }),
    ...some(warnings, {
      tone: 'bad',
      says: `${plural(warnings, 'warning')} in the configuration`,
      about: 'Dangerous, or without any effect. Each says what mends it.',
      ...plain('/findings', { severity: 'warning' }),
    }),
    ...quieterNeeds(of),
  ]
}

function quieterNeeds(of: NeedsInput): readonly Need[] {
  return [
    ...some(of.locks, {
      tone: 'warn',
      says: `${plural(of.locks, 'lock')} ${of.locks === 1 ? 'stands' : 'stand'}`,
      about: 'Something was revoked and nothing of it is given until somebody lifts it.',
      ...plain('/log', { kind: 'ended' }),
    }),
    ...some(of.unused, {
      tone: 'warn',
      says: `${plural(of.unused, 'mapping')} that nobody uses`,
      about: 'A trust that nobody uses is a risk that nobody sees.',
      ...plain('/mappings', { standing: 'enforce', sort: 'used' }),
    }),
    ...some(of.expiring, {
      tone: 'info',
      says: `${plural(of.expiring, 'mapping')} ${of.expiring === 1 ? 'ends' : 'end'} within 30 days`,
      about: 'Whoever needs it longer asks now, not when a job fails.',
      ...plain('/mappings', { standing: 'enforce', sort: 'expires' }),
    }),
    ...some(of.ownChanges, {
      tone: 'quiet',
      says: `${plural(of.ownChanges, 'change')} of yours ${of.ownChanges === 1 ? 'waits' : 'wait'} for somebody else`,
      about: 'A second person answers.',
      ...plain('/changes', { state: 'pending' }),
    }),
  ]
}

function plain(path: string, query: Need['query'] = {}): Pick<Need, 'path' | 'query'> {
  return { path, query }
}

function some(count: number, need: Need): readonly Need[] {
  return count === 0 ? [] : [need]
}
