import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CASES, type Case } from '../clients/cases.ts'
import type { Client, ClientDoor, Said } from '../clients/client.ts'
import { cellOf, conformanceTable, type Outcome } from '../clients/conformance.ts'
import { CLIENTS } from '../clients/table.ts'
import type { RunningMinio } from '../support/minio-server.ts'
import { freePort } from '../support/ports.ts'
import { type RecordingProxy, startRecordingProxy } from '../support/recording-proxy.ts'
import { startTestIssuer, type TestIssuer } from '../support/test-issuer.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { ACCOUNT, type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

/** The clients' own defaults where `test:long` asks for them; else the fewest tries that still show a second one. */
const DEFAULT_RETRIES = process.env['STINT_CLIENT_RETRIES'] === 'default'
const RETRIES: Readonly<Record<string, string>> = DEFAULT_RETRIES
  ? {}
  : { AWS_MAX_ATTEMPTS: '2', CLIENT_RETRY_MS: '50' }
/** Of one client address: more than any client asks for in one case, and as good as none beyond that. */
const LIMIT = '20/60'
const TABLE = join(import.meta.dirname, '../../docs/clients/conformance.md')

let folder: string
let down: TestIssuer
let vendor: ChildVendor
let minio: RunningMinio
const outcomes: Outcome[] = []
let runs = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stint-clients-'))
  down = await startTestIssuer()
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  vendor = await startVendor({
    at: origin,
    env: {
      STINT_LISTEN: `127.0.0.1:${port}`,
      STINT_PUBLIC_URL: `${origin}/stint`,
      STINT_TRUSTED_PROXIES: '127.0.0.0/8',
      STINT_RATE_LIMITS: `sts=${LIMIT},container=${LIMIT}`,
    },
  })
  minio = await startTrustingMinio(vendor, configuration)
  await down.down()
})

