import { MOST_ACKNOWLEDGED } from '../../apps/vendor/src/domain/review/log-finding.ts'
import { administrators, askApi } from './admin-api.ts'
import type { Answer, TestVendor } from './vendor.ts'
import { configurationFor } from './vendor.ts'

/** What a test asks of reviews, as somebody; every change has a key of its own. */
export type ReviewClient = {
  get(path: string, as?: string): Promise<Answer>
  post(path: string, body: unknown, ask?: PostAsk): Promise<Answer>
  /** Drafted, prepared and started by `rita`: the id. */
  running(draft?: Readonly<Record<string, unknown>>): Promise<string>
  /** Closed and sealed by `rita`, and what is found about the log acknowledged; everything in it is decided. */
  sealed(id: string): Promise<void>
  /** The item of that kind and name. */
  item(id: string, name: string, kind?: string): Promise<Item>
  /** Decides by the revision and version that stand. */
  decide(id: string, n: number, body: Readonly<Record<string, unknown>>, as?: string): Promise<Answer>
}

export type PostAsk = { readonly as?: string; readonly revision?: number; readonly key?: string }
export type Item = {
  readonly item: {
    readonly n: number
    readonly version: number
    readonly risk: number
    readonly [member: string]: unknown
  }
  readonly standing: { readonly state: string; readonly revision: number; readonly [member: string]: unknown }
}

const DAY_MS = 86_400_000
const WHY = 'looked at with its owner, ticket OPS-1234'

/** A draft that is due in thirty days. */
function draftOf(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const day = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString()
  return {
    title: 'fourth quarter',
    period: { from: day(-90), to: day(1) },
    dueAt: day(30),
    ...more,
  }
}

let keys = 0

/** Speaks for whoever is named; `rita` where nobody is. */
export function reviewClient(vendor: TestVendor): ReviewClient {
  const at = (path: string) => `/v1/admin/reviews${path}`
  const get = (path: string, as = 'rita') => askApi(vendor, at(path), { as })
  async function post(path: string, body: unknown, { as = 'rita', revision, key }: PostAsk = {}) {
    keys += 1
    const headers = {
      'idempotency-key': key ?? `key-of-a-test-${keys}`,
      ...(revision === undefined ? {} : { 'if-match': `"${revision}"` }),
    }
    return askApi(vendor, at(path), { method: 'POST', as, body, headers })
  }
  /** Whatever is found about the log: in a test clocks are set. */
  async function acknowledged(id: string): Promise<void> {
    const { body } = await get(`/${id}/log`)
    const found = body['findings'] as readonly { readonly key: string; readonly acknowledged: boolean }[]
    const keys = found.flatMap((one) => (one.acknowledged ? [] : [one.key]))
    for (let from = 0; from < keys.length; from += MOST_ACKNOWLEDGED) {
      const { body: now } = await get(`/${id}`)
      const asked = { keys: keys.slice(from, from + MOST_ACKNOWLEDGED), rationale: WHY }
      await post(`/${id}/log/acknowledge`, asked, { revision: Number(now['revision']) })
    }
  }

  return {
    get,
    post,
    async running(draft = {}) {
      const drafted = await post('', draftOf(draft))
      const id = String(drafted.body['id'])
      const prepared = await post(`/${id}/prepare`, {}, { revision: Number(drafted.body['revision']) })
      const started = await post(`/${id}/start`, {}, { revision: Number(prepared.body['revision']) })
      if (started.status !== 200)
        throw new Error(JSON.stringify([drafted.body, prepared.body, started.body].at(-1)))
      return id
    },
    async sealed(id) {
      for (const step of ['close', 'seal']) {
        if (step === 'seal') await acknowledged(id)
        const { body } = await get(`/${id}`)
        const done = await post(`/${id}/${step}`, {}, { revision: Number(body['revision']) })
        if (done.status !== 200) throw new Error(JSON.stringify(done.body))
      }
    },
    async item(id, name, kind = 'mapping') {
      const { body } = await get(`/${id}/items?limit=500&kind=${kind}`)
      const found = (body['items'] as readonly Item[]).find(({ item }) => item['name'] === name)
      if (found === undefined) throw new Error(`no item ${name}`)
      return found
    },
    async decide(id, n, body, as = 'rita') {
      const { body: view } = await get(`/${id}/items/${n}`)
      const { standing, now } = view as { standing: { revision: number }; now: { version: number } }
      const asked = { rationale: WHY, seenVersion: now.version, ...body }
      return post(`/${id}/items/${n}/decision`, asked, { as, revision: standing.revision })
    },
  }
}

