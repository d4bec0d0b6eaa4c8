import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readDetectFacts } from '../../apps/vendor/src/audit/detect-reader.ts'
import { openAuditLog } from '../../apps/vendor/src/audit/log.ts'
import { detectHere } from '../../apps/vendor/src/detect/detect-desk.ts'
import type { LiveFacts } from '../../apps/vendor/src/detect/gather.ts'
import type { AuditEvent } from '../../apps/vendor/src/domain/audit-event.ts'
import type { TargetBody } from '../../apps/vendor/src/domain/resource.ts'
import { createRandom, sha256Hex } from '../../apps/vendor/src/runtime.ts'
import { migrate } from '../../apps/vendor/src/storage/migrate.ts'
import { createChangeStore } from '../../apps/vendor/src/storage/sqlite/change-store.ts'
import { readStanding } from '../../apps/vendor/src/storage/sqlite/history-reader.ts'
import { openDatabase, openForReading } from '../../apps/vendor/src/storage/sqlite/open.ts'
import { createResourceStore } from '../../apps/vendor/src/storage/sqlite/store.ts'
import { givenSecretAges } from '../../apps/vendor/src/targets/secret-ages.ts'
import { anIntent, anIssued } from '../support/audit-events.ts'
import { keyBeside } from '../support/log-key.ts'

