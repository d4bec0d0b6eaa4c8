import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ROLE_ARN, sts, webIdentityForm } from '../support/doors.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor
let aheadMs = 0

const configure = (over: { readonly window?: string; readonly purpose?: string } = {}) => {
  const usual = configurationFor(vendor, store.endpoint)
  const role = { ...usual.roles['app-artifacts'], replay: { window: over.window ?? '60s' } }
  const main = { ...usual.mappings['app-main'], purpose: over.purpose ?? 'a test' }
  const alone = (n: string, more: object) => ({ ...main, when: [{ claim: ['n'], equals: n }], ...more })
  return {
    ...usual,
    roles: { ...usual.roles, 'app-artifacts': role, 'each-own': usual.roles['app-artifacts'] },
    mappings: {
      ...usual.mappings,
      'app-main': main,
      own: { ...main, role: 'each-own' },
      once: alone('once', { singleUse: true }),
      twice: alone('twice', { maxUses: 2 }),
    },
  }
}

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor({ aheadMs: () => aheadMs })
  expect((await vendor.apply(configure())).status).toBe(200)
})
afterAll(async () => {
  await vendor?.stop()
  await store?.stop()
})
afterEach(() => store.setFault(undefined))

/** The key id of the session that this request got, and how often the store was asked meanwhile. */
async function keyOf(token: string, over: Record<string, string> = {}): Promise<string> {
  const { status, body } = await vendor.exchange(token, over)
  if (status !== 200) return `${status} ${String(body['code'])}`
  return (body['credentials'] as Record<string, string>)['access_key_id'] ?? '' // our own answer
}
const fresh = (claims: Record<string, unknown> = {}) => vendor.token({ jti: crypto.randomUUID(), ...claims })

test('twelve identical requests get one session, and each delivery is an event of its own', async () => {
  const token = fresh()
  const before = store.calls()
  const keys: string[] = []
  for (let time = 0; time < 12; time++) keys.push(await keyOf(token))
  expect(new Set(keys).size).toBe(1)
  expect(store.calls() - before).toBe(1)
  const given = (await vendor.events('type=assume.redelivered&limit=100')).map(({ event }) => event)
  expect(given).toHaveLength(11)
  expect(given[0]).toMatchObject({ accessKeyId: keys[0], door: 'token', decision: { outcome: 'granted' } })
  expect(new Set(given.map((event) => ('request' in event ? event.request : ''))).size).toBe(11)
})

test('the doors share it, and the event of each says which it was', async () => {
  const token = fresh()
  const key = await keyOf(token)
  const wire = await sts(vendor.url, { method: 'POST', body: webIdentityForm(token) })
  expect(wire.text).toContain(`<AccessKeyId>${key}</AccessKeyId>`)
  const headers = { authorization: token }
  const container = await fetch(`${vendor.url}/v1/credentials/app-artifacts`, { headers })
  expect(await container.json()).toMatchObject({ AccessKeyId: key })
  const doors = (await vendor.events('type=assume.redelivered&limit=2')).map(({ event }) =>
    'door' in event ? event.door : '',
  )
  expect(doors).toEqual(['container', 'sts'])
})

test('twins that come while the first is minting wait for it', async () => {
  const token = fresh()
  const before = store.calls()
  const { promise, resolve } = Promise.withResolvers<void>()
  store.setFault({ kind: 'wait', until: promise })
  const asked = Array.from({ length: 20 }, () => keyOf(token))
  await store.asked(before + 1)
  resolve()
  expect(new Set(await Promise.all(asked)).size).toBe(1)
  expect(store.calls() - before).toBe(1)
})

test('twins of a failure share its request id, and the next request tries anew', async () => {
  const token = fresh()
  const before = store.calls()
  const { promise, resolve } = Promise.withResolvers<void>()
  store.setFault({ kind: 'wait', until: promise })
  const first = vendor.exchange(token, { duration_seconds: '1200' })
  await store.asked(before + 1)
  store.setFault(undefined)
  const twin = vendor.exchange(token, { duration_seconds: '1200' })
  // The store answers when the lock stands: what it gave is withheld.
  const lock = vendor.post('/v1/admin/mappings/app-main:revoke', { reason: 'a test' })
  await expect.poll(async () => (await vendor.events('type=revoke.begun&limit=1')).length).toBe(1)
  resolve()
  const [a, b] = await Promise.all([first, twin])
  expect([a.status, b.status]).toEqual([503, 503])
  expect(b.body['request_id']).toBe(a.body['request_id'])
  const { body } = await lock
  await vendor.post(`/v1/admin/locks/${String(body['lock'])}:lift`, { reason: 'a test' })
  expect(await keyOf(token)).toMatch(/^FAKE/)
})

