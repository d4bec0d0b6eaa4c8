import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EventTable, openEventTable } from '../../apps/vendor/src/audit/event-table.ts'
import { rowOf } from '../../apps/vendor/src/audit/row.ts'
import { recountUsage } from '../../apps/vendor/src/audit/usage/counter.ts'
import { createUsageReader } from '../../apps/vendor/src/audit/usage/reader.ts'
import type { AuditEvent } from '../../apps/vendor/src/domain/audit-event.ts'
import { canonicalize } from '../../apps/vendor/src/domain/canonical.ts'
import { openForReading } from '../../apps/vendor/src/storage/sqlite/open.ts'
import { anIntent, anIssued } from '../support/audit-events.ts'
import { keyBeside } from '../support/log-key.ts'
import { eventsOf, exchanges, mappingName, subOf, type Timed } from '../support/usage-history.ts'

const MIGRATIONS = fileURLToPath(new URL('../../migrations/sqlite/audit', import.meta.url))
const START = Date.parse('2026-05-20T10:00:00Z')
const DAY_MS = 86_400_000
const ALWAYS = { fromMs: 0, toMs: START + 2000 * DAY_MS }
const TABLES = [
  'cursor',
  'mapping',
  'day',
  'refusal',
  'mapping_refusal',
  'quarter',
  'subject',
  'network',
  'lifetime',
]

let folder: string
let files = 0
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stint-usage-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const newFile = () => join(folder, `${++files}.db`)

function open(path: string, onProgress: (done: number, of: number) => void = () => {}): EventTable {
  return openEventTable(
    { path, migrations: MIGRATIONS, key: keyBeside(path) },
    { expected: null, onProgress, unkept: [] },
  )
}

let count = 0
function write(table: EventTable, events: readonly Timed[]): void {
  table.append(
    events.map(({ event, atMs }) => {
      const recorded = {
        ...{ ...event, v: 1 as const, id: `evt_${++count}` as const, at: new Date(atMs).toISOString() },
        ...{ mono: '0', boot: 'b', n: count },
      }
      return rowOf(recorded, canonicalize(recorded), atMs)
    }),
  )
}

function dump(path: string) {
  const connection = new Database(path, { readonly: true })
  try {
    return TABLES.map((table) => connection.prepare(`SELECT * FROM usage_${table}`).all())
  } finally {
    connection.close()
  }
}

function recounted(path: string) {
  const connection = new Database(path)
  try {
    recountUsage(connection)
  } finally {
    connection.close()
  }
  return dump(path)
}

async function reading<T>(path: string, read: (usage: ReturnType<typeof createUsageReader>) => Promise<T>) {
  const connection = openForReading(path)
  try {
    return await read(createUsageReader({ path, connection, count: async () => {} }))
  } finally {
    connection.close()
  }
}

test('cut anywhere and counted in any portions, the rollups are those of a count from the first event', () => {
  fc.assert(
    fc.property(
      exchanges,
      fc.array(fc.constantFrom('write', 'count', 'kill'), { maxLength: 30 }),
      (history, steps) => {
        const path = newFile()
        const events = [...eventsOf(history, START)]
        let table = open(path)
        for (const step of [...steps, 'write' as const]) {
          if (step === 'count') table.count('now')
          if (step === 'write') write(table, events.splice(0, 1 + (events.length % 7)))
          if (step === 'kill') {
            // What is in memory goes with the process; the file is as it was.
            table.close()
            table = open(path)
          }
        }
        write(table, events)
        table.count('now')
        table.close()
        const incremental = dump(path)
        expect(incremental).toEqual(recounted(path))
      },
    ),
    { numRuns: 25, seed: 7 },
  )
})

