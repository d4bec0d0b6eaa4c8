import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN_ROLES } from '../../apps/vendor/src/domain/admin-role.ts'
import { openApiDocument } from '../../apps/vendor/src/http/openapi.ts'
import { administrators, askApi } from '../support/admin-api.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { writeSecret } from '../support/minio-user.ts'
import type { Described } from '../support/open-api.ts'
import { mutated, mutatedText, operationsOf, seeded, urlOf } from '../support/open-api.ts'
import { refusedReviewRequest, reviewClient, reviewRequest } from '../support/reviews.ts'
import { type Answer, type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'
import { until } from '../support/wait.ts'

const DOCUMENT = openApiDocument()
const OPERATIONS = operationsOf(DOCUMENT)
const ajv = new Ajv2020({ strict: false, formats: { 'date-time': true, uri: true } })
ajv.addSchema({ ...DOCUMENT, $id: 'stint' })

const INTAKE_SECRET = 'intake-secret-of-a-test'
const READER = { accessKeyId: 'reader', secret: 'store-reader' }

let store: FakeSts
let vendor: ChildVendor

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor({ env: { STINT_APPROVALS: 'on' } })
  for (const secret of ['store-intake', 'store-reader'])
    await writeSecret(join(vendor.dataFolder, 'secrets'), secret, INTAKE_SECRET)
  const base = configurationFor(vendor, store.endpoint)
  const staff = administrators(vendor)
  const targets = targetsOf(base.targets.store)
  const issuers = { ...base.issuers, ...staff.issuers }
  const roles = { ...base.roles, 'probed-role': { ...base.roles['quick-look'], target: 'probed' } }
  const configuration = { ...base, targets, roles, issuers, admins: staff.admins }
  expect((await vendor.apply(configuration)).status).toBe(200)
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
  await vendor.exchange(vendor.token({ ref: 'refs/heads/other' }))
  await aStranger()
})
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

/** One to be locked, and one to be probed, beside the one that works. */
const targetsOf = (store: object) => ({
  store: { ...store, intake: { secret: 'store-intake' } },
  spare: { ...store, endpoint: 'http://127.0.0.1:9', reconcile: { user: READER } },
  probed: { ...store, endpoint: 'http://127.0.0.1:7' },
})

/** Names that stand, by the collection of a path. */
const NAMES: Readonly<Record<string, string>> = {
  issuers: 'ci',
  targets: 'store',
  policies: 'artifacts-write@1',
  roles: 'app-artifacts',
  mappings: 'app-main',
  admins: 'vic',
}
/** What may be locked without a loss to the other tests. */
const SPARE: Readonly<Record<string, string>> = {
  mappings: 'app-quick',
  roles: 'quick-look',
  targets: 'spare',
  issuers: 'staff',
}

let nobodies = 0
async function aLock(): Promise<string> {
  nobodies += 1
  const { body } = await askApi(vendor, '/v1/admin/subjects:revoke', {
    method: 'POST',
    as: 'opal',
    body: { issuer: 'ci', sub: `nobody-${nobodies}`, reason: 'x' },
  })
  return String(body['lock'])
}

async function aProbe(): Promise<string> {
  const { body } = await askApi(vendor, '/v1/admin/targets/probed:probe', {
    method: 'POST',
    as: 'opal',
    body: {},
  })
  return String(body['probe'])
}

/** A review where the operation wants it, made anew. */
let reviews = 0
async function aReview(operation: Described, running: string | null = null): Promise<Valid> {
  const client = reviewClient(vendor)
  reviews += 1
  const { path, body, revision } =
    running === null ? await reviewRequest(client, operation.id) : refusedReviewRequest(operation.id, running)
  const headers = {
    ...(revision === null ? {} : { 'if-match': `"${revision}"` }),
    ...(operation.method === 'POST' ? { 'idempotency-key': `open-api-${reviews}` } : {}),
  }
  return { path, query: [], headers, body: operation.body === null ? undefined : body }
}

/** The store tells of a session that is none of ours. */
async function aStranger(): Promise<void> {
  const session = { accessKey: 'STRANGER', sub: 'nobody', iss: `${vendor.url}/oidc/store` }
  const entry = {
    time: new Date().toISOString(),
    api: { name: 'GetObject', bucket: '1', object: 'x', statusCode: 200 },
    requestClaims: session,
    accessKey: session.accessKey,
  }
  const told = await fetch(`${vendor.url}/v1/intake/store`, {
    method: 'POST',
    headers: { authorization: INTAKE_SECRET },
    body: JSON.stringify(entry),
  })
  expect(told.status).toBe(204)
  await until('the stranger is a ghost', async () => (await theGhost()) !== undefined)
}

