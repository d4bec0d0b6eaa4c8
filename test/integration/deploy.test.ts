import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LOG_PATH } from '@stint/sts-client/wire'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newLogKeyPem, readLogKey } from '../../apps/vendor/src/audit/tree/log-key.ts'
import { parseSettings } from '../../apps/vendor/src/config.ts'
import { partPath } from '../../scripts/parts/part-path.ts'
import { made as packOf, sealedReview } from '../support/evidence.ts'
import { startFakeSts } from '../support/fake-sts.ts'
import { reviewedConfiguration } from '../support/reviews.ts'
import { configurationFor, startVendor } from '../support/vendor.ts'

const ROOT = join(import.meta.dirname, '../..')
const UNIT = join(ROOT, 'deploy/stint.service')
const CLI = join(ROOT, 'apps/vendor/src/cli.ts')
/** Of 10; systemd calls it "OK" below 2. */
const MOST_EXPOSURE = 2
const run = promisify(execFile)
const part = (name: string) => partPath(name, console.error)

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stint-deploy-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('systemd accepts the unit without a word, and finds it little exposed', async () => {
  const analyze = await part('systemd-analyze')
  // The same unit with programs that are on this machine: systemd asks whether they are there.
  const text = await readFile(UNIT, 'utf8')
  const unit = join(folder, 'stint.service')
  await writeFile(unit, text.replace('/usr/bin/node', process.execPath))
  expect(await run(analyze, ['verify', unit])).toEqual({ stdout: '', stderr: '' })
  const { stdout } = await run(analyze, ['security', '--offline=true', '--no-pager', unit])
  const exposure = Number(/Overall exposure level for stint\.service: ([0-9.]+)/.exec(stdout)?.[1])
  expect(exposure).toBeLessThan(MOST_EXPOSURE)
  // That it would see a mistake.
  const wrong = join(folder, 'wrong.service')
  await writeFile(wrong, text.replace('ProtectSystem=strict', 'ProtectSistem=strict'))
  expect((await run(analyze, ['verify', wrong])).stderr).toContain('ProtectSistem')
})

