import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { leafOf } from '../../apps/vendor/src/audit/tree/log-tree.ts'
import { sha256 } from '../../apps/vendor/src/audit/tree/sha256.ts'
import { CHAIN_START, chainHash } from '../../apps/vendor/src/domain/audit-chain.ts'
import { VendorError } from '../../apps/vendor/src/errors.ts'
import { sha256Hex } from '../../apps/vendor/src/runtime.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { startMinio } from '../support/minio.ts'
import { addMinioUser } from '../support/minio-user.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'
import { verifyBoth } from '../support/verify-both.ts'

let store: FakeSts
let minio: Awaited<ReturnType<typeof startMinio>>
let s3: S3Client
let folder: string
let bucketEnv: Record<string, string>
beforeAll(async () => {
  ;[store, minio] = await Promise.all([startFakeSts(), startMinio()])
  folder = mkdtempSync(join(tmpdir(), 'stint-attacks-'))
  s3 = new S3Client({
    endpoint: minio.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: minio.root,
  })
  // What docs/LOG.md says that the key of the bucket needs, and no more.
  const Action = [
    's3:PutObject',
    's3:PutObjectRetention',
    's3:GetObject',
    's3:GetObjectVersion',
    's3:ListBucketVersions',
  ]
  const Statement = [
    { Effect: 'Allow', Action: Action.slice(0, 4), Resource: ['arn:aws:s3:::anchors-*/*'] },
    { Effect: 'Allow', Action: Action.slice(4), Resource: ['arn:aws:s3:::anchors-*'] },
  ]
  const policy = { Version: '2012-10-17', Statement }
  const { accessKeyId, secretAccessKey } = await addMinioUser(minio, { name: 'anchors', policy })
  const credentials = join(folder, 'anchor-key.json')
  writeFileSync(credentials, JSON.stringify({ accessKeyId, secretAccessKey }), { mode: 0o400 })
  bucketEnv = { STINT_ANCHOR_S3_CREDENTIALS: credentials, STINT_ANCHOR_S3_LOCK_DAYS: '1' }
})
afterAll(async () => {
  s3.destroy()
  await Promise.all([store.stop(), minio.stop()])
  rmSync(folder, { recursive: true, force: true })
})

let made = 0
beforeEach(() => {
  made += 1
})
const place = (name: string) => join(folder, `${made}-${name}`)
const copy = (from: string, to: string) => execFileSync('cp', ['-a', from, to])
const lines = (file: string) => readFileSync(file, 'utf8').split('\n').slice(0, -1)
const sizeOf = (line: string) => Number((JSON.parse(line) as { size: number }).size)

async function started(env: Record<string, string>): Promise<ChildVendor> {
  const vendor = await startVendor({ env })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  return vendor
}
const vend = async (vendor: ChildVendor) => expect((await vendor.exchange(vendor.token())).status).toBe(200)
const restart = (vendor: ChildVendor, args: readonly string[] = []) =>
  vendor.restart(args).then(
    () => 'started',
    (error: unknown) =>
      error instanceof VendorError ? `${error.message} ${JSON.stringify(error.facts)}` : String(error),
  )
const refusedHash = (refusal: string) => /"sha256":"([0-9a-f]{64})"/.exec(refusal)?.[1] ?? ''

/** Stopped, copied, run on and stopped again: what follows puts the copy back. */
async function withBackup(vendor: ChildVendor): Promise<() => void> {
  await restart(vendor)
  await vendor.halt()
  const backup = place('backup')
  copy(vendor.dataFolder, backup)
  expect(await restart(vendor)).toBe('started')
  await vend(vendor)
  await vendor.halt()
  return () => {
    rmSync(vendor.dataFolder, { recursive: true })
    copy(backup, vendor.dataFolder)
  }
}

