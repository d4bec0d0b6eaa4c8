import type { StagedItem } from '../ports/reviews.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import type { ReviewChange } from './review-row.ts'

/** A part of a snapshot on its way to the writer. */
export type StagedPart = {
  readonly review: string
  readonly first: boolean
  readonly head: string | null
  readonly items: readonly StagedItem[]
}

export type ReviewWriter = {
  /** Inside the transaction that writes the event. */
  change(change: ReviewChange, seq: number): void
  /** In a transaction of its own: what is staged counts for nothing before its event stands. */
  stage(part: StagedPart): void
}

const ADD = `json_insert(facts, '$[#]', json_set(json(@fact), '$.seq', @seq))`

/** Keeps the tables of reviews, which are derived from the events. */
export function createReviewWriter(connection: Connection): ReviewWriter {
  const draft = connection.prepare<[Readonly<Record<string, unknown>>]>(
    `INSERT INTO review VALUES (@id, @state, json_array(json_set(json(@fact), '$.seq', @seq)))`,
  )
  const ofReview = connection.prepare<[Readonly<Record<string, unknown>>]>(
    `UPDATE review SET state = coalesce(@state, state), facts = ${ADD} WHERE id = @id`,
  )
  const ofItem = connection.prepare<[Readonly<Record<string, unknown>>]>(
    `UPDATE review_item SET state = @state, reviewers = coalesce(@reviewers, reviewers), facts = ${ADD}
     WHERE review = @id AND n = @n`,
  )
  const keep = connection.prepare('INSERT INTO review_key VALUES (?, ?, ?, ?)')
  const maker = connection.prepare('INSERT OR REPLACE INTO maker VALUES (?, ?, ?)')
  const clear = ['review_item', 'review_snapshot'].map((table) =>
    connection.prepare<[string]>(`DELETE FROM ${table} WHERE review = ?`),
  )
  const item = connection.prepare(`INSERT INTO review_item VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, '[]')`)
  const line = connection.prepare('INSERT INTO review_snapshot VALUES (?, ?, ?)')

  const stage = connection.transaction(({ review, first, head, items }: StagedPart) => {
    if (first) for (const one of clear) one.run(review)
    if (head !== null) line.run(review, 0, head)
    for (const { n, kind, name, version, risk, reviewers, line: text } of items) {
      item.run(review, n, kind, name, version, risk, JSON.stringify(reviewers))
      line.run(review, n, text)
    }
  })

  return {
    change(change, seq) {
      if (change.do === 'maker') {
        maker.run(change.generation, change.author, change.approver)
        return
      }
      const { id, state, fact, items, key } = change
      if (fact !== null) (state === 'draft' ? draft : ofReview).run({ id, state, fact, seq })
      for (const one of items) ofItem.run({ ...one, id, seq })
      if (key !== null) keep.run(key.sha256, key.asked, id, items[0]?.n ?? null)
    },
    stage: (part) => stage.immediate(part),
  }
}
