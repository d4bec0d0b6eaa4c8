import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fileFacts, type Manifest } from '../../apps/vendor/src/backup/manifest.ts'
import { restoreBackup } from '../../apps/vendor/src/backup/restore.ts'
import { takeBackup } from '../../apps/vendor/src/backup/take.ts'
import { sha256Hex } from '../../apps/vendor/src/runtime.ts'
import { fetched, forget, made, make, sealedReview } from '../support/evidence.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { reviewedConfiguration } from '../support/reviews.ts'
import { type ChildVendor, startVendor } from '../support/vendor.ts'
import { until } from '../support/wait.ts'

const DAY_MS = 86_400_000
const KEPT_DAYS = 30
/** An id that no review has. */
const STRANGER = 'rev_00000000-0000-7000-8000-000000000000'

let folder: string
let store: FakeSts
let vendor: ChildVendor
let aheadMs = 0
let review: string
let pack: Buffer

/** A review that was packed before what it counts was pruned: the pack can be made by nobody any more. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stint-pack-backup-'))
  store = await startFakeSts()
  const env = { STINT_RETENTION_DAYS: String(KEPT_DAYS) }
  vendor = await startVendor({ env, wallAheadMs: () => aheadMs })
  expect((await vendor.apply(reviewedConfiguration(vendor, store.endpoint))).body).toMatchObject({
    applied: true,
  })
  for (let at = 0; at < 3; at++) expect((await vendor.exchange(vendor.token())).status).toBe(200)
  review = await sealedReview(vendor)
  pack = await made(vendor, review)
  aheadMs += (KEPT_DAYS + 1) * DAY_MS
  await vendor.restart()
  await until(
    'bodies are gone',
    async () => (await vendor.events('type=assume.issued')).length < 3, // the newest of a type may stay
  )
}, 60_000)
afterAll(async () => {
  await vendor.stop()
  await store.stop()
  rmSync(folder, { recursive: true, force: true })
})

let backups = 0
async function backedUp() {
  const told: string[] = []
  const into = join(folder, `backup-${++backups}`)
  const progress = (line: string) => told.push(line)
  const of = { data: vendor.dataFolder, into, stint: 'a test', uid: null, progress }
  const manifest = await takeBackup({ ...of, now: () => new Date(), sha256: sha256Hex })
  return { into, manifest, told: told.filter((line) => line.includes('left out')) }
}

const restored = (from: string, data: string) =>
  restoreBackup({ from, data, sha256: sha256Hex, progress: () => undefined })
const nameOf = (id: string) => `evidence/${id}.tar`
const packsOf = ({ files }: Manifest) => Object.keys(files).filter((name) => name.startsWith('evidence/'))

/** In the report: between files an archive has fillings, which are of our own making whenever it is read. */
function withByteChanged(path: string): void {
  const bytes = readFileSync(path)
  const at = bytes.indexOf('</html>')
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  writeFileSync(path, bytes)
}

test('the pack of a review whose events were pruned survives the loss of the machine, byte for byte', async () => {
  const { into, manifest, told } = await backedUp()
  expect([packsOf(manifest), told]).toEqual([[nameOf(review)], []])
  await vendor.restart([], async () => {
    rmSync(vendor.dataFolder, { recursive: true })
    await restored(into, vendor.dataFolder)
  })
  expect(statSync(join(vendor.dataFolder, nameOf(review))).mode & 0o777).toBe(0o600)
  expect(Buffer.compare(await fetched(vendor, review), pack)).toBe(0)
  // And it could not have been made again.
  const path = join(vendor.dataFolder, nameOf(review))
  forget(vendor, review)
  expect((await make(vendor, review)).status).toBe(410)
  writeFileSync(path, pack, { mode: 0o600 })
  expect(Buffer.compare(await fetched(vendor, review), pack)).toBe(0)
}, 60_000)

test.each([
  {
    name: 'a pack with a byte changed',
    spoil: (data: string) => withByteChanged(join(data, nameOf(review))),
    left: () => review,
    kept: () => [],
  },
  {
    name: 'a pack that is cut off',
    spoil: (data: string) => writeFileSync(join(data, nameOf(review)), pack.subarray(0, -1024)),
    left: () => review,
    kept: () => [],
  },
  {
    name: 'a pack under the name of a review that the log does not know',
    spoil: (data: string) => writeFileSync(join(data, nameOf(STRANGER)), pack),
    left: () => STRANGER,
    kept: () => [nameOf(review)],
  },
])('a backup tells of $name, leaves it out, and has all the rest', async ({ spoil, left, kept }) => {
  spoil(vendor.dataFolder)
  const { into, manifest, told } = await backedUp()
  rmSync(join(vendor.dataFolder, nameOf(left())))
  writeFileSync(join(vendor.dataFolder, nameOf(review)), pack)
  expect(packsOf(manifest)).toEqual(kept())
  expect(told).toEqual([expect.stringContaining(nameOf(left()))])
  const data = join(folder, `left-out-${backups}`)
  await restored(into, data)
  expect((await readdir(data)).toSorted()).toEqual(
    ['audit.db', 'config.db', 'keys', 'restored.json', ...(kept().length > 0 ? ['evidence'] : [])].toSorted(),
  )
})

test('what a service has half made is none of a backup, and stays where it is', async () => {
  const half = join(vendor.dataFolder, `${nameOf(STRANGER)}.part`)
  writeFileSync(half, 'a beginning')
  const { manifest, told } = await backedUp()
  expect([packsOf(manifest), told]).toEqual([[nameOf(review)], []])
  expect(readFileSync(half, 'utf8')).toBe('a beginning')
  rmSync(half)
})

test('a restore refuses a pack that is another one, even where somebody mended the sums', async () => {
  const { into, manifest } = await backedUp()
  const path = join(into, nameOf(review))
  withByteChanged(path)
  const data = join(folder, 'never')
  await expect(restored(into, data)).rejects.toMatchObject({ code: 'backup_invalid' })
  const files = { ...manifest.files, [nameOf(review)]: await fileFacts(path) }
  writeFileSync(join(into, 'backup.json'), JSON.stringify({ ...manifest, files }))
  await expect(restored(into, data)).rejects.toMatchObject({
    code: 'backup_invalid',
    facts: { reason: expect.stringContaining(nameOf(review)) },
  })
  expect(await readdir(data)).toEqual([])
})

test('a backup of before there were packs in it is restored as ever', async () => {
  const { into, manifest } = await backedUp()
  const { [nameOf(review)]: _pack, ...files } = manifest.files
  const old = join(folder, 'old')
  cpSync(into, old, { recursive: true })
  rmSync(join(old, 'evidence'), { recursive: true })
  writeFileSync(join(old, 'backup.json'), JSON.stringify({ ...manifest, files }))
  const data = join(folder, 'of-old')
  expect(packsOf(await restored(old, data))).toEqual([])
})
