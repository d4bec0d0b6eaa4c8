import { afterAll, beforeAll, expect, test } from 'vitest'
import { reviewCommand } from '../../apps/vendor/src/cli/review.ts'
import { askApi } from '../support/admin-api.ts'
import { runCli } from '../support/cli.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { reviewedConfiguration } from '../support/reviews.ts'
import { type ChildVendor, startVendor } from '../support/vendor.ts'

const WHY = ['--rationale', 'looked at with its owner, ticket OPS-1234']

let store: FakeSts
let vendor: ChildVendor

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor()
  const { body } = await vendor.apply(reviewedConfiguration(vendor, store.endpoint))
  expect(body).toMatchObject({ applied: true })
})
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

const review = (as: string, ...argv: readonly string[]) =>
  runCli((io) => reviewCommand(argv, io), { vendor, as })
type Listed = { readonly item: { readonly n: number; readonly name: string } }
const idIn = (text: string) => /rev_[0-9a-f-]{36}/.exec(text)?.[0] ?? ''

test('a quarter is closed at a terminal, from its draft to its seal', async () => {
  const drafted = await review('rita', 'draft', '--kind', 'mapping', '--title', 'third quarter')
  expect([drafted.code, drafted.err]).toEqual([0, ''])
  const id = idIn(drafted.out)
  expect((await review('rita', 'list')).out).toContain(`${id}  draft`)
  expect((await review('rita', 'prepare', id)).out).toContain('2 items of generation')
  expect((await review('rita', 'start', id)).code).toBe(0)

  const items = await review('rita', 'items', id, '--state', 'undecided')
  expect(items.out).toMatch(/1 {2}risk .* mapping app-/)
  expect(items.out).toContain('2 items')
  const next = await review('rita', 'next', id)
  expect(next.out).toMatch(/made by first-administrator/)
  expect(next.out).toMatch(/in the period: 0 sessions/)

  // What is missing, or too short, is said before anything is decided.
  expect((await review('rita', 'attest', id, '1')).code).toBe(2)
  expect((await review('rita', 'attest', id, '1', '--rationale', 'ok')).code).toBe(1)
  expect((await review('rita', 'close', id)).err).toContain('review_state: ')
  const seen = await review('rita', 'attest', id, '1', '--seen', '9', ...WHY)
  expect([seen.code, seen.err]).toEqual([5, expect.stringContaining('review_item_changed')])

  const attested = await review('rita', 'attest', id, '1', ...WHY)
  expect([attested.code, attested.out]).toEqual([0, expect.stringContaining('attest by rita@example.com')])
  const revoked = await review('rita', 'revoke', id, '2', ...WHY)
  expect(revoked.out).toContain(
    'proved to be over, by decided: a subject of it is refused; 0 sessions may live',
  )
  expect((await review('rita', 'next', id)).out).toBe('nothing waits for you\n')
  expect((await review('rita', 'show', id)).out).toContain('2 of 2 decided: attested 1, verified 1')

  expect((await review('rita', 'close', id)).code).toBe(0)
  expect((await review('rita', 'seal', id)).out).toContain('sealed 2')
  expect((await review('ada', 'report', id, '--csv')).out.split('\r\n').length).toBeGreaterThan(2)
  expect((await review('ada', 'report', id, '--html')).out).toMatch(/^<!doctype html>[\s\S]*app-main/)
  expect((await review('ada', 'report', id, '--md')).out).toMatch(
    /^# Access review: [\s\S]*## Items and decisions/,
  )
  expect(JSON.parse((await review('ada', 'report', id)).out)).toMatchObject({ snapshot: { holds: true } })
  expect((await review('rita', 'attest', id, '1', ...WHY)).err).toContain('review_state: ')
})

test('several of low risk are decided at once, and an item is handed on to somebody who then has it', async () => {
  const draft = ['draft', '--kind', 'mapping', '--due', '2099-01-01', '--reviewer', 'rolf@example.com']
  const id = idIn((await review('rita', ...draft)).out)
  await review('rita', 'prepare', id)
  await review('rita', 'start', id)
  expect((await review('rita', 'attest', id, '1', ...WHY)).err).toContain('review_not_assigned')
  expect((await review('rolf', 'delegate', id, '1', '--to', 'rita@example.com', ...WHY)).code).toBe(0)
  expect((await review('rita', 'next', id)).out).toContain('delegated')
  const json = await review('rita', 'attest', id, '1', '--json', ...WHY)
  expect(JSON.parse(json.out)).toMatchObject({ standing: { state: 'attested' } })
})

test('what changed since the snapshot is decided over only by whoever says that they saw it', async () => {
  const id = idIn((await review('rita', 'draft', '--mapping', 'app-main', '--due', '2099-01-01')).out)
  await review('rita', 'prepare', id)
  await review('rita', 'start', id)
  const found = await review('rita', 'items', id, '--json')
  const list = JSON.parse(found.out) as { items?: readonly Listed[] } | readonly Listed[]
  const all = 'items' in list ? (list.items ?? []) : (list as readonly Listed[])
  const main = all.find(({ item }) => item.name === 'app-main')
  const n = String(main?.item.n)
  const now = await askApi(vendor, '/v1/admin/mappings/app-main')
  const body = { ...(now.body['body'] as object), purpose: 'another one' }
  const headers = { 'if-match': now.headers.get('etag') ?? '' }
  expect((await askApi(vendor, '/v1/admin/mappings/app-main', { method: 'PUT', body, headers })).status).toBe(
    200,
  )
  const refused = await review('rita', 'attest', id, n, ...WHY)
  expect([refused.code, refused.err]).toEqual([5, expect.stringContaining('then --seen 2')])
  expect((await review('rita', 'attest', id, n, '--seen', '2', ...WHY)).code).toBe(0)
})

test.each([
  ['a verb that is not there', ['approve', 'rev_1']],
  ['no review', ['prepare']],
  ['an item that is no number', ['item', 'rev_1', 'app-main']],
  ['two items where one is meant', ['item', 'rev_1', '1', '2']],
  ['no date for a deferral', ['defer', 'rev_1', '1', ...WHY]],
  ['an option that is not known', ['list', '--all']],
])('says how it is used: %s', async (_, argv) => {
  const run = await review('rita', ...argv)
  expect([run.code, run.out]).toEqual([2, ''])
  expect(run.err).toContain('usage: stint review')
})

test('a server that refuses, or does not answer, is said and no success', async () => {
  const none = await review('rita', 'show', 'rev_00000000-0000-7000-8000-000000000000')
  expect([none.code, none.err]).toEqual([1, expect.stringContaining('not_found')])
  expect((await review('vic', 'list')).err).toContain('forbidden: ')
  const gone = await runCli((io) => reviewCommand(['list', '--server', 'http://127.0.0.1:9'], io), {
    vendor,
    as: 'rita',
  })
  expect(gone.code).toBe(4)
})
