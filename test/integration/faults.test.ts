import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeSts, type StsFault, startFakeSts } from '../support/fake-sts.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor

beforeEach(async () => {
  store = await startFakeSts()
  vendor = await startVendor()
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
})

afterEach(async () => {
  await vendor.stop()
  await store.stop()
})

const typesOf = async (query = 'limit=500') =>
  (await vendor.events(query)).map(({ event }) => event.type).toReversed()
const aboutAssumption = async () => {
  const [intent] = await vendor.events('type=assume.intent&limit=1')
  const id = intent !== undefined && 'assumption' in intent.event ? intent.event.assumption : ''
  return vendor.events(`assumption=${id}`)
}
const error = (code: string) =>
  `<ErrorResponse><Error><Type></Type><Code>${code}</Code><Message>canary-store-text</Message></Error></ErrorResponse>`

type Case = { name: string; fault: StsFault; code: string; mayExist: boolean; calls: number }
const CASES: readonly Case[] = [
  {
    name: 'refuses us',
    fault: { kind: 'answer', status: 400, body: error('InvalidParameterValue') },
    code: 'target_refused',
    mayExist: false,
    calls: 1,
  },
  {
    name: 'denies us',
    fault: { kind: 'answer', status: 403, body: error('AccessDenied') },
    code: 'target_refused',
    mayExist: false,
    calls: 1,
  },
  {
    name: 'is not ready',
    fault: { kind: 'answer', status: 503, body: error('STSNotInitialized') },
    code: 'target_unavailable',
    mayExist: false,
    calls: 2,
  },
  {
    name: 'fails inside',
    fault: { kind: 'answer', status: 500, body: error('InternalError') },
    code: 'target_unavailable',
    mayExist: true,
    calls: 2,
  },
  {
    name: 'is a proxy with a page',
    fault: { kind: 'answer', status: 502, body: '<html>bad gateway</html>' },
    code: 'target_unavailable',
    mayExist: true,
    calls: 2,
  },
  {
    name: 'answers a page with 200',
    fault: { kind: 'answer', status: 200, body: '<html>welcome</html>' },
    code: 'target_answer_invalid',
    mayExist: true,
    calls: 1,
  },
  {
    name: 'answers 404',
    fault: { kind: 'answer', status: 404, body: 'no' },
    code: 'target_answer_invalid',
    mayExist: false,
    calls: 1,
  },
  {
    name: 'leaves out the session token',
    fault: { kind: 'rewrite', rewrite: (xml) => xml.replace(/<SessionToken>.*<\/SessionToken>/s, '') },
    code: 'target_answer_invalid',
    mayExist: true,
    calls: 1,
  },
  {
    name: 'gives two key ids',
    fault: {
      kind: 'rewrite',
      rewrite: (xml) => xml.replace('<AccessKeyId>', '<AccessKeyId>A</AccessKeyId><AccessKeyId>'),
    },
    code: 'target_answer_invalid',
    mayExist: true,
    calls: 1,
  },
  {
    name: 'gives no real Expiration',
    fault: {
      kind: 'rewrite',
      rewrite: (xml) => xml.replace(/<Expiration>.*<\/Expiration>/s, '<Expiration>soon</Expiration>'),
    },
    code: 'target_answer_invalid',
    mayExist: true,
    calls: 1,
  },
  {
    name: 'answers without end',
    fault: { kind: 'rewrite', rewrite: (xml) => xml + 'x'.repeat(200_000) },
    code: 'target_answer_invalid',
    mayExist: true,
    calls: 1,
  },
  {
    name: 'cuts before it answers',
    fault: { kind: 'cut', at: 'before_headers' },
    code: 'target_unavailable',
    mayExist: true,
    calls: 1,
  },
  {
    name: 'cuts amid the answer',
    fault: { kind: 'cut', at: 'in_body' },
    code: 'target_unavailable',
    mayExist: true,
    calls: 1,
  },
  { name: 'never answers', fault: { kind: 'hang' }, code: 'target_unavailable', mayExist: true, calls: 1 },
]

