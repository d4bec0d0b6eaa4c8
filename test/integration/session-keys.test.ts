import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  attachSessions,
  createSessionKeeper,
  type SessionKeeper,
} from '../../apps/vendor/src/audit/session-keeper.ts'
import { Secret } from '../../apps/vendor/src/secret.ts'
import { readSealingKeys } from '../../apps/vendor/src/sessions/sealing-keys.ts'
import { createSessionKeys } from '../../apps/vendor/src/sessions/session-keys.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import type { RunningMinio } from '../support/minio-server.ts'
import { s3Caller } from '../support/s3.ts'
import { type GivenSession, sessionAt, whoIs } from '../support/sessions.ts'
import { signSigV4 } from '../support/sigv4.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

const MIGRATIONS = join(import.meta.dirname, '../../migrations/sqlite')

let store: FakeSts
let folder: string

beforeAll(async () => {
  store = await startFakeSts()
  folder = await mkdtemp(join(tmpdir(), 'stint-keys-'))
})
afterAll(async () => {
  await store?.stop()
  await rm(folder, { recursive: true, force: true })
})

type Row = { assumption: string; access_key_id: string; expires_ms: number; key_id: string; sealed: Buffer }
const rowsOf = (vendor: ChildVendor): readonly Row[] => {
  const file = new Database(join(vendor.dataFolder, 'session.db'), { readonly: true })
  try {
    return file.prepare<[], Row>('SELECT * FROM session_key').all()
  } finally {
    file.close()
  }
}
const newKey = () => randomBytes(32).toString('base64')

async function keyFile(...lines: readonly string[]): Promise<string> {
  const path = join(folder, randomBytes(6).toString('hex'))
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o400 })
  return path
}

async function vendorWith(env: Record<string, string>): Promise<ChildVendor> {
  const vendor = await startVendor({ env })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  return vendor
}

test('with database and key in hand no S3 request can be signed, and who it is can be checked', async () => {
  await using vendor = await startVendor()
  await using minio: RunningMinio = await startTrustingMinio(vendor)
  const session = await sessionAt(vendor.url, vendor.token())
  const s3 = s3Caller(minio.endpoint, session)
  expect((await s3('PUT', '/artifacts/acme/app/x', { body: 'x' })).status).toBe(200)
  expect((await whoIs(vendor.url, session)).status).toBe(200)

  const sealing = readSealingKeys(await readFile(join(vendor.dataFolder, 'keys/session.key'), 'utf8'))
  const [row] = rowsOf(vendor)
  if (row === undefined) throw new Error('nothing is kept')
  const beside = `session_key\n${row.assumption}\n${row.access_key_id}\n${row.expires_ms}`
  const text = sealing.open(row.sealed, beside, row.key_id) ?? ''
  const content = JSON.parse(text) as { k: Record<string, string> } // what the thief reads
  // Neither the secret nor the token, in no encoding that they might stand in.
  for (const secret of [session.secretAccessKey, session.sessionToken]) {
    for (const form of [
      secret,
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('hex'),
    ]) {
      expect(text.includes(form)).toBe(false)
    }
  }
  const keys = Object.values(content.k).map((key) => Buffer.from(key, 'base64'))
  expect(keys.length).toBeGreaterThan(0)
  // The thief may even have the token. Every kept key, as the key of S3 and as a secret that keys are derived from.
  for (const key of keys) {
    for (const secretAccessKey of [key.toString('base64'), key.toString('hex'), key.toString('latin1')]) {
      const stolen = s3Caller(minio.endpoint, { ...session, secretAccessKey })
      expect((await stolen('GET', '/artifacts/acme/app/x')).code).toBe('SignatureDoesNotMatch')
    }
    for (const service of ['s3', 'sts']) {
      expect(await withKey(minio.endpoint, session, { key, service })).not.toBe(200)
    }
  }
  // The same by the right key is taken, so the forger below forges well.
  expect(await withKey(minio.endpoint, session, { key: null, service: 's3' })).toBe(200)
})

/** Signs a GET by a ready signing key, or by the session's own secret where it is null. */
async function withKey(
  endpoint: string,
  session: GivenSession,
  of: { readonly key: Buffer | null; readonly service: string },
): Promise<number> {
  const url = new URL('/artifacts/acme/app/x', endpoint)
  const options = { now: new Date(), service: of.service, ...(of.key === null ? {} : { signingKey: of.key }) }
  const { host: _, ...headers } = signSigV4({ method: 'GET', url }, session, options)
  return (await fetch(url, { headers })).status
}

/** What the writer does with what waits. */
function keepAll(keeper: SessionKeeper): void {
  keeper.write()
  keeper.written()
}