const MIGRATIONS = join(import.meta.dirname, '../../migrations/sqlite')
const START_MS = Date.UTC(2026, 9, 1)
const HOUR = 3_600_000
const silent = { info() {}, warn() {}, error() {} }

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stint-detect-'))
  path = join(folder, 'audit.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A log whose clocks are the test's: the monotonic one begins anew with each process. */
function logs() {
  const at = { wallMs: START_MS, monoMs: 0 }
  return {
    at,
    pass(ms: number) {
      at.wallMs += ms
      at.monoMs += ms
    },
    open(bootId: string, maxPages?: number) {
      at.monoMs = 0
      return openAuditLog({
        path,
        migrations: `${MIGRATIONS}/audit`,
        key: keyBeside(path),
        clock: { nowMs: () => at.wallMs, monotonicMs: () => at.monoMs },
        random: createRandom(),
        bootId,
        log: silent,
        ...(maxPages === undefined ? {} : { maxPages }),
      })
    },
  }
}
const facts = (sinceMs = 0) => {
  const connection = openForReading(path)
  try {
    return readDetectFacts(connection, { sinceMs })
  } finally {
    connection.close()
  }
}
const started: AuditEvent = {
  type: 'process.start',
  version: '1',
  settingsHash: '',
  weakened: [],
  configuration: { generation: 1, hash: '' },
}
const stopped: AuditEvent = { type: 'process.stop', reason: 'test' }
const added = (kid: string, thumbprint: string): AuditEvent => ({
  type: 'jwks.key_added',
  issuer: 'ci',
  kid,
  thumbprint,
})

test('keys of an issuer are remembered from their first sight, over restarts, with those that were refused and are gone', async () => {
  const { open, pass } = logs()
  for (const boot of ['one', 'two']) {
    const audit = await open(boot)
    await audit.append(added('k1', 't1'))
    if (boot === 'one') {
      await audit.append(added('k2', 't2'))
      await audit.append({ type: 'jwks.key_refused', issuer: 'ci', kid: 'weak', reason: 'modulus_size' })
      pass(HOUR)
      await audit.append({ type: 'jwks.key_removed', issuer: 'ci', kid: 'k2', thumbprint: 't2' })
    }
    pass(HOUR)
    await audit.close()
  }
  const of = { issuer: 'ci', firstMs: START_MS, lastMs: START_MS, goneMs: null, refused: null }
  expect(facts().issuerKeys).toEqual([
    { ...of, kid: 'weak', thumbprint: null, refused: 'modulus_size' },
    { ...of, kid: 'k1', thumbprint: 't1', lastMs: START_MS + 2 * HOUR },
    { ...of, kid: 'k2', thumbprint: 't2', goneMs: START_MS + HOUR },
  ])
})

test('a log of before remembers its keys from the events that are there', () => {
  const older = join(folder, 'older')
  mkdirSync(older)
  for (const name of readdirSync(`${MIGRATIONS}/audit`).filter((one) => one < '0014'))
    cpSync(join(MIGRATIONS, 'audit', name), join(older, name))
  const connection = new Database(path)
  migrate(connection, older)
  const insert = connection.prepare(
    "INSERT INTO event (seq, type, at_ms, issuer, body, leaf, chain) VALUES (?, ?, ?, 'ci', ?, x'00', x'00')",
  )
  const events: readonly AuditEvent[] = [
    added('k1', 't1'),
    added('k2', 't2'),
    { type: 'jwks.key_removed', issuer: 'ci', kid: 'k2', thumbprint: 't2' },
    { type: 'jwks.key_refused', issuer: 'ci', kid: null, reason: 'roca' },
    added('k1', 't1'),
  ]
  for (const [at, event] of events.entries())
    insert.run(at + 1, event.type, 1_000 + at, JSON.stringify(event))
  migrate(connection, `${MIGRATIONS}/audit`)
  connection.close()
  expect(facts().issuerKeys).toMatchObject([
    { kid: null, refused: 'roca', firstMs: 1_003, goneMs: null },
    { kid: 'k1', firstMs: 1_000, lastMs: 1_004, goneMs: null },
    { kid: 'k2', firstMs: 1_001, goneMs: 1_002 },
  ])
})

test('events that could not be written are a gap of their process, found where it is', async () => {
  const { open, pass } = logs()
  const audit = await open('full', 70)
  await audit.append(started)
  const writes: boolean[] = []
  for (let at = 0; at < 200 && writes.filter((ok) => !ok).length < 3; at++) {
    pass(1_000)
    const write = audit.append({ ...stopped, reason: 'x'.repeat(4_000) })
    writes.push(
      await write.then(
        () => true,
        () => false,
      ),
    ) // a full disk refuses it
  }
  expect(writes.filter((ok) => !ok)).toHaveLength(3)
  await audit.close()
  const after = await open('full')
  await after.close()
  // A process whose counter goes on behind the hole, as one does that finds room again.
  const connection = new Database(path)
  const newest = connection.prepare('SELECT max(seq) AS seq, body FROM event').get() as {
    seq: number
    body: string
  }
  const body = JSON.parse(newest.body)
  connection
    .prepare(
      "INSERT INTO event (seq, type, at_ms, body, leaf, chain) VALUES (?, 'process.stop', ?, ?, x'00', x'00')",
    )
    .run(newest.seq + 1, START_MS, JSON.stringify({ ...body, n: body.n + 4 }))
  connection.close()
  expect(facts().log.gaps).toMatchObject([{ boot: 'full', afterSeq: newest.seq, missing: 3 }])
})

test('a process that ends and another one that starts are no gap, and no clock that was set', async () => {
  const { open, pass } = logs()
  for (const boot of ['one', 'two', 'three']) {
    const audit = await open(boot)
    // Some events stand before the start of a process.
    await audit.append(stopped)
    await audit.append(started)
    for (let at = 0; at < 5; at++) {
      pass(60_000)
      await audit.append(stopped)
    }
    await audit.close()
    pass(24 * HOUR)
  }
  expect(facts().log).toMatchObject({ gaps: [], clockSteps: [] })
})

test('a clock that was set is found', async () => {
  const { open, pass, at } = logs()
  const audit = await open('one')
  await audit.append(started)
  pass(60_000)
  await audit.append(stopped)
  at.wallMs -= HOUR
  await audit.append(stopped)
  await audit.close()
  expect(facts().log.clockSteps).toMatchObject([{ boot: 'one', afterSeq: 2, seconds: -3_600 }])
})

test('what no checkpoint covers is as old as its oldest event; a checkpoint covers all of it', async () => {
  const { open, pass } = logs()
  const audit = await open('one')
  await audit.append(started)
  pass(HOUR)
  await audit.append(stopped)
  expect(facts().log.uncoveredMs).toBe(START_MS)
  await audit.tree.checkpoint()
  expect(facts().log.uncoveredMs).toBeNull()
  await audit.close()
})

test('the newest subjects with the claims that were recorded, keys of targets, and intents that are open', async () => {
  const { open, pass } = logs()
  const audit = await open('one')
  await audit.append({
    type: 'secret.created',
    purpose: 'store token signing',
    target: 'store',
    thumbprint: 't',
  })
  pass(HOUR)
  const intent = anIntent('a')
  const claims = [
    { path: ['repository_id'], value: '42' },
    { path: ['kubernetes.io', 'namespace'], value: 'ci' },
    { path: ['kubernetes.io', 'pod', 'name'], value: 'p' },
    { path: ['__proto__'], value: 'x' },
  ]
  const { seq } = await audit.appendIntent(
    { ...intent, subject: { ...intent.subject, claims } },
    () => stopped,
  )
  const issued = anIssued('a')
  await audit.appendIssued({ ...issued, upstream: { ...issued.upstream, packedPolicySize: 93 } }, seq)
  await audit.appendIntent(anIntent('b'), () => stopped)
  const found = facts()
  const seen = found.subjects.find(({ assumption }) => assumption === intent.assumption)
  expect(seen?.claims).toMatchObject({
    sub: intent.subject.sub,
    repository_id: '42',
    'kubernetes.io': { namespace: 'ci', pod: { name: 'p' } },
  })
  expect(Object.getPrototypeOf(seen?.claims ?? null)).toBe(Object.prototype)
  expect([...found.packedPercent.values()]).toEqual([93])
  expect(found.signingKeysMs).toEqual(new Map([['store', START_MS]]))
  expect(found.log.open).toHaveLength(1)
  expect(found.firstMs).toBe(START_MS)
  await audit.close()
})

const mapping = (mode: string) => ({
  issuer: 'ci',
  role: 'a',
  when: [{ claim: ['sub'], equals: 'x' }],
  unless: [],
  owner: 'team@example.com',
  purpose: 'the nightly build',
  mode,
  expires: '2099-12-31T00:00:00.000Z',
  bindToToken: false,
  maxLifetimeSeconds: null,
  singleUse: false,
  maxUses: null,
})
const actor = { issuer: 'people', sub: 'ann', person: 'ann' }

/** A configuration file with a mapping of these modes, one a version, a day apart; null: disabled. */
async function configuration(versions: readonly (string | null)[], approvedAt: number | null = null) {
  const file = openDatabase(join(folder, 'config.db'), `${MIGRATIONS}/config`)
  const store = createResourceStore(file, sha256Hex)
  const changes = createChangeStore(file)
  for (const [at, mode] of versions.entries()) {
    const atMs = START_MS + at * 24 * HOUR
    const change = {
      kind: 'mapping',
      name: 'm',
      state: mode === null ? 'disabled' : 'enabled',
      body: mode === null ? null : mapping(mode),
    } as const
    const id = `chg_${at}` as const
    const isApproved = at === approvedAt
    if (isApproved) {
      const hashes = { hashBefore: '', hashAfter: '', askSha256: '' }
      const by = { author: actor, request: 'req_1' as const, atMs }
      const waits = { widens: [], moreWidens: 0, state: 'pending' as const, decided: null }
      await changes.add(
        { id, generation: at, ...hashes, ...by, ...waits },
        new Uint8Array(),
        new Uint8Array(),
      )
    }
    const approval = { change: id, approver: { ...actor, sub: 'bob', person: 'bob' } }
    await store.apply({
      expectedGeneration: at,
      changes: [change],
      author: 'ann',
      atMs,
      ...(isApproved ? { approval } : {}),
    })
  }
  await store.close()
}
const standing = () => {
  const connection = openForReading(join(folder, 'config.db'))
  try {
    return readStanding(connection).history.get('mapping/m')
  } finally {
    connection.close()
  }
}
const day = (at: number) => START_MS + at * 24 * HOUR

test('a mapping is in force since it was enabled and enforced without a break', async () => {
  await configuration(['shadow', 'enforce', 'enforce', null, 'enforce', 'enforce'])
  expect(standing()).toMatchObject({ inForceMs: day(4), approved: false })
})

test('a mapping of one version is in force since then', async () => {
  await configuration(['enforce'])
  expect(standing()).toMatchObject({ inForceMs: day(0), changedMs: day(0) })
})

test('what a second person said yes to is approved', async () => {
  await configuration(['shadow', 'enforce'], 1)
  expect(standing()).toMatchObject({ approved: true })
})

test('an edit after the one that was approved is not', async () => {
  await configuration(['shadow', 'enforce', 'shadow'], 1)
  expect(standing()).toMatchObject({ approved: false, contentVersion: 3, changedMs: day(2) })
})

test('disabling and enabling edits nothing', async () => {
  await configuration(['shadow', 'enforce', null, 'enforce'], 1)
  expect(standing()).toMatchObject({ approved: true, contentVersion: 2, changedMs: day(1) })
})

test('what was never edited is of its first version, however often it was disabled', async () => {
  await configuration(['enforce', null, 'enforce'])
  expect(standing()).toMatchObject({ approved: false, contentVersion: 1, changedMs: day(0) })
})

test('a refused key is gone where the set at hand does not refuse it any more', async () => {
  await configuration(['off'])
  const { open } = logs()
  const audit = await open('one')
  await audit.append({ type: 'jwks.key_refused', issuer: 'ci', kid: 'weak', reason: 'modulus_size' })
  await audit.close()
  const file = openDatabase(join(folder, 'config.db'), `${MIGRATIONS}/config`)
  const issuer = {
    preset: 'generic',
    url: 'https://id.example.com',
    audiences: ['https://stint.example.com'],
    algorithms: ['RS256'],
    typ: ['jwt'],
    leewaySeconds: 30,
    maxLifetimeSeconds: 3_600,
    maxAgeSeconds: null,
    jwksUri: null,
    allowPrivateAddresses: [],
    for: 'machine',
  }
  await createResourceStore(file, sha256Hex).apply({
    expectedGeneration: 1,
    changes: [{ kind: 'issuer', name: 'ci', state: 'enabled', body: issuer }],
    author: 'ann',
    atMs: START_MS,
  })
  file.close()
  const live = (kids: readonly (string | null)[] | null): LiveFacts => ({
    nowMs: START_MS + HOUR,
    profile: 'standard',
    twoPersons: true,
    use: { mappings: new Map(), refusals: [], newNetworks: [], shared: [] },
    access: null,
    refusedKids: kids === null ? new Map() : new Map([['ci', kids]]),
    givenSecrets: [],
    anchorsBehind: [],
  })
  const weak = (kids: readonly (string | null)[] | null) =>
    detectHere({ config: join(folder, 'config.db'), audit: path }, live(kids)).found.some(
      ({ detector }) => detector === 'S13',
    )
  expect([weak(null), weak(['weak']), weak([])]).toEqual([true, true, false])
})

test('keys and secrets of the operator are as old as their files; nothing is said of what is not there', () => {
  const secrets = join(folder, 'secrets')
  mkdirSync(secrets)
  for (const name of ['store-user', 'target-store.pem']) {
    writeFileSync(join(secrets, name), 'secret')
    utimesSync(join(secrets, name), START_MS / 1000, START_MS / 1000)
  }
  const body = {
    user: { accessKeyId: 'k', secret: 'store-user' },
    admin: { accessKeyId: 'k', secret: 'gone' },
  }
  const target = { name: 'store', body: body as TargetBody } // only its secrets are looked at
  const given = givenSecretAges([target], {
    secretFolders: [join(folder, 'nowhere'), secrets],
    givenKeys: secrets,
  })
  expect(given).toEqual([
    { target: 'store', what: 'signing key', sinceMs: START_MS },
    { target: 'store', what: 'user secret', sinceMs: START_MS },
  ])
})
