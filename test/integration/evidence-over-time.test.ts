import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAuditLog } from '../../apps/vendor/src/audit/log.ts'
import { runsOf } from '../../apps/vendor/src/domain/retention.ts'
import { breathe, createRandom, systemClock } from '../../apps/vendor/src/runtime.ts'
import { fetched, forget, made, make, sealedReview, stateOf } from '../support/evidence.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { unpack, verifyPacks } from '../support/packs.ts'
import { reviewedConfiguration } from '../support/reviews.ts'
import { type ChildVendor, startVendor } from '../support/vendor.ts'
import { until } from '../support/wait.ts'

const DAY_MS = 86_400_000
const KEPT_DAYS = 30
const silent = { info() {}, warn() {}, error() {} }
let folder: string
let store: FakeSts
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stint-pack-time-'))
  store = await startFakeSts()
})
afterAll(async () => {
  await store.stop()
  rmSync(folder, { recursive: true, force: true })
})

const keysOf = async ({ url }: ChildVendor) =>
  (await (await fetch(`${url}/log/keys`)).text()).trim().split('\n')

/** The store lives in the same days. */
function livedLater(xml: string, byMs: number): string {
  return xml.replace(
    /<Expiration>([^<]*)<\/Expiration>/,
    (_: string, at: string) => `<Expiration>${new Date(Date.parse(at) + byMs).toISOString()}</Expiration>`,
  )
}

/** As retention was before it held these: of the configuration's events only the newest of a type stays. */
async function withoutConfiguration(dataFolder: string): Promise<void> {
  const audit = await openAuditLog({
    path: join(dataFolder, 'audit.db'),
    migrations: join(import.meta.dirname, '../../migrations/sqlite/audit'),
    key: { keyFile: join(dataFolder, 'keys/log.pem'), makeKey: false, origin: 'never used' },
    ...{ clock: systemClock, random: createRandom(), bootId: 'before', log: silent },
  })
  const { events } = await audit.page({ types: ['config.changing', 'config.changed'], limit: 500 })
  const seqs = events.slice(2).map(({ seq }) => seq)
  const runs = runsOf(seqs.toReversed())
  const before = new Date().toISOString()
  await audit.append({ type: 'log.pruned', policy: { days: 30 }, before, count: seqs.length, runs })
  await audit.tree.checkpoint()
  while (await audit.pruning.slice()) await breathe()
  await audit.close()
}

let files = 0
/** What both verifiers say, and that it is the same. */
async function verdict(pack: Buffer, keys: readonly string[]) {
  const path = join(folder, `pack-${++files}.tar`)
  writeFileSync(path, pack)
  const [said] = await verifyPacks([{ path, keys }])
  expect(said?.python).toEqual(said?.ours)
  return said?.ours
}

const tableOf = (pack: Buffer, part: string) => {
  const file = unpack(pack).find(({ name }) => name === `${part}.json`)
  return JSON.parse(file?.content.toString() ?? '{}')
}