async function theGhost(): Promise<string | undefined> {
  const { body } = await askApi(vendor, '/v1/admin/ghosts?state=all')
  const [first] = body['ghosts'] as { id: string }[] // the admin door's own answer
  return first?.id
}

const nameIn = (path: string) => NAMES[path.split('/')[3]?.split(':')[0] ?? ''] ?? 'app-main'

/** A change that waits, made anew: each answer uses one up. */
let days = 0
async function aChange(): Promise<{ id: string; generation: number; hash: string }> {
  days += 1
  const now = await askApi(vendor, '/v1/admin/mappings/app-quick')
  const expires = `2200-01-${String((days % 28) + 1).padStart(2, '0')}T00:00:${String(days % 60).padStart(2, '0')}Z`
  const { body } = await askApi(vendor, '/v1/admin/mappings/app-quick', {
    method: 'PUT',
    as: 'ann',
    headers: { 'if-match': now.headers.get('etag') ?? '' },
    body: { ...(now.body['body'] as object), expires },
  })
  return body['change'] as { id: string; generation: number; hash: string }
}

type Valid = {
  readonly path: Readonly<Record<string, string>>
  readonly query: readonly (readonly [string, string])[]
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** A request that the operation takes, made from what stands. */
async function valid(operation: Described): Promise<Valid> {
  if (operation.path.startsWith('/v1/admin/reviews')) return aReview(operation)
  const name = nameIn(operation.path)
  const path: Record<string, string> = { name, version: '1' }
  const query: [string, string][] = []
  const headers: Record<string, string> = {}
  let body: unknown
  const at = `/v1/admin/${operation.path.split('/')[3]}/${name}`
  if (operation.path.startsWith('/v1/admin/changes/')) {
    const { id, generation, hash } = await aChange()
    path['id'] = id
    body = operation.body === null ? undefined : { generation, hash, reason: 'a test' }
  }
  if (operation.path.startsWith('/v1/admin/explain/')) {
    const [refused] = await vendor.events('type=assume.refused&limit=1')
    path['id'] = refused?.event.type === 'assume.refused' ? refused.event.request : ''
  }
  if (operation.path.includes('/config:')) {
    body = { configuration: { mappings: {} } }
    const all = await askApi(vendor, '/v1/admin/mappings')
    body = { ...(body as object), expectedGeneration: all.body['generation'] }
  }
  if (operation.parameters.some((one) => one.name === 'If-Match')) {
    const now = await askApi(vendor, at)
    headers['if-match'] = now.headers.get('etag') ?? ''
    body = operation.body === null ? undefined : now.body['body']
    query.push(['plan', 'true'])
  }
  if (/:(revoke|rekey)$|^\/v1\/admin\/locks\//.test(operation.path)) {
    body = operation.id === 'revokeSubject' ? { issuer: 'ci', sub: 'nobody', reason: 'x' } : { reason: 'x' }
    path['name'] = SPARE[operation.path.split('/')[3] ?? ''] ?? ''
    const [intent] = await vendor.events('type=assume.intent&limit=1')
    path['id'] = intent?.event.type === 'assume.intent' ? intent.event.assumption : ''
    if (operation.id === 'liftLock') path['id'] = await aLock()
  }
  if (operation.id === 'simulate') body = { claims: { iss: vendor.ci.url, sub: 'x' }, lifetime: '1h' }
  if (operation.id === 'hashToken') body = { token: 'a.b.c' }
  if (operation.id === 'eraseSubject') body = { issuer: 'ci', sub: 'whom nobody saw', reason: 'x' }
  if (operation.id === 'eraseDay') body = { day: '2020-02-29', reason: 'x' }
  if (/:probe$/.test(operation.path)) {
    body = {}
    // A store that nobody listens at: its probe is over at once, and still a sheet.
    path['name'] = operation.id === 'probeRole' ? 'probed-role' : 'probed'
  }
  if (operation.id === 'dismissGhost') {
    body = { reason: 'x' }
    path['id'] = (await theGhost()) ?? ''
  }
  if (operation.id === 'reconcileTarget') path['name'] = 'spare'
  if (operation.id === 'getProbe') path['id'] = await aProbe()
  if (operation.id === 'generatePolicies')
    return { path, query: [['mapping', 'app-main']], headers, body: undefined }
  for (const parameter of operation.parameters) {
    if (parameter.in === 'query' && parameter.required)
      query.push([parameter.name, String(parameter.schema.enum?.[0] ?? '1')])
  }
  return { path, query, headers, body }
}

const send = (operation: Described, request: Valid, as: string | null) =>
  askApi(vendor, urlOf(operation, request.path, request.query), {
    method: operation.method,
    headers: request.headers,
    as,
    ...(request.body === undefined ? {} : { body: request.body }),
  })

function holdsTo(schema: object, answer: Answer): void {
  const check = ajv.compile(rebased(schema))
  check(answer.body)
  expect(check.errors ?? []).toEqual([])
}

/** References of the document, as seen from outside of it. */
function rebased(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"stint#/components')) as object
}

test('the document that is checked in is the one that is served', async () => {
  const checkedIn: unknown = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8'),
  )
  expect(checkedIn).toEqual(DOCUMENT)
  const served = await fetch(`${vendor.url}/openapi.json`)
  expect(await served.json()).toEqual(DOCUMENT)
})

