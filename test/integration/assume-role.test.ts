import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROLE_ARN } from '../support/doors.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { expectReceipt } from '../support/receipts.ts'
import { type GivenSession, givenIn, sessionAt, signedPost, whoIs } from '../support/sessions.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor

const configure = (over: { readonly purpose?: string; readonly max?: string } = {}) => {
  const usual = configurationFor(vendor, store.endpoint)
  const main = usual.mappings['app-main']
  const lifetime = { default: over.max ?? '2h', max: over.max ?? '2h' }
  return {
    ...usual,
    roles: {
      ...usual.roles,
      'app-artifacts': { ...usual.roles['app-artifacts'], lifetime },
      other: usual.roles['app-artifacts'],
    },
    mappings: {
      ...usual.mappings,
      'app-main': { ...main, purpose: over.purpose ?? 'a test' },
      other: { ...main, role: 'other' },
      counted: { ...main, when: [{ claim: ['n'], equals: 'counted' }], maxUses: 100 },
    },
  }
}

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor()
  expect((await vendor.apply(configure())).status).toBe(200)
})
afterAll(async () => {
  await vendor?.stop()
  await store?.stop()
})

const assume = (session: GivenSession, over: Record<string, string> = {}) =>
  signedPost(vendor.url, session, {
    Action: 'AssumeRole',
    RoleArn: ROLE_ARN,
    RoleSessionName: 'child',
    ...over,
  })
const fresh = (claims: Record<string, unknown> = {}, over: Record<string, string> = {}) =>
  sessionAt(vendor.url, vendor.token(claims), over)
const revoke = (path: string) => vendor.post(`/v1/admin/${path}:revoke`, { reason: 'a test' })
const lift = async (revoked: { body: Record<string, unknown> }) =>
  expect(
    (await vendor.post(`/v1/admin/locks/${String(revoked.body['lock'])}:lift`, { reason: 'x' })).status,
  ).toBe(200)

test('a session assumes its own role anew, for an hour at most, and may say who it is', async () => {
  const parent = await fresh()
  expect(parent.expiresMs - Date.now()).toBeGreaterThan(7_000_000)
  const reply = await assume(parent, { DurationSeconds: '7200' })
  const child = givenIn(reply)
  expect(reply.root).toBe('AssumeRoleResponse')
  expect(Object.keys(reply.body['AssumeRoleResult'] as object)).toEqual([
    // an object by the protocol
    'Credentials',
    'AssumedRoleUser',
    'PackedPolicySize',
  ])
  const seconds = (child.expiresMs - Date.now()) / 1000
  expect(seconds).toBeGreaterThan(3_500)
  expect(seconds).toBeLessThanOrEqual(3_600)
  const [mother, daughter] = [await whoIs(vendor.url, parent), await whoIs(vendor.url, child)]
  expect(daughter.body['GetCallerIdentityResult']).toEqual(mother.body['GetCallerIdentityResult'])
})

test('each comes with a receipt of its own that holds', async () => {
  const reply = await assume(await fresh())
  await expectReceipt(vendor, reply.headers.get('stint-receipt'), {
    accessKeyId: givenIn(reply).accessKeyId,
    request: String(reply.headers.get('x-amzn-requestid')),
  })
})

test('the store gets the very policy of the first session, and the log says what it came from', async () => {
  const parent = await fresh({ repository: 'acme/lib' })
  const before = store.sessions.length
  const reply = await assume(parent)
  givenIn(reply)
  const [first, second] = store.sessions.slice(before - 1)
  expect(second?.policy).toBe(first?.policy)
  const [intent] = await vendor.events(`request=${reply.headers.get('x-amzn-requestid')}&type=assume.intent`)
  expect(intent?.event).toMatchObject({ door: 'sts', chain: [first?.sub], decision: { outcome: 'granted' } })
})

test('never lives past the session that it came from, nor does what comes from it', async () => {
  const parent = await fresh({}, { DurationSeconds: '900' })
  const child = givenIn(await assume(parent))
  const grandchild = givenIn(await assume(child))
  expect(child.expiresMs).toBeLessThanOrEqual(parent.expiresMs)
  expect(grandchild.expiresMs).toBeLessThanOrEqual(child.expiresMs)
  const [intent] = await vendor.events('type=assume.intent&limit=1')
  expect(intent?.event).toMatchObject({ chain: [expect.any(String), expect.any(String)] })
})

test('a chain has eight links', async () => {
  let session = await fresh()
  for (let link = 0; link < 8; link++) session = givenIn(await assume(session))
  const { status, code } = await assume(session)
  expect([status, code]).toEqual([403, 'AccessDenied'])
})

const REFUSED = [
  {
    name: 'another role, though a mapping admits its subject there',
    over: { RoleArn: ROLE_ARN.replace('app-artifacts', 'other') },
    code: 'AccessDenied',
    event: 'chain_other_role',
  },
  {
    name: 'a role that is none',
    over: { RoleArn: ROLE_ARN.replace('app-artifacts', 'nobody') },
    code: 'AccessDenied',
    event: 'chain_other_role',
  },
  {
    name: 'a role of another account',
    over: { RoleArn: 'arn:aws:iam::210987654321:role/app-artifacts' },
    code: 'AccessDenied',
    event: 'chain_other_role',
  },
]
test.each(REFUSED)('refuses $name, and the operator sees why', async ({ over, code, event }) => {
  const reply = await assume(await fresh(), over)
  expect([reply.status, reply.code]).toEqual([403, code])
  expect(reply.text).toContain('Not authorized to perform sts:AssumeRole')
  const [found] = await vendor.events(`request=${reply.headers.get('x-amzn-requestid')}`)
  expect(found?.event).toMatchObject({
    type: 'assume.refused',
    code: event,
    subject: { sub: 'repo:acme/app' },
  })
})

