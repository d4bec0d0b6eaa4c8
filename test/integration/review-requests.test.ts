import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openApiDocument } from '../../apps/vendor/src/http/openapi.ts'
import { askApi } from '../support/admin-api.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { operationsOf, urlOf } from '../support/open-api.ts'
import {
  type Item,
  type ReviewRequest,
  reviewClient,
  reviewedConfiguration,
  reviewRequest,
} from '../support/reviews.ts'
import { type Answer, type ChildVendor, startVendor } from '../support/vendor.ts'

/**
 * Every change of a review that carries an `Idempotency-Key` is done once however often it is sent, under the key of whoever
 * sent it; and every one that carries `If-Match` is done on what was looked at alone.
 */
const OPERATIONS = operationsOf(openApiDocument()).filter(
  ({ path, parameters }) =>
    path.startsWith('/v1/admin/reviews') && parameters.some(({ name }) => name === 'Idempotency-Key'),
)

type Row = {
  /** What is recorded of it, once. */
  readonly event: string
  /** The same of the same thing, but not the same; null: it says nothing that could differ. */
  readonly other: object | null
  /** Two that may do it, of two persons. */
  readonly who: readonly [string, string]
}

const WHY = 'looked at with its owner, ticket OPS-1234'
const REVIEWERS = ['rita', 'rolf'] as const
const otherwise = { rationale: 'looked at with nobody at all, ticket OPS-9' }
const ROWS: Readonly<Record<string, Row>> = {
  createReview: { event: 'review.drafted', other: { title: 'another' }, who: REVIEWERS },
  prepareReview: { event: 'review.prepared', other: null, who: REVIEWERS },
  startReview: { event: 'review.started', other: null, who: REVIEWERS },
  closeReview: { event: 'review.closed', other: { acceptFailed: true, reason: 'known' }, who: REVIEWERS },
  sealReview: { event: 'review.sealed', other: null, who: REVIEWERS },
  decideReviewItem: { event: 'review.decided', other: otherwise, who: REVIEWERS },
  decideReviewItems: { event: 'review.decided', other: otherwise, who: REVIEWERS },
  delegateReviewItem: { event: 'review.delegated', other: otherwise, who: REVIEWERS },
  restoreReviewItem: { event: 'review.restored', other: otherwise, who: REVIEWERS },
  acknowledgeReviewLog: { event: 'review.acknowledged', other: otherwise, who: REVIEWERS },
  releaseReview: { event: 'review.released', other: { reason: 'another' }, who: ['abe', 'bob'] },
}

/** More than a fifth of what is in force, and of no other test's reviews. */
const SILENT = ['silent-1', 'silent-2']
const DAY_MS = 86_400_000
let store: FakeSts
let vendor: ChildVendor
let client: ReturnType<typeof reviewClient>
let aheadMs = 0

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor({ wallAheadMs: () => aheadMs })
  client = reviewClient(vendor)
  const base = reviewedConfiguration(vendor, store.endpoint)
  const silent = SILENT.map((name, at) => [
    name,
    { ...base.mappings['app-quick'], when: [{ claim: ['repository_id'], equals: String(100 + at) }] },
  ])
  const mappings = { ...base.mappings, ...Object.fromEntries(silent) }
  expect((await vendor.apply({ ...base, mappings })).body).toMatchObject({ applied: true })
})
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

/** Two reviews that are held, as silence leaves them; of the same, so that letting one go on changes nothing of the other. */
let held: Promise<readonly string[]> | null = null
async function heldReviews(): Promise<readonly string[]> {
  const dueAt = new Date(Date.now() + 5 * DAY_MS).toISOString()
  const of = { dueAt, scope: { kinds: ['mapping'], mappings: SILENT } }
  const ids = [await client.running(of), await client.running(of)]
  aheadMs += 6 * DAY_MS
  await vendor.restart()
  for (const id of ids)
    await expect
      .poll(async () => (await client.get(`/${id}`)).body['held'], { timeout: 10_000 })
      .toMatchObject({ would: SILENT.length })
  return ids
}

/** The wall clock goes on by an hour in no time, which is found about the log. */
async function logFinding(): Promise<void> {
  await vendor.exchange(vendor.token())
  aheadMs += 3_600_000
  for (let at = 0; at < 3; at++) await vendor.exchange(vendor.token())
}

