import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { ACCOUNT, type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'
import { until } from '../support/wait.ts'

let store: FakeSts
let vendor: ChildVendor

beforeEach(async () => {
  store = await startFakeSts()
  vendor = await startVendor()
})

afterEach(async () => {
  await vendor.stop()
  await store.stop()
})

/** The usual configuration, with members over its two mappings and its target. */
async function configure(limits: { main?: object; quick?: object; target?: object }) {
  const usual = configurationFor(vendor, store.endpoint)
  const configuration = {
    ...usual,
    targets: { store: { ...usual.targets.store, ...limits.target } },
    mappings: {
      'app-main': { ...usual.mappings['app-main'], ...limits.main },
      'app-quick': { ...usual.mappings['app-quick'], ...limits.quick },
    },
  }
  const applied = await vendor.apply(configuration)
  expect(applied.status, JSON.stringify(applied.body)).toBe(200)
}

const QUICK = { resource: `arn:aws:iam::${ACCOUNT}:role/quick-look` }
const codeOf = async (request: unknown) => {
  const events = await vendor.events(`request=${String(request)}`)
  return events.map(({ event }) => ('code' in event ? event.code : null))
}

test('a token opens a single-use mapping once; the second time is refused, recorded and mints nothing', async () => {
  await configure({ main: { singleUse: true } })
  const token = vendor.token({ jti: 'one' })
  expect((await vendor.exchange(token)).status).toBe(200)
  const calls = store.calls()
  const again = await vendor.exchange(token)
  expect([again.status, again.body['code']]).toEqual([400, 'invalid_identity_token'])
  expect(await codeOf(again.body['request_id'])).toEqual(['replayed'])
  expect(store.calls()).toBe(calls)
  // Another token that carries the same jti is the same by its issuer's own word.
  expect((await vendor.exchange(vendor.token({ jti: 'one', extra: 1 }))).status).toBe(400)
  expect((await vendor.exchange(vendor.token({ jti: 'two' }))).status).toBe(200)
})

test('of twenty exchanges at once with one token exactly one has an intent', async () => {
  await configure({ main: { singleUse: true } })
  const token = vendor.token({ jti: 'race' })
  const answers = await Promise.all(Array.from({ length: 20 }, () => vendor.exchange(token)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(await vendor.events('type=assume.intent')).toHaveLength(1)
  expect(await vendor.events('code=replayed')).toHaveLength(19)
  expect(store.sessions).toHaveLength(1)
})

test('what an intent used up stays used up when the process is killed before the store answers', async () => {
  await vendor.stop()
  vendor = await startVendor({ child: true })
  await configure({ main: { singleUse: true, maxUses: 2 } })
  const token = vendor.token({ jti: 'killed' })
  store.setFault({ kind: 'hang' })
  const lost = vendor.exchange(token).catch(() => null)
  await store.asked(1)
  await vendor.kill()
  expect(await lost).toBeNull()
  store.setFault(undefined)
  await vendor.restart()
  expect(await codeOf((await vendor.exchange(token)).body['request_id'])).toEqual(['replayed'])
  // One of two uses went with the kill.
  expect((await vendor.exchange(vendor.token({ jti: 'b' }))).status).toBe(200)
  expect(await codeOf((await vendor.exchange(vendor.token({ jti: 'c' }))).body['request_id'])).toEqual([
    'uses_exhausted',
  ])
})

test('a use is not given back when the store refuses', async () => {
  await configure({ main: { singleUse: true } })
  const token = vendor.token({ jti: 'refused' })
  store.setFault({ kind: 'answer', status: 403, body: '<x/>' }, 1)
  expect((await vendor.exchange(token)).status).toBe(503)
  expect((await vendor.exchange(token)).body['code']).toBe('invalid_identity_token')
})

test('a token without jti opens no single-use mapping', async () => {
  await configure({ main: { singleUse: true } })
  const answer = await vendor.exchange(vendor.token())
  expect([answer.status, answer.body['code']]).toEqual([400, 'access_denied'])
  expect(await codeOf(answer.body['request_id'])).toEqual(['jti_missing'])
})

test('single use is counted by mapping: another role takes the same token', async () => {
  await configure({ main: { singleUse: true }, quick: { singleUse: true } })
  const token = vendor.token({ jti: 'both' })
  expect((await vendor.exchange(token)).status).toBe(200)
  expect((await vendor.exchange(token, QUICK)).status).toBe(200)
  expect((await vendor.exchange(token, QUICK)).status).toBe(400)
})

test('a mapping gives so many sessions in all, through new versions of it, and more when it is given more', async () => {
  await configure({ main: { maxUses: 2 } })
  const statuses = async (count: number) => {
    const answers = []
    for (let at = 0; at < count; at++) answers.push((await vendor.exchange(vendor.token())).status)
    return answers
  }
  expect(await statuses(3)).toEqual([200, 200, 400])
  const uses = await vendor.get('/v1/admin/mappings/app-main/uses')
  expect(uses.body).toMatchObject({ maxUses: 2, used: 2, left: 0 })
  expect((await vendor.get('/v1/admin/mappings/nobody/uses')).status).toBe(404)
  await configure({ main: { maxUses: 2, purpose: 'a new version' } })
  expect(await statuses(1)).toEqual([400])
  expect(await codeOf((await vendor.exchange(vendor.token())).body['request_id'])).toEqual(['uses_exhausted'])
  await configure({ main: { maxUses: 3, purpose: 'a new version' } })
  expect(await statuses(2)).toEqual([200, 400])
})

test('of two limits that an intent meets one is enough, and then neither is used up', async () => {
  await configure({ main: { singleUse: true, maxUses: 1 } })
  expect((await vendor.exchange(vendor.token({ jti: 'a' }))).status).toBe(200)
  const refused = await vendor.exchange(vendor.token({ jti: 'b' }))
  expect(await codeOf(refused.body['request_id'])).toEqual(['uses_exhausted'])
  await configure({ main: { singleUse: true, maxUses: 2 } })
  // `b` was refused for the uses and is not used up itself.
  expect((await vendor.exchange(vendor.token({ jti: 'b' }))).status).toBe(200)
})

test('a shadow mapping sets no limit and uses nothing up', async () => {
  const usual = configurationFor(vendor, store.endpoint)
  const shadow = { ...usual.mappings['app-main'], mode: 'shadow', singleUse: true, maxUses: 1 }
  const applied = await vendor.apply({ ...usual, mappings: { ...usual.mappings, shadow } })
  expect(applied.status).toBe(200)
  const token = vendor.token({ jti: 'shadowed' })
  expect([(await vendor.exchange(token)).status, (await vendor.exchange(token)).status]).toEqual([200, 200])
})

test('a refusal by a limit leaves no gap in the log and says what was decided', async () => {
  await configure({ main: { singleUse: true } })
  const token = vendor.token({ jti: 'gap' })
  for (let at = 0; at < 3; at++) await vendor.exchange(token)
  const events = (await vendor.events()).toReversed().map(({ event }) => event)
  const boots = Map.groupBy(events, ({ boot }) => boot)
  for (const [, own] of boots) expect(own.map(({ n }) => n)).toEqual(own.map((_, at) => at + 1))
  const refused = events.find((event) => event.type === 'assume.refused')
  expect(refused).toMatchObject({
    code: 'replayed',
    subject: { jti: 'gap' },
    decision: {
      outcome: 'refused',
      code: 'replayed',
      mappings: [{ name: 'app-main' }],
      narrowedBy: null,
      sessionPolicySha256: null,
    },
  })
  expect(events.find((event) => event.type === 'assume.intent')).toMatchObject({
    uses: [{ of: 'token', mapping: 'app-main' }],
  })
})

test('a subject in a loop is stopped before the store, told when to come back, and counted in one record', async () => {
  await configure({ target: { subjectBudget: { sessions: 3, per: '1h' } } })
  const answers = []
  for (let at = 0; at < 40; at++) answers.push(await vendor.exchange(vendor.token({ jti: String(at) })))
  expect(answers.map(({ status }) => status)).toEqual(answers.map((_, at) => (at < 3 ? 200 : 429)))
  expect(store.calls()).toBe(3)
  const last = answers.at(-1)
  expect(last?.body['code']).toBe('too_many_requests')
  const seconds = Number(last?.headers.get('retry-after'))
  expect(seconds).toBeGreaterThan(1100)
  expect(seconds).toBeLessThanOrEqual(1200)
  // Another subject is not held back.
  expect((await vendor.exchange(vendor.token({ sub: 'repo:acme/other' }))).status).toBe(200)
  const summariesNow = () => vendor.events('type=assume.refused_summary')
  await until('a summary', async () => (await summariesNow()).length > 0)
  const summaries = await summariesNow()
  const alone = await vendor.events('type=assume.refused')
  const counted = summaries.map(({ event }) => (event.type === 'assume.refused_summary' ? event.count : 0))
  expect(alone.length + counted.reduce((sum, count) => sum + count, 0)).toBe(37)
  expect(alone.length).toBeLessThan(4)
  expect(summaries[0]?.event).toMatchObject({
    code: 'subject_budget_spent',
    subject: { issuer: 'ci', sub: 'repo:acme/app' },
  })
  expect(summaries.map(({ event }) => ('request' in event ? event.request : ''))).toContain(
    last?.body['request_id'],
  )
})

test('without a word about it a store has a budget for each subject', async () => {
  await configure({})
  const usual = configurationFor(vendor, store.endpoint)
  const { subjectBudget: _, ...silent } = usual.targets.store
  const plan = await vendor.post('/v1/admin/config:plan', {
    configuration: { ...usual, targets: { store: silent } },
  })
  expect(plan.body['changes']).toMatchObject([
    { kind: 'target', lines: ['subjectBudget: none → {"perSeconds":60,"sessions":600}'] },
  ])
})

test('a refusal by the mappings takes nothing from the budget', async () => {
  await configure({ target: { subjectBudget: { sessions: 1, per: '1h' } } })
  for (let at = 0; at < 5; at++) expect((await vendor.exchange(vendor.token({ ref: 'x' }))).status).toBe(400)
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
})
