import type { ItemStanding } from '../domain/review/item.ts'
import { periodWords } from '../domain/review/period.ts'
import type { Counts, Review } from '../domain/review/review.ts'
import type { ReviewItem } from '../domain/review/snapshot.ts'
import { safeText } from '../domain/safe-text.ts'

/** An item in a list, as the admin door answers it. */
export type ShownItem = {
  readonly item: Omit<ReviewItem, 'body' | 'makers'>
  readonly standing: ItemStanding
}

/** One item, as the admin door answers it. */
export type ItemAnswer = {
  readonly item: ReviewItem
  readonly standing: ItemStanding
  readonly now: { readonly version: number; readonly state: string } | null
  readonly changed: readonly string[]
  readonly sinceLastReview: {
    readonly version: number
    readonly lines: readonly string[]
    readonly widens: readonly string[]
  } | null
}

export type ProgressAnswer = {
  readonly items: number
  readonly undecided: number
  readonly counts: Counts
  readonly persons: readonly {
    readonly person: string | null
    readonly undecided: number
    readonly decided: number
  }[]
}

/** On a line of its own a text needs no quotes; what a terminal would act on stays escaped. */
function plain(text: string): string {
  return safeText(text).slice(1, -1).replaceAll('\\"', '"')
}

export function reviewLine({ id, state, plan }: Review): string {
  const { title, period, dueAt } = plan
  const of = periodWords(period)
  return `${id}  ${state.padEnd(8)}  due ${dueAt.slice(0, 10)}  ${of}  ${plain(title)}`
}

export function reviewLines(review: Review): readonly string[] {
  const { plan, prepared, held, due, sealed } = review
  return [
    reviewLine(review),
    `  without an answer: ${plan.noResponse}; ${plan.minReviewers === 2 ? 'two persons an item' : 'one person an item, two of what is critical'}`,
    ...(prepared === null
      ? []
      : [
          `  ${prepared.items} items of generation ${prepared.generation}, snapshot ${prepared.snapshotSha256}`,
        ]),
    ...(due === null ? [] : [`  past its date: ${due.unanswered} unanswered then`]),
    ...(held === null
      ? []
      : [
          `  HELD: ${held.would} of ${held.active} mappings in force would be suspended; stint review release`,
        ]),
    ...(sealed === null ? [] : [`  sealed ${sealed.at}, items ${sealed.itemsSha256}`]),
  ]
}

export function progressLines({ items, undecided, counts, persons }: ProgressAnswer): readonly string[] {
  const states = Object.entries(counts).flatMap(([state, count]) => (count > 0 ? [`${state} ${count}`] : []))
  return [
    `  ${items - undecided} of ${items} decided: ${states.join(', ')}`,
    ...persons.map((one) => {
      const who = one.person === null ? 'any reviewer' : plain(one.person)
      return `  ${who}: ${one.undecided} waiting, ${one.decided} decided`
    }),
  ]
}

export function itemLine({ item, standing }: ShownItem): string {
  const { n, kind, name, risk, recommendation, usage } = item
  const used = usage === null ? '' : `  last used ${usage.last?.slice(0, 10) ?? 'never'}`
  return `${String(n).padStart(5)}  risk ${String(risk).padStart(3)}  ${standing.state.padEnd(16)}  ${kind} ${name}${used}  advice: ${recommendation}`
}

/** One item as somebody reads it before they decide. */
export function itemLines({ item, standing, now, changed, sinceLastReview }: ItemAnswer): readonly string[] {
  const { version, owner, purpose, words, usage, findings, because, makers } = item
  return [
    itemLine({ item, standing }),
    `  version ${version}${now === null ? ', and it is not there any more' : now.version === version ? `, ${now.state}` : `; version ${now.version} now, ${now.state}`}`,
    ...(owner === null ? [] : [`  owner ${plain(owner)}`]),
    ...(purpose === null ? [] : [`  purpose: ${plain(purpose)}`]),
    ...words.map((line) => `  ${plain(line)}`),
    ...(usage === null
      ? []
      : [
          `  in the period: ${usage.issued} sessions, ${usage.refused} refused, ${usage.subjects} subjects, ${usage.networks} networks`,
        ]),
    ...findings.map(
      ({ detector, rule, message, fix }) =>
        `  finding ${detector === null ? '' : `${detector} `}${rule}: ${plain(message)} ${plain(fix)}`,
    ),
    ...because.map((line) => `  because ${plain(line)}`),
    ...changed.map((line) => `  since the snapshot: ${plain(line)}`),
    ...(sinceLastReview === null
      ? ['  it was in no review before']
      : [
          `  since version ${sinceLastReview.version}, reviewed before:${sinceLastReview.lines.length === 0 ? ' nothing' : ''}`,
          ...sinceLastReview.lines.map((line) => `    ${plain(line)}`),
          ...sinceLastReview.widens.map((line) => `    WIDENED ${plain(line)}`),
        ]),
    `  made by ${[...new Set(makers.map(({ author }) => plain(author.person)))].join(', ') || 'nobody that is known'}`,
    ...standing.decisions.map(
      ({ verdict, by, at, rationale }) => `  ${verdict} by ${plain(by.person)}, ${at}: ${plain(rationale)}`,
    ),
    ...outcomeLines(standing),
  ]
}

function outcomeLines({ remediation, proof }: ItemStanding): readonly string[] {
  return [
    ...(remediation === null
      ? []
      : [`  ${remediation.how}${remediation.detail === null ? '' : `: ${remediation.detail}`}`]),
    ...(proof === null
      ? []
      : [
          `  ${proof.holds ? 'proved to be over' : 'not proved yet'}, by ${proof.by}${proof.outcome === null ? '' : `: a subject of it is ${proof.outcome}`}; ${proof.live} sessions may live`,
        ]),
  ]
}