test.each(CASES)(
  'a store that $name: 503, recorded, ended where a session may live',
  async ({ fault, code, mayExist, calls }) => {
    store.setFault(fault)
    const { status, headers, body } = await vendor.exchange(vendor.token())
    expect([status, body['code'], headers.get('retry-after')]).toEqual([503, 'service_unavailable', '1'])
    expect(JSON.stringify(body)).not.toContain('canary-store-text')
    // The ending mints once more, as soon as the failure is recorded.
    if (mayExist) expect(store.calls()).toBeGreaterThanOrEqual(calls)
    else expect(store.calls()).toBe(calls)
    const failed = (await aboutAssumption()).find(({ event }) => event.type === 'assume.upstream_failed')
    expect(failed?.event).toMatchObject({ code, mayExist })
    store.setFault(undefined)
    if (mayExist) {
      await expect
        .poll(() => typesOf('type=assume.unresolved'), { timeout: 15_000 })
        .toEqual(['assume.unresolved'])
      await expect
        .poll(() => typesOf('type=assume.revoked').then((types) => types.length), { timeout: 15_000 })
        .toBeGreaterThan(0)
      await expect.poll(() => store.sessions.every(({ revoked }) => revoked), { timeout: 10_000 }).toBe(true)
    } else expect(await typesOf('type=assume.unresolved')).toEqual([])
    expect((await vendor.exchange(vendor.token())).status).toBe(200)
  },
  30_000,
)

test('a store that is gone: 503, nothing to end', async () => {
  await store.stop()
  const { status, body } = await vendor.exchange(vendor.token())
  expect([status, body['code']]).toEqual([503, 'service_unavailable'])
  expect((await aboutAssumption())[0]?.event).toMatchObject({
    type: 'assume.upstream_failed',
    mayExist: false,
  })
})

test.each([
  { name: 'later than granted', expiration: '2099-01-01T00:00:00Z', code: 'expiration_too_late' },
  { name: 'in the past', expiration: '2020-01-01T00:00:00Z', code: 'target_answer_invalid' },
])('an Expiration $name is withheld and ended', async ({ expiration, code }) => {
  store.setFault(
    {
      kind: 'rewrite',
      rewrite: (xml) =>
        xml.replace(/<Expiration>.*<\/Expiration>/s, `<Expiration>${expiration}</Expiration>`),
    },
    1,
  )
  const { status, body } = await vendor.exchange(vendor.token())
  expect([status, body['code'], body['credentials']]).toEqual([503, 'service_unavailable', undefined])
  await expect
    .poll(async () => (await aboutAssumption()).map(({ event }) => event.type))
    .toContain('assume.revoked')
  const events = (await aboutAssumption()).map(({ event }) => event)
  expect(events).toContainEqual(expect.objectContaining({ type: 'assume.withheld', code }))
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'assume.revoked', proof: 'proved', final: false }),
  )
  expect(store.sessions.every(({ revoked }) => revoked)).toBe(true)
})

test.each([
  { aheadSeconds: 3, status: 200, code: null },
  { aheadSeconds: 60, status: 503, code: 'expiration_too_late' },
])('a store whose clock is $aheadSeconds s ahead: $status', async ({ aheadSeconds, status, code }) => {
  const later = (expiration: string) => new Date(Date.parse(expiration) + aheadSeconds * 1000).toISOString()
  store.setFault(
    {
      kind: 'rewrite',
      rewrite: (xml) =>
        xml.replace(/(?<=<Expiration>).*(?=<\/Expiration>)/s, (expiration) => later(expiration)),
    },
    1,
  )
  expect((await vendor.exchange(vendor.token())).status).toBe(status)
  const withheld = (await aboutAssumption()).flatMap(({ event }) =>
    event.type === 'assume.withheld' ? [event.code] : [],
  )
  expect(withheld).toEqual(code === null ? [] : [code])
})