/** Two requests that are done, each of a thing of its own. */
async function twoOf(operation: string): Promise<readonly [ReviewRequest, ReviewRequest]> {
  const releasing = async (id: string) => {
    const { body } = await client.get(`/${id}`)
    return { path: { id }, body: { reason: 'known' }, revision: Number(body['revision']) }
  }
  if (operation === 'releaseReview') {
    held ??= heldReviews()
    const [one = '', other = ''] = await held
    return [await releasing(one), await releasing(other)]
  }
  if (operation === 'acknowledgeReviewLog') {
    await logFinding()
    const acknowledging = async () => {
      const of = await reviewRequest(client, operation)
      const { body } = await client.get(`/${of.path['id']}/log`)
      const keys = (body['findings'] as readonly { key: string }[]).map(({ key }) => key)
      return { ...of, body: { keys, rationale: WHY } }
    }
    return [await acknowledging(), await acknowledging()]
  }
  if (operation !== 'restoreReviewItem')
    return [await reviewRequest(client, operation), await reviewRequest(client, operation)]
  held ??= heldReviews()
  const ids = await held
  for (const id of ids) {
    const { body, revision } = await releasing(id)
    await client.post(`/${id}/release`, body, { as: 'abe', revision })
  }
  // Whichever went on first took them.
  const suspended = async () => {
    const found = ids.map(async (id) => {
      const { body } = await client.get(`/${id}/items?state=auto_suspended`)
      return (body['items'] as readonly Item[]).map((item) => ({ id, ...item }))
    })
    return (await Promise.all(found)).flat()
  }
  await expect.poll(suspended, { timeout: 10_000 }).toHaveLength(SILENT.length)
  const [one, other] = (await suspended()).map(({ id, item: { n }, standing }) => {
    return { path: { id, n: String(n) }, body: { rationale: WHY }, revision: standing.revision }
  })
  if (one === undefined || other === undefined) throw new Error('nothing is suspended')
  return [one, other]
}

/** How often it was recorded in all. */
const recorded = async (event: string) => (await vendor.events(`type=${event}&limit=500`)).length

test('the table has every operation that may come twice', () => {
  expect(OPERATIONS.map(({ id }) => id).toSorted()).toEqual(Object.keys(ROWS).toSorted())
})

describe.each(OPERATIONS.map((operation) => [operation.id, operation] as const))('%s', (id, operation) => {
  const { event, other, who } = ROWS[id] as Row // the test above
  const isOfRevision = operation.parameters.some(({ name }) => name === 'If-Match')
  type How = { readonly as: string; readonly key: string | null; readonly revision?: number | null }
  const send = (request: ReviewRequest, { as, key, revision = request.revision }: How): Promise<Answer> =>
    askApi(vendor, urlOf(operation, request.path), {
      method: 'POST',
      as,
      body: request.body,
      headers: {
        ...(key === null ? {} : { 'idempotency-key': key }),
        ...(revision === null ? {} : { 'if-match': `"${revision}"` }),
      },
    })

  test('is done once under its key, on the revision that was looked at, and by each for themselves', async () => {
    const [one, another] = await twoOf(id)
    const before = await recorded(event)
    const [as, second] = who

    if (isOfRevision) {
      const stale = one.revision === 1 ? 2 : Number(one.revision) - 1
      expect(await send(one, { as, key: `${id}-stale`, revision: stale })).toMatchObject({
        status: 412,
        body: { code: 'precondition_failed' },
      })
      expect(await send(one, { as, key: `${id}-none`, revision: null })).toMatchObject({
        status: 428,
        body: { code: 'precondition_required' },
      })
    }
    for (const key of [null, 'short', 'has a space', 'x'.repeat(129)])
      expect([key, (await send(one, { as, key })).status]).toEqual([key, 400])
    expect(await recorded(event)).toBe(before)

    const key = `${id}-key`
    const first = await send(one, { as, key })
    expect(first.status, JSON.stringify(first.body)).toBe(id === 'createReview' ? 201 : 200)
    const again = await send(one, { as, key })
    expect([again.status, again.body]).toEqual([first.status, first.body])
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'))
    expect(await recorded(event)).toBe(before + 1)

    // The key says which request it is, so with anything else it is a mistake.
    const reused = { status: 422, body: { code: 'idempotency_key_reused' } }
    if (other !== null)
      expect(await send({ ...one, body: { ...(one.body as object), ...other } }, { as, key })).toMatchObject(
        reused,
      ) // an object, by every operation's schema
    if (id !== 'createReview') expect(await send(another, { as, key })).toMatchObject(reused)
    expect(await recorded(event)).toBe(before + 1)

    const theirs = await send(another, { as: second, key })
    expect(theirs.status, JSON.stringify(theirs.body)).toBe(first.status)
    expect(theirs.body).not.toEqual(first.body)
    expect(await recorded(event)).toBe(before + 2)
  }, 60_000)
})
