import { ITEM_KINDS, ITEM_STATES } from '../../domain/review/item.ts'
import { REVIEW_STATES } from '../../domain/review/review.ts'
import { REVIEW_BODIES } from '../review.ts'
import type { Operation, Parameter, Schema } from './operation.ts'
import {
  answer,
  listOf,
  named,
  object,
  oneOf,
  operation,
  orNull,
  path,
  query,
  text,
  whole,
} from './operation-parts.ts'

const REVIEWS = '/v1/admin/reviews'
const REVIEW = `${REVIEWS}/{id}`
const ITEM = `${REVIEW}/items/{n}`
const ID_SCHEMA: Schema = { type: 'string', pattern: '^rev_[0-9a-f-]{36}$' }
const ID = path('id', ID_SCHEMA, 'the review')
const N = path('n', whole(1, 999_999_999), 'the number of the item')
const header = (name: string, schema: Schema, description: string): Parameter => ({
  name,
  in: 'header',
  required: true,
  description,
  schema,
})
const IF_MATCH = header(
  'If-Match',
  { type: 'string', pattern: '^"[1-9][0-9]{0,8}"$' },
  'the revision that was looked at, as `ETag` gave it',
)
const KEY = header(
  'Idempotency-Key',
  { type: 'string', minLength: 8, maxLength: 128, pattern: '^[\\x21-\\x7e]{8,128}$' },
  'the same for a request that is sent again: it is done once; with another request it is refused',
)
const OF_REVIEW = { 200: answer('the review; `ETag` is its revision', named('Review')) }
const OF_ITEM = { 200: answer('the item; `ETag` is its revision', named('ReviewItemDetail')) }

