import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditExportCommand } from '../../apps/vendor/src/cli/audit-export.ts'
import { EXPORT_FORMATS } from '../../apps/vendor/src/domain/export/export-line.ts'
import { hashLeaf } from '../../apps/vendor/src/verify/entry.ts'
import { runCli } from '../support/cli.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor
beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor()
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
  expect((await vendor.exchange(vendor.token({ ref: 'refs/heads/other' }))).status).toBe(400)
})
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

const ajv = () => new Ajv2020({ strict: false, allErrors: true, formats: { 'date-time': true } })

async function pageOf(
  query: string,
): Promise<{ status: number; lines: readonly string[]; next: string | null }> {
  const token = vendor.admin.sign({ sub: 'first-administrator', aud: 'stint-admin' })
  const response = await fetch(`${vendor.url}/v1/admin/audit/export?${query}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const lines = (await response.text()).split('\n').filter((line) => line !== '')
  return { status: response.status, lines, next: response.headers.get('stint-next') }
}

test('pages go on from each other without a gap, and each line has the bytes of its leaf', async () => {
  const found: { seq: number; leaf: string }[] = []
  let pages = 0
  for (let after: string | null = '0'; after !== null; pages++) {
    const page = await pageOf(`format=jsonl&limit=3&after=${after}`)
    expect(page.status).toBe(200)
    expect(page.lines.length).toBeLessThanOrEqual(3)
    for (const line of page.lines) {
      const { seq, leaf } = JSON.parse(line)
      const body = line.slice(line.indexOf('"event":') + '"event":'.length, -1)
      expect(hashLeaf(Buffer.from(body)).toString('hex')).toBe(leaf)
      found.push({ seq, leaf })
    }
    after = page.next
  }
  const stored = (await vendor.events()).map(({ seq, leaf }) => ({ seq, leaf })).toReversed()
  expect(found).toEqual(stored)
  expect(pages).toBe(Math.ceil(stored.length / 3))
})

test('an outcome has who asked, from its intent, in every format that has a place for it', async () => {
  const named = async (format: string, find: (line: string) => boolean) =>
    (await pageOf(`format=${format}`)).lines.filter(find).map((line) => JSON.parse(line))
  const [ocsf] = await named('ocsf', (line) => line.includes('"event_code":"assume.issued"'))
  expect(ocsf.user).toMatchObject({ name: 'repo:acme/app', domain: vendor.ci.url })
  const trail = await named('cloudtrail', (line) => line.includes('AssumeRoleWithWebIdentity'))
  expect(trail.map(({ errorCode }) => errorCode ?? null)).toEqual([null, 'AccessDenied'])
  expect(trail[0].userIdentity.userName).toBe('repo:acme/app')
  const [cloud] = await named('cloudevents', (line) => line.includes('"type":"assume.issued"'))
  expect(cloud).toMatchObject({ subject: `${vendor.ci.url}|repo:acme/app`, source: `${vendor.url}/log` })
  const schema = await fetch(cloud.dataschema)
  expect(ajv().compile(JSON.parse(await schema.text()))(cloud.data)).toBe(true)
})

test('of a time that holds nothing there is nothing, and the cursor still comes to the end', async () => {
  expect(await pageOf('format=ocsf&to=2020-01-01T00:00:00Z')).toEqual({ status: 200, lines: [], next: null })
  const all = await pageOf('format=jsonl&from=2020-01-01T00:00:00Z')
  expect(all.lines.length).toBe((await vendor.events()).length)
})

test.each(['format=xml', '', 'format=ocsf&from=soon', 'format=ocsf&limit=0', 'format=ocsf&x=1'])(
  'refuses the query %j by the parameter',
  async (query) => {
    expect((await pageOf(query)).status).toBe(400)
  },
)

test('stint audit export writes all pages, and says where it came to', async () => {
  for (const format of EXPORT_FORMATS) {
    let written = ''
    const write = async (text: string) => {
      written += text
    }
    const ran = await runCli((io) => auditExportCommand(['--format', format], { ...io, write }), { vendor })
    expect(ran.code).toBe(0)
    const lines = written.split('\n').slice(0, -1)
    const events = await vendor.events()
    const wanted = events.filter(({ event }) => format !== 'cloudtrail' || event.type !== 'assume.intent')
    expect(lines.length).toBe(wanted.length)
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow()
    expect(ran.err).toContain(`${lines.length} lines`)
  }
})
