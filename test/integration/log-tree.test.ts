import { hash } from 'node:crypto'
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAuditLog } from '../../apps/vendor/src/audit/log.ts'
import { chainHash, leafHash } from '../../apps/vendor/src/domain/audit-chain.ts'
import { receiptHeader } from '../../apps/vendor/src/http/receipt.ts'
import type { AuditLog } from '../../apps/vendor/src/ports.ts'
import { createRandom, systemClock } from '../../apps/vendor/src/runtime.ts'
import { migrate } from '../../apps/vendor/src/storage/migrate.ts'
import { verifyGrowth } from '../../packages/sts-client/src/log-growth.ts'
import { receiptCommand } from '../../packages/sts-client/src/node/receipt-command.ts'
import { verifyReceipt } from '../../packages/sts-client/src/receipt.ts'
import { openCheckpoint, parseVerifierKey } from '../../packages/sts-client/src/signed-note.ts'
import { administrators } from '../support/admin-api.ts'
import { anIntent, anIssued } from '../support/audit-events.ts'
import { runCli } from '../support/cli.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { keyBeside } from '../support/log-key.ts'
import { leafOf, pathOf, proofOf, rootOf } from '../support/rfc6962.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

type Bytes = Uint8Array<ArrayBuffer>
const MIGRATIONS = join(import.meta.dirname, '../../migrations/sqlite/audit')

let store: FakeSts
let vendor: ChildVendor
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stint-tree-'))
  store = await startFakeSts()
  vendor = await startVendor()
  const base = configurationFor(vendor, store.endpoint)
  const staff = administrators(vendor)
  const issuers = { ...base.issuers, ...staff.issuers }
  expect((await vendor.apply({ ...base, issuers, admins: staff.admins })).status).toBe(200)
})
afterAll(async () => {
  await vendor.stop()
  await store.stop()
  rmSync(folder, { recursive: true, force: true })
})

const stopped = { type: 'process.stop', reason: 'x' } as const
const get = (path: string) => fetch(`${vendor.url}/log${path}`)
const keys = async () => (await (await get('/keys')).text()).trim().split('\n')
const vend = async () => {
  const { status, body } = await vendor.exchange(vendor.token())
  expect(status).toBe(200)
  const credentials = body['credentials'] as { access_key_id: string }
  return {
    receipt: String(body['receipt']),
    assumption: String(body['assumption_id']),
    key: credentials.access_key_id,
  }
}
/** As it does by itself every ten seconds: whoever asks for the proof of an event has it published. */
const publish = async () => {
  const [newest] = await vendor.events('limit=1')
  expect((await vendor.get(`/v1/admin/audit/proof?seq=${newest?.seq}`)).status).toBe(200)
}
/** Everything that is in the log, oldest first. */
async function leaves(): Promise<readonly Bytes[]> {
  const events = await vendor.events('limit=500')
  return events.toReversed().map(({ leaf }) => new Uint8Array(Buffer.from(leaf, 'hex')))
}

test('each session comes with a receipt that holds, of its own record and of an intent before it', async () => {
  const { receipt, assumption, key } = await vend()
  const verified = await verifyReceipt(receipt, await keys(), { assumptionId: assumption, accessKeyId: key })
  const events = await vendor.events(`assumption=${assumption}`)
  expect(events.map(({ seq, event }) => [event.type, seq])).toEqual([
    ['assume.issued', verified.seq],
    ['assume.intent', verified.intentSeq],
  ])
  expect(leafOf(Buffer.from(verified.record))).toEqual(
    new Uint8Array(Buffer.from(events[0]?.leaf ?? '', 'hex')),
  )
  expect(JSON.parse(verified.record)).toEqual(events[0]?.event)
})

/** As the doors write it that have no place for a receipt in their body. */
function headerOf(receipt: string): string {
  return receiptHeader({ proof: receipt, checkpoint: '' })
}