test('a mapping disabled while the store mints: the credentials are withheld and ended', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  store.setFault({ kind: 'wait', until: promise }, 1)
  const exchange = vendor.exchange(vendor.token())
  await store.asked(1)
  const configuration = configurationFor(vendor, store.endpoint)
  const { 'app-main': _gone, ...mappings } = configuration.mappings
  expect((await vendor.apply({ ...configuration, mappings })).status).toBe(200)
  resolve()
  const { status, body } = await exchange
  expect([status, body['code'], body['credentials']]).toEqual([503, 'service_unavailable', undefined])
  await expect.poll(() => store.sessions.every(({ revoked }) => revoked)).toBe(true)
  expect(await typesOf()).toEqual(
    expect.arrayContaining(['assume.issued', 'assume.withheld', 'assume.revoked']),
  )
  expect((await vendor.exchange(vendor.token())).body['code']).toBe('access_denied')
})

test('a change of something else lets an exchange under way through', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  store.setFault({ kind: 'wait', until: promise }, 1)
  const exchange = vendor.exchange(vendor.token())
  await store.asked(1)
  const configuration = configurationFor(vendor, store.endpoint)
  const { 'app-quick': _gone, ...mappings } = configuration.mappings
  expect((await vendor.apply({ ...configuration, mappings })).status).toBe(200)
  resolve()
  expect((await exchange).status).toBe(200)
})

test('a disabled issuer is refused like an unknown one, and its keys are not fetched', async () => {
  const configuration = configurationFor(vendor, store.endpoint)
  expect((await vendor.apply({ targets: configuration.targets })).status).toBe(200)
  const asked = vendor.ci.count('jwks')
  const disabled = await vendor.exchange(vendor.token())
  const unknown = await vendor.exchange(vendor.token({ iss: 'https://nobody.example.com' }))
  const { request_id: _one, ...left } = disabled.body
  const { request_id: _other, ...right } = unknown.body
  expect([disabled.status, left]).toEqual([unknown.status, right])
  expect(vendor.ci.count('jwks')).toBe(asked)
})

test('an issuer that is down cold is 503; warm it goes on', async () => {
  await vendor.ci.down()
  const cold = await vendor.exchange(vendor.token())
  expect([cold.status, cold.body['code']]).toEqual([503, 'identity_provider_unavailable'])
  await vendor.ci.up()
  await expect.poll(async () => (await vendor.exchange(vendor.token())).status, { timeout: 10_000 }).toBe(200)
  await vendor.ci.down()
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
})

test('a flood of bad tokens is counted, not written one by one', async () => {
  const before = (await vendor.events('limit=1'))[0]?.seq ?? 0
  const answers = await Promise.all(
    Array.from({ length: 300 }, () => vendor.exchange(vendor.token({ aud: 'elsewhere' }))),
  )
  expect(answers.every(({ status }) => status === 400)).toBe(true)
  const written = async () =>
    (await vendor.events('type=assume.refused&type=assume.refused_summary')).map(({ event }) => event)
  const counted = async () =>
    (await written()).reduce(
      (sum, event) => sum + (event.type === 'assume.refused_summary' ? event.count : 1),
      0,
    )
  await expect.poll(counted).toBe(300)
  expect(((await vendor.events('limit=1'))[0]?.seq ?? 0) - before).toBeLessThan(15)
  for (const { body } of answers)
    expect((await vendor.events(`request=${String(body['request_id'])}`)).length).toBe(1)
})

test('a verified subject that is refused is written every time', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => vendor.exchange(vendor.token({ ref: 'refs/heads/x' }))),
  )
  expect(new Set(answers.map(({ body }) => body['request_id'])).size).toBe(50)
  expect((await vendor.events('type=assume.refused&code=no_mapping')).length).toBe(50)
})

test('a second process on the same data folder is refused', async () => {
  const cli = new URL('../../apps/vendor/src/cli.ts', import.meta.url).pathname
  const env = {
    STINT_LISTEN: '127.0.0.1:0',
    STINT_PUBLIC_URL: 'http://127.0.0.1:1',
    STINT_ACCOUNT: '123456789012',
    STINT_DATA: vendor.dataFolder,
    STINT_ADMIN_ISSUER: vendor.admin.url,
    STINT_ADMIN_SUBJECT: 'x',
    STINT_ADMIN_AUDIENCE: 'y',
  }
  const { status, stderr } = spawnSync(process.execPath, [cli, 'serve'], { env, encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toContain('data_folder_locked')
})
