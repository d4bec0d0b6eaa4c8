import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import type { AccessBook } from '../../apps/vendor/src/access/access-book.ts'
import { createAccessBook } from '../../apps/vendor/src/access/access-book.ts'
import { createAccessReading } from '../../apps/vendor/src/access/access-reading.ts'
import type { AccessEntry } from '../../apps/vendor/src/domain/access/access-entry.ts'
import { VendorError } from '../../apps/vendor/src/errors.ts'
import { type Connection, openDatabase } from '../../apps/vendor/src/storage/sqlite/open.ts'

const MIGRATIONS = join(import.meta.dirname, '../../migrations/sqlite/access')
const NOW = Date.parse('2026-11-25T12:00:00.000Z')
const DAY = 86_400_000
const SUB = 'asm_01a2143b-7f09-7f5b-9056-d32aefd94c83'

const folders: string[] = []
let connection: Connection
let book: AccessBook
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stint-access-'))
  folders.push(folder)
  connection = openDatabase(join(folder, 'access.db'), MIGRATIONS)
  book = createAccessBook(connection)
})
afterEach(() => connection.close())
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

let ids = 0
function entry(more: Partial<AccessEntry> = {}, key = 'KEY'): AccessEntry {
  ids += 1
  return {
    id: `id-${ids}`,
    atMs: NOW,
    api: 'GetObject',
    bucket: 'artifacts',
    objects: ['acme/app/x'],
    copiedFrom: null,
    status: 200,
    session: {
      accessKeyId: key,
      sub: SUB,
      roleArn: 'arn:role',
      issuer: null,
      parent: 'P',
      expiresMs: NOW + DAY,
    },
    given: false,
    source: '192.0.2.1',
    ...more,
  }
}
const take = (...entries: AccessEntry[]) => book.take('store', entries, NOW)
const query = {
  target: null,
  bucket: 'artifacts',
  key: null,
  sinceMs: null,
  cursor: null,
  limit: 500,
} as const
const accesses = (more: Partial<Parameters<ReturnType<typeof createAccessReading>['accesses']>[0]> = {}) =>
  createAccessReading(connection).accesses({ ...query, ...more }).accesses
const rows = (sql: string) => connection.prepare<[], Record<string, unknown>>(sql).all()

test('a request that is posted twice counts once', () => {
  const once = entry()
  expect(take(once, once)).toMatchObject({ accepted: 1, duplicates: 1 })
  expect(take(once)).toMatchObject({ accepted: 0, duplicates: 1, newestMs: null, sessions: [] })
  expect(accesses()).toMatchObject([{ allowed: 1 }])
  // Another store may use the same ids.
  expect(book.take('other', [once], NOW)).toMatchObject({ accepted: 1 })
})

test('whatever the order and the posts in which entries come, the same stands there', () => {
  const entries = Array.from({ length: 12 }, (_, index) =>
    entry({
      atMs: NOW - index * 1_000,
      objects: [`acme/app/${index % 3}`],
      status: index % 4 === 0 ? 403 : 200,
      given: index === 11,
      api: index === 11 ? 'AssumeRoleSSOCommon' : 'GetObject',
    }),
  )
  const stands = () => [
    rows('SELECT object, allowed, refused, first_ms, last_ms FROM object_access ORDER BY object'),
    rows('SELECT sub, first_ms, last_ms, used_ms, uses, source FROM session'),
    rows('SELECT since_ms, until_ms, entries FROM told'),
  ]
  take(...entries)
  const wanted = stands()
  fc.assert(
    fc.property(
      fc.shuffledSubarray(entries, { minLength: 12 }),
      fc.integer({ min: 1, max: 12 }),
      (order, size) => {
        for (const table of ['session', 'object_access', 'seen_request', 'told'])
          connection.exec(`DELETE FROM ${table}`)
        for (let at = 0; at < order.length; at += size)
          take(...order.slice(at, at + size), ...order.slice(0, at))
        expect(stands()).toEqual(wanted)
      },
    ),
    { numRuns: 60, seed: 7 },
  )
})

test('a birth, and a session that ends others, are no use', () => {
  const { sessions } = take(
    entry({ given: true, api: 'AssumeRoleSSOCommon', bucket: '', objects: [] }),
    entry({ api: 'RevokeTokens', bucket: '', objects: [] }, 'ENDER'),
  )
  expect(sessions.map(({ accessKeyId, usedMs, uses }) => [accessKeyId, usedMs, uses])).toEqual([
    ['KEY', null, 0],
    ['ENDER', null, 0],
  ])
})

test('of a time that no request of now has: counted apart, and nothing else', () => {
  const strange = [entry({ atMs: NOW + DAY }), entry({ atMs: NOW - 30 * DAY })]
  expect(take(...strange)).toMatchObject({ accepted: 0, strange: 2 })
  expect(createAccessReading(connection).told('store')).toBeNull()
})

