import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openEventTable } from '../../apps/vendor/src/audit/event-table.ts'
import { openAuditLog } from '../../apps/vendor/src/audit/log.ts'
import { latin1 } from '../../apps/vendor/src/audit/personal/notes.ts'
import {
  bucketOf,
  commit,
  openValue,
  sealKeyOf,
  sealValue,
  whoOf,
} from '../../apps/vendor/src/audit/personal/seal.ts'
import { doingRow, notedRow, rowOf } from '../../apps/vendor/src/audit/row.ts'
import { recountUsage } from '../../apps/vendor/src/audit/usage/counter.ts'
import type { RecordedEvent } from '../../apps/vendor/src/domain/audit-event.ts'
import { canonicalize } from '../../apps/vendor/src/domain/canonical.ts'
import { PERSONAL_CLAIMS } from '../../apps/vendor/src/domain/personal/personal-claims.ts'
import { createRetention } from '../../apps/vendor/src/flows/retention.ts'
import { createTurns } from '../../apps/vendor/src/flows/reviews/turns.ts'
import type { AuditLog } from '../../apps/vendor/src/ports.ts'
import { breathe, createRandom } from '../../apps/vendor/src/runtime.ts'
import { anIntent, anIssued } from '../support/audit-events.ts'
import { keyBeside } from '../support/log-key.ts'

const MIGRATIONS = join(import.meta.dirname, '../../migrations/sqlite/audit')
const silent = { info() {}, warn() {}, error() {} }
const DAY = 86_400_000
const START = Date.parse('2026-01-01T00:00:00Z')
let folder: string
let path: string
let nowMs = START
let boots = 0
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stint-erasure-'))
  path = join(folder, 'audit.db')
  nowMs = START
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const clock = { nowMs: () => nowMs, monotonicMs: () => performance.now() }
const open = (personalClaims: readonly string[] | null = PERSONAL_CLAIMS) => {
  boots += 1
  return openAuditLog({
    ...{ path, clock, bootId: `boot-${boots}`, log: silent, migrations: MIGRATIONS, key: keyBeside(path) },
    ...{ random: createRandom(), personalClaims },
  })
}
const iso = (ms: number) => new Date(ms).toISOString()

type Who = { readonly sub: string; readonly claims?: readonly { path: string[]; value: string }[] }
const intentOf = (name: string, { sub, claims = [] }: Who) => {
  const plain = anIntent(name)
  const ends = { storeTokenExpires: iso(nowMs + 30_000), latestExpiry: iso(nowMs + 3_600_000) }
  const source = { ip: '203.0.113.7', proxies: [], userAgent: `agent of ${sub}` }
  return { ...plain, ...ends, source, subject: { ...plain.subject, sub, claims } }
}
const never = () => ({ type: 'process.stop', reason: 'never' }) as const

async function vend(audit: AuditLog, name: string, who: Who): Promise<void> {
  const { seq } = await audit.appendIntent(intentOf(name, who), never)
  await audit.appendIssued({ ...anIssued(name), expires: iso(nowMs + 3_600_000) }, seq)
}

const ACTOR = { issuer: 'https://staff', sub: 'pia', person: 'pia' }
const person = (sub: string) => ({ issuer: 'https://ci', sub })
const record = {
  of: { kind: 'subject', issuer: 'ci', url: 'https://ci' },
  ...({ actor: ACTOR, request: 'req_1', reason: 'a test' } as const),
} as const
const erase = (audit: AuditLog, sub: string) =>
  audit.personal.erase(person(sub), record, audit.personal.mark(person(sub)))

function reading<T>(read: (connection: Database.Database) => T): T {
  const connection = new Database(path)
  try {
    return read(connection)
  } finally {
    connection.close()
  }
}
const count = (table: string) =>
  reading((connection) => connection.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get())
const salts = () =>
  reading((connection) => connection.prepare<[], Buffer>('SELECT salt FROM person ORDER BY id').pluck().all())
const isBlank = (salt: Buffer) => salt.every((byte) => byte === 0)
const subsOf = async (audit: AuditLog) =>
  (await audit.page({ types: ['assume.intent'], limit: 500 })).events.flatMap(({ event }) =>
    event.type === 'assume.intent' ? [event.subject.sub] : [],
  )

test('of thousands of persons those who are erased leave no salt in any byte of the file; the others are read as before', async () => {
  const audit = await open()
  const names = Array.from({ length: 1_200 }, (_, at) => `person-${at}`)
  // In small commits between which the tables grow page by page, as they do in a service.
  for (let at = 0; at < names.length; at += 50)
    await Promise.all(
      names.slice(at, at + 50).map((sub) => audit.append(intentOf(`of-${sub.slice(7)}`, { sub }))),
    )
  const before = salts()
  expect(new Set(before.map((salt) => salt.toString('hex'))).size).toBe(1_200)
  const gone = names.filter((_, at) => at < 6 || at % 61 === 0)
  for (const sub of gone) expect(await erase(audit, sub)).toMatchObject({ wiped: true })
  // Whoever comes next takes a place that is free.
  await audit.append(intentOf('next', { sub: 'next' }))
  const after = salts()
  expect(after).toHaveLength(1_200)
  expect(after.filter(isBlank)).toHaveLength(gone.length - 1)
  const kept = new Set(after.map(latin1))
  const erased = before.map(latin1).filter((salt) => !kept.has(salt))
  expect(erased).toHaveLength(gone.length)
  const found = await subsOf(audit)
  expect(found).toContain('person-1199')
  await audit.close()
  const bytes = readFileSync(path, 'latin1')
  expect(erased.filter((salt) => bytes.includes(salt))).toEqual([])
  expect(bytes).not.toContain('person-1199')
})

