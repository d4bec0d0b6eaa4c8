import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ADMIN_ROLES, type AdminRole } from '../../apps/vendor/src/domain/admin-role.ts'
import { openApiDocument } from '../../apps/vendor/src/http/openapi.ts'
import { askApi } from '../support/admin-api.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { type Described, operationsOf, urlOf } from '../support/open-api.ts'
import { type Item, refusedReviewRequest, reviewClient, reviewedConfiguration } from '../support/reviews.ts'
import { type Answer, type ChildVendor, startVendor } from '../support/vendor.ts'

/**
 * Who may do what of a review: every operation × everybody × their own, somebody else's, and what is not there. `own` is a
 * mapping that this person wrote, or said yes to, by whichever of their bindings; and, of whole reviews, one they drafted.
 */
const OPERATIONS = operationsOf(openApiDocument()).filter(({ path }) => path.startsWith('/v1/admin/reviews'))
const OBJECTS = ['own', 'foreign', 'absent'] as const
type Object_ = (typeof OBJECTS)[number]

/** Each of the six roles, by a binding that has it alone; its person wrote a mapping by a second binding. */
const ROLES = Object.keys(ADMIN_ROLES) as readonly AdminRole[]
/** Reviewers whose own is theirs in another way. */
const REVIEWERS = {
  /** Wrote it as who they are now. */
  'sam-both': 'sam@example.com',
  /** Wrote it by another binding, whose person is spelt otherwise. */
  'ria-2': 'RIA@example.com',
  /** Said yes to it by another binding. */
  'abe-2': 'abe@example.com',
} as const
type Reviewer = keyof typeof REVIEWERS
type Who = AdminRole | Reviewer
const EVERYBODY: readonly Who[] = [...ROLES, ...(Object.keys(REVIEWERS) as Reviewer[])]

const WRITERS: Readonly<Record<Who, string>> = {
  ...(Object.fromEntries(ROLES.map((role) => [role, `${role}-as-author`])) as Record<AdminRole, string>),
  'sam-both': 'sam-both',
  'ria-2': 'ria-1',
  'abe-2': 'ann',
}

/** What the table of permissions promises, written down once more: by hand, and of the operations alone. */
const MAY: Readonly<Record<string, readonly AdminRole[]>> = {
  createReview: ['reviewer'],
  prepareReview: ['reviewer'],
  startReview: ['reviewer'],
  closeReview: ['reviewer'],
  sealReview: ['reviewer'],
  acknowledgeReviewLog: ['reviewer'],
  releaseReview: ['approver'],
  decideReviewItem: ['reviewer'],
  decideReviewItems: ['reviewer'],
  delegateReviewItem: ['reviewer'],
  restoreReviewItem: ['reviewer'],
  applyReviewItem: ['reviewer'],
  makeReviewEvidence: ['operator', 'reviewer', 'auditor'],
  getReviewEvidenceState: ['operator', 'reviewer', 'auditor'],
  getReviewEvidence: ['operator', 'reviewer', 'auditor'],
  ...Object.fromEntries(
    [
      'listReviews',
      'getReview',
      'listReviewItems',
      'getReviewItem',
      'getReviewLog',
      'getReviewProgress',
      'getReviewReport',
      'getReviewReportCsv',
      'getReviewReportHtml',
      'getReviewReportMarkdown',
    ].map((id) => [id, ['author', 'approver', 'operator', 'reviewer', 'auditor'] as const]),
  ),
}
/** What none of these reviews is ready for: their own tests bring that about. */
const NOT_YET = [
  'releaseReview',
  'restoreReviewItem',
  'makeReviewEvidence',
  'getReviewEvidenceState',
  'getReviewEvidence',
]
/** Where nobody may be judge of what is theirs. */
const OF_DUTY = ['decideReviewItem', 'decideReviewItems', 'restoreReviewItem']

const WHY = 'looked at with its owner, ticket OPS-1234'
const ABSENT = 'rev_0193f000-0000-7000-8000-000000000000'
const DAY_MS = 86_400_000
/** Nobody's of these: of the first configuration, to which nobody had to say yes. */
const FOREIGN = Array.from({ length: 60 }, (_, at) => `foreign-${at}`)
const ownOf = (who: Who) => `own-${who}`

