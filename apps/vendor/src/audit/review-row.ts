import type { AuditEvent, RecordedEvent } from '../domain/audit-event.ts'
import type { ReviewState } from '../domain/review/review.ts'
import type { ReviewEvent } from '../domain/review-event.ts'

/** What one event does to the tables of reviews, or to that of who made the configuration. */
export type ReviewChange =
  | {
      readonly do: 'review'
      readonly id: string
      /** What the review becomes by it; null: as it was. */
      readonly state: ReviewState | null
      /** JSON, without where it stands: the writer adds that. null: it is of items alone. */
      readonly fact: string | null
      readonly items: readonly {
        readonly n: number
        readonly state: string
        readonly fact: string
        /** JSON; null: as they were. */
        readonly reviewers: string | null
      }[]
      readonly key: { readonly sha256: string; readonly asked: string } | null
    }
  | {
      readonly do: 'maker'
      readonly generation: number
      readonly author: string
      readonly approver: string | null
    }

const STATES: Readonly<Partial<Record<ReviewEvent['type'], ReviewState>>> = {
  'review.drafted': 'draft',
  'review.prepared': 'prepared',
  'review.started': 'running',
  'review.due': 'grace',
  'review.closed': 'closed',
  'review.sealed': 'sealed',
}

/** What an event that is none of an exchange does to these tables. */
export function reviewChangeOf(event: RecordedEvent): ReviewChange | null {
  if (event.type === 'config.changing') {
    const { generation, actor, approval } = event
    const approver = approval === null ? null : JSON.stringify(approval.approver)
    return { do: 'maker', generation, author: JSON.stringify(actor), approver }
  }
  // Its evidence was handed out: the review itself stays as it was sealed.
  if (!isOfReview(event) || event.type === 'review.packed') return null
  const { v: _v, id: _id, mono: _mono, boot: _boot, n: _n, ...fact } = event
  const key = event.actor === null ? null : event.key
  const of = { do: 'review', id: event.review, state: STATES[event.type] ?? null, key } as const
  if (!('items' in fact) || typeof fact.items === 'number')
    return { ...of, fact: JSON.stringify(fact), items: [] }
  const reviewers = fact.type === 'review.delegated' ? JSON.stringify([fact.to]) : null
  // Of an event of many each item keeps its own part, so that nothing is kept five hundred times five hundred times.
  const items = fact.items.map((item) => {
    return { n: item.n, state: item.becomes, fact: JSON.stringify({ ...fact, items: [item] }), reviewers }
  })
  return { ...of, fact: null, items }
}

function isOfReview(event: AuditEvent): event is RecordedEvent & ReviewEvent {
  return event.type.startsWith('review.')
}
