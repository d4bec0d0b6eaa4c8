import { afterAll, beforeAll, expect, test } from 'vitest'
import { askApi } from '../support/admin-api.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor
const MAPPINGS = '/v1/admin/mappings'

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor()
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
})
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

const mapping = (more: object = {}) => ({
  issuer: 'ci',
  role: 'app-artifacts',
  when: [{ claim: ['repository_id'], equals: '7' }],
  owner: 'team@example.com',
  purpose: 'a test',
  mode: 'enforce',
  expires: '2030-01-01',
  ...more,
})
const create = (name: string, more: object = {}) =>
  askApi(vendor, `${MAPPINGS}/${name}`, {
    method: 'PUT',
    headers: { 'if-none-match': '*' },
    body: mapping(more),
  })
const change = (name: string, version: number, body: object) =>
  askApi(vendor, `${MAPPINGS}/${name}`, { method: 'PUT', headers: { 'if-match': `"${version}"` }, body })
const token = (id: string) => vendor.token({ repository_id: id, ref: 'refs/heads/other' })

test('a mapping that is put admits at once, and one that is disabled no more', async () => {
  expect((await vendor.exchange(token('7'))).status).toBe(400)
  const made = await create('put-one')
  expect([made.status, made.headers.get('etag'), made.body['applied']]).toEqual([200, '"1"', true])
  expect((await vendor.exchange(token('7'))).status).toBe(200)
  const off = await askApi(vendor, `${MAPPINGS}/put-one:disable`, {
    method: 'POST',
    headers: { 'if-match': '"1"' },
  })
  expect([off.status, off.headers.get('etag')]).toEqual([200, '"2"'])
  expect((await vendor.exchange(token('7'))).status).toBe(400)
  const on = await askApi(vendor, `${MAPPINGS}/put-one:enable`, {
    method: 'POST',
    headers: { 'if-match': '"2"' },
  })
  expect([on.status, on.headers.get('etag')]).toEqual([200, '"3"'])
  expect((await vendor.exchange(token('7'))).status).toBe(200)
})

test('what is read can be put back as it is, and changes nothing: every kind', async () => {
  for (const collection of ['issuers', 'targets', 'policies', 'roles', 'mappings']) {
    const { body } = await askApi(vendor, `/v1/admin/${collection}`)
    const [first] = body['items'] as { name: string; version: number; body: object }[]
    const put = await askApi(vendor, `/v1/admin/${collection}/${first?.name}`, {
      method: 'PUT',
      headers: { 'if-match': `"${first?.version}"` },
      body: first?.body,
    })
    expect([collection, put.status, put.body['applied'], put.body['changes']]).toEqual([
      collection,
      200,
      false,
      [],
    ])
  }
})

test('of two changes of one version the second is refused, and nothing of it stands', async () => {
  await create('lost')
  const body = { ...mapping(), owner: 'a@example.com' }
  const [one, two] = await Promise.all([
    change('lost', 1, body),
    change('lost', 1, { ...body, owner: 'b@example.com' }),
  ])
  expect([one?.status, two?.status].toSorted()).toEqual([200, 412])
  expect((await askApi(vendor, `${MAPPINGS}/lost`)).body['version']).toBe(2)
})

test.each([
  { name: 'a change without a version', headers: {}, status: 428, code: 'precondition_required' },
  { name: 'a weak tag', headers: { 'if-match': 'W/"1"' }, status: 400, code: 'invalid_request' },
  { name: 'any version', headers: { 'if-match': '*' }, status: 400, code: 'invalid_request' },
  {
    name: 'a version that is gone',
    headers: { 'if-match': '"9"' },
    status: 412,
    code: 'precondition_failed',
  },
  {
    name: 'creating what exists',
    headers: { 'if-none-match': '*' },
    status: 412,
    code: 'precondition_failed',
  },
])('refuses $name', async ({ headers, status, code }) => {
  const before = (await askApi(vendor, MAPPINGS)).body['generation']
  const put = await askApi(vendor, `${MAPPINGS}/app-main`, { method: 'PUT', headers, body: mapping() })
  expect([put.status, put.body['code']]).toEqual([status, code])
  expect((await askApi(vendor, MAPPINGS)).body['generation']).toBe(before)
})