let store: FakeSts
let vendor: ChildVendor
let client: ReturnType<typeof reviewClient>
let aheadMs = 0

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor({ env: { STINT_APPROVALS: 'on' }, wallAheadMs: () => aheadMs })
  client = reviewClient(vendor)
  const base = reviewedConfiguration(vendor, store.endpoint)
  const foreign = Object.fromEntries(FOREIGN.map((name, at) => [name, mappingOf(base, 1000 + at)]))
  // An auditor makes nothing: what is theirs they wrote before they were one.
  const { auditor, ...others } = staff()
  const first = {
    ...base,
    mappings: { ...base.mappings, ...foreign },
    admins: { ...base.admins, ...others },
  }
  expect((await vendor.apply(first)).body).toMatchObject({ applied: true })
  for (const [at, who] of EVERYBODY.entries()) await written(ownOf(who), mappingOf(base, at), WRITERS[who])
  const off = { method: 'POST', headers: { 'if-match': '"1"' } }
  expect((await askApi(vendor, '/v1/admin/admins/auditor-as-author:disable', off)).body).toMatchObject({
    applied: true,
  })
  await changed('admins/auditor', auditor, 'ann')
}, 60_000)
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

function staff() {
  const bind = (person: string, ...roles: string[]) => ({ issuer: 'staff', sub: '', person, roles })
  const all = {
    ...Object.fromEntries(ROLES.map((role) => [role, bind(`${role}@example.com`, role)])),
    ...Object.fromEntries(ROLES.map((role) => [`${role}-as-author`, bind(`${role}@example.com`, 'author')])),
    'sam-both': bind(REVIEWERS['sam-both'], 'reviewer', 'author'),
    'ria-1': bind('ria@example.com', 'author'),
    'sam-2': bind('Sam@example.com', 'reviewer'),
    'ria-2': bind(REVIEWERS['ria-2'], 'reviewer'),
  }
  return Object.fromEntries(Object.entries(all).map(([sub, one]) => [sub, { ...one, sub }]))
}

function mappingOf(base: ReturnType<typeof reviewedConfiguration>, repository: number) {
  return {
    ...base.mappings['app-quick'],
    when: [{ claim: ['repository_id'], equals: String(repository) }],
  }
}

/** Written by one, and let through by `abe`. */
function written(name: string, body: object, as: string): Promise<void> {
  return changed(`mappings/${name}`, body, as)
}

async function changed(at: string, body: object | undefined, as: string): Promise<void> {
  const headers = { 'if-none-match': '*' }
  const asked = await askApi(vendor, `/v1/admin/${at}`, { method: 'PUT', as, headers, body })
  expect(asked.status).toBe(202)
  const change = asked.body['change'] as { id: string; generation: number; hash: string } // the door's own answer
  const { id, generation, hash } = change
  const yes = { method: 'POST', as: 'abe', body: { generation, hash, reason: null } }
  expect((await askApi(vendor, `/v1/admin/changes/${id}:approve`, yes)).body).toMatchObject({ applied: true })
}

/** Of a review that somebody ran up to where the operation belongs. */
type Ready = {
  readonly id: string
  readonly n: string
  readonly body: unknown
  readonly revision: number | null
}

let used = 0
const nextForeign = () => FOREIGN[used++ % FOREIGN.length] ?? ''