test('outcomes that wait together share a signature, and each has its own proof', async () => {
  const path = join(folder, 'together.db')
  const audit = await open(path)
  const intents = await Promise.all(
    Array.from({ length: 64 }, (_, at) => audit.appendIntent(anIntent(`t-${at}`), () => stopped)),
  )
  const receipts = await Promise.all(
    intents.map(({ seq }, at) => audit.appendIssued(anIssued(`t-${at}`), seq)),
  )
  const [key = ''] = audit.tree.keys().map(({ vkey }) => vkey)
  const notes = new Set<string>()
  for (const [at, { proof, checkpoint }] of receipts.entries()) {
    const verified = await verifyReceipt(proof + checkpoint, [key], { assumptionId: `asm_t-${at}` })
    expect(verified.intentSeq).toBe(intents[at]?.seq)
    notes.add(checkpoint)
  }
  // The first few go ahead, the others go together.
  expect(notes.size).toBeLessThanOrEqual(4)
  await audit.close()
})

test('64 at once at the door have each their own receipt', async () => {
  const given = await Promise.all(Array.from({ length: 64 }, vend))
  const trusted = await keys()
  for (const { receipt, assumption, key } of given)
    await verifyReceipt(receipt, trusted, { assumptionId: assumption, accessKeyId: key })
})

test('the header form holds as well, says nothing of the intent, and fits the 4 KB of a proxy', async () => {
  const { receipt, assumption } = await vend()
  const header = headerOf(receipt)
  expect(header).toMatch(/^[\w-]{1,3072}$/)
  const verified = await verifyReceipt(header, await keys(), { assumptionId: assumption })
  expect(verified.intentSeq).toBeNull()
})

const swapped = (text: string, from: RegExp, to: string) => {
  const changed = text.replace(from, to)
  expect(changed).not.toBe(text)
  return changed
}
const reExtra = (receipt: string, change: (extra: string) => string) =>
  receipt.replace(/^extra (.*)$/m, (_line, encoded: string) => {
    const text = Buffer.from(encoded, 'base64').toString()
    const changed = change(text)
    expect(changed).not.toBe(text)
    return `extra ${Buffer.from(changed).toString('base64')}`
  })
