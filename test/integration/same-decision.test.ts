import { Pool } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Decision } from '../../apps/vendor/src/domain/audit-event.ts'
import { type ErrorCode, errorRow } from '../../apps/vendor/src/errors.ts'
import { HOSTILE } from '../corpus/hostile/index.ts'
import type { HostileToken, Made } from '../corpus/hostile/token.ts'
import { ROLE_ARN, readSts, webIdentityForm } from '../support/doors.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import type { SigningKey } from '../support/jws.ts'
import { expectReceipt } from '../support/receipts.ts'
import { startTestIssuer, type TestIssuer } from '../support/test-issuer.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor
let other: TestIssuer
let ec: SigningKey
let pool: Pool

beforeAll(async () => {
  ;[store, other] = await Promise.all([startFakeSts(), startTestIssuer()])
  // Each request comes from a network of its own, so that few refusals are counted together.
  vendor = await startVendor({
    env: { STINT_TRUSTED_PROXIES: '127.0.0.0/8', STINT_STS_TOKEN_IN_QUERY: 'on' },
  })
  ec = await vendor.ci.addKey('ES256', { kid: 'ec-1' })
  await Promise.all([
    vendor.ci.addKey('RS256', { kid: 'rsa-2' }),
    other.addKey('RS256', { kid: 'only-other' }),
  ])
  const usual = configurationFor(vendor, store.endpoint)
  const ci = { ...usual.issuers.ci, maxLifetime: '1h' }
  const applied = await vendor.apply({ ...usual, issuers: { ci, other: { ...ci, url: other.url } } })
  expect(applied.status, JSON.stringify(applied.body)).toBe(200)
  pool = new Pool(vendor.url, { connections: 16, pipelining: 4 })
  // Both key sets are warm: an unknown kid then is one, and asks for no fetch.
  for (const issuer of [vendor.ci, other]) await send('token', issuer.sign(made().claims))
})
afterAll(async () => {
  await pool.close()
  await vendor.stop()
  await Promise.all([store.stop(), other.stop()])
})

const made = (): Made => ({
  issuer: vendor.ci,
  other,
  ec,
  audience: vendor.url,
  otherDoor: 'stint-admin',
  claims: {
    sub: 'repo:acme/app',
    aud: vendor.url,
    repository: 'acme/app',
    repository_id: '42',
    ref: 'refs/heads/main',
  },
  now: Math.floor(Date.now() / 1000),
})

const DOORS = ['token', 'sts', 'sts-query', 'sts-json', 'container', 'bearer', 'process'] as const
type Door = (typeof DOORS)[number]
/** What a door said, and the id by which the log knows it. */
type Told = {
  readonly status: number
  readonly code: string
  readonly id: string
  /** The member of the token endpoint, the header elsewhere. */
  readonly receipt: string | null
  readonly accessKeyId: string
}

let sent = 0
async function send(door: Door, token: string): Promise<Told> {
  sent += 1
  const headers = { 'x-forwarded-for': `10.${sent >> 8}.${sent & 255}.1` }
  const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' }
  switch (door) {
    case 'token': {
      const body = new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        subject_token: token,
        resource: ROLE_ARN,
      })
      const { status, json, ...got } = await ask({
        method: 'POST',
        path: '/v1/token',
        headers: form,
        body: String(body),
      })
      return {
        status,
        code: String(json['code'] ?? ''),
        id: String(json['request_id'] ?? json['assumption_id']),
        accessKeyId: got.accessKeyId,
        receipt: typeof json['receipt'] === 'string' ? json['receipt'] : null,
      }
    }
    case 'sts':
    case 'sts-query': {
      const parameters = String(webIdentityForm(token))
      const request =
        door === 'sts'
          ? { path: '/', headers: form, body: parameters }
          : { path: `/sts?${parameters}`, headers }
      const { statusCode, headers: got, body } = await pool.request({ method: 'POST', ...request })
      const reply = readSts(statusCode, new Headers(), await body.text())
      const facts = { ...headerFacts(got), accessKeyId: accessKeyIn(reply.text) }
      return { status: statusCode, code: reply.code ?? '', ...facts }
    }
    case 'sts-json': {
      const accept = { ...form, accept: 'application/json' }
      const { status, json, ...facts } = await ask({
        method: 'POST',
        path: '/sts/',
        headers: accept,
        body: String(webIdentityForm(token)),
      })
      const error = json['Error'] as { Code: string } | undefined // by the protocol
      return { status, code: error?.Code ?? '', ...facts }
    }
    default: {
      const authorization = door === 'bearer' ? `Bearer ${token}` : token
      const path = `/v1/credentials/app-artifacts${door === 'process' ? '?format=process' : ''}`
      const { status, json, ...facts } = await ask({
        method: 'GET',
        path,
        headers: { ...headers, authorization },
      })
      return { status, code: status === 200 ? '' : String(json['Code']), ...facts }
    }
  }
}

async function ask(request: Parameters<Pool['request']>[0]) {
  const { statusCode, headers, body } = await pool.request(request)
  const text = await body.text()
  const json = JSON.parse(text) as Record<string, unknown> // an object, by every door's contract
  return { status: statusCode, json, ...headerFacts(headers), accessKeyId: accessKeyIn(text) }
}

function headerFacts(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const receipt = headers['stint-receipt']
  return { id: String(headers['x-amzn-requestid']), receipt: typeof receipt === 'string' ? receipt : null }
}

