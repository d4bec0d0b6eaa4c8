import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyAuditLog } from '../../apps/vendor/src/audit/verify.ts'
import type { Manifest } from '../../apps/vendor/src/backup/manifest.ts'
import { pinSnapshot, pinTogether } from '../../apps/vendor/src/backup/take.ts'
import { sha256Hex } from '../../apps/vendor/src/runtime.ts'
import { openForReading } from '../../apps/vendor/src/storage/sqlite/open.ts'
import { readEvents } from '../support/audit-file.ts'
import { startFakeSts } from '../support/fake-sts.ts'
import { s3Caller } from '../support/s3.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { configurationFor, startVendor } from '../support/vendor.ts'

const CLI = join(import.meta.dirname, '../../apps/vendor/src/cli.ts')
const BACKUPS = 4
const CALLERS = 6

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stint-backup-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string }

const stint = (...args: readonly string[]): Promise<Ran> =>
  promisify(execFile)(process.execPath, [CLI, ...args], { env: {} }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )

const manifestOf = async (backup: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(backup, 'backup.json'), 'utf8'))

test('backups taken under exchanges and applies: each is whole, and one of them, restored, goes on', async () => {
  await using vendor = await startVendor({ child: true })
  await using minio = await startTrustingMinio(vendor)
  let running = true
  const callers = Array.from({ length: CALLERS }, async () => {
    while (running) expect((await vendor.exchange(vendor.token())).status).toBeLessThan(504)
  })
  const applier = (async () => {
    for (let turn = 0; running; turn++) {
      const base = configurationFor(vendor, minio.endpoint)
      const main = { ...base.mappings['app-main'], purpose: `turn ${turn}` }
      await vendor.apply({ ...base, mappings: { ...base.mappings, 'app-main': main } })
    }
  })()
  const backups = Array.from({ length: BACKUPS }, (_, at) => join(folder, `backup-${at}`))
  for (const backup of backups) {
    expect(await stint('backup', backup, '--data', vendor.dataFolder)).toMatchObject({ code: 0 })
  }
  running = false
  await Promise.all([...callers, applier])
  const generations = new Set(
    (await Promise.all(backups.map(manifestOf))).map((one) => one.configuration.generation),
  )
  expect(generations.size).toBeGreaterThan(1)

  // A backup holds keys: nobody else reads it. And it holds no file beside those that it names.
  const [backup = '', , , last = ''] = backups
  expect((await stat(backup)).mode & 0o777).toBe(0o700)
  expect((await stat(join(backup, 'keys/target-store.pem'))).mode & 0o777).toBe(0o400)
  const there = (await readdir(backup, { recursive: true })).filter((name) => name !== 'keys').toSorted()
  expect(there).toEqual(['backup.json', ...Object.keys((await manifestOf(backup)).files)].toSorted())

  // Every one of them passes the checks of a restore.
  for (const one of backups) {
    const fresh = await mkdtemp(join(folder, 'fresh-'))
    expect(await stint('restore', one, '--data', fresh)).toMatchObject({ code: 0 })
  }

  // The machine is lost; what was given before the backup is still known, and can be ended.
  await vendor.kill()
  await rm(vendor.dataFolder, { recursive: true })
  expect(await stint('restore', last, '--data', vendor.dataFolder)).toMatchObject({ code: 0 })
  const before = readEvents(join(last, 'audit.db'))
  await vendor.restart()
  const { seq } = (await manifestOf(last)).audit
  expect(before.length).toBe(seq)
  const after = readEvents(join(vendor.dataFolder, 'audit.db')).slice(seq)
  expect(after[0]).toMatchObject({ type: 'process.restored', seq })
  // What was open in it is unresolved, and ended at the store.
  const ended = new Set(
    before.flatMap((event) =>
      event.type === 'assume.issued' || event.type === 'assume.upstream_failed' ? [event.assumption] : [],
    ),
  )
  const open = before.flatMap((event) =>
    event.type === 'assume.intent' && !ended.has(event.assumption) ? [event.assumption] : [],
  )
  const found = await vendor.events('type=assume.unresolved&limit=100')
  const unresolved = new Set(found.map(({ event }) => ('assumption' in event ? event.assumption : '')))
  expect(open.filter((assumption) => !unresolved.has(assumption))).toEqual([])

  const old = before.find((event) => event.type === 'assume.issued')
  if (old?.type !== 'assume.issued') throw new Error('nothing was issued before the backup')
  expect((await vendor.events(`assumption=${old.assumption}`)).length).toBeGreaterThanOrEqual(2)
  const revoked = await vendor.post(`/v1/admin/assumptions/${old.assumption}:revoke`, { reason: 'a test' })
  expect(revoked.status).toBe(200)
  await expect
    .poll(async () => (await vendor.events(`assumption=${old.assumption}`)).map(({ event }) => event))
    .toContainEqual(expect.objectContaining({ type: 'assume.revoked', proof: 'proved' }))

  const { status, body } = await vendor.exchange(vendor.token())
  expect(status).toBe(200)
  const credentials = credentialsOf(body)
  expect((await s3Caller(minio.endpoint, credentials)('GET', '/artifacts/acme/app/none')).code).toBe(
    'NoSuchKey',
  )
  await vendor.process().stop()
  expect(verifyAuditLog(join(vendor.dataFolder, 'audit.db')).seq).toBeGreaterThan(seq)
  const again = readEvents(join(vendor.dataFolder, 'audit.db'))
  expect(again.filter(({ type }) => type === 'process.restored').length).toBe(1)
}, 120_000)