afterAll(async () => {
  await minio?.stop()
  await vendor?.stop()
  await down?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** The configuration of most tests, with a role a case and an issuer whose keys cannot be had. */
function configuration(endpoint: string) {
  const base = configurationFor(vendor, endpoint)
  const { 'app-artifacts': usual } = base.roles
  const lasting = (lifetime: string, target = 'store') => ({
    ...usual,
    target,
    lifetime: { default: lifetime, max: lifetime },
  })
  const roles = {
    'app-artifacts': usual,
    'quarter-hour': lasting('900s'),
    brief: lasting('5s'),
    'dead-store': lasting('1h', 'dead'),
  }
  const admitted = (issuer: string) =>
    Object.keys(roles).map((role) => [`${issuer}-${role}`, { ...base.mappings['app-main'], issuer, role }])
  return {
    ...base,
    issuers: { ...base.issuers, down: { ...base.issuers.ci, url: down.url } },
    targets: { ...base.targets, dead: { ...base.targets.store, endpoint: 'http://127.0.0.1:9' } },
    roles,
    mappings: Object.fromEntries([...admitted('ci'), ...admitted('down')]),
  }
}

function tokenOf({ token }: Case): string {
  const now = Math.floor(Date.now() / 1000)
  switch (token) {
    case 'other-branch':
      return vendor.token({ ref: 'refs/heads/other' })
    case 'expired':
      return vendor.token({ iat: now - 700, nbf: now - 700, exp: now - 400 })
    case 'idp-down':
      return down.sign({
        sub: 'repo:acme/app',
        aud: vendor.url,
        repository: 'acme/app',
        repository_id: '42',
        ref: 'refs/heads/main',
      })
    case 'newline':
      return `${vendor.token()}\n`
    case 'good':
      return vendor.token()
  }
}

/** What points a client at that door; nothing of this machine's own settings is in it. */
async function environment(one: Case, door: ClientDoor, at: { readonly home: string; readonly url: string }) {
  const { home, url } = at
  const tokenFile = join(home, 'token')
  const token = tokenOf(one)
  await mkdir(join(home, '.aws'), { recursive: true })
  await writeFile(tokenFile, token)
  const base = one.server === 'prefixed' ? `${url}/stint` : url
  const credentials = `${base}/v1/credentials/${one.role}`
  const common = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: minio.endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    CLIENT_REPEAT: String(one.repeat),
    CLIENT_PAUSE_MS: String(one.pauseMs),
    ...RETRIES,
  }
  switch (door) {
    case 'sts':
      return {
        ...common,
        AWS_ENDPOINT_URL_STS: base,
        AWS_ROLE_ARN: `arn:aws:iam::${ACCOUNT}:role/${one.role}`,
        AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      }
    case 'container':
      return {
        ...common,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: credentials,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
      }
    case 'process': {
      // No program of ours: curl is a helper, and one that waits as long as the door says.
      const header = join(home, 'header')
      await writeFile(header, `authorization: Bearer ${token.trim()}\n`, { mode: 0o600 })
      const command = `curl -fsS --retry 2 -H @${header} ${credentials}?format=process`
      await writeFile(join(home, '.aws/config'), `[default]\ncredential_process = ${command}\n`)
      return common
    }
  }
}

type Run = { readonly client: Client; readonly door: ClientDoor; readonly one: Case }

const RUNS: readonly Run[] = CLIENTS.flatMap((client) =>
  client.doors.flatMap((door) => CASES.map((one) => ({ client, door, one }))),
)

async function run({
  client,
  door,
  one,
}: Run): Promise<{ readonly said: Said; readonly proxy: RecordingProxy }> {
  const number = runs++
  const address = (host: string) => `10.${(number >> 8) & 255}.${number & 255}.${host}`
  await using proxy = await startRecordingProxy(vendor.url, {
    clientAddress: async (nth) => {
      if (one.server !== 'limited') return address('1')
      // The first request finds what its network may ask spent by others of it; the next comes from elsewhere.
      if (nth > 1) return `172.16.${number & 255}.1`
      await spendLimit(door, address('2'))
      return address('1')
    },
  })
  const home = join(folder, String(number))
  await mkdir(home)
  const env = await environment(one, door, { home, url: proxy.url })
  const said = await client.use({ bucket: 'artifacts', key: `acme/app/run-${number}`, env, folder: home })
  return { said, proxy }
}

/** Asks until the door says that it is too often. */
async function spendLimit(door: ClientDoor, address: string): Promise<void> {
  const [path, method] = door === 'sts' ? ['/', 'POST'] : ['/v1/credentials', 'GET']
  for (let text = ''; !text.includes('Throttling'); ) {
    const answer = await fetch(vendor.url + path, { method, headers: { 'x-forwarded-for': address } })
    text = await answer.text()
  }
}

/** The page that is checked in is what this run saw; `STINT_WRITE_DOCS=1` writes it anew. */
async function compareTable(): Promise<void> {
  const page = await readFile(TABLE, 'utf8')
  const [before = '', after = ''] = [page.split(MARK)[0], page.split(MARK)[2]]
  const wanted = `${before}${MARK}\n\n${conformanceTable(outcomes)}\n${MARK}${after}`
  if (process.env['STINT_WRITE_DOCS'] === '1') await writeFile(TABLE, wanted)
  else expect(withoutCounts(page)).toBe(withoutCounts(wanted))
}

/** How often a client asks depends on its time limits, and so on a busy machine: the page tells it, and nothing is held to it. */
function withoutCounts(text: string): string {
  return text.replaceAll(/ ×[1-9][0-9]*/g, '')
}
const MARK = '<!-- written by test/integration/clients.test.ts -->'

describe('clients as their users have them', () => {
  test.concurrent.each(RUNS.map((one) => [`${one.client.name}, ${one.door}: ${one.one.name}`, one] as const))(
    '%s',
    async (_name, one) => {
      const { said, proxy } = await run(one)
      const { expect: wanted } = one.one
      outcomes.push({ ...one, said, requests: proxy.requests })
      const cell = cellOf({ ...one, said, requests: proxy.requests })
      const known = one.client.differs?.[`${one.door}: ${one.one.name}`]
      if (known !== undefined)
        return expect(withoutCounts(cell), said.message).toBe(withoutCounts(known.shows))
      expect(said.ok, said.message).toBe(wanted.ok[one.door])
      if (said.ok) expect(said.text).toContain('written by ')
      expect(proxy.requests[0]?.status).toBe(wanted.first[one.door])
      expect(proxy.requests.length).toBeGreaterThanOrEqual(wanted.requests)
    },
  )

  // The clients' own retries change how often they ask; the table is of the fewest.
  test.skipIf(DEFAULT_RETRIES)('the conformance table in the documents is what was seen', compareTable)
})
