import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAuditLog } from '../../apps/vendor/src/audit/log.ts'
import { createRetention } from '../../apps/vendor/src/flows/retention.ts'
import { createTurns } from '../../apps/vendor/src/flows/reviews/turns.ts'
import type { AuditLog } from '../../apps/vendor/src/ports.ts'
import { breathe, createRandom } from '../../apps/vendor/src/runtime.ts'
import { anIntent, anIssued } from '../support/audit-events.ts'
import { keyBeside } from '../support/log-key.ts'
import { bundleTo } from '../support/sample-log.ts'
import { verifyBoth } from '../support/verify-both.ts'

const MIGRATIONS = join(import.meta.dirname, '../../migrations/sqlite/audit')
const silent = { info() {}, warn() {}, error() {} }
const timers = { after: () => () => {} }
const DAY = 86_400_000
const START = Date.parse('2026-01-01T00:00:00Z')
let folder: string
let path: string
let nowMs = START
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stint-retention-'))
  path = join(folder, 'audit.db')
  nowMs = START
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const clock = { nowMs: () => nowMs, monotonicMs: () => performance.now() }
const open = () =>
  openAuditLog({
    ...{ path, clock, bootId: `b${nowMs}`, log: silent, migrations: MIGRATIONS, key: keyBeside(path) },
    random: createRandom(),
  })
const keep = (audit: AuditLog, days: number, deliveredUpTo = () => Number.POSITIVE_INFINITY) =>
  createRetention(
    { audit, clock, timers, breathe, deliveredUpTo, undisturbed: createTurns(), log: silent },
    days,
  )

const iso = (ms: number) => new Date(ms).toISOString()

const over = () => ({ latestExpiry: iso(nowMs), storeTokenExpires: iso(nowMs) })

/** Intent and outcome of a session that was over after an hour. */
async function vend(audit: AuditLog, name: string, ends = nowMs + 3_600_000): Promise<void> {
  const intent = { ...anIntent(name), storeTokenExpires: iso(nowMs + 30_000), latestExpiry: iso(ends) }
  const { seq } = await audit.appendIntent(intent, () => ({ type: 'process.stop', reason: 'never' }))
  await audit.appendIssued({ ...anIssued(name), expires: iso(ends) }, seq)
}

const bare = () => {
  const connection = new Database(path, { readonly: true })
  const seqs = connection.prepare("SELECT seq FROM event WHERE body = '{}' ORDER BY seq").pluck().all()
  connection.close()
  return seqs as number[]
}

async function expectBoth(paths: readonly string[], wanted: object): Promise<void> {
  for (const { ours, python } of await verifyBoth(
    paths.map((one) => ({ path: one, keys: [], anchors: [] })),
  )) {
    expect(ours).toMatchObject(wanted)
    expect(python).toEqual(ours)
  }
}

test('takes out what is old; the tree, proofs, bundles and the next start stand, and both verifiers count it', async () => {
  const audit = await open()
  for (let at = 0; at < 30; at++) await vend(audit, `old-${at}`)
  const early = await audit.tree.checkpoint()
  nowMs += 10 * DAY
  for (let at = 0; at < 5; at++) await vend(audit, `new-${at}`)
  await audit.tree.checkpoint()
  expect(await keep(audit, 7).run()).toBe(60)
  expect(bare()).toEqual(Array.from({ length: 60 }, (_, at) => at + 1))
  expect(await audit.last('log.pruned')).toMatchObject({
    event: { policy: { days: 7 }, count: 60, runs: [{ from: 1, to: 60 }] },
  })
  // Nobody finds them, every proof of them stands, and their bytes are nowhere in the file.
  expect((await audit.page({ assumption: 'asm_old-1', limit: 5 })).events).toEqual([])
  expect((await audit.page({ limit: 500 })).events).toHaveLength(11)
  expect(audit.tree.proof(3)).not.toBeNull()
  expect(audit.tree.judge(early.note)).toBe('holds')
  expect(() => audit.tree.entries(0, 64)).toThrow(expect.objectContaining({ code: 'entries_pruned' }))
  expect((await audit.exportPage({ after: 0, limit: 3, fromMs: null, toMs: null })).rows).toMatchObject([
    { seq: 1, event: null },
    { seq: 2, event: null },
    { seq: 3, event: null },
  ])
  await audit.tree.checkpoint()
  await audit.close()
  // Names of mappings stay: use is counted by them (ADR 0036).
  // SQLite leaves what stood on a table's first page there when the table grows beyond it: the first events of a log.
  const left = readFileSync(path, 'latin1').match(/asm_old-[0-9]+/g) ?? []
  expect(left.filter((name) => !/-[0-3]$/.test(name))).toEqual([])
  // A part that ends before what explains its gaps takes that along.
  const [whole, part, young] = ['whole', 'part', 'young'].map((name) => join(folder, `${name}.tar`))
  bundleTo(whole ?? '', path)
  bundleTo(part ?? '', path, { toMs: START + DAY })
  bundleTo(young ?? '', path, { fromMs: START + DAY })
  await expectBoth([path, whole ?? ''], { ok: true, pruned: 60, to: 71 })
  await expectBoth([part ?? ''], { ok: true, pruned: 60, from: 0, to: 60, size: 71 })
  await expectBoth([young ?? ''], { ok: true, pruned: 0, from: 60 })
  expect(readFileSync(young ?? '').includes('stint-bundle@v1')).toBe(true)
  const again = await open()
  await vend(again, 'after')
  expect(await keep(again, 7).run()).toBe(0)
  await again.close()
})