test('there are as many operations as six nouns and what is beside them have', () => {
  expect(OPERATIONS.length).toBeGreaterThanOrEqual(6 * 8 + 13)
  expect(new Set(OPERATIONS.map(({ id }) => id)).size).toBe(OPERATIONS.length)
})

const WHO: Readonly<Record<string, string>> = {
  planConfiguration: 'ann',
  withdrawChange: 'ann',
  releaseReview: 'abe',
}
/** Of what they answer another status than 200, or no JSON; each has its own test. */
const OTHERWISE: Readonly<Record<string, number>> = {
  acknowledgeReviewLog: 400,
  createReview: 201,
  releaseReview: 409,
  restoreReviewItem: 409,
}

test.each(OPERATIONS)('$id answers what the document says', async (operation) => {
  const decides = operation.permission === 'change.decide'
  const reviews = operation.path.startsWith('/v1/admin/reviews')
  // The whole configuration is only planned here: applying it would take everything from under the others.
  if (operation.id === 'applyConfiguration') return applyOnce(operation)
  const answer = await send(
    operation,
    await valid(operation),
    WHO[operation.id] ?? (decides ? 'abe' : reviews ? 'rita' : 'first-administrator'),
  )
  const status = OTHERWISE[operation.id] ?? 200
  expect([operation.id, answer.status]).toEqual([operation.id, status])
  if (status >= 400) return holdsTo({ $ref: '#/components/schemas/Problem' }, answer)
  const schema = operation.answers[String(status)]
  expect([operation.id, schema !== undefined]).toEqual([operation.id, true])
  if (answer.headers.get('content-type')?.startsWith('application/json') === true)
    holdsTo(schema ?? {}, answer)
})

async function applyOnce(operation: Described): Promise<void> {
  const base = configurationFor(vendor, store.endpoint)
  const staff = administrators(vendor)
  const main = { ...base.mappings['app-main'], expires: '2190-01-01' }
  const configuration = {
    ...base,
    targets: targetsOf(base.targets.store),
    roles: { ...base.roles, 'probed-role': { ...base.roles['quick-look'], target: 'probed' } },
    issuers: { ...base.issuers, ...staff.issuers },
    admins: staff.admins,
    mappings: { ...base.mappings, 'app-main': main },
  }
  const answer = await askApi(vendor, operation.path, { method: 'POST', as: 'ann', body: { configuration } })
  expect(answer.status).toBe(202)
  holdsTo(operation.answers['202'] ?? {}, answer)
}

const ROLE_OF: Readonly<Record<string, string>> = {
  viewer: 'vic',
  author: 'ann',
  approver: 'abe',
  operator: 'opal',
  reviewer: 'rita',
  auditor: 'ada',
  privacy: 'pia',
}

test.each(OPERATIONS)('$id is for the roles of the table and no others', async ({ permission, ...rest }) => {
  const operation = { ...rest, permission }
  // Nothing of it could be done: who may not is told so before anything of the request is looked at.
  const blank = {
    path: { name: 'nobody', version: '1', id: 'nothing', n: '1' },
    query: [],
    headers: {},
    body: undefined,
  }
  for (const [role, permissions] of Object.entries(ADMIN_ROLES)) {
    const { status } = await send(operation, blank, ROLE_OF[role] ?? '')
    const may = permissions.some((one) => one === permission)
    expect([role, status === 403]).toEqual([role, !may])
  }
  expect((await send(operation, blank, null)).status).toBe(401)
  expect((await send(operation, blank, 'a-stranger')).status).toBe(403)
})

