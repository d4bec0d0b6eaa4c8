import { afterAll, beforeAll, expect, test } from 'vitest'
import { whyCommand } from '../../apps/vendor/src/cli/why.ts'
import type { Explanation } from '../../apps/vendor/src/domain/explanation.ts'
import { runCli } from '../support/cli.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { startTestIssuer, type TestIssuer } from '../support/test-issuer.ts'
import { ACCOUNT, type Answer, type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor
let gone: TestIssuer
/** An issuer with a preset and without any mapping. */
let fresh: TestIssuer

/** The usual configuration, a second issuer with a mapping of its own, and mappings in every state. */
function configuration(more: object = {}) {
  const usual = configurationFor(vendor, store.endpoint)
  const [id, ref] = usual.mappings['app-main'].when
  const main = usual.mappings['app-main']
  return {
    ...usual,
    issuers: {
      ...usual.issuers,
      second: { ...usual.issuers.ci, url: gone.url },
      bare: { ...usual.issuers.ci, preset: 'github-actions', url: fresh.url },
    },
    roles: {
      ...usual.roles,
      'only-second': usual.roles['app-artifacts'],
      guarded: { ...usual.roles['app-artifacts'], never: [{ claim: ['event'], equals: 'pull_request' }] },
    },
    mappings: {
      ...usual.mappings,
      'app-shadow': { ...main, when: [id, { claim: ['ref'], equals: 'refs/heads/dev' }], mode: 'shadow' },
      'app-past': { ...main, expires: '2020-01-01' },
      'app-careful': {
        ...main,
        role: 'quick-look',
        when: [ref],
        unless: [{ claim: ['fork'], equals: true }],
      },
      'second-only': { ...main, issuer: 'second', role: 'only-second' },
      'app-guarded': { ...main, role: 'guarded' },
      ...more,
    },
  }
}

beforeAll(async () => {
  store = await startFakeSts()
  ;[gone, fresh] = await Promise.all([startTestIssuer(), startTestIssuer()])
  vendor = await startVendor()
  const applied = await vendor.apply(configuration())
  expect(applied.status, JSON.stringify(applied.body)).toBe(200)
})

afterAll(async () => {
  await vendor.stop()
  await Promise.all([store.stop(), gone.stop(), fresh.stop()])
})

const arn = (role: string) => `arn:aws:iam::${ACCOUNT}:role/${role}`
const ask = (claims: Record<string, unknown>, role = 'app-artifacts') =>
  vendor.exchange(vendor.token(claims), { resource: arn(role) })
const why = async ({ body }: Answer, query = ''): Promise<Explanation> => {
  const answer = await vendor.get(`/v1/admin/explain/${String(body['request_id'])}${query}`)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body as Explanation // the admin door's own answer
}

test('another branch: the nearest mapping, claim by claim, with the edit that would match', async () => {
  const told = await why(await ask({ ref: 'refs/heads/maim' }))
  expect(told).toMatchObject({ outcome: 'refused', code: 'no_mapping', subject: { issuer: 'ci' } })
  expect(told.what).toContain('the nearest is `app-main`: `ref` is "refs/heads/maim"')
  const [nearest] = told.mappings
  expect(nearest).toMatchObject({ name: 'app-main', matches: false, standing: [], today: 'does_not_match' })
  expect(nearest?.conditions.map(({ obstacle }) => obstacle)).toEqual([null, 'other_value'])
  expect(nearest?.conditions[1]?.edit).toEqual({
    member: 'when',
    index: 1,
    to: { claim: ['ref'], anyOf: ['refs/heads/main', 'refs/heads/maim'] },
  })
  expect(told.mappingsInAll).toBe(6)
})

test('a mapping in shadow that matches is the nearest, and the mend is its mode', async () => {
  const told = await why(await ask({ ref: 'refs/heads/dev' }))
  expect(told.mappings[0]).toMatchObject({ name: 'app-shadow', standing: ['shadow'] })
  expect(told.mappings[0]?.inTheWay).toEqual([
    { says: 'it is in shadow, and decides nothing', mend: 'mode: enforce' },
  ])
})

test('a number where a text is wanted, a missing claim, another case: said as what they are', async () => {
  const obstacles = async (claims: Record<string, unknown>) =>
    (await why(await ask(claims))).mappings
      .find(({ name }) => name === 'app-main')
      ?.conditions.map(({ obstacle }) => obstacle)
  expect(await obstacles({ repository_id: 42 })).toEqual(['other_type', null])
  expect(await obstacles({ ref: undefined })).toEqual([null, 'missing'])
  expect(await obstacles({ ref: 'refs/heads/Main' })).toEqual([null, 'other_case'])
  expect(await obstacles({ ref: 'refs/heads/main/' })).toEqual([null, 'other_ends'])
})

test('an exception that counts as held, because its claim is missing, is said to be that', async () => {
  const told = await why(await ask({ repository_id: '7' }, 'quick-look'))
  const careful = told.mappings.find(({ name }) => name === 'app-careful')
  expect(careful?.conditions.map(({ member, obstacle }) => [member, obstacle])).toEqual([
    ['when', null],
    ['unless', 'missing'],
  ])
  expect(careful?.inTheWay[0]?.says).toContain('counts as held')
})

test('a role that is none: the nearest names', async () => {
  const told = await why(await ask({}, 'app-artifact'))
  expect(told.what).toBe('there is no role `app-artifact`')
  expect(told.nearRoles.map(({ name }) => name)).toEqual(['app-artifacts'])
})

test('a role that this issuer has no mapping for: who has', async () => {
  const told = await why(await ask({}, 'only-second'))
  expect(told.what).toBe(
    'issuer `ci` has no mapping for role `only-second`; `second-only` of issuer `second` is for it',
  )
  // Held against the claims of this subject, it needs another issuer and nothing else.
  expect(told.nearestElsewhere.map(({ name, standing, obstacles }) => [name, standing, obstacles])).toEqual([
    ['second-only', ['other_issuer'], 1],
  ])
  expect(told.elsewhere).toEqual([{ mapping: 'second-only', issuer: 'second', role: 'only-second' }])
  expect(told.mappings[0]?.standing).toContain('other_role')
})

test('something that is no role ARN', async () => {
  const answer = await vendor.exchange(vendor.token(), { resource: 'https://example.com/role' })
  expect((await why(answer)).what).toBe('what was asked for is no role ARN of this server')
})

test('no role asked and two open: both are named', async () => {
  const told = await why(await vendor.exchange(vendor.token({ fork: false }), { resource: '' }))
  expect(told.code).toBe('role_required')
  expect(told.what).toContain(': `app-artifacts` or `guarded` or `quick-look`; matched: ')
  expect(told.mappings.filter(({ matches }) => matches).map(({ role }) => role)).toContain('quick-look')
})

test('an issuer that is not configured: the nearest, and what differs', async () => {
  const told = await why(await ask({ iss: `${vendor.ci.url}/` }))
  expect(told).toMatchObject({
    code: 'unknown_issuer',
    subject: null,
    claimed: { issuer: `${vendor.ci.url}/` },
  })
  expect(told.nearIssuers[0]).toEqual({ name: 'ci', value: vendor.ci.url, difference: 'a slash at the end' })
})

test('another audience: what the issuer is configured with', async () => {
  const told = await why(await ask({ aud: 'https://other.example.com' }))
  expect(told).toMatchObject({ code: 'aud_mismatch', issuer: { name: 'ci', audiences: [vendor.url] } })
  expect(told.next).toContain('audiences')
})

test('a role ARN of another account is no role of ours, however near its mappings are', async () => {
  const resource = 'arn:aws:iam::999999999999:role/app-artifacts'
  const told = await why(await vendor.exchange(vendor.token(), { resource }))
  expect(told.code).toBe('no_mapping')
  expect(told.what).toBe(`the role ARN names account 999999999999, and this server's is ${ACCOUNT}`)
  expect(told.mappings.some(({ matches }) => matches)).toBe(false)
  expect(told.admittedToday).toEqual([])
})

test('a `never` of the role: which one, what the token had, and that no mapping mends it', async () => {
  const told = await why(await ask({ event: 'pull_request' }, 'guarded'))
  expect(told.code).toBe('policy_denied')
  expect(told.what).toContain('`event` is "pull_request", and never says equals: "pull_request"')
  expect(told.mappings[0]).toMatchObject({ name: 'app-guarded', matches: true, admits: false })
  expect(told.admittedToday).toEqual([])
  const missing = await why(await ask({}, 'guarded'))
  expect(missing.what).toContain('`event` is not in the token, which counts as held in never')
  // Where no mapping matches, the role's own refusal is told as well: the mapping's edit alone would not do.
  const both = await why(await ask({ event: 'pull_request', ref: 'x' }, 'guarded'))
  expect(both.mappings[0]?.inTheWay.map(({ mend }) => mend)).toEqual([
    'when[1]: { claim: ["ref"], anyOf: ["refs/heads/main","x"] }',
    'never[0] of role `guarded` refuses it whatever mappings say: ask for another role',
  ])
})

test('an issuer without any mapping: who has one for the role, held against what its preset records', async () => {
  const claims = { iss: fresh.url, sub: 's', aud: vendor.url, repository_id: '42', ref: 'refs/heads/main' }
  const told = await why(await vendor.exchange(fresh.sign(claims)))
  expect(told.what).toBe('issuer `bare` has no mapping at all; `app-main` of issuer `ci` is for it')
  expect(told.nearestElsewhere[0]).toMatchObject({
    name: 'app-main',
    standing: ['other_issuer'],
    obstacles: 1,
  })
  expect(told.nearestElsewhere[0]?.conditions.map(({ found }) => found)).toEqual(['42', 'refs/heads/main'])
  // What a preset records and this token had not is not said to be missing: a preset is code, and changes.
  const without = await why(await vendor.exchange(fresh.sign({ ...claims, repository_id: undefined })))
  const condition = without.nearestElsewhere.find(({ name }) => name === 'app-main')?.conditions[0]
  expect(condition?.obstacle).toBe('not_recorded')
})

test('a role that was asked for in the bytes of a terminal is printed as text', async () => {
  const answer = await vendor.exchange(vendor.token(), { resource: 'x\u001b[2J\u009b1m\u202e' })
  const { out } = await runCli((io) => whyCommand([String(answer.body['request_id'])], io), { vendor })
  expect(out).toMatch(/^[\x20-\x7e\n✓✗→…]*$/)
  expect(out).toContain('x\\u001b[2J\\u009b1m\\u202e')
})

test('a lifetime outside the role: the mapping matched, and the remedy is the lifetime', async () => {
  const told = await why(await vendor.exchange(vendor.token(), { duration_seconds: '100000' }))
  expect(told).toMatchObject({ code: 'lifetime_refused', asked: { lifetimeSeconds: 100_000 } })
  expect(told.what).toContain('100000 s were asked for, the role takes 900 to 3600 s')
  expect(told.mappings[0]).toMatchObject({ name: 'app-main', matches: true, inTheWay: [] })
})

test('a claim that cannot stand in the policy', async () => {
  const told = await why(await ask({ repository: '../secret' }))
  expect(told.code).toBe('claim_value_refused')
  expect(told.what).toContain('["repository"] is "../secret"')
})

test('what was granted is explained as well, by request and by assumption', async () => {
  const { body } = await ask({})
  const { body: told } = await vendor.get(`/v1/admin/explain/${String(body['assumption_id'])}`)
  expect(told).toMatchObject({
    outcome: 'granted',
    code: null,
    what: 'granted role `app-artifacts` by `app-main`',
  })
})

test('a store that failed: the code of the outcome, not of the decision', async () => {
  store.setFault({ kind: 'answer', status: 403, body: '<x/>' }, 1)
  const told = await why(await ask({}))
  expect(told).toMatchObject({ outcome: 'failed' })
  expect(told.code).toMatch(/^target_/)
  expect(told.what).toContain('HTTP 403')
})

test('an exchange that is under way, and one that was withheld because the configuration changed', async () => {
  let go = () => {}
  store.setFault({ kind: 'wait', until: new Promise<void>((resolve) => (go = resolve)) }, 1)
  const before = store.calls()
  const pending = ask({ sub: 'waits' })
  await store.asked(before + 1)
  const [intent] = (await vendor.events('type=assume.intent&limit=1')).map(({ event }) => event)
  const id = intent?.type === 'assume.intent' ? intent.assumption : ''
  const open = await vendor.get(`/v1/admin/explain/${id}`)
  expect(open.body).toMatchObject({ outcome: 'open', code: null })
  const { mappings } = configuration()
  const changed = { ...mappings['app-main'], purpose: 'another' }
  expect((await vendor.apply(configuration({ 'app-main': changed }))).status).toBe(200)
  go()
  expect((await pending).status).toBe(503)
  const told = await why(await pending)
  expect(told).toMatchObject({ outcome: 'failed', code: 'withheld', assumption: id })
  expect(told.what).toContain('changed: mapping `app-main`')
  expect((await vendor.apply(configuration())).status).toBe(200)
})

test('a flood that was counted together leads to its summary', async () => {
  const answers = []
  for (let at = 0; at < 6; at++) answers.push(await ask({ aud: 'flood' }))
  const last = answers.at(-1)
  await expect
    .poll(async () => (await vendor.get(`/v1/admin/explain/${String(last?.body['request_id'])}`)).status)
    .toBe(200)
  const told = last === undefined ? null : await why(last)
  expect(told?.code).toBe('aud_mismatch')
  expect(told?.requests).toBeGreaterThan(1)
})

test('an unknown id, an id of another kind and a limit that is none', async () => {
  const status = async (path: string) => (await vendor.get(`/v1/admin/explain/${path}`)).status
  expect(await status('req_01940000-0000-7000-8000-000000000000')).toBe(404)
  expect(await status('nobody')).toBe(404)
  expect(await status('evt_01940000-0000-7000-8000-000000000000')).toBe(404)
  const { body } = await ask({ ref: 'x' })
  expect(await status(`${String(body['request_id'])}?limit=0`)).toBe(400)
  expect((await why({ body } as Answer, '?limit=1')).mappings).toHaveLength(1) // only its body is looked at
})

test('a claim that nobody recorded is not said to be missing', async () => {
  const answer = await ask({ ref: 'refs/heads/x', actor: 'mallory' })
  const applied = await vendor.apply(
    configuration({
      'app-actor': { ...configuration().mappings['app-main'], when: [{ claim: ['actor'], equals: 'm' }] },
    }),
  )
  expect(applied.status).toBe(200)
  const told = await why(answer)
  // As it stood then: the new mapping is not there. Today nobody can tell.
  expect(told.mappings.map(({ name }) => name)).not.toContain('app-actor')
  expect(told.generation.now).toBe((told.generation.decided ?? 0) + 1)
})

test('a mapping that was changed since, so that it would match, says so; one that was taken away, too', async () => {
  const answer = await ask({ ref: 'refs/heads/late' })
  const { mappings } = configuration()
  const { 'app-past': _, ...kept } = mappings
  const changed = { ...mappings['app-main'], when: [{ claim: ['ref'], equals: 'refs/heads/late' }] }
  const applied = await vendor.apply({ ...configuration(), mappings: { ...kept, 'app-main': changed } })
  expect(applied.status).toBe(200)
  const told = await why(answer)
  const today = new Map(told.mappings.map((one) => [one.name, one.today]))
  expect(today.get('app-main')).toBe('matches')
  expect(today.get('app-past')).toBe('gone')
  expect(told.admittedToday).toEqual(['app-main'])
  expect(told.mappings.find(({ name }) => name === 'app-main')?.matches).toBe(false)
})

test('who may not read the log is not told', async () => {
  const { body } = await ask({ ref: 'x' })
  const token = vendor.admin.sign({ sub: 'nobody', aud: 'stint-admin' })
  expect((await vendor.get(`/v1/admin/explain/${String(body['request_id'])}`, token)).status).toBe(403)
})

test('stint why: the first line says what happened, the second what to do', async () => {
  await vendor.apply(configuration())
  const { body } = await ask({ ref: 'refs/heads/dev', repository_id: '43' })
  const id = String(body['request_id'])
  const { code, out, err } = await runCli((io) => whyCommand([id], io), { vendor })
  expect([code, err]).toEqual([0, ''])
  const [first, second] = out.split('\n')
  expect(first).toMatch(
    /^refused \(no_mapping\): no mapping of issuer `ci` admits this subject to role `app-artifacts`/,
  )
  expect(second).toMatch(/^to do: /)
  expect(out).toMatch(/✗ when: `repository_id` is "43", must be equals: "42"/)
  expect(out).toMatch(/→ when\[0\]: \{ claim: \["repository_id"\], anyOf: \["42","43"\] \}/)
  const json = await runCli((io) => whyCommand([id, '--json'], io), { vendor })
  expect(JSON.parse(json.out)).toMatchObject({ code: 'no_mapping' })
  const all = await runCli((io) => whyCommand([id, '--all'], io), { vendor })
  expect(all.out.length).toBeGreaterThan(out.length)
})

test('stint why of an id that is not recorded says what that can mean', async () => {
  const answer = await vendor.exchange(vendor.token(), { duration_seconds: '1h' })
  const { code, err } = await runCli((io) => whyCommand([String(answer.body['request_id'])], io), { vendor })
  expect(code).toBe(1)
  expect(err).toContain('refused for its own form')
})

test('stint why without an id, with two, and of nobody', async () => {
  const exits = async (...argv: string[]) => (await runCli((io) => whyCommand(argv, io), { vendor })).code
  expect([await exits(), await exits('a', 'b'), await exits('--nope'), await exits('req_x')]).toEqual([
    2, 2, 2, 1,
  ])
})
