import { afterEach, beforeEach, expect, test } from 'vitest'
import { mappingCommand } from '../../apps/vendor/src/cli/mapping.ts'
import type { ShadowReport } from '../../apps/vendor/src/domain/shadow.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

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

/** The usual configuration with `app-dev` in that mode, which admits the branch `dev` as well. */
async function configure(mode: string, more: object = {}) {
  const usual = configurationFor(vendor, store.endpoint)
  const when = [
    { claim: ['repository_id'], equals: '42' },
    { claim: ['ref'], anyOf: ['refs/heads/dev', 'refs/heads/main'] },
  ]
  const dev = { ...usual.mappings['app-main'], when, mode, ...more }
  const applied = await vendor.apply({ ...usual, mappings: { ...usual.mappings, 'app-dev': dev } })
  expect(applied.status, JSON.stringify(applied.body)).toBe(200)
}

const report = async () => {
  const { status, body } = await vendor.get('/v1/admin/mappings/app-dev/shadow')
  expect(status).toBe(200)
  return body as ShadowReport // the admin door's own answer
}
const main = () => vendor.exchange(vendor.token())
const dev = (sub = 'repo:acme/app') => vendor.exchange(vendor.token({ sub, ref: 'refs/heads/dev' }))
const other = () => vendor.exchange(vendor.token({ ref: 'refs/heads/other' }))
const tooLong = () => vendor.exchange(vendor.token(), { duration_seconds: '100000' })

test('counts what a shadow mapping would have done, and for how many subjects, and decides nothing by it', async () => {
  await configure('shadow')
  const answers = [
    await main(),
    await main(),
    await dev(),
    await dev(),
    await dev('b'),
    await other(),
    await tooLong(),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 400, 400, 400, 400])
  const { now, versions } = await report()
  expect(now).toEqual({ version: 1, mode: 'shadow' })
  expect(versions).toHaveLength(1)
  const [version] = versions
  expect(version?.totals).toEqual({
    would_admit: 3,
    also_admitted: 2,
    would_refuse: 0,
    still_refused: 1,
    not_matched_granted: 0,
    not_matched_refused: 1,
  })
  expect(version?.subjects).toEqual({ count: 2, more: false })
  expect(version?.days).toHaveLength(1)
  const [newest] = version?.samples.would_admit ?? []
  expect(newest).toMatchObject({ request: answers[4]?.body['request_id'], issuer: 'ci', sub: 'b' })
})

test('put in force it admits whom it said it would, and counts no more', async () => {
  await configure('shadow')
  await dev()
  await configure('enforce')
  expect((await dev()).status).toBe(200)
  const { now, versions } = await report()
  expect(now).toEqual({ version: 2, mode: 'enforce' })
  expect(versions.map(({ version, totals }) => [version, totals.would_admit])).toEqual([[1, 1]])
})

test('each version is counted by itself, and the newest stands first', async () => {
  await configure('shadow')
  await dev()
  await configure('shadow', { purpose: 'another' })
  await dev()
  await dev()
  const { versions } = await report()
  expect(versions.map(({ version, totals }) => [version, totals.would_admit])).toEqual([
    [2, 2],
    [1, 1],
  ])
})

test('keeps the ten newest samples, newest first', async () => {
  await configure('shadow')
  const requests = []
  for (let at = 0; at < 13; at++) requests.push((await dev(`s-${at}`)).body['request_id'])
  const { versions } = await report()
  expect(versions[0]?.samples.would_admit.map(({ request }) => request)).toEqual(
    requests.slice(3).toReversed(),
  )
  expect(versions[0]?.subjects.count).toBe(13)
})

test('counts a refusal that a limit put in the place of an intent once, as what it is', async () => {
  const usual = configurationFor(vendor, store.endpoint)
  const mappings = {
    once: { ...usual.mappings['app-main'], singleUse: true },
    'app-dev': { ...usual.mappings['app-main'], mode: 'shadow' },
  }
  expect((await vendor.apply({ ...usual, mappings })).status).toBe(200)
  const token = vendor.token({ jti: 'x' })
  expect((await vendor.exchange(token)).status).toBe(200)
  expect((await vendor.exchange(token)).status).toBe(400)
  expect((await report()).versions[0]?.totals).toMatchObject({ also_admitted: 1, still_refused: 1 })
})