/** Where the request as a whole is wrong, no member is. */
const WITHOUT_A_MEMBER = new Set([
  'not_found',
  'precondition_failed',
  'precondition_required',
  'change_conflict',
  'review_state',
  'second_person_required',
  'request_too_large',
  'configuration_conflict',
  'unsupported_media_type',
])
const EACH = 50

test(`of ${EACH * OPERATIONS.length} wrong requests none is a fault of the server, and each is told what is wrong`, async () => {
  const random = seeded(20_261_124)
  const faults: string[] = []
  let sent = 0
  let refused = 0
  const running = await reviewClient(vendor).running({ scope: { kinds: ['mapping'] } })
  const all = await Promise.all(
    OPERATIONS.map(async (operation) => {
      const isOfReview = operation.path.startsWith('/v1/admin/reviews')
      return [operation, await (isOfReview ? aReview(operation, running) : valid(operation))] as const
    }),
  )
  const standing = (await askApi(vendor, '/v1/admin/mappings')).body['generation']
  for (let round = 0; round < EACH; round++) {
    const answers = await Promise.all(
      all.map(async ([operation, request]) => {
        const wrong = spoiled(operation, request, random)
        const answer = await askApi(vendor, wrong.url, { ...wrong, method: operation.method, as: 'ann' })
        return { operation, answer, wrong }
      }),
    )
    for (const { operation, answer, wrong } of answers) {
      sent += 1
      const what = `${operation.id} ${wrong.url.slice(0, 200)} ${(wrong.raw ?? '').slice(0, 200)}`
      if (answer.status >= 500) faults.push(`${answer.status} ${what}`)
      if (answer.status < 400) continue
      refused += 1
      holdsTo({ $ref: '#/components/schemas/Problem' }, answer)
      const { code, detail, problems } = answer.body
      const isNamed =
        typeof detail === 'string' || (Array.isArray(problems) && problems.length > 0) || wrong.isNoJson
      if (answer.status !== 403 && !WITHOUT_A_MEMBER.has(String(code)))
        if (!isNamed) faults.push(`${answer.status} names nothing: ${what}`)
    }
  }
  expect(faults).toEqual([])
  expect(sent).toBeGreaterThanOrEqual(5_000)
  expect(refused).toBeGreaterThan(sent / 2)
  expect((await askApi(vendor, '/v1/admin/mappings')).body['generation']).toBe(standing)
  // The file is what the log says: nothing was half changed.
  await vendor.restart()
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
}, 240_000)

/** One thing wrong: a member, a parameter, a header, the text itself. Whatever is left right changes nothing. */
function spoiled(operation: Described, request: Valid, random: () => number) {
  const { path, headers } = request
  const how = random()
  const query = [...request.query]
  let raw = request.body === undefined ? undefined : JSON.stringify(request.body)
  let isNoJson = false
  const filled: Record<string, string> = { ...path }
  const sent: Record<string, string> = { ...headers }
  if (raw !== undefined && how < 0.65) {
    raw = JSON.stringify(mutated(request.body, random)) ?? 'null'
    // Applied it could stand: it is planned instead.
  } else if (raw !== undefined && how < 0.75) {
    raw =
      random() < 0.5 ? raw.slice(0, Math.floor(raw.length * random())) : `${raw.slice(0, -1)},"__proto__":{}}`
    isNoJson = true
  } else if (how < 0.85) {
    const names = Object.keys(filled).filter((name) => operation.path.includes(`{${name}}`))
    const name = names[Math.floor(random() * names.length)]
    if (name === undefined) query.push([mutatedText(random), mutatedText(random)])
    else filled[name] = mutatedText(random)
  } else if (how < 0.95) {
    const parameters = operation.parameters.filter((one) => one.in === 'query')
    const parameter = parameters[Math.floor(random() * parameters.length)]
    query.push([parameter?.name ?? 'nobody-knows', mutatedText(random)])
  } else {
    sent[random() < 0.5 ? 'if-match' : 'if-none-match'] = random() < 0.5 ? '"0"' : 'W/"1"'
  }
  const planned =
    operation.id === 'applyConfiguration' ? { ...operation, path: '/v1/admin/config:plan' } : operation
  return {
    url: urlOf(planned, filled, query),
    headers: sent,
    isNoJson,
    ...(raw === undefined ? {} : { raw }),
  }
}
