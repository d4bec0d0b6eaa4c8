import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { openAccess } from '../../apps/vendor/src/access/open-access.ts'
import { VendorError } from '../../apps/vendor/src/errors.ts'
import type { AccessStore, Taken } from '../../apps/vendor/src/ports/access.ts'

const MIGRATIONS = join(import.meta.dirname, '../../migrations/sqlite/access')
const NOW = Date.parse('2026-11-25T12:00:00.000Z')
const QUERY = { target: 'store', bucket: 'b', key: null, sinceMs: null, cursor: null, limit: 500 }

const folders: string[] = []
let path: string
let access: AccessStore
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const open = () =>
  openAccess({
    path,
    migrations: MIGRATIONS,
    clock: { nowMs: () => NOW, monotonicMs: () => NOW },
    log: quiet,
  })

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stint-access-file-'))
  folders.push(folder)
  path = join(folder, 'access.db')
  access = open()
})
afterEach(() => access.close())
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

/** A post of entries that differ in request, object and session. */
function post(from: number, count: number): Uint8Array<ArrayBuffer> {
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      time: new Date(NOW).toISOString(),
      api: { name: 'GetObject', bucket: 'b', object: `o/${from + index}`, statusCode: 200 },
      requestID: `r-${from + index}`,
      requestClaims: { sub: `s-${from + index}`, parent: 'P' },
      accessKey: `K-${from + index}`,
    }),
  )
  return new Uint8Array(Buffer.from(lines.join('\n')))
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'ok',
    (thrown: unknown) => (thrown instanceof VendorError ? thrown.code : String(thrown)),
  )
}

test('a question makes no file, and neither does a purge', async () => {
  expect(await access.accesses(QUERY)).toEqual({ accesses: [], next: null })
  expect([await access.told('store'), await access.unjudged(NOW)]).toEqual([null, []])
  await access.purge({ store: 1 })
  expect(existsSync(path)).toBe(false)
})

test('in a flood of posts some are refused, none of those that are not is lost, and readers are answered', async () => {
  const posts = Array.from({ length: 400 }, (_, index) => post(index, 1))
  const taken = posts.map((body) => access.take('store', body).catch((thrown: unknown) => thrown))
  const reading = codeOf(access.accesses(QUERY))
  const first = await Promise.all(taken)
  const refused = first.flatMap((one, index) => (one instanceof VendorError ? [index] : []))
  expect(refused.length).toBeGreaterThan(0)
  for (const index of refused) expect(first[index]).toMatchObject({ code: 'overloaded' })
  expect(await reading).toBe('ok')
  // As a store does: all of it again, once there is room.
  const counts = { accepted: 400 - refused.length, duplicates: 0 }
  for (const body of posts) {
    const { accepted, duplicates } = await access.take('store', body)
    counts.accepted += accepted
    counts.duplicates += duplicates
  }
  expect(counts).toEqual({ accepted: 400, duplicates: 400 - refused.length })
  expect((await access.accesses(QUERY)).accesses).toHaveLength(400)
})

test('a disk that is full loses nothing that was taken: what is refused is taken when there is room', async () => {
  await access.take('store', post(0, 10))
  const limit = (bytes: string) =>
    execFileSync('prlimit', [`--fsize=${bytes}:unlimited`, '--pid', String(process.pid)])
  const large = post(10, 5_000)
  limit('262144')
  try {
    expect(await codeOf(access.take('store', large))).toBe('access_unavailable')
  } finally {
    limit('unlimited')
  }
  expect(await access.take('store', large)).toMatchObject({
    accepted: 5_000,
    duplicates: 0,
  } satisfies Partial<Taken>)
  expect(await access.take('store', post(0, 10))).toMatchObject({ accepted: 0, duplicates: 10 })
})

test('a file that is broken is refused by its code, and costs no more than what it holds', async () => {
  await writeFile(path, 'no database at all '.repeat(1_000))
  expect(await codeOf(access.take('store', post(0, 1)))).toBe('access_unavailable')
  expect(await codeOf(access.accesses(QUERY))).toBe('access_unavailable')
  await rm(path)
  expect(await access.take('store', post(0, 1))).toMatchObject({ accepted: 1 })
})

test('what was taken is there for the next process, and a cursor that is none is refused as such', async () => {
  await access.take('store', post(0, 3))
  await access.close()
  expect(await codeOf(access.take('store', post(3, 1)))).toBe('access_unavailable')
  access = open()
  expect((await access.accesses(QUERY)).accesses).toHaveLength(3)
  expect((await access.unjudged(NOW)).map(({ accessKeyId }) => accessKeyId).toSorted()).toEqual([
    'K-0',
    'K-1',
    'K-2',
  ])
  expect(await codeOf(access.accesses({ ...QUERY, cursor: 'nonsense' }))).toBe('parameter_invalid')
  expect(await access.take('store', post(0, 3))).toMatchObject({ accepted: 0, duplicates: 3 })
})