const APART: readonly {
  readonly name: string
  readonly token?: object
  readonly form?: Record<string, string>
}[] = [
  { name: 'another token of the same subject', token: {} },
  { name: 'another lifetime asked for', form: { duration_seconds: '1800' } },
  { name: 'another role', form: { resource: ROLE_ARN.replace('app-artifacts', 'each-own') } },
]
test.each(APART)('$name gets a session of its own', async ({ token, form }) => {
  const mine = fresh()
  const theirs = token === undefined ? mine : fresh()
  expect(await keyOf(mine)).not.toBe(await keyOf(theirs, form))
})

test('a role that does not say so gives each request its own', async () => {
  const token = fresh()
  const over = { resource: ROLE_ARN.replace('app-artifacts', 'each-own') }
  expect(await keyOf(token, over)).not.toBe(await keyOf(token, over))
})

test('after the window a request gets its own again', async () => {
  const token = fresh()
  const key = await keyOf(token)
  aheadMs += 59_000
  expect(await keyOf(token)).toBe(key)
  aheadMs += 1_001
  expect(await keyOf(token)).not.toBe(key)
})

test('a new configuration forgets what was given', async () => {
  const token = fresh()
  const key = await keyOf(token)
  expect((await vendor.apply(configure({ purpose: 'another purpose' }))).status).toBe(200)
  expect(await keyOf(token)).not.toBe(key)
})

test('a revoked session is not given again, nor one whose subject is locked', async () => {
  const token = fresh()
  const { body } = await vendor.exchange(token)
  const reason = 'a test'
  const ended = await vendor.post(`/v1/admin/assumptions/${String(body['assumption_id'])}:revoke`, { reason })
  expect(ended.status, JSON.stringify(ended.body)).toBe(200)
  const second = await vendor.exchange(token)
  expect(second.body['assumption_id']).not.toBe(body['assumption_id'])
  const lock = await vendor.post('/v1/admin/mappings/app-main:revoke', { reason })
  expect(lock.status, JSON.stringify(lock.body)).toBe(200)
  expect(await keyOf(token)).toBe('400 access_denied')
  const lifted = await vendor.post(`/v1/admin/locks/${String(lock.body['lock'])}:lift`, { reason })
  expect(lifted.status, JSON.stringify(lifted.body)).toBe(200)
  expect(await keyOf(token)).toMatch(/^FAKE/)
})

test('a mapping that takes each token once takes it once, and one with a number of uses counts sessions', async () => {
  const once = fresh({ n: 'once', repository_id: '7' })
  expect(await keyOf(once)).toMatch(/^FAKE/)
  expect(await keyOf(once)).toBe('400 invalid_identity_token')
  const twice = fresh({ n: 'twice', repository_id: '7' })
  const keys = [await keyOf(twice), await keyOf(twice), await keyOf(twice)]
  expect(new Set(keys).size).toBe(1)
  const next = fresh({ n: 'twice', repository_id: '7' })
  expect(await keyOf(next)).toMatch(/^FAKE/)
  expect(await keyOf(fresh({ n: 'twice', repository_id: '7' }))).toBe('400 access_denied')
})

test('an operator who opens the id of a second delivery sees the decision', async () => {
  const token = fresh()
  await keyOf(token)
  const { headers } = await sts(vendor.url, { method: 'POST', body: webIdentityForm(token) })
  const { status, body } = await vendor.get(`/v1/admin/explain/${headers.get('x-amzn-requestid')}`)
  expect([status, body['outcome']]).toEqual([200, 'granted'])
})

test.each(['0s', '301s', '1h'])('a window of %s is refused', async (window) => {
  const { status, body } = await vendor.apply(configure({ window }))
  expect([status, JSON.stringify(body).includes('replay')]).toEqual([422, true])
})
