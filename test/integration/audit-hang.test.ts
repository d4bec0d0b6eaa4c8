import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAuditLog } from '../../apps/vendor/src/audit/log.ts'
import type { AuditEvent } from '../../apps/vendor/src/domain/audit-event.ts'
import { createRandom, systemClock } from '../../apps/vendor/src/runtime.ts'
import { anIntent } from '../support/audit-events.ts'
import { readEvents } from '../support/audit-file.ts'
import { startFakeSts } from '../support/fake-sts.ts'
import { keyBeside } from '../support/log-key.ts'
import { configurationFor, startVendor } from '../support/vendor.ts'
import { until } from '../support/wait.ts'

/** F05: the writer hangs. Somebody else holds the lock of the file: SQLite waits five seconds for it, in the worker. */

const MIGRATIONS = join(import.meta.dirname, '../../migrations/sqlite/audit')
const silent = { info() {}, warn() {}, error() {} }
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stint-hang-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const stop = (reason: string): AuditEvent => ({ type: 'process.stop', reason })

function hold(path: string): () => void {
  const other = new Database(path)
  other.exec('BEGIN IMMEDIATE')
  return () => {
    other.exec('ROLLBACK')
    other.close()
  }
}

test('who waits for a writer that hangs is told so in time; nothing more is taken; what comes late stands once, in order', async () => {
  const path = join(folder, 'audit.db')
  const audit = await openAuditLog({
    ...{ path, migrations: MIGRATIONS, key: keyBeside(path), log: silent, bootId: 'b' },
    clock: systemClock,
    random: createRandom(),
    hangMs: 300,
  })
  await audit.append(stop('before'))
  const letGo = hold(path)
  const late = audit.append(stop('late')).catch((thrown: unknown) => thrown)
  expect(await late).toMatchObject({ code: 'audit_unavailable', facts: { reason: 'timed_out' } })
  expect(audit.healthy()).toBe(false)
  // A thousand more are refused at once, and none of them waits anywhere.
  const refused = await Promise.all(
    Array.from({ length: 1_000 }, () => audit.append(stop('never')).catch((thrown: unknown) => thrown)),
  )
  expect(refused.every((thrown) => Object(thrown).code === 'audit_unavailable')).toBe(true)
  expect(audit.waiting()).toBe(1)
  await expect(audit.tree.checkpoint()).rejects.toMatchObject({ code: 'audit_unavailable' })
  letGo()
  await until('the log is well', () => audit.healthy())
  await audit.append(stop('after'))
  await audit.close()
  expect(readEvents(path).map((event) => (event.type === 'process.stop' ? event.reason : ''))).toEqual([
    'before',
    'late',
    'after',
  ])
})

test('a log that hangs lets itself be closed', async () => {
  const path = join(folder, 'audit.db')
  const audit = await openAuditLog({
    ...{ path, migrations: MIGRATIONS, key: keyBeside(path), log: silent, bootId: 'b' },
    clock: systemClock,
    random: createRandom(),
    hangMs: 200,
  })
  const letGo = hold(path)
  await audit.append(stop('late')).catch(() => undefined)
  const closed = audit.close()
  await closed
  letGo()
}, 20_000)

test('refuses an event that no entry bundle could hold, and goes on', async () => {
  const path = join(folder, 'audit.db')
  const audit = await openAuditLog({
    ...{ path, migrations: MIGRATIONS, key: keyBeside(path), log: silent, bootId: 'b' },
    clock: systemClock,
    random: createRandom(),
  })
  const large = audit.append(stop('é'.repeat(33_000)))
  await expect(large).rejects.toMatchObject({ facts: { reason: 'event_too_large', type: 'process.stop' } })
  const intent = anIntent('x')
  const wide = { ...intent, subject: { ...intent.subject, aud: ['x'.repeat(66_000)] } }
  await expect(async () => audit.appendIntent(wide, () => stop('instead'))).rejects.toMatchObject({
    code: 'audit_unavailable',
  })
  await audit.append(stop('x'.repeat(60_000)))
  const size = audit.tree.size()
  expect(size).toBe(1)
  expect(audit.tree.entries(0, size)).not.toBeNull()
  await audit.close()
})

test('a vend whose outcome hangs is answered 503 without credentials, and stands as unresolved and ended', async () => {
  await using store = await startFakeSts()
  const vendor = await startVendor({ auditHangMs: 400 })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  const minted = Promise.withResolvers<void>()
  store.setFault({ kind: 'wait', until: minted.promise }, 1)
  const asked = vendor.exchange(vendor.token())
  await store.asked(1)
  const letGo = hold(join(vendor.dataFolder, 'audit.db'))
  minted.resolve()
  const answer = await asked
  expect(answer.status).toBe(503)
  expect(JSON.stringify(answer.body)).not.toMatch(/AccessKey|SecretKey|SessionToken/i)
  expect((await vendor.exchange(vendor.token())).status).toBe(503)
  expect((await fetch(`${vendor.url}/readyz`)).status).toBe(503)
  letGo()
  const path = join(vendor.dataFolder, 'audit.db')
  await until('the outcome is explained', () =>
    readEvents(path).some(({ type }) => type === 'assume.unresolved'),
  )
  await until('sessions are given again', async () => (await vendor.exchange(vendor.token())).status === 200)
  const unresolved = readEvents(path).find(({ type }) => type === 'assume.unresolved')
  expect(unresolved).toMatchObject({ reason: 'outcome_not_written' })
  await vendor.stop()
}, 60_000)