test('what is read of a period is what the events of its days say', async () => {
  await fc.assert(
    fc.asyncProperty(exchanges, fc.nat(400), fc.nat(400), async (history, from, days) => {
      const path = newFile()
      const events = eventsOf(history, START)
      const table = open(path)
      write(table, events)
      table.count('now')
      table.close()
      const first = Math.floor(START / DAY_MS) + from
      const period = { fromMs: first * DAY_MS + 5, toMs: (first + days) * DAY_MS + 7 }
      const isIn = ({ atMs }: { readonly atMs: number }) =>
        Math.floor(atMs / DAY_MS) >= first && Math.floor(atMs / DAY_MS) <= first + days
      const population = await reading(path, (usage) => usage.population(period))
      for (const at of [0, 1, 2, 3, 4]) {
        const mapping = mappingName(at)
        const mine = decisionsOf(events, mapping)
        const found = population.get(mapping)
        expect(found !== undefined).toBe(mine.length > 0)
        if (found === undefined) continue
        const inPeriod = mine.filter((one) => isIn(one))
        const given = inPeriod.filter(({ type }) => type === 'assume.issued' || type === 'assume.redelivered')
        const of = (type: string) => inPeriod.filter((one) => one.type === type).length
        expect(found.counts).toEqual({
          issued: of('assume.issued'),
          redelivered: of('assume.redelivered'),
          refused: of('assume.refused'),
          withheld: of('assume.withheld'),
          upstreamFailed: of('assume.upstream_failed'),
        })
        const times = given.map(({ atMs }) => atMs)
        const used = { firstMs: Math.min(...times), lastMs: Math.max(...times) }
        expect(found.used).toEqual(times.length === 0 ? null : used)
        // Never fewer than there were; exactly those where nothing was seen outside.
        const subs = new Set(given.map(({ sub }) => sub)).size
        expect(found.subjects.more).toBe(false)
        expect(found.subjects.count).toBeGreaterThanOrEqual(subs)
        expect(found).toEqual(await reading(path, (usage) => usage.usage(mapping, period)))
        const series = await reading(path, (usage) =>
          usage.series({ kind: 'mapping', name: mapping }, period, 'week'),
        )
        expect(series.reduce((sum, { counts }) => sum + counts.issued, 0)).toBe(of('assume.issued'))
        const refusals = series.flatMap((one) => Object.entries(one.refusals))
        expect(refusals.reduce((sum, [, times]) => sum + times, 0)).toBe(of('assume.refused'))
      }
      const refusals = await reading(path, (usage) => usage.refusals(period, 'month'))
      const refused = events.filter((one) => isIn(one) && one.event.type === 'assume.refused')
      expect(refusals.reduce((sum, { count: times }) => sum + times, 0)).toBe(refused.length)
    }),
    { numRuns: 15, seed: 8 },
  )
})

type Ended = { readonly type: AuditEvent['type']; readonly atMs: number; readonly sub: string }

/** The naive way: every event of a mapping, outcomes by their intents. */
function decisionsOf(events: readonly Timed[], mapping: string): readonly Ended[] {
  const names = new Map<string, { readonly mine: boolean; readonly sub: string }>()
  return events.flatMap(({ event, atMs }): readonly Ended[] => {
    if (!('assumption' in event) || event.assumption === null) return []
    if ('decision' in event) {
      const mine = event.decision?.mappings.some(({ name }) => name === mapping) === true
      const sub = event.subject?.sub ?? ''
      if (event.type === 'assume.intent') names.set(event.assumption, { mine, sub })
      return mine && event.type !== 'assume.intent' ? [{ type: event.type, atMs, sub }] : []
    }
    const found = names.get(event.assumption)
    return found?.mine === true ? [{ type: event.type, atMs, sub: found.sub }] : []
  })
}

test('tells a thousand subjects of a quarter apart, and says when there were more', async () => {
  const path = newFile()
  const table = open(path)
  const vend = (at: number, atMs: number): Timed[] => {
    const intent = anIntent(`${at}`)
    const of = { ...intent.decision, mappings: [{ name: 'app', version: 1 }] }
    const source = { ...intent.source, ip: `10.${at >> 8}.${at & 255}.1` }
    const subject = { ...intent.subject, sub: `job-${at}` }
    return [
      { event: { ...intent, subject, source, decision: of }, atMs },
      { event: anIssued(`${at}`), atMs },
    ]
  }
  const [may, july] = [START, START + 60 * DAY_MS]
  write(table, Array.from({ length: 1_001 }, (_, at) => vend(at, may + at)).flat())
  write(
    table,
    [0, 1, 2].flatMap((at) => vend(at, july + at)),
  )
  table.count('now')
  table.close()
  const [second, third] = [
    { fromMs: Date.parse('2026-04-01'), toMs: Date.parse('2026-06-30') },
    { fromMs: Date.parse('2026-07-01'), toMs: Date.parse('2026-09-30') },
  ]
  const told = (period: typeof second) => reading(path, (usage) => usage.usage('app', period))
  expect(await told(second)).toMatchObject({
    subjects: { count: 1000, more: true },
    networks: { count: 1000, more: true },
  })
  expect(await told(third)).toMatchObject({
    subjects: { count: 3, more: false },
    networks: { count: 3, more: false },
    given: { count: 3, p95Seconds: 900, mostSeconds: 900 },
    asked: { count: 0, p95Seconds: null },
  })
  const subjects = await reading(path, (usage) => usage.subjects('app', 2))
  expect(subjects).toEqual([
    { issuer: 'ci', sub: 'job-2', firstMs: may + 2, lastMs: july + 2, count: 2, firstNetwork: '10.0.2.0/24' },
    { issuer: 'ci', sub: 'job-1', firstMs: may + 1, lastMs: july + 1, count: 2, firstNetwork: '10.0.1.0/24' },
  ])
  expect(dump(path)).toEqual(recounted(path))
})