const FILE_ATTACKS: readonly { name: string; on: (file: string) => void; code: string }[] = [
  {
    name: 'an old line that is appended again, as chattr +a allows',
    on: (file) => appendFileSync(file, `${lines(file)[0]}\n`),
    code: 'log_rolled_back',
  },
  {
    name: 'old lines that are appended again, more than any tail has',
    on: (file) => appendFileSync(file, `${lines(file)[0]}\n`.repeat(6_000)),
    code: 'log_rolled_back',
  },
  {
    name: 'more junk behind it than any tail has',
    on: (file) => appendFileSync(file, `${'x'.repeat(99)}\n`.repeat(11_000)),
    code: 'log_rolled_back',
  },
  {
    name: 'one line of junk that has no end',
    on: (file) => appendFileSync(file, 'x'.repeat(3_000_000)),
    code: 'log_rolled_back',
  },
  {
    name: 'lines that say a larger size than their note',
    on: (file) => {
      const { note } = JSON.parse(lines(file)[0] ?? '') as { note: string }
      appendFileSync(file, `${JSON.stringify({ note, size: 9e15 })}\n`.repeat(2_000))
    },
    code: 'log_rolled_back',
  },
  {
    name: 'a file that is gone, as a share that is not mounted',
    on: (file) => rmSync(file),
    code: 'anchor_lost',
  },
  { name: 'a file that is empty', on: (file) => writeFileSync(file, ''), code: 'anchor_lost' },
  {
    name: 'a file with nothing in it that is of this log',
    on: (file) => writeFileSync(file, '{"note":"example.com/log\\n9\\n","size":9}\n'),
    code: 'anchor_lost',
  },
]

test(`an older data folder is refused, whatever was done to the anchor's file: ${FILE_ATTACKS.length} ways`, async () => {
  const file = place('anchor.jsonl')
  await using vendor = await started({ STINT_ANCHORS: `file:${file}` })
  const putBack = await withBackup(vendor)
  const whole = place('whole.jsonl')
  copy(file, whole)
  putBack()
  for (const { name, on, code } of FILE_ATTACKS) {
    copy(whole, file)
    on(file)
    expect(`${name}: ${await restart(vendor)}`).toContain(`${name}: ${code}: `)
  }
}, 180_000)

test('an anchor that has nothing any more: the log goes on only by the hash, says so, and holds the next to it again', async () => {
  const file = place('anchor.jsonl')
  await using vendor = await started({ STINT_ANCHORS: `file:${file}` })
  await restart(vendor)
  const first = await vendor.events('type=log.anchored')
  expect(first).toHaveLength(1)
  expect(first[0]?.event).toMatchObject({ anchor: `file:${file}`, failedSince: null })

  // A share that comes late to the mount: refused until it is there, and nothing is lost by that.
  renameSync(file, `${file}.away`)
  const refusal = await restart(vendor)
  expect(refusal).toContain('anchor_lost')
  renameSync(`${file}.away`, file)
  expect(await restart(vendor)).toBe('started')

  rmSync(file)
  expect(await restart(vendor, ['--accept-lost-anchor', sha256Hex('another')])).toContain('anchor_lost')
  expect(await restart(vendor, ['--accept-lost-anchor', refusedHash(refusal)])).toBe('started')
  const [givenUp] = await vendor.events('type=log.anchor_given_up')
  expect(givenUp?.event).toMatchObject({ anchor: `file:${file}` })
  await expect.poll(() => vendor.events('type=log.anchored')).toHaveLength(2)
  expect(await restart(vendor)).toBe('started')
  rmSync(file)
  expect(await restart(vendor)).toContain('anchor_lost')
}, 120_000)

test('a running service does not make its anchor anew when somebody takes it away, and the next start is refused', async () => {
  const file = place('anchor.jsonl')
  await using vendor = await started({ STINT_ANCHORS: `file:${file}` })
  await expect.poll(() => vendor.events('type=log.anchored')).toHaveLength(1)
  rmSync(file)
  await vend(vendor)
  await expect
    .poll(async () => (await vendor.events('type=log.anchor_failed'))[0]?.event, { timeout: 25_000 })
    .toMatchObject({ reason: 'gone' })
  await vend(vendor)
  expect(await restart(vendor)).toContain('anchor_lost')
}, 120_000)