test('every system call that an exchange, a large draft, a replay, a look of the detectors, an evidence pack, an anchor and a stop make passes the filter of the unit', async () => {
  const [strace, analyze] = [await part('strace'), await part('systemd-analyze')]
  const calls = join(folder, 'calls')
  await using store = await startFakeSts()
  {
    await using vendor = await startVendor({
      program: [strace, '-f', '-qq', '-o', calls, process.execPath, '--max-semi-space-size=64', CLI],
      env: { STINT_ANCHORS: `file:${join(folder, 'anchor.jsonl')}` },
    })
    const base = reviewedConfiguration(vendor, store.endpoint)
    expect((await vendor.apply(base)).status).toBe(200)
    expect((await vendor.exchange(vendor.token())).status).toBe(200)
    expect((await vendor.post('/v1/admin/config:replay?days=1', { configuration: base })).status).toBe(200)
    expect((await vendor.get('/v1/admin/findings')).status).toBe(200)
    expect((await packOf(vendor, await sealedReview(vendor))).length).toBeGreaterThan(10_000)
    const many = Array.from({ length: 900 }, (_, at) => [
      `app-${at}`,
      { ...base.mappings['app-main'], purpose: `${'p'.repeat(300)}${at}` },
    ])
    const large = { ...base, mappings: { ...base.mappings, ...Object.fromEntries(many) } }
    expect((await vendor.apply(large)).status).toBe(200)
    expect((await vendor.process().stop({ graceMs: 30_000 })).code).toBe(0)
  }
  const allowed = await allowedCalls(analyze, await readFile(UNIT, 'utf8'))
  const made = [
    ...(await readFile(calls, 'utf8')).matchAll(/^[0-9]+ +(?:<\.\.\. )?([a-z_0-9]+)(?:\(| resumed)/gm),
  ]
  const used = new Set(made.map((match) => match[1] ?? ''))
  // That the trace is one of the threads, the disk and the network.
  expect([...used]).toEqual(expect.arrayContaining(['mmap', 'futex', 'fsync', 'pwrite64', 'accept4']))
  // SQLite gives a file to its owner's user, and asks for that only where it runs as root, as this test may.
  const refused = [...used].filter((name) => !allowed.has(name) && name !== 'fchown')
  expect(refused).toEqual([])
}, 120_000)

/** The calls that the filter lines let pass, in their order, sets of systemd's unfolded. */
async function allowedCalls(analyze: string, unit: string): Promise<ReadonlySet<string>> {
  const unfold = async (word: string): Promise<readonly string[]> => {
    if (!word.startsWith('@')) return [word]
    const { stdout } = await run(analyze, ['syscall-filter', '--no-pager', word])
    const words = stdout
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
    return (await Promise.all(words.map(unfold))).flat()
  }
  const allowed = new Set<string>()
  for (const [, not, words = ''] of unit.matchAll(/^SystemCallFilter=(~?)(.+)$/gm)) {
    const calls = (await Promise.all(words.split(' ').map(unfold))).flat()
    for (const call of calls) {
      if (not === '~') allowed.delete(call)
      else allowed.add(call)
    }
  }
  return allowed
}

test('hadolint has nothing to say of the Containerfile', async () => {
  const hadolint = await part('hadolint')
  const file = join(ROOT, 'deploy/Containerfile')
  expect((await run(hadolint, [file])).stdout).toBe('')
  const wrong = join(folder, 'Containerfile')
  await writeFile(wrong, `${await readFile(file, 'utf8')}RUN apt-get install curl\n`)
  await expect(run(hadolint, [wrong])).rejects.toThrow()
})

test('the example settings are settings, and those that are commented out too', async () => {
  const text = await readFile(join(ROOT, 'deploy/stint.env'), 'utf8')
  const lines = [...text.matchAll(/^(?:# )?(STINT_[A-Z_]+)=(.*)$/gm)].map(
    (m) => [m[1] ?? '', m[2] ?? ''] as const,
  )
  const settings = parseSettings({ ...Object.fromEntries(lines), STINT_DATA: '/var/lib/stint' }, {})
  expect(settings.metrics).toMatchObject({ host: '127.0.0.1', port: 9401 })
  expect(settings.approvals).toBe('on')
})

test('a key that the operator gives goes first, is never written, and is not ours to replace', async () => {
  await using store = await startFakeSts()
  const data = join(folder, 'given-data')
  const given = join(folder, 'given')
  await mkdir(given)
  const jwks = async (url: string) => (await fetch(`${url}/oidc/store/jwks.json`)).json()
  let published: unknown
  {
    await using vendor = await startVendor({ dataFolder: data })
    expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
    published = await jwks(vendor.url)
  }
  const path = join(given, 'target-store.pem')
  await rename(join(data, 'keys/target-store.pem'), path)
  // As systemd gives a credential: readable by an access list, which shows as the group's right to read.
  await chmod(path, 0o440)
  {
    await using vendor = await startVendor({ dataFolder: data, env: { STINT_GIVEN_KEYS: given } })
    expect(await jwks(vendor.url)).toEqual(published)
    const refused = await vendor.post('/v1/admin/targets/store:rekey', {
      reason: 'a test',
      compromised: false,
    })
    expect([refused.status, refused.body['code']]).toEqual([409, 'key_is_given'])
    expect((await vendor.events('type=secret.rotating')).length).toBe(0)
  }
  await chmod(path, 0o444)
  await expect(startVendor({ dataFolder: data, env: { STINT_GIVEN_KEYS: given } })).rejects.toThrow(
    'data_folder_unsafe',
  )
  await expect(readFile(join(data, 'keys/target-store.pem'))).rejects.toThrow('ENOENT')
})

test('what systemd gives as a credential is taken for the key of a bucket of anchors, and what others can read is not', async () => {
  const file = join(folder, 'anchor-key.json')
  await writeFile(file, '{"accessKeyId":"stint","secretAccessKey":"nothing"}')
  const env = {
    // A store that is down stops nothing.
    STINT_ANCHORS: 's3:http://127.0.0.1:1/anchors',
    STINT_ANCHOR_S3_CREDENTIALS: file,
  }
  for (const [mode, reason] of [
    [0o440, 'no answer'],
    [0o444, 'key: data_folder_unsafe'],
  ] as const) {
    await chmod(file, mode)
    await using vendor = await startVendor({ env })
    await expect
      .poll(async () => (await vendor.events('type=log.anchor_failed'))[0]?.event)
      .toMatchObject({ reason })
  }
})

test('what systemd gives as a credential is taken for the key that signs the log, and what others can read is not', async () => {
  const file = join(folder, 'log-key.pem')
  await writeFile(file, newLogKeyPem())
  const env = { STINT_LOG_KEY: file }
  await chmod(file, 0o444)
  await expect(startVendor({ env })).rejects.toThrow('data_folder_unsafe')
  await chmod(file, 0o440)
  await using vendor = await startVendor({ env })
  const vkey = (await (await fetch(`${vendor.url}${LOG_PATH}/keys`)).text()).trim()
  const [origin = ''] = vkey.split('+')
  expect(vkey).toBe(readLogKey(file, { origin, isGiven: true }).vkey)
})