/** What a process that starts now would read of a session in this data folder. */
async function readAnew(dataFolder: string, session: GivenSession) {
  const sealing = readSealingKeys(await readFile(join(dataFolder, 'keys/session.key'), 'utf8'))
  const keys = createSessionKeys({ ...READING, path: join(dataFolder, 'session.db'), sealing })
  try {
    return await keys.find(
      session.accessKeyId,
      createHash('sha256').update(session.sessionToken).digest('hex'),
    )
  } finally {
    keys.close()
  }
}
const READING = {
  doors: ['sts'],
  regions: ['us-east-1'],
  clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
  random: { bytes: (count: number) => randomBytes(count) },
  keep: async () => {},
}

test('what is kept opens only as it was sealed: moved, prolonged or changed it is nobody', async () => {
  await using vendor = await vendorWith({})
  const session = await sessionAt(vendor.url, vendor.token())
  await expect.poll(() => rowsOf(vendor).length).toBe(1)
  const spoil = [
    'UPDATE session_key SET expires_ms = expires_ms + 1',
    "UPDATE session_key SET access_key_id = 'FAKE9999999999999999'",
    "UPDATE session_key SET assumption = replace(assumption, 'asm_0', 'asm_1')",
    'UPDATE session_key SET sealed = zeroblob(length(sealed))',
    "UPDATE session_key SET sealed = x'00'",
    "UPDATE session_key SET key_id = '0000000000000000'",
  ]
  for (const sql of spoil) {
    const file = new Database(join(vendor.dataFolder, 'session.db'))
    file.exec('CREATE TEMP TABLE was AS SELECT * FROM session_key')
    file.exec(sql)
    expect([sql, await readAnew(vendor.dataFolder, session)]).toEqual([sql, null])
    file.exec('DELETE FROM session_key; INSERT INTO session_key SELECT * FROM was')
    file.close()
    expect(await readAnew(vendor.dataFolder, session)).toMatchObject({ roleName: 'app-artifacts' })
  }
})

test('two stores may give the same key id: the token tells the sessions apart, before and after one is known', async () => {
  const at = { path: join(folder, 'twins.db'), migrations: join(MIGRATIONS, 'session') }
  const log = new Database(join(folder, 'twins-log.db'))
  log.exec('CREATE TABLE chain_link (ancestor, assumption)')
  attachSessions(log, at)
  const keeper = createSessionKeeper(log, [])
  const keys = createSessionKeys({
    ...READING,
    path: at.path,
    sealing: readSealingKeys(newKey()),
    keep: async () => keepAll(keeper),
  })
  const accessKeyId = 'FAKE0000000000000001'
  const digestOf = (token: string) => createHash('sha256').update(token).digest('hex')
  const keep = (id: string, token: string) => {
    const minted = {
      accessKeyId,
      secretAccessKey: new Secret('secret'),
      sessionToken: new Secret(token),
      expiresMs: Date.now() + 900_000,
      upstreamRequestId: null,
      latencyMs: 1,
    }
    const of = { door: 'sts', roleName: id, sessionName: 'job', policy: null, region: '' } as const
    const sealed = keys.seal({ ...of, assumption: `asm_${id}`, minted })
    if (sealed !== null) keeper.change({ do: 'keep', ...sealed })
  }
  keep('one', 'token-1')
  expect(await keys.find(accessKeyId, digestOf('token-1'))).toMatchObject({ roleName: 'one' })
  keep('two', 'token-2')
  expect(await keys.find(accessKeyId, digestOf('token-2'))).toMatchObject({ roleName: 'two' })
  expect(await keys.find(accessKeyId, digestOf('token-1'))).toMatchObject({ roleName: 'one' })
  expect(await keys.find(accessKeyId, digestOf('token-3'))).toBeNull()
  // Whoever ends a session says so, and then the file alone decides.
  keeper.change({ do: 'forget', assumption: 'asm_one' })
  keys.forgetOpened()
  expect(await keys.find(accessKeyId, digestOf('token-1'))).toBeNull()
  expect(await keys.find(accessKeyId, digestOf('token-2'))).toMatchObject({ roleName: 'two' })
  keys.close()
  log.close()
})

