import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PACK_EDITS } from '../corpus/pack-edits.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { unpack, verifyPacks } from '../support/packs.ts'
import { reviewClient, reviewedConfiguration } from '../support/reviews.ts'
import { type ChildVendor, startVendor } from '../support/vendor.ts'
import { until } from '../support/wait.ts'

/** What somebody might write to have it run, or to look like something else. */
const HOSTILE = `=HYPERLINK("http://x","y")<script>alert(1)</script>\n../../etc/passwd "quoted" 'a' & \u202Egnp.exe`

let store: FakeSts
let vendor: ChildVendor
let client: ReturnType<typeof reviewClient>
let folder: string
let id: string
let pack: Buffer
let key: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stint-pack-'))
  store = await startFakeSts()
  vendor = await startVendor({ child: true })
  client = reviewClient(vendor)
  const base = reviewedConfiguration(vendor, store.endpoint)
  const mappings = Object.fromEntries(
    Object.entries(base.mappings).map(([name, one]) => [name, { ...one, purpose: HOSTILE }]),
  )
  expect((await vendor.apply({ ...base, mappings })).body).toMatchObject({ applied: true })
  for (let at = 0; at < 3; at++) expect((await vendor.exchange(vendor.token())).status).toBe(200)
  id = await client.running({ title: HOSTILE, scope: { kinds: ['mapping'] } })
  const main = await client.item(id, 'app-main')
  const quick = await client.item(id, 'app-quick')
  const rationale = `${HOSTILE}, looked at`
  await client.decide(id, quick.item.n, { verdict: 'attest', rationale })
  const revoked = await client.decide(id, main.item.n, { verdict: 'revoke', rationale })
  expect(revoked.body).toMatchObject({ standing: { state: 'verified' } })
  expect(await refusedAs(await makePack('rita'))).toBe('review_not_sealed')
  await client.sealed(id)
  key = (await (await fetch(`${vendor.url}/log/keys`)).text()).trim()
  expect(await refusedAs(await fetchPack('ada'))).toBe('review_not_packed')
  expect(await stateOf()).toMatchObject({ state: 'none', manifestSha256: null, bytes: null })
  pack = await madePack('ada')
}, 60_000)
afterAll(async () => {
  await vendor.stop()
  await store.stop()
  rmSync(folder, { recursive: true, force: true })
})

function fetchPack(sub: string): Promise<Response> {
  const token = vendor.admin.sign({ sub, aud: 'stint-admin' })
  return fetch(`${vendor.url}/v1/admin/reviews/${id}/evidence.tar`, {
    headers: { authorization: `Bearer ${token}` },
  })
}

function makePack(sub: string, accept = 'application/json'): Promise<Response> {
  const token = vendor.admin.sign({ sub, aud: 'stint-admin' })
  return fetch(`${vendor.url}/v1/admin/reviews/${id}/evidence`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept },
    body: '{}',
  })
}

async function madePack(sub: string): Promise<Buffer> {
  const made = await makePack(sub)
  expect(await made.json()).toMatchObject({ state: 'ready', failed: null, progress: null })
  return bytesOf(await fetchPack(sub))
}

async function stateOf(): Promise<unknown> {
  return (await client.get(`/${id}/evidence`)).body
}

/** The code that the operator reads: callers see its class. */
async function refusedAs(response: Response): Promise<string> {
  expect(response.status).toBe(409)
  const { request_id: request } = (await response.json()) as { request_id: string }
  const lineOf = () =>
    vendor
      .logged()
      .split('\n')
      .find((one) => one.includes(request))
  // It comes through a pipe of its own, and maybe after the answer.
  await until('it is logged', () => lineOf() !== undefined)
  const line = lineOf()
  return /"code":"([a-z_]+)"/.exec(line ?? '')?.[1] ?? 'no line'
}

/** Takes away what was made, so that it is made again. */
function forgetPack(): void {
  rmSync(join(vendor.dataFolder, 'evidence', `${id}.tar`))
}

const packedEvents = async () =>
  (await vendor.events('limit=500')).filter(({ event }) => event.type === 'review.packed')

async function bytesOf(response: Response): Promise<Buffer> {
  expect(response.status).toBe(200)
  const bytes = Buffer.from(await response.arrayBuffer())
  expect(response.headers.get('content-length')).toBe(String(bytes.length))
  return bytes
}