test('an apply between the two snapshots is seen, and both are taken again', async () => {
  await using store = await startFakeSts()
  await using vendor = await startVendor()
  const first = configurationFor(vendor, store.endpoint)
  expect((await vendor.apply(first)).status).toBe(200)
  const pair = {
    config: openForReading(join(vendor.dataFolder, 'config.db')),
    audit: openForReading(join(vendor.dataFolder, 'audit.db')),
  }
  let between = 0
  const judged = await pinTogether(pair, sha256Hex, async (connection) => {
    if (connection === pair.audit && between++ === 0) {
      const { 'app-quick': _gone, ...mappings } = first.mappings
      expect((await vendor.apply({ ...first, mappings })).status).toBe(200)
    }
    await pinSnapshot(connection)
  })
  expect([judged.standing.is, judged.generation, between]).toEqual(['current', 2, 2])
  pair.config.close()
  pair.audit.close()
})

test('files of two backups do not belong together: refused at the restore, and at the start', async () => {
  await using store = await startFakeSts()
  await using vendor = await startVendor({ child: true })
  const [one, two, mixed] = [join(folder, 'one'), join(folder, 'two'), join(folder, 'mixed')]
  expect((await stint('backup', one, '--data', vendor.dataFolder)).code).toBe(0)
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  await vendor.process().stop()
  // With no service running as well.
  expect((await stint('backup', two, '--data', vendor.dataFolder)).code).toBe(0)

  await cp(two, mixed, { recursive: true })
  await rm(join(mixed, 'config.db'))
  await cp(join(one, 'config.db'), join(mixed, 'config.db'))
  const fresh = join(folder, 'mixed-data')
  expect(await stint('restore', mixed, '--data', fresh)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('backup_invalid'),
  })
  // Even where somebody mends the sums.
  const manifest = await manifestOf(mixed)
  const files = { ...manifest.files, 'config.db': (await manifestOf(one)).files['config.db'] }
  await writeFile(join(mixed, 'backup.json'), JSON.stringify({ ...manifest, files }))
  const mended = await stint('restore', mixed, '--data', fresh)
  expect(mended).toMatchObject({ code: 1, stderr: expect.stringContaining('backup_invalid') })
  expect(await readdir(fresh)).toEqual([])

  await rm(join(vendor.dataFolder, 'config.db'))
  await cp(join(one, 'config.db'), join(vendor.dataFolder, 'config.db'))
  await expect(vendor.restart()).rejects.toThrow('configuration_tampered')
  expect(await stint('backup', join(folder, 'never'), '--data', vendor.dataFolder)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('configuration_tampered'),
  })
}, 60_000)

test.each([
  {
    name: 'a backup without its manifest',
    spoil: (backup: string) => rm(join(backup, 'backup.json')),
    code: 'backup_invalid',
  },
  {
    name: 'a backup with a byte changed in the log',
    async spoil(backup: string) {
      const path = join(backup, 'audit.db')
      const bytes = await readFile(path)
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 9) ^ 1, bytes.length - 9)
      await writeFile(path, bytes)
    },
    code: 'backup_invalid',
  },
  {
    name: 'a manifest that names a file outside',
    async spoil(backup: string) {
      const manifest = await manifestOf(backup)
      const files = { ...manifest.files, 'keys/../../outside': { bytes: 0, sha256: '' } }
      await writeFile(join(backup, 'backup.json'), JSON.stringify({ ...manifest, files }))
    },
    code: 'backup_invalid',
  },
  {
    name: 'a data folder that is in use',
    spoil: (_backup: string, data: string) => writeFile(join(data, 'config.db'), 'something'),
    code: 'backup_refused',
  },
])('restore refuses $name, and leaves what was there', async ({ spoil, code }) => {
  await using vendor = await startVendor()
  const backup = await mkdtemp(join(folder, 'spoilt-'))
  const data = await mkdtemp(join(folder, 'data-'))
  expect((await stint('backup', backup, '--data', vendor.dataFolder)).code).toBe(0)
  await spoil(backup, data)
  const before = await readdir(data)
  expect(await stint('restore', backup, '--data', data)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(code),
  })
  expect(await readdir(data)).toEqual(before)
})

test('backup refuses a folder that is not empty, and one that is no data folder', async () => {
  await using vendor = await startVendor()
  const taken = await mkdtemp(join(folder, 'taken-'))
  await writeFile(join(taken, 'x'), '')
  const refused = { code: 1, stderr: expect.stringContaining('backup_refused') }
  expect(await stint('backup', taken, '--data', vendor.dataFolder)).toMatchObject(refused)
  expect(await stint('backup', join(folder, 'new'), '--data', taken)).toMatchObject(refused)
  expect((await stint('backup')).code).toBe(2)
})

function credentialsOf(body: Record<string, unknown>) {
  // The vendor's own answer.
  const { access_key_id, secret_access_key, session_token } = body['credentials'] as Record<string, string>
  return {
    accessKeyId: String(access_key_id),
    secretAccessKey: String(secret_access_key),
    sessionToken: String(session_token),
  }
}