test('an event and what its commitments are of stand together or not at all, and so do an erasure and its event', async () => {
  await (await open()).close()
  const random = createRandom()
  const event = {
    ...intentOf('a', { sub: 's' }),
    v: 1,
    id: 'evt_1',
    at: iso(nowMs),
    mono: '1',
    boot: 'b',
    n: 1,
  } as const
  const row = rowOf(event as RecordedEvent, canonicalize(event), nowMs)
  const of = person('s')
  const salt = random.bytes(32)
  const commitment = commit(salt, 'sub', '"s"')
  const note = {
    ...{ bucket: latin1(bucketOf(of)), who: latin1(whoOf(salt, of)), salt: latin1(salt), day: 1 },
    values: [[latin1(commitment), latin1(sealValue(sealKeyOf(salt), commitment, '"s"'))]] as const,
  }
  const table = openEventTable(
    { path, migrations: MIGRATIONS, key: keyBeside(path), cloakedBoot: 'b' },
    { expected: null, onProgress: () => {}, unkept: [] },
  )
  // A row that no table takes, in the same commit.
  const broken = [null, ...row.slice(1)] as unknown as typeof row
  const noted = notedRow(row, note)
  const erasing = doingRow(row, { do: 'erase', salts: [{ bucket: note.bucket, salt: note.salt }] })
  const { seq } = table.head()
  expect(() => table.append([noted, broken])).toThrow()
  expect([count('event'), count('person'), count('personal_value')]).toEqual([seq, 0, 0])
  table.append([noted])
  expect([count('event'), count('person'), count('personal_value')]).toEqual([seq + 1, 1, 1])
  expect(() => table.append([erasing, broken])).toThrow()
  expect([salts().filter(isBlank).length, count('personal_value')]).toEqual([0, 1])
  table.append([erasing])
  expect([salts().filter(isBlank).length, count('personal_value')]).toEqual([1, 0])
  table.close()
})

test('what a kill left in the write-ahead log after an erasure is gone when the log is opened again', async () => {
  const audit = await open()
  await audit.append(intentOf('a', { sub: 'jane' }))
  const [salt = Buffer.alloc(0)] = salts()
  // Somebody who looks at an older moment of the file holds up the write-ahead log.
  const reader = new Database(path, { readonly: true })
  reader.exec('BEGIN')
  reader.prepare('SELECT count(*) FROM person').get()
  expect(await erase(audit, 'jane')).toMatchObject({ wiped: false })
  expect(readFileSync(`${path}-wal`, 'latin1').includes(latin1(salt))).toBe(true)
  reader.exec('COMMIT')
  reader.close()
  expect(await audit.personal.wipe()).toBe(true)
  for (const file of [path, `${path}-wal`])
    expect(readFileSync(file, 'latin1').includes(latin1(salt))).toBe(false)
  await audit.close()
})

test('what comes between the look and the erasure is seen: an intent of that person, and of nobody else', async () => {
  const audit = await open()
  await audit.append(intentOf('a', { sub: 'jane' }))
  const mark = audit.personal.mark(person('jane'))
  await audit.append(intentOf('b', { sub: 'john' }))
  expect(audit.personal.mark(person('jane'))).toBe(mark)
  await audit.append(intentOf('c', { sub: 'jane' }))
  expect(await audit.personal.erase(person('jane'), record, mark)).toBeNull()
  expect(await subsOf(audit)).toEqual(['jane', 'john', 'jane'])
  // What is on its way when it is erased is erased with it.
  const late = audit.append(intentOf('d', { sub: 'jane' }))
  const done = erase(audit, 'jane')
  await Promise.all([late, done])
  expect(await audit.last('log.erased')).toMatchObject({ event: { values: (await done)?.values } })
  await audit.append(intentOf('e', { sub: 'jane' }))
  const subs = await subsOf(audit)
  expect(subs[0]).toBe('jane')
  expect(subs.slice(1).filter((sub) => sub === 'jane')).toEqual([])
  await audit.close()
})

