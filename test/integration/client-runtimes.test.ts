import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EdgeRuntime } from 'edge-runtime'
import { build } from 'rolldown'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { partPath } from '../../scripts/parts/part-path.ts'
import { caseNames, type Result, type World } from '../runtimes/client-cases.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { freePort } from '../support/ports.ts'
import { startProcess } from '../support/process.ts'
import { runProgram } from '../support/run-program.ts'
import { answerSigned, identityXml } from '../support/sts-wire.ts'
import {
  type Endpoint,
  granted,
  type Reply,
  type SeenRequest,
  startEndpoint,
} from '../support/token-endpoint.ts'
import { ACCOUNT, configurationFor, startVendor, type TestVendor } from '../support/vendor.ts'

const CASES = join(import.meta.dirname, '../runtimes/client-cases.ts')
const BEARER = 'bearer-of-the-container'
const arn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`

let root = ''
let sts: FakeSts
let vendor: TestVendor
let faults: Endpoint
let world: World

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stint-runtimes-'))
  sts = await startFakeSts()
  vendor = await startVendor()
  expect((await vendor.apply(configurationFor(vendor, sts.endpoint))).status).toBe(200)
  let away = 0
  faults = await startEndpoint((request) => answer(request, () => away++))
  world = {
    stint: vendor.url,
    role: arn('app-artifacts'),
    refusedRole: arn('nobody'),
    token: vendor.token(),
    faults: faults.url,
    bearer: BEARER,
    deadPort: await freePort(),
  }
})
afterAll(async () => {
  await faults[Symbol.asyncDispose]()
  await vendor.stop()
  await sts.stop()
  await rm(root, { recursive: true })
})

function answer(request: SeenRequest, count: () => number): Reply {
  const [, what] = request.url.split('/')
  const good = { ...granted(), role: arn('app-artifacts') }
  switch (what) {
    case 'once-away':
      return count() % 2 === 0
        ? { status: 503, headers: { 'content-type': 'text/html', 'retry-after': '0' }, body: '<p>' }
        : { status: 200, body: JSON.stringify(good) }
    case 'redirect':
      return { status: 307, headers: { location: `${vendor.url}/v1/token` } }
    case 'page':
      return { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>canary' }
    case 'endless':
      return { endless: ' '.repeat(4096) }
    case 'cut':
      return { cut: '{"access_token":' }
    case 'latin1':
      return { status: 200, body: Uint8Array.of(0x7b, 0xff, 0x7d) }
    case 'hang':
      return { hang: 'at once' }
    case 'hang-in-body':
      return { hang: 'after headers' }
    case 'credentials':
      return container(request)
    default:
      return answerSigned(
        request,
        { accessKeyId: 'AKIDSTS', secretAccessKey: 'secret/key+', sessionToken: 'session' },
        identityXml(),
      )
  }
}

function container({ headers }: SeenRequest): Reply {
  if (headers.authorization !== BEARER) return { status: 403, body: '{"Code":"AccessDenied","Message":"no"}' }
  const body = {
    AccessKeyId: 'AKIDCONTAINER',
    SecretAccessKey: 'secret/key',
    Token: 'session',
    Expiration: new Date(Date.now() + 3_600_000).toISOString(),
  }
  return { status: 200, body: JSON.stringify(body) }
}

/** The cases as one file for a runtime; `entry` runs them. */
async function bundle(name: string, entry: string, format: 'esm' | 'iife' = 'esm'): Promise<string> {
  const input = join(root, `${name}.entry.js`)
  await writeFile(input, `import { runCases } from ${JSON.stringify(CASES)}\n${entry}\n`)
  const { output } = await build({ input, platform: 'neutral', write: false, output: { format } })
  const file = join(root, `${name}.js`)
  // Nothing of Node, or of any package, may be left to import.
  expect(output[0].imports).toEqual([])
  await writeFile(file, output[0].code)
  return file
}

const BY_ARGUMENT = 'console.log(JSON.stringify(await runCases(JSON.parse(process.argv[2]))))'

async function asProgram(command: readonly [string, ...string[]]): Promise<readonly Result[]> {
  const { stdout, stderr } = await runProgram([...command, JSON.stringify(world)], {
    env: { HOME: root, NO_COLOR: '1' },
  })
  if (stdout === '') throw new Error(`it said nothing:\n${stderr}`)
  return JSON.parse(stdout)
}

function expectAll(results: readonly Result[]): void {
  expect(results.filter(({ failure }) => failure !== null)).toEqual([])
  expect(results.map(({ name }) => name)).toEqual(caseNames)
}

test.each(['node22', 'node24', 'node26'])('%s', async (name) => {
  // Node 24 is the one that the workspace pins.
  const node = name === 'node24' ? process.execPath : await partPath(name, console.error)
  expectAll(await asProgram([node, await bundle('program.mjs', BY_ARGUMENT)]))
})

test('Deno, allowed nothing but the loopback', async () => {
  const deno = await partPath('deno', console.error)
  const file = await bundle('deno', BY_ARGUMENT)
  expectAll(await asProgram([deno, 'run', '--no-config', '--no-prompt', '--allow-net=127.0.0.1', file]))
})

test('workerd', async () => {
  const workerd = await partPath('workerd', console.error)
  const entry =
    'export default { fetch: async (request) => Response.json(await runCases(await request.json())) }'
  await bundle('worker', entry)
  const port = await freePort()
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [(name = "worker", esModule = embed "worker.js")],
      compatibilityDate = "2026-11-01", globalOutbound = "loopback")),
    (name = "loopback", network = (allow = ["local", "private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);`
  await writeFile(join(root, 'config.capnp'), config)
  const url = `http://127.0.0.1:${port}`
  await using _process = await startProcess({
    name: 'workerd',
    command: workerd,
    args: ['serve', join(root, 'config.capnp')],
    env: {},
    ready: async (signal) => (await fetch(url, { method: 'POST', body: 'x', signal })).status > 0,
  })
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(world) })
  expectAll(JSON.parse(await response.text()))
})

test('edge-runtime', async () => {
  const entry =
    'addEventListener("fetch", (event) => event.respondWith(event.request.json().then(runCases).then((all) => Response.json(all))))'
  const file = await bundle('edge', entry, 'iife')
  const runtime = new EdgeRuntime({ initialCode: await readFile(file, 'utf8') })
  const response = await runtime.dispatchFetch('http://edge.example.com/', {
    method: 'POST',
    body: JSON.stringify(world),
  })
  expectAll(JSON.parse(await response.text()))
})