test('refuses a request that asks for no role, is not signed, or stands in a URL', async () => {
  const session = await fresh()
  expect((await assume(session, { RoleArn: '' })).code).toBe('MissingParameter')
  const body = new URLSearchParams({ Action: 'AssumeRole', Version: '2011-06-15', RoleArn: ROLE_ARN })
  const unsigned = await fetch(vendor.url, { method: 'POST', body })
  expect([unsigned.status, await unsigned.text()]).toEqual([
    403,
    expect.stringContaining('MissingAuthenticationToken'),
  ])
  const presigned = await signedPost(
    vendor.url,
    session,
    {},
    { method: 'GET', form: 'query', body: '', headers: [], query: [...body] },
  )
  expect([presigned.status, presigned.code]).toEqual([400, 'IncompleteSignature'])
})

test('a session of a mapping that counts its uses does not multiply', async () => {
  const { status, code } = await assume(await fresh({ repository_id: '7', n: 'counted' }))
  expect([status, code]).toEqual([403, 'AccessDenied'])
})

test('a revoked session is nobody any more, and neither is what came from it', async () => {
  const parent = await fresh()
  const child = givenIn(await assume(parent))
  const grandchild = givenIn(await assume(child))
  const issued = (await vendor.events('type=assume.issued&limit=3')).map(({ event }) => event)
  const first = issued.find((event) => 'accessKeyId' in event && event.accessKeyId === parent.accessKeyId)
  const { status, body } = await revoke(
    `assumptions/${first !== undefined && 'assumption' in first ? first.assumption : ''}`,
  )
  expect([status, body['sessions'], body['proved']]).toEqual([200, 3, 3])
  for (const session of [parent, child, grandchild]) {
    expect((await whoIs(vendor.url, session)).code).toBe('InvalidClientTokenId')
    expect((await assume(session)).code).toBe('InvalidClientTokenId')
    expect(store.sessions.find(({ accessKeyId }) => accessKeyId === session.accessKeyId)?.revoked).toBe(true)
  }
})

test('ending a child leaves the session that it came from', async () => {
  const parent = await fresh()
  const reply = await assume(parent)
  const [intent] = await vendor.events(`request=${reply.headers.get('x-amzn-requestid')}&type=assume.intent`)
  const child = givenIn(reply)
  const id = intent !== undefined && 'assumption' in intent.event ? String(intent.event.assumption) : ''
  expect((await revoke(`assumptions/${id}`)).body['sessions']).toBe(1)
  expect((await whoIs(vendor.url, child)).code).toBe('InvalidClientTokenId')
  expect((await whoIs(vendor.url, parent)).status).toBe(200)
})

test('refused once its subject or a matched mapping was ended', async () => {
  for (const end of [
    () => revoke('mappings/app-main'),
    () => vendor.post('/v1/admin/subjects:revoke', { issuer: 'ci', sub: 'repo:acme/app', reason: 'a test' }),
    () => revoke('roles/app-artifacts'),
  ]) {
    const session = await fresh()
    const revoked = await end()
    expect(revoked.status, JSON.stringify(revoked.body)).toBe(200)
    expect((await assume(session)).code).toBe('InvalidClientTokenId')
    await lift(revoked)
    expect((await assume(session)).code).toBe('InvalidClientTokenId')
  }
})

test('a lock that comes while the store mints withholds the child, and it is ended', async () => {
  const session = await fresh()
  const asked = store.calls()
  const { promise, resolve } = Promise.withResolvers<void>()
  store.setFault({ kind: 'wait', until: promise }, 1)
  const reply = assume(session)
  await store.asked(asked + 1)
  const ending = revoke('mappings/app-main')
  await expect.poll(async () => (await vendor.get('/v1/admin/locks')).body['locks']).toHaveLength(1)
  resolve()
  expect((await reply).code).toBe('ServiceUnavailable')
  await lift(await ending)
  const child = store.sessions.at(-1)
  await expect
    .poll(() => store.sessions.filter(({ revoked }) => !revoked).some(({ sub }) => sub === child?.sub))
    .toBe(false)
})

test('refused once the mapping, the role or the issuer is not what it was', async () => {
  const session = await fresh()
  expect((await vendor.apply(configure({ purpose: 'another purpose' }))).status).toBe(200)
  const changed = await assume(session)
  expect([changed.status, changed.code]).toEqual([403, 'AccessDenied'])
  const next = await fresh()
  expect((await vendor.apply(configure({ purpose: 'another purpose', max: '90m' }))).status).toBe(200)
  expect((await assume(next)).code).toBe('AccessDenied')
  const last = await fresh()
  givenIn(await assume(last))
  expect(
    (await vendor.apply({ ...configure({ purpose: 'another purpose', max: '90m' }), mappings: {} })).status,
  ).toBe(200)
  expect((await assume(last)).code).toBe('AccessDenied')
  // It is still the session that it was: its end is another thing than what it may have anew.
  expect((await whoIs(vendor.url, last)).status).toBe(200)
  expect((await vendor.apply(configure())).status).toBe(200)
})

test('takes from the budget of the subject that the first session was given to', async () => {
  const usual = configure()
  const target = { ...usual.targets.store, subjectBudget: { sessions: 2, per: '1h' } }
  expect((await vendor.apply({ ...usual, targets: { store: target } })).status).toBe(200)
  const session = await fresh({ sub: 'repo:acme/budget' })
  givenIn(await assume(session))
  const spent = await assume(session)
  expect([spent.status, spent.code]).toEqual([429, 'Throttling'])
  expect(Number(spent.headers.get('retry-after'))).toBeGreaterThan(1)
  expect((await vendor.apply(configure())).status).toBe(200)
})