test('admits nobody whom the role, or the lifetime asked for, would have refused all the same', async () => {
  const usual = configurationFor(vendor, store.endpoint)
  const never = [{ claim: ['event'], equals: 'pull_request' }]
  const roles = { ...usual.roles, 'app-artifacts': { ...usual.roles['app-artifacts'], never } }
  const mappings = { 'app-dev': { ...usual.mappings['app-main'], mode: 'shadow' } }
  expect((await vendor.apply({ ...usual, roles, mappings })).status).toBe(200)
  const ask = (event: string, form = {}) => vendor.exchange(vendor.token({ event }), form)
  await ask('pull_request')
  await ask('push', { duration_seconds: '100000' })
  expect((await report()).versions[0]?.totals).toMatchObject({ would_admit: 0, still_refused: 2 })
  expect((await report()).versions[0]?.subjects.count).toBe(0)
  await ask('push')
  expect((await report()).versions[0]?.totals).toMatchObject({ would_admit: 1, still_refused: 2 })
})

test('says whom it would have refused: no role asked for, and it is for another one than the others', async () => {
  const usual = configurationFor(vendor, store.endpoint)
  const { 'app-main': main, 'app-quick': quick } = usual.mappings
  const mappings = { 'app-main': main, 'app-dev': { ...quick, mode: 'shadow' } }
  expect((await vendor.apply({ ...usual, mappings })).status).toBe(200)
  expect((await vendor.exchange(vendor.token(), { resource: '' })).status).toBe(200)
  expect((await report()).versions[0]?.totals).toMatchObject({ also_admitted: 0, would_refuse: 1 })
  const force = { ...mappings, 'app-dev': quick }
  expect((await vendor.apply({ ...usual, mappings: force })).status).toBe(200)
  expect((await vendor.exchange(vendor.token(), { resource: '' })).body['code']).toBe('role_required')
})

test('the counts survive a restart', async () => {
  await configure('shadow')
  await dev()
  await vendor.restart()
  expect((await report()).versions[0]?.totals.would_admit).toBe(1)
})

test('a mapping that never was is not found; one that stood in no shadow has nothing to tell', async () => {
  await configure('off')
  expect((await vendor.get('/v1/admin/mappings/nobody/shadow')).status).toBe(404)
  expect((await vendor.get('/v1/admin/mappings/app-dev/shadow')).status).toBe(404)
  const { body } = await vendor.get('/v1/admin/mappings/app-main/shadow')
  expect(body).toEqual({ mapping: 'app-main', now: { version: 1, mode: 'enforce' }, versions: [] })
})

test('stint mapping shadow says it in words', async () => {
  await configure('shadow')
  await dev()
  await main()
  let [out, err] = ['', '']
  const io = {
    env: {
      STINT_SERVER: vendor.url,
      STINT_ADMIN_TOKEN: vendor.admin.sign({ sub: 'first-administrator', aud: 'stint-admin' }),
    },
    stdout: (text: string) => {
      out += text
    },
    stderr: (text: string) => {
      err += text
    },
    readFile: () => Promise.reject(new Error('no file')),
    fetch,
    now: () => new Date(),
    randomHex: () => '',
  }
  expect(await mappingCommand(['shadow', 'app-dev'], io)).toBe(0)
  expect(out).toContain('app-dev: shadow, version 1')
  expect(out).toMatch(/1 {2}refused, and it would have admitted them/)
  expect(out).toContain('in force it would newly admit 1 subject\n')
  expect(await mappingCommand(['shadow', 'nobody'], io)).toBe(1)
  expect(err).toContain('not_found')
  expect(await mappingCommand(['shadow'], io)).toBe(2)
})