test('finds networks that are new to a mapping, and subjects that were given several roles', async () => {
  const path = newFile()
  const table = open(path)
  const given = (
    at: number,
    atMs: number,
    more: { ip: string; mapping: string; role: string; sub: string },
  ): Timed[] => {
    const intent = anIntent(`n${at}`)
    const decision = {
      ...{ ...intent.decision, mappings: [{ name: more.mapping, version: 1 }] },
      role: { name: more.role, version: 1 },
    }
    const subject = { ...intent.subject, sub: more.sub }
    return [
      { event: { ...intent, subject, decision, source: { ...intent.source, ip: more.ip } }, atMs },
      { event: anIssued(`n${at}`), atMs },
    ]
  }
  const app = { ip: '192.0.2.1', mapping: 'app', role: 'reader', sub: 'a' }
  const later = START + 90 * DAY_MS
  write(table, given(1, START, app))
  write(table, given(2, later, app))
  write(table, given(3, later + 1, { ...app, ip: '198.51.100.9', sub: 'b' }))
  write(table, given(4, later + 2, { ...app, mapping: 'fresh', role: 'writer', sub: 'a' }))
  table.count('now')
  table.close()
  const networks = await reading(path, (usage) => usage.newNetworks(later - DAY_MS, 10))
  // `fresh` was not in use before, so that nothing of it is new.
  expect(networks).toEqual([
    {
      ...{ mapping: 'app', network: '198.51.100.0/24', firstMs: later + 1, lastMs: later + 1, count: 1 },
      firstSubject: { issuer: 'ci', sub: 'b' },
    },
  ])
  const shared = await reading(path, (usage) => usage.sharedSubjects(later - DAY_MS, 10))
  expect(shared).toEqual([
    {
      ...{ issuer: 'ci', sub: 'a', lastMs: later + 2 },
      mappings: [
        { mapping: 'app', role: 'reader', lastMs: later },
        { mapping: 'fresh', role: 'writer', lastMs: later + 2 },
      ],
    },
  ])
  expect(await reading(path, (usage) => usage.lastUsed())).toEqual(
    new Map([
      ['app', { firstMs: START, lastMs: later + 1 }],
      ['fresh', { firstMs: later + 2, lastMs: later + 2 }],
    ]),
  )
})

test('a log of before there were rollups is counted when it is opened, and says how far it is', () => {
  const path = newFile()
  const table = open(path)
  const vends = Array.from({ length: 5_000 }, (_, at) => [
    { event: anIntent(`${at % 50}`), atMs: START + at },
    { event: anIssued(`${at % 50}`), atMs: START + at },
  ])
  write(table, vends.flat())
  table.count('now')
  table.close()
  const whole = dump(path)
  const before = new Database(path)
  for (const name of TABLES.filter((one) => one !== 'cursor')) before.exec(`DELETE FROM usage_${name}`)
  before.exec('UPDATE usage_cursor SET seq = 0')
  before.close()
  const progress: [number, number][] = []
  open(path, (done, of) => progress.push([done, of])).close()
  expect(dump(path)).toEqual(whole)
  expect(progress).toEqual([
    [8192, 10_000],
    [10_000, 10_000],
  ])
})

test('roles that a caller invents are told apart up to a thousand a day', async () => {
  const path = newFile()
  const table = open(path)
  const blank = anIntent('x')
  const asked = (at: number): Timed => ({
    event: {
      ...({ type: 'assume.refused', code: 'no_mapping', request: blank.request, door: 'token' } as const),
      ...{ assumption: blank.assumption, subject: blank.subject, source: blank.source },
      ...{ claimed: null, claimedSessionName: null },
      decision: {
        ...{ ...blank.decision, outcome: 'refused' as const, role: null, target: null, mappings: [] },
        roleAsked: `arn:aws:iam::123456789012:role/r-${at}`,
      },
    },
    atMs: START,
  })
  write(
    table,
    Array.from({ length: 1_200 }, (_, at) => asked(at)),
  )
  table.count('now')
  table.close()
  const refusals = await reading(path, (usage) => usage.refusals(ALWAYS, 'day'))
  expect(refusals).toHaveLength(1_001)
  expect(refusals[0]).toMatchObject({
    from: '2026-05-20',
    code: 'no_mapping',
    issuer: 'ci',
    role: null,
    count: 200,
  })
  expect(dump(path)).toEqual(recounted(path))
})

test('a sub with a line end in it is one subject', async () => {
  const path = newFile()
  const table = open(path)
  const end = { mappings: [1], ip: 0, end: 'issued', again: false, asked: null, afterMs: 0, slow: 0 } as const
  write(
    table,
    eventsOf(
      [
        { ...end, sub: 1 },
        { ...end, sub: 2 },
      ],
      START,
    ),
  )
  table.count('now')
  table.close()
  const subjects = await reading(path, (usage) => usage.subjects(mappingName(1), 10))
  expect(subjects.map(({ sub }) => sub)).toEqual([subOf(1), subOf(2)])
})