/** A review of one mapping, drafted by `runner`, where `operation` is next. */
async function ready(operation: string, mapping: string, runner: string): Promise<Ready> {
  const of = { scope: { kinds: ['mapping'], mappings: [mapping] } }
  const step = async (id: string, verb: string, body: object = {}) => {
    const { body: now } = await client.get(`/${id}`)
    const done = await client.post(`/${id}/${verb}`, body, { as: runner, revision: Number(now['revision']) })
    expect([verb, done.status]).toEqual([verb, 200])
  }
  const id = String((await client.post('', draft(of), { as: runner })).body['id'])
  const steps = UP_TO[operation] ?? ['prepare', 'start']
  for (const verb of steps.filter((one) => one === 'prepare' || one === 'start')) await step(id, verb)
  const item = steps.includes('prepare') ? await client.item(id, mapping) : null
  if (item !== null && steps.includes('attest')) await decided(id, item, 'attest')
  if (item !== null && steps.includes('narrow')) await decided(id, item, 'narrow')
  if (steps.includes('close')) await step(id, 'close')
  const { body: review } = await client.get(`/${id}`)
  const isOfItem = ['decideReviewItem', 'delegateReviewItem', 'restoreReviewItem'].includes(operation)
  const standing = item === null ? null : (await client.item(id, mapping)).standing
  const revision = isOfItem ? (standing?.revision ?? null) : Number(review['revision'])
  return { id, n: String(item?.item.n ?? 1), body: bodyOf(operation, item), revision }
}

const UP_TO: Readonly<Record<string, readonly string[]>> = {
  prepareReview: [],
  startReview: ['prepare'],
  closeReview: ['prepare', 'start', 'attest'],
  sealReview: ['prepare', 'start', 'attest', 'close'],
  applyReviewItem: ['prepare', 'start', 'narrow'],
}

function draft(more: object) {
  const day = (days: number) => new Date(Date.now() + aheadMs + days * DAY_MS).toISOString()
  return { title: 'of duties', period: { from: day(-90), to: day(1) }, dueAt: day(30), ...more }
}

function bodyOf(operation: string, item: Item | null): unknown {
  const { n = 1, version = 1 } = item?.item ?? {}
  const verdict = { verdict: 'attest', rationale: WHY }
  switch (operation) {
    case 'createReview':
      return draft({})
    case 'decideReviewItem':
      return { ...verdict, seenVersion: version }
    case 'decideReviewItems':
      return { ...verdict, items: [{ n, seenVersion: version }] }
    case 'delegateReviewItem':
      return { to: 'rita@example.com', rationale: WHY }
    case 'restoreReviewItem':
      return { rationale: WHY }
    case 'acknowledgeReviewLog':
      return { keys: ['S19/none'], rationale: WHY }
    case 'releaseReview':
      return { reason: 'known' }
    default:
      return {}
  }
}

/** By `rita`, whose none of these is. */
async function decided(id: string, { item }: Item, verdict: string): Promise<void> {
  expect((await client.decide(id, item.n, { verdict })).status).toBe(200)
}

let keys = 0
function send(operation: Described, to: Ready, who: Who): Promise<Answer> {
  keys += 1
  const isChange = operation.method === 'POST'
  return askApi(vendor, urlOf(operation, { id: to.id, n: to.n }), {
    method: operation.method,
    as: who,
    headers: {
      ...(isChange ? { 'idempotency-key': `of-duties-${keys}` } : {}),
      ...(to.revision === null ? {} : { 'if-match': `"${to.revision}"` }),
    },
    ...(isChange ? { body: to.body } : {}),
  })
}

/** By role and duty alone; what only time brings about answers that it is not so yet. */
function expected({ id, path }: Described, who: Who, object: Object_): readonly [number, string | null] {
  const role = who in REVIEWERS ? 'reviewer' : (who as AdminRole)
  const may = MAY[id]?.includes(role) === true || (who === 'sam-both' && MAY[id]?.includes('author') === true)
  if (!may) return [403, 'forbidden']
  if (object === 'absent' && path.includes('{id}')) return [404, 'not_found']
  if (id === 'createReview') return [201, null]
  if (NOT_YET.includes(id)) return [409, 'review_state']
  // Nothing is found about the log here: whoever may is told that the key is none.
  if (id === 'acknowledgeReviewLog') return [400, 'invalid_request']
  return object === 'own' && OF_DUTY.includes(id) ? [403, 'separation_of_duties'] : [200, null]
}