test('a longer history of whoever has the key, anchored on top, does not hide the one that was cut', async () => {
  const file = place('anchor.jsonl')
  await using vendor = await started({ STINT_ANCHORS: `file:${file}` })
  const putBack = await withBackup(vendor)
  putBack()
  const elsewhere = place('elsewhere.jsonl')
  copy(file, elsewhere)
  // The thief's service: no anchor to be held against, more events, then all its checkpoints on top of ours.
  const own = place('own.jsonl')
  for (let run = 0; run < 3; run++) {
    const env = { STINT_ANCHORS: `file:${own}`, STINT_LISTEN: '127.0.0.1:0', STINT_PUBLIC_URL: vendor.url }
    const thief = await startVendor({ dataFolder: vendor.dataFolder, env })
    await thief.stop()
  }
  const theirs = lines(own)
  expect(sizeOf(theirs.at(-1) ?? '')).toBeGreaterThan(sizeOf(lines(file).at(-1) ?? ''))
  appendFileSync(file, theirs.map((line) => `${line}\n`).join(''))
  const refusal = await restart(vendor)
  expect(refusal).toContain('log_rolled_back')
  expect(refusal).toContain('"reason":"differs"')
}, 120_000)

/** Nothing is given any more, and whoever asks for the state is told why. */
async function expectRolledBack(vendor: ChildVendor): Promise<void> {
  const readiness = async () => (await (await fetch(`${vendor.url}/readyz`)).json()) as unknown
  await expect
    .poll(readiness, { timeout: 30_000 })
    .toMatchObject({ checks: expect.arrayContaining([expect.objectContaining({ detail: 'rolled_back' })]) })
  expect((await vendor.exchange(vendor.token())).status).toBe(503)
}

/** A copy of the data folder goes on by itself, as the service then does: the file with the checkpoints of that other history. */
async function anotherHistory(vendor: ChildVendor): Promise<string> {
  await vendor.halt()
  const twin = place('twin')
  copy(vendor.dataFolder, twin)
  const theirs = place('theirs.jsonl')
  const env = { STINT_ANCHORS: `file:${theirs}`, STINT_LISTEN: '127.0.0.1:0', STINT_PUBLIC_URL: vendor.url }
  await (await startVendor({ dataFolder: twin, env })).stop()
  expect(await restart(vendor)).toBe('started')
  return theirs
}

test('a running service finds another history in its anchor once that failed, and gives nothing any more', async () => {
  const file = place('anchor.jsonl')
  await using vendor = await started({ STINT_ANCHORS: `file:${file}` })
  await restart(vendor)
  const theirs = await anotherHistory(vendor)
  await vend(vendor)
  // Away, so that a write fails; then there again, with what somebody else wrote meanwhile.
  renameSync(file, `${file}.away`)
  await expect.poll(() => vendor.events('type=log.anchor_failed'), { timeout: 30_000 }).toHaveLength(1)
  appendFileSync(`${file}.away`, readFileSync(theirs))
  renameSync(`${file}.away`, file)
  await expectRolledBack(vendor)
  expect(vendor.logged()).toContain('"reason":"differs"')
}, 120_000)

test('a running service finds another history in an anchor that never failed, within an hour', async () => {
  const file = place('anchor.jsonl')
  let aheadMs = 0
  await using vendor = await startVendor({ env: { STINT_ANCHORS: `file:${file}` }, aheadMs: () => aheadMs })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  await restart(vendor)
  const theirs = await anotherHistory(vendor)
  await vend(vendor)
  const kept = lines(file).length
  appendFileSync(file, readFileSync(theirs))
  const put = lines(file).length
  expect(put).toBeGreaterThan(kept)
  // It is written to as ever, and nobody reads it back each time.
  await expect.poll(() => lines(file).length, { timeout: 25_000 }).toBeGreaterThan(put)
  await vend(vendor)
  aheadMs = 3_600_000
  await vend(vendor)
  await expectRolledBack(vendor)
  expect(vendor.logged()).toContain('"reason":"differs"')
  expect(await vendor.events('type=log.anchor_failed')).toEqual([])
}, 120_000)

test('an anchor that gave no answer at the start, and turns out to have nothing, ends what an older data folder gives', async () => {
  const file = place('anchor.jsonl')
  await using vendor = await started({ STINT_ANCHORS: `file:${file}` })
  const putBack = await withBackup(vendor)
  putBack()
  renameSync(file, `${file}.away`)
  mkdirSync(file)
  expect(await restart(vendor)).toBe('started')
  await vend(vendor)
  rmSync(file, { recursive: true })
  await expectRolledBack(vendor)
  expect(vendor.logged()).toContain('anchor_lost')
  renameSync(`${file}.away`, file)
  expect(await restart(vendor)).toContain('log_rolled_back')
}, 120_000)