test('a problem is named by its place in the declaration', async () => {
  const put = await create('wrong', { role: 'nobody', modus: 'enforce' })
  expect([put.status, put.body['problems']]).toEqual([
    422,
    [expect.objectContaining({ code: 'member_unknown', path: ['mappings', 'wrong', 'modus'] })],
  ])
})

test('a role whose mapping stands cannot be disabled from under it', async () => {
  const off = await askApi(vendor, '/v1/admin/roles/quick-look:disable', {
    method: 'POST',
    headers: { 'if-match': '"1"' },
  })
  expect([off.status, off.body['problems']]).toEqual([
    422,
    [expect.objectContaining({ code: 'role_unknown', path: ['mappings', 'app-quick', 'role'] })],
  ])
})

test('the history has every version with its author, and says in words what differs', async () => {
  await create('told')
  const looser = {
    ...mapping(),
    when: [{ claim: ['repository_id'], anyOf: ['7', '8'] }],
    expires: '2031-01-01',
    maxLifetime: '30m',
  }
  expect((await change('told', 1, looser)).status).toBe(200)
  const { body } = await askApi(vendor, `${MAPPINGS}/told/versions`)
  expect(body['versions']).toEqual([
    expect.objectContaining({
      version: 2,
      state: 'enabled',
      author: expect.stringContaining('first-administrator'),
    }),
    expect.objectContaining({ version: 1 }),
  ])
  const first = await askApi(vendor, `${MAPPINGS}/told/versions/1`)
  expect(first.body['body']).toMatchObject({ when: mapping().when, expires: '2030-01-02T00:00:00.000Z' })
  const diff = await askApi(vendor, `${MAPPINGS}/told/diff?from=1&to=2`)
  expect(diff.body['lines']).toEqual([
    'expires: 2030-01-02T00:00:00.000Z → 2031-01-02T00:00:00.000Z',
    'maxLifetime: none → 30m',
    'when: no more `repository_id` equals: "7"',
    'when: new `repository_id` anyOf: ["7","8"]',
  ])
  expect(diff.body['widens']).toEqual([
    'a mapping admits subjects that it did not',
    'a mapping admits for longer',
  ])
  expect((await askApi(vendor, `${MAPPINGS}/told/diff?from=1&to=3`)).status).toBe(404)
})

test('a list pages by name and filters by members, and nothing is left out or told twice', async () => {
  for (const name of ['page-a', 'page-b', 'page-c']) await create(name, { owner: 'pager@example.com' })
  await askApi(vendor, `${MAPPINGS}/page-b:disable`, { method: 'POST', headers: { 'if-match': '"1"' } })
  const seen: string[] = []
  let after = ''
  for (;;) {
    const { body } = await askApi(vendor, `${MAPPINGS}?owner=pager@example.com&limit=1${after}`)
    seen.push(...(body['items'] as { name: string }[]).map(({ name }) => name))
    if (body['next'] === null) break
    after = `&after=${String(body['next'])}`
  }
  expect(seen).toEqual(['page-a', 'page-b', 'page-c'])
  const disabled = await askApi(vendor, `${MAPPINGS}?owner=pager@example.com&state=disabled`)
  expect((disabled.body['items'] as { name: string }[]).map(({ name }) => name)).toEqual(['page-b'])
  expect((await askApi(vendor, `${MAPPINGS}?color=red`)).body['detail']).toBe('color')
})

test('plan=true says what a change would do and changes nothing', async () => {
  const path = `${MAPPINGS}/app-main?plan=true`
  const planned = await askApi(vendor, path, {
    method: 'PUT',
    headers: { 'if-match': '"1"' },
    body: mapping({ when: [{ claim: ['ref'], equals: 'x' }] }),
  })
  expect([planned.status, planned.body['waits'], planned.body['widens']]).toEqual([
    200,
    false,
    [{ kind: 'mapping', name: 'app-main', code: 'mapping_when' }],
  ])
  expect((await askApi(vendor, `${MAPPINGS}/app-main`)).body['version']).toBe(1)
})
