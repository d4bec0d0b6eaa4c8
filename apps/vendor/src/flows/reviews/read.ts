import { differenceOf } from '../../domain/difference.ts'
import { populationOf } from '../../domain/review/build-snapshot.ts'
import { reportHtml } from '../../domain/review/pack/report-html.ts'
import { dutyBreaches, reportCsvHead, reportCsvLine, reportRow } from '../../domain/review/report.ts'
import { reportMarkdown } from '../../domain/review/report-markdown.ts'
import { type ReportFacts, reportHead, reportParts } from '../../domain/review/report-parts.ts'
import { type Counts, type Review, tallyOf } from '../../domain/review/review.ts'
import type { ReviewId } from '../../ids.ts'
import type { ReviewedItem } from '../../ports/reviews.ts'
import type { ResourceState } from '../../ports.ts'
import type { ReviewDeps } from './deps.ts'
import { snapshotHash } from './prepare.ts'
import { itemOf, reviewOf } from './turns.ts'

/** An item as somebody reads it before they decide. */
export type ItemView = ReviewedItem & {
  /** The resource now; null: it is not there. */
  readonly now: { readonly version: number; readonly state: 'enabled' | 'disabled' } | null
  /** What differs from the snapshot, in words; empty: it is as it was. */
  readonly changed: readonly string[]
  /** What differs from the last review that was closed; null: there is none. */
  readonly sinceLastReview: {
    readonly review: ReviewId
    readonly version: number
    readonly lines: readonly string[]
    readonly widens: readonly string[]
  } | null
}

export type Progress = {
  readonly review: ReviewId
  readonly state: Review['state']
  readonly dueAt: string
  readonly items: number
  readonly undecided: number
  readonly counts: Counts
  /** Persons with what waits for them; null: of nobody in particular. */
  readonly persons: readonly {
    readonly person: string | null
    readonly undecided: number
    readonly decided: number
  }[]
}

export type Report = ReportFacts & {
  /** Decisions by persons who made what they decided on. */
  readonly breaches: ReturnType<typeof dutyBreaches>
}

export type ReportForm = 'html' | 'md'

export type ReviewReads = {
  item(id: ReviewId, n: number): Promise<ItemView>
  progress(id: ReviewId): Promise<Progress>
  report(id: ReviewId): Promise<Report>
  /** The report for people, a piece at a time: a page that needs nothing else, or Markdown. */
  document(id: ReviewId, form: ReportForm): Promise<AsyncIterable<string>>
  /** The items alone, as CSV (RFC 4180). */
  csv(id: ReviewId): Promise<string>
}

const PAGE = 200

export function createReviewReads(deps: ReviewDeps): ReviewReads {
  async function all(id: ReviewId): Promise<readonly ReviewedItem[]> {
    const items: ReviewedItem[] = []
    const query = { review: id, states: null, kind: null, risk: 0, reviewer: null, limit: PAGE }
    for (let after = 0; ; after += PAGE) {
      const page = await deps.audit.reviews.items({ ...query, after })
      items.push(...page)
      if (page.length < PAGE) return items
      await deps.breathe()
    }
  }

  async function report(id: ReviewId): Promise<Report> {
    const review = await reviewOf(deps, id)
    const [counts, items, sha256] = await Promise.all([
      deps.audit.reviews.counts(id),
      all(id),
      snapshotHash(deps, id),
    ])
    const { resources }: ResourceState = await deps.store.current()
    return {
      review,
      counts,
      population: {
        prepared: review.prepared?.population ?? null,
        standing: populationOf({ resources, plan: review.plan }).population,
      },
      snapshot: { sha256, holds: sha256 === review.prepared?.snapshotSha256 },
      breaches: dutyBreaches(items, deps.persons.same),
      items: items.map(({ item, standing }) => reportRow(item, standing)),
    }
  }

  return {
    async item(id, n) {
      const found = await itemOf(deps, id, n)
      const { kind, name } = found.item.resource
      const [now, then, last] = await Promise.all([
        deps.store.get(kind, name),
        deps.store.version(kind, name, found.item.version),
        deps.audit.reviews.previous({ kind: found.item.kind, name: found.item.name, before: id }),
      ])
      const before = last === null ? null : await deps.store.version(kind, name, last.version)
      const isChanged = now !== null && then !== null && now.version !== then.version
      return {
        ...found,
        now: now === null ? null : { version: now.version, state: now.state },
        changed: isChanged ? differenceOf(then, now).lines : [],
        sinceLastReview:
          last === null || before === null || then === null
            ? null
            : { review: last.review, version: last.version, ...differenceOf(before, then) },
      }
    },

    async progress(id) {
      const review = await reviewOf(deps, id)
      const [counts, { persons }] = await Promise.all([
        deps.audit.reviews.counts(id),
        deps.audit.reviews.load(id),
      ])
      return {
        review: id,
        state: review.state,
        dueAt: review.plan.dueAt,
        ...tallyOf(counts),
        counts,
        persons,
      }
    },

    report,

    async document(id, form) {
      const facts = await report(id)
      const [head, parts] = [reportHead(facts), reportParts(facts)]
      return inTurns(
        form === 'html' ? reportHtml(head, parts, 'alone') : reportMarkdown(head, parts),
        deps.breathe,
      )
    },

    async csv(id) {
      await reviewOf(deps, id)
      const rows = (await all(id)).map(({ item, standing }) => reportCsvLine(reportRow(item, standing)))
      return reportCsvHead() + rows.join('')
    },
  }
}

/** So many pieces are made before everything else that waits has its turn. */
const PIECES = 200

/** Pieces together, so that whoever takes them takes few. */
async function* inTurns(pieces: Iterable<string>, breathe: () => Promise<void>): AsyncGenerator<string> {
  let some: string[] = []
  for (const piece of pieces) {
    some.push(piece)
    if (some.length < PIECES) continue
    yield some.join('')
    some = []
    await breathe()
  }
  yield some.join('')
}