/** Of XML and of every JSON that a door answers with. */
function accessKeyIn(text: string): string {
  return /access_?key_?id"?[>:] *"?(\w+)/i.exec(text)?.[1] ?? ''
}

/** What Node and undici let into a header at all: no client can send the rest. */
const isHeaderValue = (text: string) => /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
/** A token outside these lengths is no parameter of AWS's model: the STS wire refuses it as one (sts-door.test.ts). */
const isParameter = (token: string) => token.trim().length >= 4 && token.trim().length <= 20_000
function canSend(door: Door, token: string): boolean {
  if (door === 'token') return true
  if (door.startsWith('sts')) return isParameter(token)
  // The scheme is no part of the token at these doors.
  return isHeaderValue(token) && !/^bearer /i.test(token)
}

function expected(door: Door, code: ErrorCode): { status: number; code: string } {
  const row = errorRow(code)
  if (door === 'token') return { status: row.status, code: row.class }
  return { status: door.startsWith('sts') ? row.sts.status : row.container, code: row.sts.code }
}

type Recorded = { readonly code: string | null; readonly decision: Decision | null }

/** Every decision in the log, under its request and its assumption. */
async function recorded(): Promise<ReadonlyMap<string, Recorded>> {
  const found = new Map<string, Recorded>()
  const types = ['assume.refused', 'assume.refused_summary', 'assume.intent'].map((type) => `type=${type}`)
  let before = ''
  for (;;) {
    const { body } = await vendor.get(`/v1/admin/audit/events?${types.join('&')}&limit=500${before}`)
    const { events, next } = body as {
      events: { event: { request: string; assumption?: string; code?: string; decision?: Decision } }[]
      next: number | null
    } // the admin door's own answer
    for (const { event } of events) {
      const one = { code: event.code ?? null, decision: event.decision ?? null }
      found.set(event.request, one)
      if (event.assumption !== undefined) found.set(event.assumption, one)
    }
    if (next === null) return found
    before = `&before=${next}`
  }
}

test('for the same token and role every door decides the same, byte for byte, and answers as its clients read it', async () => {
  const waves: Wave[] = []
  const rows = HOSTILE.flatMap((row) => [false, true].map((twin) => ({ row, twin })))
  // A token is sent right after it is built: some of them are about seconds.
  const worker = async () => {
    for (let next = rows.shift(); next !== undefined; next = rows.shift()) {
      const token = next.twin ? next.row.twin(made()) : next.row.build(made())
      const doors = DOORS.filter((door) => canSend(door, token))
      const told = await Promise.all(doors.map(async (door) => [door, await send(door, token)] as const))
      waves.push({ ...next, told })
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  // What was counted together is written within a second.
  await expect
    .poll(async () => missing(waves, await recorded()), { timeout: 60_000, interval: 1_000 })
    .toEqual([])
  const log = await recorded()
  const wrong = waves.flatMap(({ row, twin, told }) =>
    told.flatMap(([door, { status, code, id }]) => {
      const wanted = twin ? { status: 200, code: '' } : expected(door, row.expect as ErrorCode) // the corpus names codes
      const was = log.get(id)
      const same = status === wanted.status && code === wanted.code && (twin || was?.code === row.expect)
      return same ? [] : [`${door} ${row.group} ${row.name}: ${status} ${code} ${was?.code}`]
    }),
  )
  expect(wrong).toEqual([])
  const differing = waves.filter(
    ({ told }) => new Set(told.map(([, { id }]) => JSON.stringify(log.get(id)?.decision))).size !== 1,
  )
  expect(differing.map(({ row }) => `${row.group} ${row.name}`)).toEqual([])
  // Every twin has a decision, and so have the tokens that were verified and matched nothing.
  const decided = waves.filter(({ told }) => log.get(told[0]?.[1].id ?? '')?.decision !== null)
  expect(decided.length).toBeGreaterThan(HOSTILE.length)
  expect(sent).toBeGreaterThan(HOSTILE.length * 2 * 6)
}, 180_000)

test.each(DOORS)(
  'the door `%s` gives a receipt that holds of what it gave, and none with a refusal',
  async (door) => {
    const told = await send(door, vendor.token())
    expect(told.status).toBe(200)
    const { body } = await vendor.get(`/v1/admin/audit/events?type=assume.issued&limit=50`)
    const issued = (body['events'] as { event: { request: string; accessKeyId: string } }[]).find(
      ({ event }) => event.accessKeyId === told.accessKeyId,
    ) // the admin door's own answer
    const { accessKeyId } = told
    await expectReceipt(vendor, told.receipt, { accessKeyId, request: issued?.event.request ?? '' })
    expect(await send(door, vendor.token({ ref: 'refs/heads/other' }))).toMatchObject({
      status: expect.not.toSatisfy((status: number) => status === 200),
      receipt: null,
    })
  },
)

type Wave = {
  readonly row: HostileToken
  readonly twin: boolean
  readonly told: readonly (readonly [Door, Told])[]
}

function missing(waves: readonly Wave[], log: ReadonlyMap<string, Recorded>): readonly string[] {
  return waves.flatMap(({ row, told }) =>
    told.flatMap(([door, { id, code }]) => (log.has(id) ? [] : [`${door} ${row.group} ${row.name} ${code}`])),
  )
}