test('a session that touches too much is known by folder, and still found by the key', () => {
  const many = Array.from({ length: 1_100 }, (_, index) =>
    entry({ objects: [`big/${index % 250}/${index}`] }),
  )
  take(...many)
  const known = accesses({ key: 'big/0/0' }).map(({ exact, object }) => [exact, object])
  expect(known.toSorted()).toEqual([
    [false, 'big/0/'],
    [true, 'big/0/0'],
  ])
  const folded = accesses({ key: 'big/5/1005' })
  expect(folded).toMatchObject([{ exact: false, object: 'big/5/', allowed: 1 }])
  expect(accesses({ key: 'elsewhere' })).toEqual([])
  const total = rows('SELECT sum(allowed) AS n FROM object_access')
  expect(total).toEqual([{ n: 1_100 }])
  take(...Array.from({ length: 300 }, (_, index) => entry({ objects: [`wide/${index}/x`] })))
  expect(rows('SELECT count(*) AS n FROM object_access WHERE exact = 0')).toEqual([{ n: 201 }])
})

test('pages of accesses are whole and never twice, newest first', () => {
  take(
    ...Array.from({ length: 25 }, (_, index) => entry({ atMs: NOW - (index % 5), objects: [`o/${index}`] })),
  )
  const reading = createAccessReading(connection)
  const seen: string[] = []
  for (let cursor: string | null = null; ; ) {
    const page = reading.accesses({ ...query, cursor, limit: 7 })
    seen.push(...page.accesses.map(({ object }) => object))
    cursor = page.next
    if (cursor === null) break
  }
  expect([seen.length, new Set(seen).size]).toEqual([25, 25])
  const refused = () => reading.accesses({ ...query, cursor: 'nonsense' })
  expect(refused).toThrow(VendorError)
})

test('what was done counts under role, mapping and granted place, once, however often it is asked', () => {
  const { sessions } = take(
    entry(),
    entry({ status: 403, api: 'DeleteObject' }),
    entry({ objects: ['else/x'] }),
  )
  const id = sessions[0]?.id ?? 0
  const places = ['arn:aws:s3:::artifacts/{{prefix}}/app/*', 'arn:aws:s3:::logs/*']
  const mark = { id, label: { role: 'r', mappings: ['m', 'n'] }, places, ghost: null }
  book.mark([mark])
  book.mark([mark])
  take(entry())
  book.mark([mark])
  const reading = createAccessReading(connection)
  const use = (action: string, place: string | null, allowed: number, refused = 0) => ({
    action,
    place,
    allowed,
    refused,
    lastMs: NOW,
  })
  for (const of of [
    { kind: 'role', name: 'r' },
    { kind: 'mapping', name: 'm' },
  ] as const)
    expect(reading.uses(of, NOW - DAY)).toEqual({
      sessions: 1,
      uses: [
        use('s3:DeleteObject', places[0] ?? '', 0, 1),
        use('s3:GetObject', null, 1),
        use('s3:GetObject', places[0] ?? '', 2),
      ],
    })
  expect(reading.uses({ kind: 'role', name: 'r' }, NOW + 2 * DAY)).toEqual({ sessions: 0, uses: [] })
})

test('how long after its birth a session is last used, by mapping', () => {
  const born = entry({ given: true, api: 'AssumeRoleSSOCommon', atMs: NOW - 100_000 })
  const { sessions } = take(born, entry({ atMs: NOW - 40_000 }))
  book.mark([{ id: sessions[0]?.id ?? 0, label: { role: 'r', mappings: ['m'] }, places: [], ghost: null }])
  const used = (nowMs: number) => createAccessReading(connection).usedSeconds(NOW - DAY, nowMs)
  expect(used(NOW + DAY).get('m')).toEqual({ sessions: 1, p50: 60, p95: 60 })
  // It lives: nobody knows when it will be used last.
  expect(used(NOW)).toEqual(new Map())
})

test('what is old goes, with all that hangs on it; what was used of a role stays', () => {
  const { sessions } = take(entry())
  book.mark([{ id: sessions[0]?.id ?? 0, label: { role: 'r', mappings: [] }, places: [], ghost: null }])
  book.purge({ store: 10 }, NOW + 9 * DAY)
  expect(accesses()).toHaveLength(1)
  book.purge({ store: 10 }, NOW + 11 * DAY)
  expect([accesses(), rows('SELECT * FROM session'), rows('SELECT * FROM seen_request')]).toEqual([
    [],
    [],
    [],
  ])
  expect(createAccessReading(connection).uses({ kind: 'role', name: 'r' }, NOW).sessions).toBe(1)
})

test('a session that nobody looked at is found again by the next process', () => {
  const { sessions } = take(entry(), entry({}, 'OTHER'))
  const [first, second] = sessions.map(({ id }) => id)
  book.mark([{ id: first ?? 0, label: { role: 'r', mappings: [] }, places: [], ghost: null }])
  const unjudged = (nowMs: number) =>
    createAccessReading(connection)
      .unjudged(nowMs)
      .map(({ id }) => id)
  expect(unjudged(NOW).toSorted()).toEqual([first, second].toSorted())
  expect(unjudged(NOW + DAY / 2)).toEqual([second])
  // One by which a store was asked about a key: it was ours, did nothing, and no event names it.
  const born = entry({ given: true, api: 'AssumeRoleSSOCommon' }, 'CANARY')
  const [canary] = take(born).sessions
  expect(unjudged(NOW)).toContain(canary?.id)
  book.mark([{ id: canary?.id ?? 0, label: { role: null, mappings: [] }, places: [], ghost: null }])
  expect(unjudged(NOW)).not.toContain(canary?.id)
})