test('a session lives over a restart, and a rotated key opens what the one before it sealed', async () => {
  const [old, next] = [newKey(), newKey()]
  const path = await keyFile(old)
  await using vendor = await vendorWith({ STINT_SESSION_KEY_FILE: path })
  const first = await sessionAt(vendor.url, vendor.token())
  await vendor.restart()
  expect((await whoIs(vendor.url, first)).status).toBe(200)

  const rewrite = async (...lines: string[]) => {
    await chmod(path, 0o600)
    await writeFile(path, lines.join('\n'))
    await vendor.restart()
  }
  await rewrite(next, old)
  const second = await sessionAt(vendor.url, vendor.token())
  expect((await whoIs(vendor.url, first)).status).toBe(200)
  expect((await whoIs(vendor.url, second)).status).toBe(200)
  expect(new Set(rowsOf(vendor).map(({ key_id }) => key_id)).size).toBe(2)
  await rewrite(next)
  expect((await whoIs(vendor.url, first)).code).toBe('InvalidClientTokenId')
  expect((await whoIs(vendor.url, second)).status).toBe(200)
})

test('a key file that others can read, that is missing or that holds no key stops the start', async () => {
  const open = await keyFile(newKey())
  await chmod(open, 0o644)
  for (const [file, code] of [
    [open, 'data_folder_unsafe'],
    [join(folder, 'absent'), 'data_folder_unsafe'],
    [await keyFile('not a key'), 'settings_invalid'],
    [await keyFile(''), 'settings_invalid'],
    [await keyFile(newKey(), 'short'), 'settings_invalid'],
  ] as const) {
    await expect(startVendor({ env: { STINT_SESSION_KEY_FILE: file } })).rejects.toMatchObject({ code })
  }
})

test('our own key file is made once and is 0400', async () => {
  await using vendor = await vendorWith({})
  const path = join(vendor.dataFolder, 'keys/session.key')
  expect((await stat(path)).mode & 0o777).toBe(0o400)
  const made = await readFile(path, 'utf8')
  await vendor.restart()
  expect(await readFile(path, 'utf8')).toBe(made)
})

test('nothing is kept for longer than the session: not in the table, the file or its write-ahead log', async () => {
  await using vendor = await vendorWith({})
  const session = await sessionAt(vendor.url, vendor.token(), { RoleArn: '' }).catch(() => null)
  expect(session).toBeNull()
  const headers = { authorization: vendor.token() }
  const quick = await fetch(`${vendor.url}/v1/credentials/quick-look`, { headers })
  expect(quick.status).toBe(200)
  await expect.poll(() => rowsOf(vendor).length).toBe(1)
  const [row] = rowsOf(vendor)
  const mark = row?.sealed.subarray(0, 24)
  if (mark === undefined) throw new Error('nothing is kept')
  const holdsMark = async () => {
    const files = ['session.db', 'session.db-wal', 'audit.db', 'audit.db-wal']
    const bytes = await Promise.all(
      files.map((name) => readFile(join(vendor.dataFolder, name)).catch(() => Buffer.alloc(0))),
    )
    return bytes.some((all) => all.includes(mark))
  }
  expect(await holdsMark()).toBe(true)
  // The next start looks at once; a process that runs looks every minute.
  await expect.poll(() => Date.now() > (row?.expires_ms ?? 0), { timeout: 15_000 }).toBe(true)
  await vendor.restart()
  await expect.poll(() => rowsOf(vendor).length).toBe(0)
  expect(await holdsMark()).toBe(false)
}, 30_000)

test('what is wiped at a revocation is gone from the write-ahead log too, at the next look', async () => {
  const at = { path: join(folder, 'session.db'), migrations: join(MIGRATIONS, 'session') }
  const log = new Database(join(folder, 'log.db'))
  log.pragma('journal_mode = WAL')
  log.exec('CREATE TABLE chain_link (ancestor, assumption)')
  attachSessions(log, at)
  const keeper = createSessionKeeper(log, [])
  const expiresMs = Date.now() + 3_600_000
  const sealed = randomBytes(300)
  const kept = { accessKeyId: 'FAKE0000000000000001', expiresMs, keyId: '0'.repeat(16) }
  keeper.change({ do: 'keep', assumption: 'asm_1', ...kept, sealed: sealed.toString('latin1') })
  keepAll(keeper)
  const holds = async () =>
    (await Promise.all(['', '-wal'].map((end) => readFile(at.path + end)))).some((all) =>
      all.includes(sealed.subarray(0, 64)),
    )
  expect(await holds()).toBe(true)
  keeper.change({ do: 'forget', assumption: 'asm_1' })
  expect(await holds()).toBe(true)
  keeper.purge(Date.now())
  expect(await holds()).toBe(false)
  log.close()
})

test('a door that keeps nothing gives sessions that are nobody, and the file stays empty', async () => {
  await using vendor = await vendorWith({ STINT_SESSION_KEY_DOORS: '' })
  const session = await sessionAt(vendor.url, vendor.token())
  expect((await whoIs(vendor.url, session)).code).toBe('InvalidClientTokenId')
  expect(rowsOf(vendor)).toEqual([])
})