const fileOf = (name: string) =>
  unpack(pack)
    .find((file) => file.name === name)
    ?.content.toString() ?? ''

test('both verifiers accept it, with the key and without, and say the same of it', async () => {
  const path = join(folder, 'good.tar')
  writeFileSync(path, pack)
  const both = [
    { path, keys: [key] },
    { path, keys: [] },
  ]
  for (const { ours, python } of await verifyPacks(both)) {
    expect(ours).toMatchObject({ ok: true, review: id })
    expect(python).toEqual(ours)
  }
})

test('it has ten parts, each with a table for spreadsheets, sorted, and a report', () => {
  const names = unpack(pack).map(({ name }) => name)
  expect(names).toEqual(names.toSorted())
  for (let part = 1; part <= 10; part++) {
    const number = String(part).padStart(2, '0')
    expect(names.some((name) => name.startsWith(`${number}-`) && name.endsWith('.csv'))).toBe(true)
    expect(names.some((name) => name.startsWith(`${number}-`) && name.endsWith('.json'))).toBe(true)
  }
  expect(names).toContain('index.html')
})

test('it is the same bytes again, by another person, after more events, another configuration, a restart and another key of the log', async () => {
  forgetPack()
  expect(await stateOf()).toMatchObject({
    state: 'none',
    manifestSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect(await refusedAs(await fetchPack('rita'))).toBe('review_not_packed')
  expect(Buffer.compare(await madePack('rita'), pack)).toBe(0)
  const base = reviewedConfiguration(vendor, store.endpoint)
  const { rolf: _rolf, ...admins } = base.admins
  expect((await vendor.apply({ ...base, admins, mappings: {} })).status).toBe(200)
  await vendor.exchange(vendor.token())
  await vendor.restart(['--new-log-key'])
  // It lies there still, and is made again where it does not.
  expect(Buffer.compare(await bytesOf(await fetchPack('ada')), pack)).toBe(0)
  forgetPack()
  expect(Buffer.compare(await madePack('ada'), pack)).toBe(0)
  expect(await packedEvents()).toHaveLength(1)
})

test('to fetch it writes nothing, and whoever asks twice at once has it made once', async () => {
  const seqOf = async () => (await vendor.events('limit=1'))[0]?.seq
  forgetPack()
  const before = await seqOf()
  expect(await refusedAs(await fetchPack('ada'))).toBe('review_not_packed')
  const made = await Promise.all(['ada', 'rita', 'ada'].map((sub) => makePack(sub)))
  expect(made.map(({ status }) => status)).toEqual([200, 200, 200])
  await bytesOf(await fetchPack('ada'))
  expect(await seqOf()).toBe(before)
})

test('who asks for lines hears how far it is, and then that it is there', async () => {
  forgetPack()
  const answer = await makePack('ada', 'application/x-ndjson')
  const lines = (await answer.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const progress = lines.slice(0, -1).map((line) => line.progress)
  expect(progress.at(-1)).toEqual({ done: progress[0].of, of: progress[0].of })
  expect(lines.at(-1)).toMatchObject({ evidence: { state: 'ready', bytes: pack.length } })
})

test('a file on the disk that is another one is not handed out whole, and the right one is made again', async () => {
  const path = join(vendor.dataFolder, 'evidence', `${id}.tar`)
  const changed = Buffer.from(pack)
  changed.write('zz', changed.indexOf('app-main'))
  writeFileSync(path, changed)
  const cut = await fetchPack('ada')
  await expect(cut.arrayBuffer()).rejects.toThrow()
  expect(await stateOf()).toMatchObject({ state: 'none' })
  // Of another review, or no archive at all: as if it were not there.
  writeFileSync(path, 'nothing of ours')
  expect(await refusedAs(await fetchPack('ada'))).toBe('review_not_packed')
  expect(Buffer.compare(await madePack('ada'), pack)).toBe(0)
})

test('what a killed process left half is taken away, and is made whole', async () => {
  const folder = join(vendor.dataFolder, 'evidence')
  forgetPack()
  writeFileSync(join(folder, `${id}.tar.part`), pack.subarray(0, 5_000))
  writeFileSync(join(folder, `${id}.tar.files.part`), 'half')
  await vendor.restart()
  expect(readdirSync(folder)).toEqual([])
  expect(Buffer.compare(await madePack('ada'), pack)).toBe(0)
  expect(readdirSync(folder)).toEqual([`${id}.tar`])
})

test('the population is counted three times and agrees; nothing that was used is an orphan', () => {
  const { tables } = JSON.parse(fileOf('02-population.json'))
  const [kinds, seen] = tables
  for (const row of kinds.rows) expect(row).toMatchObject({ agrees: true })
  expect(seen.rows).toEqual([
    expect.objectContaining({
      mapping: 'app-main',
      'exchanges in the period': 3,
      'where it is': 'in the snapshot',
    }),
  ])
})

test('what was revoked stands there with its change, its sessions and the proof that it is over', () => {
  const { tables } = JSON.parse(fileOf('05-remediation.json'))
  expect(tables[0].rows).toEqual([
    expect.objectContaining({ name: 'app-main', state: 'verified', holds: true, 'sessions found': 3 }),
  ])
  const types = fileOf('log-events.jsonl')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(JSON.parse(line).body).type)
  for (const type of [
    'review.sealed',
    'review.verified',
    'config.changing',
    'config.changed',
    'revoke.begun',
    'revoke.finished',
  ])
    expect(types).toContain(type)
  const sample = JSON.parse(fileOf('10-sample.json')).tables[0].rows
  expect(sample.filter((row: { of: string }) => row.of === 'grant')).toHaveLength(3)
})

test('what somebody wrote is text in every file: no markup, no formula, no path', () => {
  const html = fileOf('index.html')
  expect(html).toContain('&lt;script&gt;alert(1)')
  expect(html).toContain('[U+202E]')
  expect(html).not.toMatch(/<script|<img|<link|<iframe|\son\w+=|javascript:|href="(?!#)/i)
  for (const { name, content } of unpack(pack)) {
    expect(name).toMatch(/^[a-z0-9-]+\.(?:json|jsonl|csv|html|proof)$/)
    if (!name.endsWith('.csv')) continue
    // A cell begins a line, or stands behind a comma, and maybe a quote.
    expect(content.toString()).not.toMatch(/(?:^|,|\r\n)"?[=@]/)
    if (name === '03-items.csv') expect(content.toString()).toContain(`"'=HYPERLINK(""http://x""`)
  }
})

test('who may not read the log gets no pack', async () => {
  for (const sub of ['vic', 'bob', 'abe', 'nobody']) {
    expect((await fetchPack(sub)).status).toBe(403)
    expect((await makePack(sub)).status).toBe(403)
  }
})

test(`${PACK_EDITS.length} edits of a pack are found by both verifiers, in the file where they are`, async () => {
  const cases = PACK_EDITS.map((edit, at) => {
    const path = join(folder, `edit-${at}.tar`)
    writeFileSync(path, edit.edit(Buffer.from(pack)))
    return { path, keys: [key] }
  })
  const said = await verifyPacks(cases)
  const wrong = PACK_EDITS.flatMap(({ name, file, faults }, at) => {
    const { ours, python } = said[at] ?? { ours: null, python: null }
    const found = ours !== null && !ours.ok && ours.file === file && faults.includes(ours.fault)
    return found && sameMembers(ours, python) ? [] : [{ name, ours, python }]
  })
  expect(wrong).toEqual([])
}, 30_000)

test('where the tables of the review say something else than the log, nothing is handed out', async () => {
  const rows = new Database(join(vendor.dataFolder, 'audit.db'))
  const change = rows.prepare(
    "UPDATE review_item SET facts = replace(facts, 'looked at', 'looked by') WHERE review = ? AND facts LIKE '%looked at%'",
  )
  expect(change.run(id).changes).toBe(2)
  rows.close()
  // What was made before is still right, and is handed out.
  expect(Buffer.compare(await bytesOf(await fetchPack('ada')), pack)).toBe(0)
  forgetPack()
  expect((await makePack('ada')).status).toBe(500)
  expect(await stateOf()).toMatchObject({ state: 'none', failed: 'review_tampered' })
  expect(vendor.logged()).toContain('"code":"review_tampered"')
})

function sameMembers(a: object, b: object | null): boolean {
  const sorted = (one: object) => JSON.stringify(Object.entries(one).toSorted(([x], [y]) => (x < y ? -1 : 1)))
  return b !== null && sorted(a) === sorted(b)
}