async function bucketVendor(): Promise<{ vendor: ChildVendor; bucket: string }> {
  const bucket = `anchors-${made}`
  await s3.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }))
  const vendor = await started({ STINT_ANCHORS: `s3:${minio.endpoint}/${bucket}/stint`, ...bucketEnv })
  return { vendor, bucket }
}
const versionsIn = async (Bucket: string) =>
  (await s3.send(new ListObjectVersionsCommand({ Bucket }))).Versions ?? []

test('a bucket whose objects are under delete markers still has them: an older data folder is refused, this one is not', async () => {
  const { vendor: made_, bucket } = await bucketVendor()
  await using vendor = made_
  const putBack = await withBackup(vendor)
  const keys = (await versionsIn(bucket)).map(({ Key = '' }) => Key)
  expect(keys.length).toBeGreaterThanOrEqual(3)
  for (const Key of keys) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
  expect((await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0)
  // And more markers before them than a page of a listing has, over names that never were.
  const [top = ''] = keys
  const under = top.slice(0, top.lastIndexOf('/') + 1)
  const Objects = Array.from({ length: 1_000 }, (_, at) => ({
    Key: `${under}${String(at).padStart(16, '0')}`,
  }))
  await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }))
  expect(await restart(vendor)).toBe('started')
  await vendor.halt()
  putBack()
  expect(await restart(vendor)).toContain('log_rolled_back')
}, 180_000)

test('an object that does not belong under its name is refused by name: an old checkpoint that lists first, no checkpoint at all, one that is too large', async () => {
  const { vendor: made_, bucket } = await bucketVendor()
  await using vendor = made_
  const putBack = await withBackup(vendor)
  const oldest = (await versionsIn(bucket)).at(-1)?.Key ?? ''
  const under = oldest.slice(0, oldest.lastIndexOf('/') + 1)
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: oldest }))
  const note = (await Body?.transformToString()) ?? ''
  const put = (name: string, text: string) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key: under + name, Body: text }))
  const remove = async (name: string) => {
    const { Versions = [] } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: under + name }),
    )
    for (const { Key, VersionId } of Versions)
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }))
  }
  const first = '0'.repeat(16)
  for (const [name, text, reason] of [
    [first, note, 'misplaced'],
    [first, 'no checkpoint', 'foreign'],
    [first, 'x'.repeat(2_000_000), 'foreign'],
    ['0-not-a-size', note, 'foreign'],
  ] as const) {
    await put(name, text)
    expect(await restart(vendor)).toContain(`"reason":"${reason}"`)
    await remove(name)
  }
  expect(await restart(vendor)).toBe('started')
  await vendor.halt()
  await put(first, note)
  putBack()
  expect(await restart(vendor)).toContain('log_rolled_back')
}, 180_000)

test('a copy of the data folder that runs beside the service is refused by the bucket', async () => {
  const { vendor: made_, bucket } = await bucketVendor()
  await using vendor = made_
  await restart(vendor)
  await vendor.halt()
  const twin = place('twin')
  copy(vendor.dataFolder, twin)
  expect(await restart(vendor)).toBe('started')
  const env = {
    STINT_ANCHORS: `s3:${minio.endpoint}/${bucket}/stint`,
    STINT_LISTEN: '127.0.0.1:0',
    ...bucketEnv,
  }
  await expect(
    startVendor({ dataFolder: twin, env: { ...env, STINT_PUBLIC_URL: vendor.url } }),
  ).rejects.toMatchObject({ code: 'log_rolled_back' })
}, 120_000)