test('never takes out what is not over, with all that came of it: open intents, live sessions, used tokens, use limits, what people did, and what a sink lacks', async () => {
  const audit = await open()
  const change = { generation: 1, hashBefore: 'a'.repeat(64), hashAfter: 'b'.repeat(64), recovered: false }
  await audit.append({ type: 'config.changed', ...change, generation: 1 }) // 1: a configuration is rebuilt from the first on
  await audit.append({ type: 'config.changed', ...change, generation: 2 }) // 2: the newest
  await audit.append({ ...anIntent('open'), ...over() }) // 3: nobody knows its end
  await vend(audit, 'live', nowMs + 30 * DAY) // 4, 5
  const token = { of: 'token', mapping: 'm', until: iso(nowMs + 20 * DAY) } as const
  const subject = { ...anIntent('jti').subject, jti: 'j' }
  const used = { ...anIntent('jti'), subject, uses: [token], ...over() }
  const { seq } = await audit.appendIntent(used, () => ({ type: 'process.stop', reason: 'x' })) // 6
  await audit.appendIssued({ ...anIssued('jti'), expires: iso(nowMs) }, seq) // 7
  const limited = {
    ...anIntent('lim'),
    uses: [{ of: 'mapping', mapping: 'm', most: 3 } as const],
    ...over(),
  }
  const second = await audit.appendIntent(limited, () => ({ type: 'process.stop', reason: 'x' })) // 8
  await audit.appendIssued({ ...anIssued('lim'), expires: iso(nowMs) }, second.seq) // 9
  await audit.append({
    // 10: stops issue still
    type: 'revoke.begun',
    revocation: 'rvk_x',
    of: { kind: 'role', name: 'r' },
    actor: { issuer: 'i', sub: 's', person: 'p' },
    request: 'req_x',
    reason: 'x',
    locked: true,
  })
  await audit.append({ type: 'log.anchor_failed', anchor: 'file:/x', reason: 'x' }) // 11: the log's own
  await vend(audit, 'old') // 12, 13
  await vend(audit, 'undelivered') // 14, 15
  nowMs += 10 * DAY
  await audit.append({ type: 'process.stop', reason: 'young' })
  await keep(audit, 7, () => 13).run()
  expect(bare()).toEqual([12, 13])
  await audit.append({
    // what was held is looked at again
    type: 'assume.revoked',
    assumption: 'asm_open',
    target: 'store',
    accessKeyId: null,
    proof: 'unproved',
    detail: 'x',
    latestExpiry: iso(START),
    storeTokenExpires: iso(START),
    final: true,
  })
  nowMs += 25 * DAY
  await keep(audit, 7).run()
  // 1, 2 and 10 are of what people did, 8 for ever and so 9, which came of it; of the newest of a type one always stays.
  expect(bare()).toEqual([3, 4, 5, 6, 7, 12, 13, 14, 15, 18])
  await audit.tree.checkpoint()
  await audit.close()
  await expectBoth([path], { ok: true, pruned: 10 })
})

test('a body that is missing and that no log.pruned names is found by both, by its event, and refuses a start', async () => {
  const audit = await open()
  for (let at = 0; at < 10; at++) await vend(audit, `x-${at}`)
  nowMs += 10 * DAY
  await audit.append({ type: 'process.stop', reason: 'young' })
  await keep(audit, 7).run()
  for (let at = 0; at < 3; at++) await vend(audit, `y-${at}`)
  await audit.tree.checkpoint()
  await audit.close()
  const connection = new Database(path)
  expect(() => connection.exec("UPDATE event SET body = '{}' WHERE seq = 24")).toThrow('append-only')
  expect(() => connection.exec("UPDATE event SET body = 'x' WHERE seq = 3")).toThrow('append-only')
  expect(() => connection.exec('DELETE FROM event WHERE seq = 3')).toThrow('append-only')
  connection.exec('DROP TRIGGER event_no_update')
  connection.exec(
    "UPDATE event SET body = '{}', assumption = NULL, request = NULL, issuer = NULL, role = NULL, code = NULL WHERE seq = 24",
  )
  connection.close()
  const whole = join(folder, 'whole.tar')
  bundleTo(whole, path)
  await expectBoth([path, whole], { ok: false, fault: 'pruned', seq: 24 })
  await expect(open()).rejects.toMatchObject({ code: 'audit_tampered' })
})

test('cut between the announcement and the last body, the next look goes on', async () => {
  const audit = await open()
  for (let at = 0; at < 400; at++) await audit.append({ type: 'process.stop', reason: `r${at}` })
  nowMs += 10 * DAY
  await audit.append({ type: 'process.stop', reason: 'young' })
  await audit.append({
    type: 'log.pruned',
    policy: { days: 7 },
    before: iso(nowMs),
    count: 400,
    runs: [{ from: 1, to: 400 }],
  })
  expect(bare()).toEqual([])
  await audit.tree.checkpoint()
  await audit.close()
  // Announced and still there is no fault: the body is that of the leaf.
  await expectBoth([path], { ok: true, pruned: 0 })
  const again = await open()
  expect(await keep(again, 7).run()).toBe(0)
  expect(bare()).toHaveLength(400)
  await again.tree.checkpoint()
  await again.close()
  await expectBoth([path], { ok: true, pruned: 400 })
})