describe('after bodies were pruned', () => {
  let vendor: ChildVendor
  let aheadMs = 0
  beforeAll(async () => {
    const env = { STINT_RETENTION_DAYS: String(KEPT_DAYS) }
    vendor = await startVendor({ env, wallAheadMs: () => aheadMs })
    // The newest of each type stays anyhow: what could be pruned has something behind it.
    for (const purpose of ['the first one', 'another one'])
      expect((await vendor.apply(configuration(purpose))).body).toMatchObject({ applied: true })
    for (let at = 0; at < 3; at++) expect((await vendor.exchange(vendor.token())).status).toBe(200)
  }, 60_000)
  afterAll(() => vendor.stop())

  function configuration(purpose: string) {
    const base = reviewedConfiguration(vendor, store.endpoint)
    const main = { ...base.mappings['app-main'], purpose }
    return { ...base, mappings: { ...base.mappings, 'app-main': main, 'app-old': main } }
  }

  async function pruned(): Promise<void> {
    const count = async () => (await vendor.events('type=log.pruned')).length
    const before = await count()
    aheadMs += (KEPT_DAYS + 1) * DAY_MS
    await vendor.restart()
    await until('the log is pruned', async () => (await count()) > before)
    // It is announced first; bodies go afterwards.
    await until('its bodies are gone', async () => (await vendor.events('type=assume.issued')).length === 0)
  }

  test('the pack that was made stays right; to make it anew is refused by its code, and what lies there is left alone', async () => {
    const id = await sealedReview(vendor, { names: ['app-main', 'app-old', 'app-quick'] })
    const pack = await made(vendor, id)
    const keys = await keysOf(vendor)
    forget(vendor, id)
    expect(Buffer.compare(await made(vendor, id), pack)).toBe(0)
    await pruned()
    expect(Buffer.compare(await fetched(vendor, id), pack)).toBe(0)
    expect(await verdict(pack, keys)).toMatchObject({ ok: true, review: id })
    expect(tableOf(pack, '10-sample').tables[0].rows).toHaveLength(3)
    forget(vendor, id)
    expect(await make(vendor, id)).toMatchObject({ status: 410, body: { code: 'gone' } })
    expect(vendor.logged()).toContain('"code":"review_pack_pruned"')
    expect(await stateOf(vendor, id)).toMatchObject({
      state: 'none',
      failed: 'review_pack_pruned',
      bytes: null,
    })
    // Nothing was said twice, and who has the file still has the evidence.
    expect(await vendor.events('type=review.packed')).toHaveLength(1)
    expect(await verdict(pack, keys)).toMatchObject({ ok: true })
  })

  test('a quarter whose oldest exchanges were pruned accuses nobody: the configuration is rebuilt from the first event on', async () => {
    // Of before what the log keeps, used after that, and taken out before the review.
    const { 'app-old': _gone, ...mappings } = configuration('a third one').mappings
    store.setFault({ kind: 'rewrite', rewrite: (xml) => livedLater(xml, aheadMs) })
    expect((await vendor.exchange(vendor.token())).status).toBe(200)
    store.setFault(undefined)
    const changed = { ...configuration('a third one'), mappings }
    expect((await vendor.apply(changed)).body).toMatchObject({ applied: true })
    const id = await sealedReview(vendor, { ahead: aheadMs })
    const pack = await made(vendor, id)
    expect(await verdict(pack, await keysOf(vendor))).toMatchObject({ ok: true, review: id })
    for (const { name, content } of unpack(pack))
      expect([name, /\bNOT of the version|ORPHAN/.exec(content.toString())?.[0]]).toEqual([name, undefined])
    const { about, tables } = tableOf(pack, '02-population')
    expect(about.join(' ')).toMatch(/Every item is of the version and hash that the log has/)
    expect(about.join(' ')).toMatch(/[0-9]+ events of exchanges in the period were pruned by their age/)
    expect(tables[0].rows[0]).toMatchObject({ kind: 'mapping', agrees: true, 'disabled by the log': 1 })
    expect(tables[1].rows).toMatchObject([
      { mapping: 'app-main', 'where it is': 'in the snapshot' },
      { mapping: 'app-old', 'where it is': 'disabled' },
    ])
  })

  test('where an older version took out what the configuration is rebuilt from, a first pack says that it cannot tell, and verifies', async () => {
    await vendor.restart([], () => withoutConfiguration(vendor.dataFolder))
    const id = await sealedReview(vendor, { ahead: aheadMs })
    const pack = await made(vendor, id)
    expect(await verdict(pack, await keysOf(vendor))).toMatchObject({ ok: true, review: id })
    const { about, tables } = tableOf(pack, '02-population')
    expect(about.join(' ')).toMatch(/events of the configuration were pruned/)
    expect(about.join(' ')).toMatch(/events of exchanges in the period were pruned/)
    for (const row of tables[0].rows)
      expect(row).toMatchObject({ 'enabled by the log': null, 'disabled by the log': null, agrees: null })
    expect(about.join(' ')).not.toMatch(/NOT of the version|orphans: no/)
  })
})

describe('where the log’s key was rotated', () => {
  let vendor: ChildVendor
  beforeAll(async () => {
    vendor = await startVendor({ child: true })
    expect((await vendor.apply(reviewedConfiguration(vendor, store.endpoint))).body).toMatchObject({
      applied: true,
    })
    expect((await vendor.exchange(vendor.token())).status).toBe(200)
  }, 60_000)
  afterAll(() => vendor.stop())

  test('while the review ran, and between seal and pack, both verifiers accept it by the keys of the log', async () => {
    const [first = ''] = await keysOf(vendor)
    const id = await sealedReview(vendor, { between: () => vendor.restart(['--new-log-key']) })
    await vendor.restart(['--new-log-key'])
    const pack = await made(vendor, id)
    const keys = await keysOf(vendor)
    expect(keys).toHaveLength(3)
    expect(await verdict(pack, keys)).toMatchObject({ ok: true, review: id })
    // The key that signed the seal is named in a manifest that the newest key stands for.
    expect(
      await verdict(
        pack,
        keys.filter((key) => key !== first),
      ),
    ).toMatchObject({ ok: true })
    expect(await verdict(pack, [first])).toMatchObject({
      ok: false,
      fault: 'signature',
      file: '00-manifest.proof',
    })
    // And after one more, it is the same bytes.
    await vendor.restart(['--new-log-key'])
    forget(vendor, id)
    expect(Buffer.compare(await made(vendor, id), pack)).toBe(0)
  }, 60_000)
})
