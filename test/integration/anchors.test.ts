import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeleteObjectCommand, HeadObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCheckpoint } from '../../apps/vendor/src/audit/tree/log-key.ts'
import { VendorError } from '../../apps/vendor/src/errors.ts'
import { sha256Hex } from '../../apps/vendor/src/runtime.ts'
import { verifyReceipt } from '../../packages/sts-client/src/receipt.ts'
import { anchorBucket } from '../support/anchor-bucket.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { startMinio } from '../support/minio.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let folder: string
beforeAll(async () => {
  store = await startFakeSts()
  folder = mkdtempSync(join(tmpdir(), 'stint-anchors-'))
})
afterAll(async () => {
  await store.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** With its modes: a key file that others can read stops a start. */
const copy = (from: string, to: string) => execFileSync('cp', ['-a', from, to])

let made = 0
const anchorFile = () => join(folder, `anchor-${++made}.jsonl`)
const anchored = (file: string): readonly { size: number; note: string }[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

async function started(env: Record<string, string>, child = false): Promise<ChildVendor> {
  // Probes would write events of their own into a log that is counted here.
  const vendor = await startVendor({ child, env: { STINT_PROBES: 'off', ...env } })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  return vendor
}
const vend = async (vendor: ChildVendor) => {
  const answer = await vendor.exchange(vendor.token())
  expect(answer.status).toBe(200)
  return String(answer.body['receipt'])
}
const keysOf = async (vendor: ChildVendor) =>
  (await (await fetch(`${vendor.url}/log/keys`)).text()).trim().split('\n')
const audit = (vendor: ChildVendor) => join(vendor.dataFolder, 'audit.db')
const restart = (vendor: ChildVendor, args: readonly string[] = []) =>
  vendor.restart(args).then(
    () => 'started',
    (error: unknown) =>
      error instanceof VendorError ? `${error.message} ${JSON.stringify(error.facts)}` : String(error),
  )

test('what is anchored is signed by the log and reaches to its last event; a log that goes on passes', async () => {
  const file = anchorFile()
  await using vendor = await started({ STINT_ANCHORS: `file:${file}` })
  await vend(vendor)
  const [key = ''] = await keysOf(vendor)
  expect(await restart(vendor)).toBe('started')
  const last = anchored(file).at(-1)
  expect(openCheckpoint(last?.note ?? '', key)?.size).toBe(last?.size)
  await vend(vendor)
})

test('refuses to start on a restored backup, and on no log at all; goes on only as another log, by the hash', async () => {
  const file = anchorFile()
  await using vendor = await started({ STINT_ANCHORS: `file:${file}` })
  await restart(vendor)
  await vendor.halt()
  const backup = join(folder, 'backup')
  copy(vendor.dataFolder, backup)
  expect(await restart(vendor)).toBe('started')
  const receipt = await vend(vendor)
  const [oldKey = ''] = await keysOf(vendor)
  await vendor.halt()
  const newest = anchored(file).at(-1) ?? { size: 0, note: '' }

  rmSync(vendor.dataFolder, { recursive: true })
  copy(backup, vendor.dataFolder)
  const refusal = await restart(vendor)
  expect(refusal).toContain('log_rolled_back')
  expect(refusal).toContain('"reason":"ahead"')
  const hash = sha256Hex(newest.note)
  expect(refusal).toContain(hash)
  expect(await restart(vendor, ['--accept-fork', sha256Hex('another')])).toContain('log_rolled_back')

  for (const suffix of ['', '-wal', '-shm']) rmSync(audit(vendor) + suffix, { force: true })
  rmSync(join(vendor.dataFolder, 'keys/log.pem'))
  expect(await restart(vendor)).toContain('"reason":"foreign"')

  rmSync(vendor.dataFolder, { recursive: true })
  copy(backup, vendor.dataFolder)
  expect(await restart(vendor, ['--accept-fork', hash])).toBe('started')
  const [forked] = await vendor.events('type=log.forked')
  // Each that contradicts is named, so that a verifier passes over it where it meets it.
  const accepted = anchored(file)
    .filter(({ size }) => size > (forked?.seq ?? 0) - 1)
    .map(({ size, note }) => ({ anchor: `file:${file}`, size, sha256: sha256Hex(note), reason: 'ahead' }))
    .toReversed()
  expect(accepted.at(0)).toMatchObject({ size: newest.size, sha256: hash })
  expect(forked?.event).toMatchObject({ accepted })
  const keys = await keysOf(vendor)
  expect(keys).toHaveLength(2)
  expect(keys[1]).toMatch(/\/log\/2\+/)
  // What was signed before the fork stays with whoever holds it, and is of the other log by its name.
  await expect(verifyReceipt(receipt, [oldKey])).resolves.toMatchObject({
    checkpoint: { key: { origin: oldKey.split('+')[0] } },
  })
  await expect(verifyReceipt(await vend(vendor), [keys[1] ?? ''])).resolves.toBeDefined()
  expect(await restart(vendor)).toBe('started')
}, 120_000)

test('refuses to start on a log that is no shorter, with another event in it', async () => {
  const file = anchorFile()
  await using vendor = await started({ STINT_ANCHORS: `file:${file}` })
  await restart(vendor)
  await vendor.halt()
  const backup = join(folder, 'same-length')
  copy(vendor.dataFolder, backup)
  // Started and stopped again: events more in each of the two histories, and most in the one that is not anchored.
  const elsewhere = anchorFile()
  for (const [anchor, history] of [
    [file, vendor.dataFolder],
    [elsewhere, backup],
    [elsewhere, backup],
  ] as const) {
    const env = { STINT_ANCHORS: `file:${anchor}`, STINT_LISTEN: '127.0.0.1:0', STINT_PROBES: 'off' }
    const other = await startVendor({ dataFolder: history, env: { ...env, STINT_PUBLIC_URL: vendor.url } })
    await other.stop()
  }
  expect(anchored(elsewhere).at(-1)?.size).toBeGreaterThan(anchored(file).at(-1)?.size ?? 0)
  rmSync(vendor.dataFolder, { recursive: true })
  copy(backup, vendor.dataFolder)
  expect(await restart(vendor)).toContain('"reason":"differs"')
}, 120_000)

test('an anchor that fails blocks nothing: sessions are given, the state and the log say it, and it is caught up', async () => {
  const place = join(folder, 'not-there')
  await using vendor = await started({ STINT_ANCHORS: `file:${place}/anchor.jsonl,log` })
  await vend(vendor)
  const anchorsCheck = async () => {
    // The readiness page's own answer.
    const report = (await (await fetch(`${vendor.url}/readyz`)).json()) as {
      status: string
      checks: { name: string }[]
    }
    return { status: report.status, ...report.checks.find(({ name }) => name === 'anchors') }
  }
  await expect.poll(anchorsCheck).toMatchObject({ status: 'ready', ok: false, detail: 'some_behind' })
  expect(await vendor.events('type=log.anchor_failed')).toHaveLength(1)
  // The process log is an anchor, too: it cannot be read back.
  expect(vendor.logged()).toContain('audit.checkpoint')
  mkdirSync(place)
  await expect.poll(anchorsCheck, { timeout: 25_000 }).toMatchObject({ ok: true, detail: 'none_behind' })
  expect(await vendor.events('type=log.anchored')).toHaveLength(1)
})

test('key rotation: the old key vouches for the new one, and a key that is put in its place is refused', async () => {
  await using vendor = await started({})
  await restart(vendor)
  const [first = ''] = await keysOf(vendor)
  expect(await restart(vendor, ['--new-log-key'])).toBe('started')
  const [, second = ''] = await keysOf(vendor)
  const [rotated] = await vendor.events('type=log.key_rotated')
  expect(rotated?.event).toMatchObject({ vkey: second, replaces: first, handover: true })
  const receipt = await vend(vendor)
  await expect(verifyReceipt(receipt, [second])).resolves.toBeDefined()
  await expect(verifyReceipt(receipt, [first])).rejects.toMatchObject({ code: 'receipt_invalid' })
  expect(await restart(vendor)).toBe('started')
  await vend(vendor)

  await vendor.halt()
  const file = join(vendor.dataFolder, 'keys/log.pem')
  const pem = readFileSync(file)
  rmSync(file)
  expect(await restart(vendor)).toContain('log_key_unusable')
  writeFileSync(file, pem, { mode: 0o644 })
  expect(await restart(vendor)).toContain('data_folder_unsafe')
  rmSync(file)
  expect(await restart(vendor, ['--new-log-key'])).toBe('started')
  const lost = await vendor.events('type=log.key_rotated')
  expect(lost[0]?.event).toMatchObject({ replaces: second, handover: false })
  await vend(vendor)
}, 120_000)

test('a bucket with object lock: the newest is found first, nothing is overlaid or removed, a rollback is refused', async () => {
  await using minio = await startMinio()
  const { s3, env } = await anchorBucket(minio, folder)
  await using vendor = await started(env, true)
  await restart(vendor)
  await vendor.process().stop()
  const backup = join(folder, 'before-bucket')
  copy(vendor.dataFolder, backup)
  expect(await restart(vendor)).toBe('started')
  await vend(vendor)
  await vendor.process().stop()

  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: 'anchors' }))
  expect(Versions.length).toBeGreaterThanOrEqual(3)
  const Key = Versions[0]?.Key ?? ''
  const head = await s3.send(new HeadObjectCommand({ Bucket: 'anchors', Key }))
  expect(head.ObjectLockMode).toBe('COMPLIANCE')
  const remove = new DeleteObjectCommand({ Bucket: 'anchors', Key, VersionId: Versions[0]?.VersionId })
  await expect(s3.send(remove)).rejects.toBeDefined()

  rmSync(vendor.dataFolder, { recursive: true })
  copy(backup, vendor.dataFolder)
  expect(await restart(vendor)).toContain('log_rolled_back')
  // A store that is down refuses no start: the log says so.
  await minio.kill()
  expect(await restart(vendor)).toBe('started')
  await vend(vendor)
  expect(await vendor.events('type=log.anchor_failed')).toHaveLength(1)
  // It comes back, and with it the proof that this is an old log: nothing is given any more.
  await minio.restart()
  await expect.poll(() => vendor.process().exited.then(({ code }) => code), { timeout: 30_000 }).toBe(1)
  expect(vendor.logged()).toContain('log_rolled_back')
  s3.destroy()
}, 180_000)
