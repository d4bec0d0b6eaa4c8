import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAuditLog } from '../../apps/vendor/src/audit/log.ts'
import type { AuditLog } from '../../apps/vendor/src/ports.ts'
import { createRandom, sha256Hex, systemClock } from '../../apps/vendor/src/runtime.ts'
import { anchorBucket } from '../support/anchor-bucket.ts'
import { startMinio } from '../support/minio.ts'
import { type ChildVendor, startVendor } from '../support/vendor.ts'
import { verifyBoth } from '../support/verify-both.ts'

// What another history left in an anchor, more of it than a start judges or an event has room for.

const MANY = 600
const ON_TOP = 100
const silent = { info() {}, warn() {}, error() {} }

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stint-forks-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let made = 0
const place = (name: string) => join(folder, `${++made}-${name}`)
const copy = (from: string, to: string) => execFileSync('cp', ['-a', from, to])
type Kept = { readonly size: number; readonly note: string }
const keptIn = (file: string): readonly Kept[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Kept)
const shaOf = ({ note }: Kept) => sha256Hex(note)

/** The log of a folder whose service is off, in this process. */
async function inLog<T>(dataFolder: string, work: (audit: AuditLog) => Promise<T>): Promise<T> {
  const audit = await openAuditLog({
    path: join(dataFolder, 'audit.db'),
    migrations: join(import.meta.dirname, '../../migrations/sqlite/audit'),
    key: { keyFile: join(dataFolder, 'keys/log.pem'), makeKey: false, origin: 'never used' },
    ...{ clock: systemClock, random: createRandom(), bootId: `boot-${++made}`, log: silent },
  })
  try {
    return await work(audit)
  } finally {
    await audit.close()
  }
}

/** So many checkpoints more, an event each. */
function grown(dataFolder: string, count: number): Promise<readonly Kept[]> {
  return inLog(dataFolder, async (audit) => {
    const all: Kept[] = []
    for (let at = 0; at < count; at++) {
      await audit.append({ type: 'process.stop', reason: 'test' })
      const { size, note } = await audit.tree.checkpoint()
      all.push({ size, note })
    }
    return all
  })
}

const restart = (vendor: ChildVendor, args: readonly string[] = []) =>
  vendor.restart(args).then(
    () => 'started',
    (error: Error & { facts?: unknown }) => `${error.message} ${JSON.stringify(error.facts ?? {})}`,
  )
const keysOf = async ({ url }: ChildVendor) =>
  (await (await fetch(`${url}/log/keys`)).text()).trim().split('\n')
async function forks(vendor: ChildVendor) {
  const found = await vendor.events('type=log.forked&limit=100')
  return found.flatMap(({ event }) => (event.type === 'log.forked' ? [event] : [])).toReversed()
}

/** A service whose anchor knows a history that goes on from a copy of it and that is lost. */
async function withLostHistory(count: number) {
  const file = place('anchor.jsonl')
  const vendor = await startVendor({ env: { STINT_ANCHORS: `file:${file}`, STINT_PROBES: 'off' } })
  await vendor.restart()
  await vendor.halt()
  const lost = place('lost')
  copy(vendor.dataFolder, lost)
  const kept = await grown(lost, count)
  appendFileSync(file, kept.map((one) => `${JSON.stringify({ at: '', ...one })}\n`).join(''))
  return { vendor, file, kept, newest: kept.at(-1) ?? { size: 0, note: '' } }
}

/** An auditor who has every line of the anchor. */
async function expectVerified(vendor: ChildVendor, file: string): Promise<void> {
  const keys = await keysOf(vendor)
  await vendor.halt()
  const [said] = await verifyBoth([
    { path: join(vendor.dataFolder, 'audit.db'), keys, anchors: keptIn(file) },
  ])
  expect(said?.ours).toMatchObject({ ok: true })
  expect(said?.python).toEqual(said?.ours)
}

test(`a fork names each of ${MANY} checkpoints that it gives up, in as many events as that takes, and a verifier passes over all of them`, async () => {
  const { vendor, file, kept, newest } = await withLostHistory(MANY)
  await using _vendor = vendor
  expect(await restart(vendor)).toContain(shaOf(newest))
  expect(await restart(vendor, ['--accept-fork', shaOf(newest)])).toBe('started')
  const events = await forks(vendor)
  expect(events.length).toBeGreaterThan(1)
  expect(events.map(({ part, parts, vkey, size }) => [part, parts, vkey, size])).toEqual(
    events.map((_, at) => [at + 1, events.length, events[0]?.vkey, events[0]?.size]),
  )
  const named = events.flatMap(({ accepted }) => accepted)
  expect(new Set(named.map(({ sha256 }) => sha256))).toEqual(new Set(kept.map(shaOf)))
  expect(new Set(named.map(({ reason }) => reason))).toEqual(new Set(['ahead']))
  expect((await keysOf(vendor)).length).toBe(2)
  // It goes on, and what was given up is nothing to any later start.
  expect(await restart(vendor)).toBe('started')
  expect(await forks(vendor)).toHaveLength(events.length)
  await expectVerified(vendor, file)
}, 120_000)