/** The configuration of most tests with the six administrators, a second reviewer, and a second binding of one of them. */
export function reviewedConfiguration(vendor: TestVendor, endpoint: string) {
  const base = configurationFor(vendor, endpoint)
  const staff = administrators(vendor)
  const binding = (sub: string, person: string, ...roles: string[]) => ({
    issuer: 'staff',
    sub,
    person,
    roles,
  })
  return {
    ...base,
    issuers: { ...base.issuers, ...staff.issuers },
    admins: {
      ...staff.admins,
      rolf: binding('rolf', 'rolf@example.com', 'reviewer'),
      'ann-third': binding('ann-3', 'ANN@example.com', 'reviewer'),
      'abe-again': binding('abe-2', 'abe@example.com', 'reviewer'),
    },
  }
}

/** And mappings beside those: what a review can lose without losing more than a fifth. Each admits a repository of its own. */
export function reviewedWithMore(vendor: TestVendor, endpoint: string, names: readonly string[]) {
  const base = reviewedConfiguration(vendor, endpoint)
  const more = names.map((name, at) => [
    name,
    {
      ...base.mappings['app-quick'],
      when: [{ claim: ['repository_id'], equals: String(100 + at) }],
    },
  ])
  return { ...base, mappings: { ...base.mappings, ...Object.fromEntries(more) } }
}

export type ReviewRequest = {
  readonly path: Readonly<Record<string, string>>
  readonly body: unknown
  readonly revision: number | null
}

/** The same of a review that runs already, for requests that are refused whatever they say: nothing of it is made. */
export function refusedReviewRequest(operation: string, id: string): ReviewRequest {
  const bodies: Readonly<Record<string, unknown>> = {
    createReview: draftOf(),
    decideReviewItem: { verdict: 'attest', rationale: WHY, seenVersion: 1 },
    decideReviewItems: { verdict: 'attest', rationale: WHY, items: [{ n: 1, seenVersion: 1 }] },
    delegateReviewItem: { to: 'rita@example.com', rationale: WHY },
    restoreReviewItem: { rationale: WHY },
    acknowledgeReviewLog: { keys: ['S19/none'], rationale: WHY },
    releaseReview: { reason: 'known' },
  }
  return { path: { id, n: '1' }, body: bodies[operation] ?? {}, revision: 1 }
}

/** What an operation of the API takes, made from a review of its own; where time alone brings it about, what is refused. */
export async function reviewRequest(client: ReviewClient, operation: string): Promise<ReviewRequest> {
  if (operation === 'createReview') return { path: {}, body: draftOf(), revision: null }
  if (operation === 'listReviews') return { path: {}, body: undefined, revision: null }
  const id =
    operation === 'prepareReview' || operation === 'startReview' ? null : await client.running(OF_ONE)
  if (id === null) {
    const drafted = await client.post('', draftOf(OF_ONE))
    const path = { id: String(drafted.body['id']) }
    if (operation === 'prepareReview') return { path, body: {}, revision: Number(drafted.body['revision']) }
    const prepared = await client.post(`/${path.id}/prepare`, {}, { revision: 1 })
    return { path, body: {}, revision: Number(prepared.body['revision']) }
  }
  const { item, standing } = await client.item(id, 'app-main')
  const path = { id, n: String(item.n) }
  const of = (body: unknown, revision: number | null = null) => ({ path, body, revision })
  const decision = { verdict: 'attest', rationale: WHY, seenVersion: item.version }
  switch (operation) {
    case 'decideReviewItem':
      return of(decision, standing.revision)
    case 'decideReviewItems': {
      const { verdict, rationale, seenVersion } = decision
      return of({ verdict, rationale, items: [{ n: item.n, seenVersion }] })
    }
    case 'delegateReviewItem':
      return of({ to: 'rita@example.com', rationale: WHY }, standing.revision)
    case 'restoreReviewItem':
      return of({ rationale: WHY }, standing.revision)
    case 'applyReviewItem':
      await client.decide(id, item.n, { verdict: 'narrow' })
      return of({})
    case 'closeReview':
    case 'sealReview':
    case 'makeReviewEvidence':
    case 'getReviewEvidenceState':
    case 'getReviewEvidence': {
      await client.decide(id, item.n, { verdict: 'attest' })
      const { body } = await client.get(`/${id}`)
      if (operation === 'closeReview') return of({}, Number(body['revision']))
      const closed = await client.post(`/${id}/close`, {}, { revision: Number(body['revision']) })
      if (operation === 'sealReview') return of({}, Number(closed.body['revision']))
      await client.post(`/${id}/seal`, {}, { revision: Number(closed.body['revision']) })
      if (operation === 'getReviewEvidence') await client.post(`/${id}/evidence`, {})
      return of(operation === 'makeReviewEvidence' ? {} : undefined)
    }
    case 'releaseReview':
    case 'acknowledgeReviewLog': {
      const { body } = await client.get(`/${id}`)
      const asked =
        operation === 'releaseReview' ? { reason: 'known' } : { keys: ['S19/none'], rationale: WHY }
      return of(asked, Number(body['revision']))
    }
    default:
      return of(undefined)
  }
}

const OF_ONE = { scope: { kinds: ['mapping'], mappings: ['app-main'] } }