const FORGED: readonly (readonly [string, (receipt: string) => string])[] = [
  [
    'another key id in its record',
    (r) => reExtra(r, (t) => t.replace(/"accessKeyId":"./, '"accessKeyId":"_')),
  ],
  ['another index', (r) => swapped(r, /^index (\d+)$/m, 'index 3')],
  ['an index behind the end', (r) => swapped(r, /^index (\d+)$/m, 'index 999999')],
  [
    'another size in its checkpoint',
    (r) => swapped(r, /\n(\d+)\n([A-Za-z0-9+/]{43}=)\n\n—/, '\n999\n$2\n\n—'),
  ],
  ['a hash left out', (r) => swapped(r, /^(index \d+\n)[^\n]+\n/m, '$1')],
  ['another intent', (r) => reExtra(r, (t) => t.replace(/^intent \d+/m, 'intent 0'))],
  ['an intent that comes after it', (r) => reExtra(r, (t) => t.replace(/^intent \d+/m, 'intent 999999'))],
  ['another leaf for its intent', (r) => reExtra(r, (t) => t.replace(/^(intent \d+) .{4}/m, '$1 AAAA'))],
  ['a record of another type', (r) => reExtra(r, (t) => t.replace('assume.issued', 'assume.intent'))],
  ['one byte of the signature changed', (r) => swapped(r, /(— \S+ .{20})./, '$1_')],
  ['no signature', (r) => swapped(r, /\n— .*\n$/, '\n')],
  ['a text after it', (r) => `${r}more\n`],
  ['another head', (r) => swapped(r, /@v1/, '@v2')],
  ['base64 that is not canonical', (r) => swapped(r, /^extra (.*)$/m, 'extra $1====')],
]

test.each(FORGED)('refuses a receipt with %s', async (_name, forge) => {
  const { receipt } = await vend()
  await expect(verifyReceipt(forge(receipt), await keys())).rejects.toMatchObject({ code: 'receipt_invalid' })
})

test('refuses a receipt of another exchange, of another key, and a key that is mistyped', async () => {
  const [a, b] = [await vend(), await vend()]
  const trusted = await keys()
  const refusal = { code: 'receipt_invalid' }
  await expect(verifyReceipt(a.receipt, trusted, { assumptionId: b.assumption })).rejects.toMatchObject(
    refusal,
  )
  await expect(verifyReceipt(a.receipt, trusted, { accessKeyId: b.key })).rejects.toMatchObject(refusal)
  await expect(verifyReceipt(a.receipt, [])).rejects.toMatchObject(refusal)
  const typo = (trusted[0] ?? '').replace(/.$/, (char) => (char === 'A' ? 'B' : 'A'))
  await expect(verifyReceipt(a.receipt, [typo])).rejects.toMatchObject({ code: 'options_invalid' })
})

test('`stint receipt verify` reads the answer, the receipt or the header; and asks whether the log went on', async () => {
  const answer = await vendor.exchange(vendor.token())
  const files = {
    'answer.json': JSON.stringify(answer.body),
    'r.tlog-proof': String(answer.body['receipt']),
    header: `${headerOf(String(answer.body['receipt']))}\n`,
    'keys.txt': `${(await keys()).join('\n')}\n`,
    forged: String(answer.body['receipt']).replace(/^index \d+$/m, 'index 1'),
  }
  const stint = (...args: readonly string[]) =>
    runCli((io) => receiptCommand(['verify', ...args], io), { files })
  const key = ['--key', 'keys.txt']
  await publish()
  for (const file of ['answer.json', 'r.tlog-proof', 'header']) {
    const { code, out } = await stint(file, ...key, '--server', vendor.url)
    expect([code, out]).toEqual([0, expect.stringContaining(String(answer.body['assumption_id']))])
    expect(out).toContain('goes on from there')
  }
  expect((await stint('forged', ...key)).code).toBe(3)
  expect((await stint('r.tlog-proof', ...key, '--access-key-id', 'AKother')).code).toBe(3)
  expect((await stint('r.tlog-proof')).code).toBe(2)
})

test('a log that has not published as much as the receipt is of is told apart: ask again', async () => {
  const trusted = await keys()
  const files = { 'keys.txt': `${trusted.join('\n')}\n`, r: '' }
  const ask = (...more: readonly string[]) =>
    runCli(
      (io) => receiptCommand(['verify', 'r', '--key', 'keys.txt', '--server', vendor.url, ...more], io),
      { files },
    )
  // It publishes by itself every ten seconds, which may be just now.
  let given = await vend()
  let early = { code: 0, out: '', err: '' }
  for (let tries = 0; tries < 5 && early.code === 0; tries++) {
    given = await vend()
    files.r = given.receipt
    early = await ask()
  }
  expect([early.code, early.out]).toEqual([4, expect.stringContaining(given.assumption)])
  expect(early.out).not.toContain('goes on from there')
  const { checkpoint } = await verifyReceipt(given.receipt, trusted)
  const [, published, size] = /log_behind: .* event (\d+), .* tree of (\d+)/.exec(early.err) ?? []
  expect(Number(size)).toBe(checkpoint.size)
  expect(Number(published)).toBeLessThan(checkpoint.size)
  // Of a tree that the log never had it says something else, however much is published.
  const changed = { ...checkpoint, root: checkpoint.root.map((byte) => byte ^ 1) }
  await expect(verifyGrowth(changed, { server: vendor.url, keys: trusted })).rejects.toMatchObject({
    code: 'log_inconsistent',
  })

  await publish()
  const later = await ask()
  expect([later.code, later.out]).toEqual([0, expect.stringContaining('goes on from there')])
})

test('a log that forgets what it signed is found out by a receipt', async () => {
  const { receipt } = await vend()
  const trusted = await keys()
  const { checkpoint } = await verifyReceipt(receipt, trusted)
  const options = { server: vendor.url, keys: trusted }
  await publish()
  await expect(verifyGrowth(checkpoint, options)).resolves.toBeDefined()
  const cut = { ...checkpoint, size: checkpoint.size + 100_000 }
  await expect(verifyGrowth(cut, options)).rejects.toMatchObject({ code: 'log_inconsistent' })
  const changed = { ...checkpoint, root: checkpoint.root.map((byte) => byte ^ 1) }
  await expect(verifyGrowth(changed, options)).rejects.toMatchObject({ code: 'log_inconsistent' })
})

test('the newest checkpoint is of the tree over all leaves, as the definitions make it', async () => {
  await vendor.get('/v1/admin/audit/proof?seq=1')
  const [key] = await Promise.all((await keys()).map(parseVerifierKey))
  const opened = await openCheckpoint(await (await get('/checkpoint')).text(), key ? [key] : [])
  const all = (await leaves()).slice(0, opened?.size)
  expect(opened?.root).toEqual(rootOf(all))
})

test('proofs of the admin door are those of the definitions, for who may read the log', async () => {
  const [newest] = await vendor.events('limit=1')
  const seq = newest?.seq ?? 0
  const { status, body } = await vendor.get(`/v1/admin/audit/proof?seq=${seq}`)
  expect(status).toBe(200)
  const lines = String(body['proof']).split('\n')
  const size = Number(lines[lines.indexOf('') + 2])
  const all = (await leaves()).slice(0, size)
  const base64 = (hashes: readonly Bytes[]) => hashes.map((one) => Buffer.from(one).toString('base64'))
  expect(lines.slice(0, 2)).toEqual(['c2sp.org/tlog-proof@v1', `index ${seq - 1}`])
  expect(lines.slice(2, lines.indexOf(''))).toEqual(base64(pathOf(seq - 1, all)))
  const { body: grown } = await vendor.get(`/v1/admin/audit/consistency?from=5&to=${size}`)
  expect(grown['proof']).toEqual(base64(proofOf(5, all)))
  expect(await (await get(`/consistency?from=5&to=${size}`)).json()).toEqual({ proof: grown['proof'] })

  expect((await vendor.get(`/v1/admin/audit/proof?seq=${seq + 10_000}`)).status).toBe(404)
  expect((await vendor.get('/v1/admin/audit/consistency?from=9&to=5')).status).toBe(404)
  expect((await vendor.get('/v1/admin/audit/proof?seq=0')).status).toBe(400)
  expect((await vendor.get('/v1/admin/audit/proof?seq=1', 'x')).status).toBe(401)
})

test('tiles are at their C2SP paths: full, partial, above level 0; nothing else is there', async () => {
  while ((await leaves()).length < 300) await Promise.all(Array.from({ length: 32 }, vend))
  const all = await leaves()
  const tile = async (path: string) => new Uint8Array(await (await get(`/tile/${path}`)).arrayBuffer())
  const joined = (from: number, to: number) => new Uint8Array(Buffer.concat(all.slice(from, to)))
  expect(await tile('0/000')).toEqual(joined(0, 256))
  expect(await tile('0/001.p/44')).toEqual(joined(256, 300))
  expect(await tile('1/000.p/1')).toEqual(rootOf(all.slice(0, 256)))
  const response = await get('/tile/0/000')
  expect(response.headers.get('content-type')).toBe('application/octet-stream')
  expect(response.headers.get('cache-control')).toContain('immutable')
  for (const path of [
    '0/001',
    '0/000.p/0',
    '0/000.p/256',
    '0/x000/000',
    '0/0',
    '0/1000',
    '64/000',
    '00/000',
    '1/000',
    '0/../000.p',
  ])
    expect([path, (await get(`/tile/${path}`)).status]).toEqual([path, 404])
})

test('entry bundles hash to the tile of their place, and are for who may read the log', async () => {
  expect((await get('/tile/entries/000')).status).toBe(401)
  const viewer = await vendor.get('/log/tile/entries/000', vendor.token())
  expect(viewer.status).toBe(401)
  const admin = vendor.admin.sign({ sub: 'first-administrator', aud: 'stint-admin' })
  const response = await fetch(`${vendor.url}/log/tile/entries/000`, {
    headers: { authorization: `Bearer ${admin}` },
  })
  expect(response.status).toBe(200)
  const bytes = new Uint8Array(await response.arrayBuffer())
  const hashes: Bytes[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
    hashes.push(leafOf(bytes.slice(at + 2, at + 2 + length)))
    at += 2 + length
  }
  expect(hashes).toEqual((await leaves()).slice(0, 256))
})

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')

/** The definitions copy lists at every step; of many leaves the same is made level by level. */
function fastRoot(all: readonly Bytes[]): Bytes {
  let row: readonly Bytes[] = all
  while (row.length > 1) {
    const [odd] = row.length % 2 === 1 ? row.slice(-1) : []
    const pairs = Array.from({ length: Math.floor(row.length / 2) }, (_, at) =>
      rootOf(row.slice(at * 2, at * 2 + 2)),
    )
    row = odd === undefined ? pairs : [...pairs, odd]
  }
  return rootOf(row)
}

// What a log was before it had a tree: the migrations up to there, and rows as they were written then.
function oldLog(path: string, events: number): readonly Bytes[] {
  const old = new Database(path)
  old.pragma('journal_mode = WAL')
  const before = mkdtempSync(join(folder, 'migrations-'))
  for (const file of readdirSync(MIGRATIONS).filter((name) => name < '0005'))
    copyFileSync(join(MIGRATIONS, file), join(before, file))
  migrate(old, before)
  const insert = old.prepare('INSERT INTO event VALUES (?, ?, ?, NULL, NULL, NULL, NULL, NULL, ?, ?, ?)')
  const all: Bytes[] = []
  let chain: Uint8Array = new Uint8Array(32)
  old.transaction(() => {
    for (let seq = 1; seq <= events; seq++) {
      const body = `{"at":"2026-10-01T00:00:00.000Z","boot":"old","n":${seq},"reason":"x","type":"process.stop","v":1}`
      const leaf = leafHash(Buffer.from(body), sha256)
      chain = chainHash(chain, leaf, sha256)
      insert.run(seq, 'process.stop', Date.parse('2026-10-01'), body, leaf, chain)
      all.push(new Uint8Array(leaf))
    }
  })()
  old.close()
  return all
}

const open = (path: string, log: { lines: string[] } = { lines: [] }): Promise<AuditLog> =>
  openAuditLog({
    path,
    migrations: MIGRATIONS,
    key: keyBeside(path),
    clock: systemClock,
    random: createRandom(),
    bootId: 'test',
    log: {
      info: (event, facts) => void log.lines.push(`${event} ${JSON.stringify(facts)}`),
      warn() {},
      error() {},
    },
  })

test('a log of before gets its tree at the first start, with progress, and is the same tree', async () => {
  const path = join(folder, 'upgrade.db')
  const all = oldLog(path, 70_000)
  const log = { lines: [] as string[] }
  const audit = await open(path, log)
  expect(log.lines.filter((line) => line.startsWith('audit.tree_growing')).length).toBeGreaterThan(5)
  await audit.append({ type: 'process.stop', reason: 'after' })
  const { size } = await audit.tree.checkpoint()
  expect(size).toBe(70_001)
  expect(new Uint8Array(audit.tree.root(70_000))).toEqual(fastRoot(all))
  expect(audit.tree.proof(12_345)?.proof).toContain('index 12344\n')
  await audit.close()
  const again = { lines: [] as string[] }
  await (await open(path, again)).close()
  expect(again.lines).toEqual([])
}, 60_000)

test('an upgrade that was cut goes on where it was', async () => {
  const path = join(folder, 'cut.db')
  const all = oldLog(path, 10_000)
  await (await open(path)).close()
  const surgeon = new Database(path)
  surgeon.exec('DROP TRIGGER tree_node_no_delete; DELETE FROM tree_node WHERE idx > 7')
  surgeon.close()
  const audit = await open(path)
  expect(new Uint8Array(audit.tree.root(10_000))).toEqual(fastRoot(all))
  await audit.close()
})

test('an old log that does not verify gets no tree: nothing is signed that was not checked', async () => {
  const path = join(folder, 'bad.db')
  oldLog(path, 10_000)
  const surgeon = new Database(path)
  surgeon.exec(
    `DROP TRIGGER event_no_update; UPDATE event SET body = replace(body, '"x"', '"y"') WHERE seq = 1234`,
  )
  surgeon.close()
  await expect(open(path)).rejects.toMatchObject({
    code: 'audit_tampered',
    facts: { reason: expect.stringContaining('"seq":1234,"reason":"leaf"') },
  })
})