/** The quarterly review, from a draft to its seal. */
export const REVIEW_OPERATIONS: readonly Operation[] = [
  {
    ...operation('createReview', 'POST', REVIEWS, 'review.manage'),
    summary: 'drafts a review: what of, until when, and what becomes of what nobody answers for',
    parameters: [KEY],
    body: REVIEW_BODIES.draft,
    answers: { 201: answer('the draft; `ETag` is its revision', named('Review')) },
  },
  {
    ...operation('listReviews', 'GET', REVIEWS, 'review.read'),
    summary: 'reviews, newest first',
    parameters: [
      query('state', oneOf(REVIEW_STATES), 'only these'),
      query('before', text(64), 'older than this id: the `next` of the page before'),
      query('limit', whole(1, 100), 'how many; 20 where nothing is said'),
    ],
    answers: {
      200: answer('a page', object({ reviews: listOf(named('Review')), next: orNull(text(64)) })),
    },
  },
  {
    ...operation('getReview', 'GET', REVIEW, 'review.read'),
    summary: 'one review as it stands',
    parameters: [ID],
    answers: OF_REVIEW,
  },
  step(
    'prepareReview',
    'prepare',
    'takes the snapshot and hashes it into the log; again until it has started',
  ),
  step('startReview', 'start', 'decisions are taken from here on'),
  {
    ...step('closeReview', 'close', 'no more decisions; refused while any is missing'),
    body: REVIEW_BODIES.close,
  },
  step('sealReview', 'seal', 'holds the snapshot against its hash, and hashes what became of every item'),
  {
    ...step(
      'releaseReview',
      'release',
      'a person lets go on what would take more than a fifth of all access',
    ),
    permission: 'review.release',
    body: REVIEW_BODIES.release,
  },
  {
    ...operation('getReviewLog', 'GET', `${REVIEW}/log`, 'review.read'),
    summary:
      'what is found about the log itself, which is of no item: what stood when the review was prepared, and what stands now; a review is sealed when all of it is acknowledged',
    parameters: [ID],
    answers: { 200: answer('the findings', named('ReviewLog')) },
  },
  {
    ...operation('acknowledgeReviewLog', 'POST', `${REVIEW}/log/acknowledge`, 'review.decide'),
    summary: 'a reviewer knows of these findings, and says why they may stand in the evidence',
    parameters: [ID, IF_MATCH, KEY],
    body: REVIEW_BODIES.acknowledge,
    answers: OF_REVIEW,
  },
  {
    ...operation('listReviewItems', 'GET', `${REVIEW}/items`, 'review.read'),
    summary: 'the items, the most dangerous first',
    parameters: [
      ID,
      query(
        'state',
        oneOf([...ITEM_STATES, 'undecided']),
        'only these; `undecided`: those that wait for somebody',
      ),
      query('kind', oneOf(ITEM_KINDS), 'only these'),
      query('risk', whole(0, 100), 'of this risk or more'),
      query(
        'reviewer',
        text(128),
        'only for this person, or for nobody in particular; `me`: for whoever asks',
      ),
      query('after', whole(0, 999_999_999), 'numbers after this one: the `next` of the page before'),
      query('limit', whole(1, 500), 'how many; 50 where nothing is said'),
    ],
    answers: {
      200: answer(
        'a page',
        object({ items: listOf(named('ReviewItem')), next: orNull({ type: 'integer' }) }),
      ),
    },
  },
  {
    ...operation('getReviewItem', 'GET', ITEM, 'review.read'),
    summary: 'one item: as it was, what became of it, what changed since, and since the review before',
    parameters: [ID, N],
    answers: OF_ITEM,
  },
  {
    ...operation('decideReviewItem', 'POST', `${ITEM}/decision`, 'review.decide'),
    summary: 'attest, narrow, revoke or defer; what is revoked is over and shown to be before this answers',
    parameters: [ID, N, IF_MATCH, KEY],
    body: REVIEW_BODIES.decision,
    answers: OF_ITEM,
  },
  {
    ...operation('decideReviewItems', 'POST', `${REVIEW}/items:bulk-decide`, 'review.decide'),
    summary: 'the same of up to a hundred items, all or none; none of high risk',
    parameters: [ID, KEY],
    body: REVIEW_BODIES.bulk,
    answers: { 200: answer('the items', object({ items: listOf(named('ReviewItem')) })) },
  },
  {
    ...operation('delegateReviewItem', 'POST', `${ITEM}/delegate`, 'review.decide'),
    summary: 'hands it to another reviewer; the due date stays',
    parameters: [ID, N, IF_MATCH, KEY],
    body: REVIEW_BODIES.delegation,
    answers: OF_ITEM,
  },
  {
    ...operation('restoreReviewItem', 'POST', `${ITEM}/restore`, 'review.decide'),
    summary: 'brings back a mapping that was suspended because nobody answered; it is to be decided still',
    parameters: [ID, N, IF_MATCH, KEY],
    body: REVIEW_BODIES.restore,
    answers: OF_ITEM,
  },
  {
    ...operation('applyReviewItem', 'POST', `${ITEM}/apply`, 'review.decide'),
    summary: 'tries again what was asked and is not so yet, and whether it is',
    parameters: [ID, N],
    body: REVIEW_BODIES.nothing,
    answers: OF_ITEM,
  },
  {
    ...operation('getReviewProgress', 'GET', `${REVIEW}/progress`, 'review.read'),
    summary: 'how far it is, and for whom it waits',
    parameters: [ID],
    answers: { 200: answer('the progress', named('ReviewProgress')) },
  },
  {
    ...operation('getReviewReport', 'GET', `${REVIEW}/report.json`, 'review.read'),
    summary: 'population, items, decisions, and whether the snapshot is the one in the log',
    parameters: [ID],
    answers: { 200: answer('the report', named('ReviewReport')) },
  },
  {
    ...operation('getReviewReportCsv', 'GET', `${REVIEW}/report.csv`, 'review.read'),
    summary: 'a line an item, for a spreadsheet (RFC 4180)',
    parameters: [ID],
    answers: { 200: { ...answer('the lines', { type: 'string' }), mediaType: 'text/csv' } },
  },
  {
    ...operation('getReviewReportHtml', 'GET', `${REVIEW}/report.html`, 'review.read'),
    summary: 'the report as one page that needs nothing else: no script, nothing fetched',
    parameters: [ID],
    answers: { 200: { ...answer('the page', { type: 'string' }), mediaType: 'text/html' } },
  },
  {
    ...operation('getReviewReportMarkdown', 'GET', `${REVIEW}/report.md`, 'review.read'),
    summary: 'the report in Markdown with tables, for a wiki or a ticket',
    parameters: [ID],
    answers: { 200: { ...answer('the text', { type: 'string' }), mediaType: 'text/markdown' } },
  },
  {
    ...operation('makeReviewEvidence', 'POST', `${REVIEW}/evidence`, 'audit.read'),
    summary:
      'makes the evidence pack of a sealed review, unless it is there; the first time the hash of its manifest goes into the log. It goes on whoever stops waiting. With `Accept: application/x-ndjson` lines of `progress`, then one of `evidence` or `error`',
    parameters: [ID],
    body: REVIEW_BODIES.nothing,
    answers: { 200: answer('it is there', named('ReviewEvidence')) },
  },
  {
    ...operation('getReviewEvidenceState', 'GET', `${REVIEW}/evidence`, 'audit.read'),
    summary: 'whether the evidence pack is there, or how far the making of it is',
    parameters: [ID],
    answers: { 200: answer('how it stands', named('ReviewEvidence')) },
  },
  {
    ...operation('getReviewEvidence', 'GET', `${REVIEW}/evidence.tar`, 'audit.read'),
    summary:
      'the evidence pack of a sealed review that was made: ten parts, a report, proofs; the same bytes every time',
    parameters: [ID],
    answers: {
      200: { ...answer('the archive', { type: 'string', format: 'binary' }), mediaType: 'application/x-tar' },
    },
  },
]

function step(id: string, verb: string, summary: string): Operation {
  return {
    ...operation(id, 'POST', `${REVIEW}/${verb}`, 'review.manage'),
    summary,
    parameters: [ID, IF_MATCH, KEY],
    body: REVIEW_BODIES.nothing,
    answers: OF_REVIEW,
  }
}