async function target(operation: Described, who: Who, object: Object_, may: boolean): Promise<Ready> {
  const { id } = operation
  if (object === 'absent' || !may) {
    const revision = operation.parameters.some(({ name }) => name === 'If-Match') ? 1 : null
    const review = object === 'absent' || running === null ? ABSENT : running
    return { id: review, n: '1', body: refusedReviewRequest(id, review).body, revision }
  }
  const isReviewer = who === 'reviewer' || who in REVIEWERS
  const runner = object === 'own' && isReviewer ? who : 'rita'
  if (operation.method !== 'GET') return ready(id, object === 'own' ? ownOf(who) : nextForeign(), runner)
  const key = object === 'own' ? who : 'rita'
  const found = toRead.get(key) ?? (await ready(id, object === 'own' ? ownOf(who) : nextForeign(), runner))
  toRead.set(key, found)
  return found
}

/** Reading uses nothing up. */
const toRead = new Map<string, Ready>()

/** One that everybody without the permission is refused at. */
let running: string | null = null
beforeAll(async () => {
  running = await client.running({ scope: { kinds: ['mapping'], mappings: FOREIGN.slice(0, 2) } })
})

test('the table has every operation of a review', () => {
  expect(OPERATIONS.map(({ id }) => id).toSorted()).toEqual(Object.keys(MAY).toSorted())
})

describe.each(OPERATIONS.map((operation) => [operation.id, operation] as const))('%s', (_id, operation) => {
  test.each(EVERYBODY)('for %s', async (who) => {
    for (const object of OBJECTS) {
      const [status, code] = expected(operation, who, object)
      const answer = await send(operation, await target(operation, who, object, code !== 'forbidden'), who)
      const found = [object, answer.status, answer.status < 400 ? null : answer.body['code']]
      expect(found).toEqual([object, status, code])
    }
  })
})