/** What the one who has the whole folder but not the time to make all anew can do. */
function forge(path: string, seq: number): void {
  const db = new Database(path)
  const triggers = db
    .prepare<[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    .all()
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`)
  db.prepare(
    'UPDATE event SET body = replace(body, \'"reason":"test"\', \'"reason":"fest"\') WHERE seq = ?',
  ).run(seq)
  let chain = CHAIN_START
  for (const row of db
    .prepare<[], { seq: number; body: string }>('SELECT seq, body FROM event ORDER BY seq')
    .all()) {
    const leaf = leafOf(row.body)
    chain = chainHash(chain, leaf, sha256)
    db.prepare('UPDATE event SET leaf = ?, chain = ? WHERE seq = ?').run(leaf, chain, row.seq)
  }
  db.prepare('DELETE FROM checkpoint WHERE size >= ?').run(seq)
  for (const { sql } of triggers) db.exec(sql)
  db.close()
}

test('a changed event with everything behind it made anew is not signed: the checkpoint beside the keys refuses the start', async () => {
  await using vendor = await started({})
  await restart(vendor)
  const { seq = 0 } = (await vendor.events('type=process.stop'))[0] ?? {}
  await restart(vendor)
  await vendor.halt()
  const signed = join(vendor.dataFolder, 'keys/log.signed')
  const whole = place('whole')
  copy(vendor.dataFolder, whole)

  forge(join(vendor.dataFolder, 'audit.db'), seq)
  expect(await restart(vendor)).toContain('"reason":"differs"')
  // Nor where that is taken away as well: the log says that it was there.
  rmSync(signed)
  const refusal = await restart(vendor)
  expect(refusal).toContain('anchor_lost')

  rmSync(vendor.dataFolder, { recursive: true })
  copy(whole, vendor.dataFolder)
  rmSync(signed)
  const lost = await restart(vendor)
  expect(lost).toContain('anchor_lost')
  expect(await restart(vendor, ['--accept-lost-anchor', refusedHash(lost)])).toBe('started')
  expect(await vendor.events('type=log.anchor_given_up')).toHaveLength(1)
  expect(await restart(vendor)).toBe('started')
  expect(await restart(vendor)).toBe('started')
}, 180_000)

test('a log of which nothing is signed does not hold for whoever has its key, for both verifiers', async () => {
  await using vendor = await started({})
  const keys = (await (await fetch(`${vendor.url}/log/keys`)).text()).trim().split('\n')
  await vendor.halt()
  const path = join(vendor.dataFolder, 'audit.db')
  const db = new Database(path)
  db.exec('DROP TRIGGER checkpoint_no_delete; DELETE FROM checkpoint')
  const events = db.prepare<[], number>('SELECT max(seq) FROM event').pluck().get()
  db.close()
  const [with_, without] = await verifyBoth([
    { path, keys, anchors: [] },
    { path, keys: [], anchors: [] },
  ])
  expect(with_?.ours).toEqual({ ok: false, fault: 'unsigned', seq: 1, through: events })
  expect(with_?.python).toEqual(with_?.ours)
  expect(without?.ours).toMatchObject({ ok: true, unsigned: events })
  expect(without?.python).toEqual(without?.ours)
})

test('a tail that nothing signed holds, and is named in the first line of the answer, and by its length in the other', async () => {
  await using vendor = await started({})
  await vend(vendor)
  const keys = (await (await fetch(`${vendor.url}/log/keys`)).text()).trim().split('\n')
  await vendor.halt()
  const path = join(vendor.dataFolder, 'audit.db')
  const db = new Database(path)
  const [events = 0, first = 0] = ['SELECT max(seq) FROM event', 'SELECT min(size) FROM checkpoint'].map(
    (sql) => db.prepare<[], number>(sql).pluck().get() ?? 0,
  )
  db.exec('DROP TRIGGER checkpoint_no_delete')
  db.prepare('DELETE FROM checkpoint WHERE size > ?').run(first)
  db.close()
  expect(events).toBeGreaterThan(first)
  const [said] = await verifyBoth([{ path, keys, anchors: [] }])
  expect(said?.ours).toMatchObject({ ok: true, unsigned: events - first })
  expect(said?.python).toEqual(said?.ours)
  const cli = join(import.meta.dirname, '../../apps/vendor/src/cli.ts')
  const of = keys.flatMap((key) => ['--key', key])
  const text = execFileSync(process.execPath, [cli, 'audit', 'verify', vendor.dataFolder, ...of], {
    encoding: 'utf8',
    env: {},
  })
  const [line = ''] = text.split('\n')
  expect(line).toMatch(/^it holds: /)
  expect(line).toContain(`BUT NOT SIGNED ARE events ${first + 1} to ${events}`)
})
