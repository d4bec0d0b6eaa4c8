import { execFile, spawnSync } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Built, buildProgram } from '../../scripts/build/program.ts'
import { partPath } from '../../scripts/parts/part-path.ts'
import { made, sealedReview } from '../support/evidence.ts'
import { reviewedConfiguration } from '../support/reviews.ts'
import { s3Caller } from '../support/s3.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { type Answer, startVendor } from '../support/vendor.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

let folder: string
let built: Built
/** Where the archive was unpacked: beside no sources and below no `node_modules` of ours. */
let program: string

const build = (out: string) =>
  buildProgram({ root: ROOT, out, commit: '0123456789ab', atSeconds: 1_700_000_000, log: () => undefined })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stint-build-'))
  built = await build(join(folder, 'one'))
  await mkdir(join(folder, 'empty'))
  await run('tar', ['-xzf', built.archive, '-C', join(folder, 'empty')])
  program = join(folder, 'empty/stint-0.1.0')
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('the same sources make the same bytes', async () => {
  const again = await build(join(folder, 'two'))
  expect(again.sha256).toBe(built.sha256)
  expect(await readFile(`${built.archive}.sha256`, 'utf8')).toBe(`${built.sha256}  stint-0.1.0.tar.gz\n`)
})

test('it says its version and commit, and carries licences, a bill of materials and its documents', async () => {
  const { stdout } = await run(process.execPath, [join(program, 'bin/stint.mjs'), '--version'], { env: {} })
  expect(stdout).toBe('stint 0.1.0 (commit 0123456789ab)\n')
  const notice = await readFile(join(program, 'NOTICE'), 'utf8')
  const bom = JSON.parse(await readFile(join(program, 'sbom.cdx.json'), 'utf8'))
  const names = bom.components.map((one: { name: string }) => one.name)
  expect(names).toEqual(expect.arrayContaining(['better-sqlite3', 'hono', 'undici', 'zod']))
  for (const { name, version } of bom.components) expect(notice).toContain(`\n${name} ${version} (`)
  for (const file of [
    'LICENSE',
    'README',
    'share/openapi.json',
    'share/stint.schema.json',
    'share/stint.service',
  ])
    expect((await readFile(join(program, file), 'utf8')).length).toBeGreaterThan(100)
})

const NODES = [
  ['22', () => partPath('node22', console.error)],
  ['24', () => Promise.resolve(process.execPath)],
  ['26', () => partPath('node26', console.error)],
] as const

test.each(NODES)(
  'on Node %s, from an empty folder, with nothing on PATH: an exchange on a real MinIO, every worker thread at its work, a clean end',
  async (version, nodeOf) => {
    const node = await nodeOf()
    expect((await run(node, ['--version'])).stdout).toMatch(new RegExp(`^v${version}\\.`))
    const home = await mkdtemp(join(folder, 'home-'))
    await using vendor = await startVendor({
      // As the unit starts it.
      program: [node, '--max-semi-space-size=64', '--disable-proto=throw', join(program, 'bin/stint.mjs')],
      env: { HOME: home, PATH: '' },
    })
    const configure = (endpoint: string) => reviewedConfiguration(vendor, endpoint)
    await using minio = await startTrustingMinio(vendor, configure)
    const credentials = credentialsOf(await vendor.exchange(vendor.token()))
    const put = await s3Caller(minio.endpoint, credentials)('PUT', '/artifacts/acme/app/x', { body: 'y' })
    expect(put.status).toBe(200)
    const before = (await vendor.events('limit=1'))[0]?.seq ?? 0

    // Each worker thread is another file of the bundle: replays, detectors, what stores tell, evidence packs.
    const base = configure(minio.endpoint)
    const replayed = await vendor.post('/v1/admin/config:replay?days=1', { configuration: base })
    expect([replayed.status, replayed.body['decisions']]).toEqual([200, 1])
    expect((await vendor.get('/v1/admin/findings')).status).toBe(200)
    expect((await vendor.get('/v1/admin/accesses?bucket=artifacts&key=acme/app/x')).status).toBe(200)
    expect((await made(vendor, await sealedReview(vendor))).length).toBeGreaterThan(10_000)

    // Above 256 KB a draft is planned by the worker thread.
    const purpose = 'p'.repeat(400)
    const many = Array.from({ length: 900 }, (_, at) => [
      `app-${at}`,
      {
        ...base.mappings['app-main'],
        when: [{ claim: ['repository_id'], equals: String(1000 + at) }],
        purpose,
      },
    ])
    const applied = await vendor.apply({
      ...base,
      mappings: { ...base.mappings, ...Object.fromEntries(many) },
    })
    expect([applied.status, applied.body['applied']]).toEqual([200, true])
    expect((await vendor.events('limit=1'))[0]?.seq).toBeGreaterThan(before)

    expect(await vendor.process().kill('SIGTERM')).toEqual({ code: 0, signal: null })
  },
  60_000,
)

test('says so where its native part is missing, or is for another machine', async () => {
  const broken = join(folder, 'broken')
  await cp(program, broken, { recursive: true })
  const natives = join(broken, 'node_modules/better-sqlite3/prebuilds')
  const env = {
    STINT_PUBLIC_URL: 'http://127.0.0.1:1',
    STINT_LISTEN: '127.0.0.1:0',
    STINT_ACCOUNT: '123456789012',
    STINT_DATA: join(broken, 'data'),
    STINT_ADMIN_ISSUER: 'http://127.0.0.1:1',
    STINT_ADMIN_SUBJECT: 'x',
    STINT_ADMIN_AUDIENCE: 'y',
  }
  const serve = () =>
    spawnSync(process.execPath, [join(broken, 'bin/stint.mjs'), 'serve'], { env, encoding: 'utf8' })
  const native = join(natives, `linux-${process.arch}.node`)
  await chmod(native, 0o644)
  await writeFile(native, 'not a program')
  const unfit = serve()
  expect([unfit.status, unfit.stderr]).toEqual([1, expect.stringContaining('native_part_unfit')])
  expect(unfit.stderr).toContain('ERR_DLOPEN_FAILED')
  await rm(natives, { recursive: true })
  const missing = serve()
  expect([missing.status, missing.stderr]).toEqual([1, expect.stringContaining('native_part_unfit')])
  expect(missing.stderr).toContain(process.arch)
})

test('an older Node is told which one is needed', async () => {
  const launcher = await readFile(join(program, 'bin/stint.mjs'), 'utf8')
  const old = join(folder, 'old.mjs')
  await writeFile(
    old,
    `Object.defineProperty(process.versions, 'node', { value: '20.11.0' })\n${launcher.replace(/^#!.*\n/, '')}`,
  )
  const { status, stderr } = spawnSync(process.execPath, [old], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([1, expect.stringContaining('Node 22.19 or newer is needed')])
})

function credentialsOf({ status, body }: Answer) {
  expect(status).toBe(200)
  // The vendor's own answer.
  const { access_key_id, secret_access_key, session_token } = body['credentials'] as Record<string, string>
  return {
    accessKeyId: String(access_key_id),
    secretAccessKey: String(secret_access_key),
    sessionToken: String(session_token),
  }
}