test('seventeen are seventeen', async () => {
  const { vendor, file, kept, newest } = await withLostHistory(17)
  await using _vendor = vendor
  expect(await restart(vendor, ['--accept-fork', shaOf(newest)])).toBe('started')
  const [forked, ...more] = await forks(vendor)
  expect(more).toEqual([])
  expect(forked?.accepted.map(({ sha256 }) => sha256)).toEqual(kept.map(shaOf).toReversed())
  await expectVerified(vendor, file)
}, 60_000)

test('a start that was cut while it named them goes on with that at the next, and asks nobody again', async () => {
  const { vendor, file, kept, newest } = await withLostHistory(40)
  await using _vendor = vendor
  const first = kept.slice(0, 10).map((one) => {
    return { anchor: `file:${file}`, size: one.size, sha256: shaOf(one), reason: 'ahead' as const }
  })
  await inLog(vendor.dataFolder, async (audit) => {
    const origin = audit.tree.keys()[0]?.vkey.split('+')[0] ?? ''
    const { vkey, replaces } = await audit.tree.prepareNextKey(`${origin}/2`)
    const of = { size: audit.tree.size(), part: 1, parts: 4, accepted: first }
    await audit.append({ type: 'log.forked', vkey, replaces, ...of })
  })
  expect(await restart(vendor)).toBe('started')
  const named = (await forks(vendor)).flatMap(({ accepted }) => accepted.map(({ sha256 }) => sha256))
  expect(named.toSorted()).toEqual(kept.map(shaOf).toSorted())
  expect(named).toContain(shaOf(newest))
  await expectVerified(vendor, file)
}, 60_000)

test(`a thief with the keys of log and bucket puts ${ON_TOP} checkpoints on top: this log is refused, theirs hides ours from a start, and not from an auditor`, async () => {
  await using minio = await startMinio()
  const { s3, env: anchored } = await anchorBucket(minio, folder)
  const env = { ...anchored, STINT_PROBES: 'off' }
  await using vendor = await startVendor({ env })
  await vendor.restart()
  await vendor.halt()
  const [before, theirs] = [place('before'), place('theirs')]
  copy(vendor.dataFolder, before)
  copy(vendor.dataFolder, theirs)
  expect(await restart(vendor)).toBe('started')
  const keys = await keysOf(vendor)
  await vendor.halt()
  const ours = await grown(vendor.dataFolder, 1)

  // Theirs is longer than ours, and goes on from where both are the same.
  const kept = await grown(theirs, ON_TOP)
  const folderOf = (origin = '') => `stint/${hash('sha256', origin).slice(0, 16)}`
  for (const { size, note } of kept) {
    const name = String(Number.MAX_SAFE_INTEGER - size).padStart(16, '0')
    const Key = `${folderOf(note.split('\n')[0])}/${name}`
    await s3.send(new PutObjectCommand({ Bucket: 'anchors', Key, Body: note }))
  }
  const newest = kept.at(-1) ?? { size: 0, note: '' }
  expect(await restart(vendor)).toContain(shaOf(newest))

  const mine = place('mine')
  copy(vendor.dataFolder, mine)
  rmSync(vendor.dataFolder, { recursive: true })
  copy(theirs, vendor.dataFolder)
  // What docs/LOG.md says of the 64 newest.
  expect(await restart(vendor)).toBe('started')
  await vendor.halt()
  const path = join(vendor.dataFolder, 'audit.db')
  const [said] = await verifyBoth([{ path, keys, anchors: ours }])
  expect(said?.ours).toMatchObject({ ok: false, fault: 'anchor' })
  expect(said?.python).toEqual(said?.ours)

  // Who has our log and gives theirs up names all of it, the ones below the newest as well.
  rmSync(vendor.dataFolder, { recursive: true })
  copy(mine, vendor.dataFolder)
  const refusal = await restart(vendor)
  const sha256 = /"sha256":"([0-9a-f]{64})"/.exec(refusal)?.[1] ?? ''
  expect(await restart(vendor, ['--accept-fork', sha256])).toBe('started')
  const named = new Set((await forks(vendor)).flatMap(({ accepted }) => accepted.map((one) => one.sha256)))
  const beyond = kept.filter(({ size }) => size > (ours[0]?.size ?? 0))
  expect(beyond.length).toBeGreaterThan(64)
  expect(beyond.filter((one) => !named.has(shaOf(one)))).toEqual([])
  s3.destroy()
}, 180_000)