test('on later, what was written before stays in clear; off later, commitments are read and erased as before', async () => {
  const off = await open(null)
  await vend(off, 'a', { sub: 'jane' })
  expect([count('person'), count('personal_boot')]).toEqual([0, 0])
  await off.close()
  const on = await open()
  await vend(on, 'b', { sub: 'jane' })
  const of = { kind: 'subject', issuer: 'ci', url: 'https://ci', sub: 'jane' } as const
  // Both sessions are hers, whichever way they were written.
  expect((await on.liveSessions({ of, nowMs, before: null })).sessions).toHaveLength(2)
  await on.close()
  const later = await open(null)
  await vend(later, 'c', { sub: 'jane' })
  expect(await subsOf(later)).toEqual(['jane', 'jane', 'jane'])
  expect(await erase(later, 'jane')).toMatchObject({ values: expect.any(Number), wiped: true })
  expect((await subsOf(later)).filter((sub) => sub === 'jane')).toHaveLength(2)
  expect(await erase(later, 'jane')).toMatchObject({ values: 0 })
  await later.close()
})

test('a claim that looks like somebody’s commitment is never read as that person’s text', async () => {
  const audit = await open()
  await audit.append(intentOf('a', { sub: 'jane', claims: [{ path: ['email'], value: 'jane@example.org' }] }))
  const { rows } = await audit.exportPage({ after: 0, limit: 9, fromMs: null, toMs: null })
  const hers = rows.flatMap(({ event }) => (event?.type === 'assume.intent' ? event.subject.claims : []))[0]
    ?.value
  expect(hers).toMatch(/^personal:sha256:/)
  const copied = [{ path: ['ref'], value: String(hers) }]
  await audit.append(intentOf('b', { sub: 'mallory', claims: copied }))
  await audit.close()
  // Nor where it was written in clear.
  const off = await open(null)
  await off.append(intentOf('c', { sub: 'mallory', claims: copied }))
  const read = (await off.page({ types: ['assume.intent'], limit: 9 })).events.map(({ event }) =>
    event.type === 'assume.intent' ? event.subject.claims : [],
  )
  expect(read).toEqual([copied, copied, [{ path: ['email'], value: 'jane@example.org' }]])
  await off.close()
})

test('use counted anew from the log is what was counted as it happened, by pseudonyms and by networks', async () => {
  const audit = await open()
  for (const [name, sub] of [
    ['a', 'jane'],
    ['b', 'jane'],
    ['c', 'john'],
  ] as const)
    await vend(audit, name, { sub })
  const subjects = await audit.usage.subjects('m-a', 9)
  expect(subjects).toMatchObject([{ sub: 'jane', firstNetwork: '203.0.113.0/24' }])
  await audit.close()
  const tables = () =>
    reading((connection) =>
      ['subject', 'network', 'day'].map((name) => connection.prepare(`SELECT * FROM usage_${name}`).all()),
    )
  const counted = tables()
  expect(JSON.stringify(counted)).not.toContain('jane')
  reading(recountUsage)
  expect(tables()).toEqual(counted)
})

test('retention takes what no event names any more, and leaves what a held one does', async () => {
  const audit = await open()
  await vend(audit, 'old', { sub: 'jane' })
  await audit.append({ ...intentOf('held', { sub: 'john' }), storeTokenExpires: iso(nowMs + 90 * DAY) })
  nowMs += 3 * DAY
  await vend(audit, 'later', { sub: 'joan' })
  nowMs += 10 * DAY
  await vend(audit, 'young', { sub: 'jim' })
  const timers = { after: () => () => {} }
  const deliveredUpTo = () => Number.POSITIVE_INFINITY
  await createRetention(
    { audit, clock, timers, breathe, deliveredUpTo, undisturbed: createTurns(), log: silent },
    7,
  ).run()
  expect(await subsOf(audit)).toEqual(['jim', 'john'])
  expect(await erase(audit, 'jane')).toMatchObject({ values: 0 })
  expect(salts().filter(isBlank)).toHaveLength(1)
  // A day in between, for a clock that is set back: hers goes with the next look at younger events.
  expect(await erase(audit, 'joan')).not.toMatchObject({ values: 0 })
  await audit.close()
})

const aSalt = fc.uint8Array({ minLength: 32, maxLength: 32 })
const aText = fc.string({ unit: 'grapheme' })

test('property: with another salt, another member or another text the commitment is another, and nothing else opens it', () => {
  fc.assert(
    fc.property(aSalt, aSalt, aText, aText, (salt, other, text, otherText) => {
      const json = JSON.stringify(text)
      const commitment = commit(salt, 'sub', json)
      const sealed = sealValue(sealKeyOf(salt), commitment, json)
      expect(commit(salt, 'sub', json).equals(commitment)).toBe(true)
      expect(commit(salt, 'address', json).equals(commitment)).toBe(false)
      expect(openValue(sealKeyOf(salt), commitment, sealed)).toBe(json)
      if (otherText !== text)
        expect(commit(salt, 'sub', JSON.stringify(otherText)).equals(commitment)).toBe(false)
      if (Buffer.compare(salt, other) === 0) return
      expect(commit(other, 'sub', json).equals(commitment)).toBe(false)
      expect(openValue(sealKeyOf(other), commitment, sealed)).toBeNull()
      expect(openValue(sealKeyOf(Buffer.alloc(32)), commitment, sealed)).toBeNull()
    }),
  )
})
