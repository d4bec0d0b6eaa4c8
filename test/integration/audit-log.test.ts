import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { openAuditLog } from '../../apps/vendor/src/audit/log.ts'
import type { AuditEvent } from '../../apps/vendor/src/domain/audit-event.ts'
import type { AuditLog } from '../../apps/vendor/src/ports.ts'
import { createRandom, systemClock } from '../../apps/vendor/src/runtime.ts'
import { lockDataFolder } from '../../apps/vendor/src/storage/lock.ts'
import { openDatabase } from '../../apps/vendor/src/storage/sqlite/open.ts'
import { verifyLog } from '../../apps/vendor/src/verify/verify-log.ts'
import { anIntent as intent, anIssued as issued } from '../support/audit-events.ts'
import { keyBeside } from '../support/log-key.ts'

const MIGRATIONS = join(import.meta.dirname, '../../migrations/sqlite/audit')
/** The number of events in a log that verifies. */
const verifiedSize = (of: string): number => {
  const verdict = verifyLog({ path: of, keys: [], anchors: [] })
  if (!verdict.ok) throw new Error(JSON.stringify(verdict))
  return verdict.to
}
const log = { info() {}, warn() {}, error() {} }
let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stint-audit-'))
  path = join(folder, 'audit.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

let boots = 0
const open = (maxPages?: number): Promise<AuditLog> =>
  openAuditLog({
    path,
    migrations: MIGRATIONS,
    key: keyBeside(path),
    clock: systemClock,
    random: createRandom(),
    bootId: `test-${++boots}`,
    log,
    ...(maxPages === undefined ? {} : { maxPages }),
  })

const stop = (reason: string): AuditEvent => ({ type: 'process.stop', reason })
const revoked = (name: string, final: boolean): AuditEvent => ({
  type: 'assume.revoked',
  assumption: `asm_${name}`,
  target: 'store',
  accessKeyId: null,
  proof: 'unproved',
  detail: 'x',
  latestExpiry: '2026-11-24T01:00:00.000Z',
  storeTokenExpires: '2026-11-24T00:00:30.000Z',
  final,
})
test('is there, in order, once append resolved; and verifies', async () => {
  const audit = await open()
  await Promise.all(Array.from({ length: 200 }, (_, at) => audit.append(stop(String(at)))))
  const { events } = await audit.page({ limit: 500 })
  expect(events.map(({ event }) => (event.type === 'process.stop' ? event.reason : ''))).toEqual(
    Array.from({ length: 200 }, (_, at) => String(199 - at)),
  )
  await audit.close()
  expect(verifiedSize(path)).toBe(200)
})

test('syncs each commit: WAL and synchronous FULL, read back', () => {
  const connection = openDatabase(path, MIGRATIONS)
  expect([
    connection.pragma('journal_mode', { simple: true }),
    connection.pragma('synchronous', { simple: true }),
  ]).toEqual(['wal', 2])
  connection.close()
})

test('one commit serves all that wait', async () => {
  const audit = await open()
  const wal = () => new Database(path, { readonly: true })
  const reader = wal()
  const before = reader.pragma('data_version', { simple: true })
  await Promise.all(Array.from({ length: 64 }, () => audit.append(stop('x'))))
  expect(reader.pragma('data_version', { simple: true })).not.toBe(before)
  // 64 callers of one tick are one batch, or two where the first was already on its way.
  const rows = reader.prepare<[], { n: number }>('SELECT count(*) AS n FROM event').get()
  expect(rows?.n).toBe(64)
  reader.close()
  await audit.close()
})

test('keeps open intents: opened by the intent, closed by the outcome or the final end, kept across a start', async () => {
  const audit = await open()
  for (const event of [
    intent('a'),
    intent('b'),
    intent('c'),
    issued('a'),
    revoked('b', false),
    revoked('c', true),
  ])
    await audit.append(event)
  expect((await audit.openIntents()).map(({ assumption }) => assumption)).toEqual(['asm_b'])
  await audit.append({
    type: 'assume.withheld',
    assumption: 'asm_a',
    request: 'req_a',
    target: 'store',
    code: 'withheld',
    accessKeyId: 'AK',
    expires: '2026-11-24T01:00:00.000Z',
    storeTokenExpires: '2026-11-24T00:00:30.000Z',
    changed: [],
  })
  await audit.close()
  const again = await open()
  expect(await again.openIntents()).toEqual([
    expect.objectContaining({
      assumption: 'asm_a',
      accessKeyId: 'AK',
      announced: true,
      latestExpiryMs: Date.parse('2026-11-24T01:00:00Z'),
    }),
    expect.objectContaining({ assumption: 'asm_b', accessKeyId: null, announced: false }),
  ])
  await again.close()
})

test('filters and pages', async () => {
  const audit = await open()
  for (const name of ['a', 'b', 'c'])
    for (const event of [intent(name), issued(name)]) await audit.append(event)
  const types = async (query: object) =>
    (await audit.page({ limit: 10, ...query })).events.map(({ event }) => event.type)
  expect(await types({ types: ['assume.issued'] })).toEqual([
    'assume.issued',
    'assume.issued',
    'assume.issued',
  ])
  expect(await types({ request: 'req_b' })).toEqual(['assume.issued', 'assume.intent'])
  expect(await types({ assumption: 'asm_c' })).toEqual(['assume.issued', 'assume.intent'])
  expect(await types({ mapping: 'm-a' })).toEqual(['assume.intent'])
  expect(await types({ role: 'r', issuer: 'ci' })).toHaveLength(3)
  expect(await types({ fromMs: Date.now() + 60_000 })).toEqual([])
  const first = await audit.page({ limit: 4 })
  const second = await audit.page({ limit: 4, before: first.next ?? 0 })
  expect([...first.events, ...second.events].map(({ seq }) => seq)).toEqual([6, 5, 4, 3, 2, 1])
  expect(second.next).toBeNull()
  await audit.close()
})

test('a full disk refuses, writes nothing of it, and goes on when there is room again', async () => {
  const audit = await open(24)
  let taken = 0
  const big = 'x'.repeat(4000)
  let refusal: unknown
  while (refusal === undefined && taken < 100)
    refusal = await audit.append(stop(big)).then(
      () => void taken++,
      (error: unknown) => error,
    )
  expect(refusal).toMatchObject({ code: 'audit_unavailable' })
  expect(audit.healthy()).toBe(false)
  await audit.close()
  const roomy = await open()
  await roomy.append(stop('after'))
  expect(roomy.healthy()).toBe(true)
  await roomy.close()
  expect(verifiedSize(path)).toBe(taken + 1)
})

test('a write that the system refuses is audit_unavailable, and the process lives', async () => {
  // ulimit -f makes the kernel refuse writes beyond a size: SQLITE_IOERR_WRITE instead of SQLITE_FULL.
  const child = spawn(
    'bash',
    [
      '-c',
      `ulimit -f 1024; exec ${process.execPath} ${join(import.meta.dirname, '../support/audit-child.ts')} ${path} full`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += String(chunk)
  })
  const [code] = await once(child, 'exit')
  expect([code, output.trim().split('\n').at(-1)]).toEqual([0, 'refused audit_unavailable'])
  expect(verifiedSize(path)).toBe(Number(/taken (\d+)/.exec(output)?.[1]))
}, 30_000)

const EDITS = [
  {
    name: 'a flipped byte in a body',
    sql: "UPDATE event SET body = replace(body, 'three', 'thrEe') WHERE seq = 3",
    fault: '"seq":3,"reason":"leaf"',
  },
  {
    name: 'a body with its leaf made anew',
    sql: "UPDATE event SET body = '{}', leaf = X'6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d' WHERE seq = 3",
    fault: '"seq":3',
  },
  { name: 'a deleted row', sql: 'DELETE FROM event WHERE seq = 3', fault: '"seq":3,"reason":"gap"' },
  {
    name: 'two rows exchanged',
    sql: 'UPDATE event SET seq = -1 WHERE seq = 2; UPDATE event SET seq = 2 WHERE seq = 3; UPDATE event SET seq = 3 WHERE seq = -1',
    fault: '"seq":2',
  },
  {
    name: 'a chain that was changed',
    sql: 'UPDATE event SET chain = zeroblob(32) WHERE seq = 4',
    fault: '"seq":4,"reason":"chain"',
  },
] as const

test.each(EDITS)('names the first event that does not hold: $name', async ({ sql, fault }) => {
  const audit = await open()
  for (const reason of ['one', 'two', 'three', 'four', 'five']) await audit.append(stop(reason))
  await audit.close()
  const surgeon = new Database(path)
  expect(() => surgeon.exec('DELETE FROM event WHERE seq = 1')).toThrow('append-only')
  expect(() => surgeon.exec("UPDATE event SET body = '' WHERE seq = 1")).toThrow('append-only')
  surgeon.exec(`DROP TRIGGER event_no_update; DROP TRIGGER event_no_delete; ${sql}`)
  surgeon.close()
  expect(verifyLog({ path, keys: [], anchors: [] }).ok).toBe(false)
  await expect(open()).rejects.toMatchObject({
    code: 'audit_tampered',
    facts: { reason: expect.stringContaining(fault) },
  })
})

test('a shipped migration that was changed stops the start', () => {
  openDatabase(path, MIGRATIONS).close()
  const surgeon = new Database(path)
  surgeon.exec("UPDATE migration SET sha256 = 'x'")
  surgeon.close()
  expect(() => openDatabase(path, MIGRATIONS)).toThrow(expect.objectContaining({ code: 'migration_failed' }))
})

test('the data folder has one holder, and a kill frees it', async () => {
  const data = join(folder, 'data')
  const lock = lockDataFolder(data)
  const child = join(import.meta.dirname, '../support/lock-child.ts')
  const run = () =>
    spawn(process.execPath, ['--expose-gc', child, data], { stdio: ['ignore', 'pipe', 'inherit'] })
  const refused = run()
  expect(String((await once(refused.stdout, 'data'))[0])).toBe('data_folder_locked\n')
  lock.release()
  const holder = run()
  onTestFinished(() => void holder.kill('SIGKILL'))
  expect(String((await once(holder.stdout, 'data'))[0])).toBe('locked\n')
  expect(() => lockDataFolder(data)).toThrow(expect.objectContaining({ code: 'data_folder_locked' }))
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  lockDataFolder(data).release()
})