describe('of one item', () => {
  const reviewers: readonly Who[] = ['reviewer', ...(Object.keys(REVIEWERS) as Reviewer[])]

  test.each(reviewers)(
    '%s decides over no admin binding of their own person, and over others',
    async (who) => {
      const id = await client.running({ scope: { kinds: ['admin_binding'] } })
      const person = who in REVIEWERS ? REVIEWERS[who as Reviewer].toLowerCase() : 'reviewer@example.com'
      const { body } = await client.get(`/${id}/items?limit=500`)
      const found = body['items'] as readonly Item[]
      const holders = await Promise.all(
        found.map(async ({ item }) => {
          const { body: whole } = await client.get(`/${id}/items/${item.n}`)
          const { body: binding } = whole['item'] as { body: { person: string } }
          return { n: item.n, person: binding.person.toLowerCase() }
        }),
      )
      const own = holders.filter((one) => one.person === person)
      expect(own.length).toBe(2)
      for (const { n } of own) {
        const { status, body: said } = await client.decide(id, n, { verdict: 'attest' }, who)
        expect([n, status, said['code']]).toEqual([n, 403, 'separation_of_duties'])
      }
      const other = holders.find((one) => one.person === 'vic@example.com')
      expect((await client.decide(id, other?.n ?? 0, { verdict: 'attest' }, who)).status).toBe(200)
    },
  )

  test.each(reviewers)('%s is handed nothing that is theirs, whoever hands it on', async (who) => {
    const to = who in REVIEWERS ? REVIEWERS[who as Reviewer] : 'reviewer@example.com'
    const own = await ready('delegateReviewItem', ownOf(who), 'rita')
    const hand = (at: Ready) =>
      client.post(
        `/${at.id}/items/${at.n}/delegate`,
        { to, rationale: WHY },
        at.revision === null ? {} : { revision: at.revision },
      )
    expect((await hand(own)).body).toMatchObject({ code: 'separation_of_duties' })
    expect((await hand(await ready('delegateReviewItem', nextForeign(), 'rita'))).status).toBe(200)
  })

  test.each(reviewers)('one of their own among many keeps %s from deciding over any', async (who) => {
    const names = [ownOf(who), nextForeign(), nextForeign()]
    const id = await client.running({ scope: { kinds: ['mapping'], mappings: names } })
    const { body } = await client.get(`/${id}/items`)
    const items = (body['items'] as readonly Item[]).map(({ item: { n, version } }) => ({
      n,
      seenVersion: version,
    }))
    const asked = { verdict: 'attest', rationale: WHY, items }
    const answer = await client.post(`/${id}/items:bulk-decide`, asked, { as: who })
    expect(answer.body).toMatchObject({ code: 'separation_of_duties' })
    expect((await client.get(`/${id}/progress`)).body).toMatchObject({ undecided: 3 })
  })

  test('what is for a person is for them however their name is spelt, and counts for them once', async () => {
    const of = { scope: { kinds: ['mapping'], mappings: [nextForeign(), nextForeign()] } }
    const id = await client.running({ ...of, reviewers: ['Ria@Example.com', 'rolf@example.com'] })
    const to = { to: 'ria@example.COM', rationale: WHY }
    expect((await client.post(`/${id}/items/2/delegate`, to, { as: 'rolf', revision: 1 })).status).toBe(200)
    const load = async () => (await client.get(`/${id}/progress`)).body['persons']
    expect(await load()).toEqual([{ person: 'Ria@Example.com', undecided: 2, decided: 0 }])
    const mine = (as: string) => client.get(`/${id}/items?reviewer=me`, as)
    expect((await mine('ria-2')).body).toMatchObject({ items: [{ item: { n: 1 } }, { item: { n: 2 } }] })
    expect((await mine('rolf')).body).toMatchObject({ items: [] })
    const attest = (as: string) => client.decide(id, 1, { verdict: 'attest' }, as)
    expect((await attest('rolf')).body).toMatchObject({ code: 'review_not_assigned' })
    expect((await attest('ria-2')).status).toBe(200)
    expect(await load()).toEqual([{ person: 'Ria@Example.com', undecided: 1, decided: 1 }])
  })

  test('a second binding of the same person is no second reviewer', async () => {
    const id = await client.running({
      scope: { kinds: ['mapping'], mappings: [nextForeign()] },
      minReviewers: 2,
    })
    const decide = (as: string) => client.decide(id, 1, { verdict: 'attest' }, as)
    expect((await decide('sam-both')).body).toMatchObject({ standing: { state: 'pending' } })
    for (const again of ['sam-both', 'sam-2'])
      expect((await decide(again)).body).toMatchObject({ code: 'separation_of_duties' })
    expect((await decide('rolf')).body).toMatchObject({ standing: { state: 'attested' } })
  })

  test('what only time brings about has its duties, too: letting go on, and bringing back', async () => {
    const foreign = FOREIGN.slice(-16)
    const mappings = [...foreign, ...reviewers.map(ownOf)]
    const due = { dueAt: new Date(Date.now() + 5 * DAY_MS).toISOString() }
    const id = await client.running({ scope: { kinds: ['mapping'], mappings }, ...due })
    aheadMs += 6 * DAY_MS
    await vendor.restart()
    const stateOf = async () => (await client.get(`/${id}`)).body
    await expect.poll(stateOf, { timeout: 10_000 }).toMatchObject({ held: { would: 20 } })

    const revision = async () => Number((await stateOf())['revision'])
    for (const who of EVERYBODY.filter((one) => one !== 'approver')) {
      const ask = { as: who, revision: await revision() }
      expect([who, (await client.post(`/${id}/release`, { reason: 'x' }, ask)).status]).toEqual([who, 403])
    }
    const go = { as: 'approver', revision: await revision() }
    expect((await client.post(`/${id}/release`, { reason: 'known' }, go)).status).toBe(200)
    const suspended = async () => (await client.get(`/${id}/items?state=auto_suspended`)).body['items']
    await expect.poll(suspended, { timeout: 10_000 }).toHaveLength(20)

    for (const [at, who] of EVERYBODY.entries()) {
      const bring = async (name: string) => {
        const { item, standing } = await client.item(id, name)
        const ask = { as: who, revision: standing.revision }
        return client.post(`/${id}/items/${item.n}/restore`, { rationale: WHY }, ask)
      }
      const may = reviewers.includes(who)
      const own = reviewers.includes(who) ? await bring(ownOf(who)) : null
      if (own !== null) expect([who, own.body['code']]).toEqual([who, 'separation_of_duties'])
      const other = await bring(foreign[at] ?? '')
      expect([who, other.status]).toEqual([who, may ? 200 : 403])
    }
  }, 60_000)
})
