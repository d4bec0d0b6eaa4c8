import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { launchMinio, type RunningMinio } from '../../test/support/minio-server.ts'
import { type RunningProvider, startOidcProvider } from '../../test/support/oidc-provider.ts'
import { type PeopleProvider, startPeopleProvider } from '../../test/support/people-provider.ts'
import { type RunningProcess, startProcess } from '../../test/support/process.ts'
import { s3Caller } from '../../test/support/s3.ts'
import { partPath } from '../parts/part-path.ts'

/** Where everything of the quickstart listens: the same in examples/quickstart/stint.yaml. */
const PROVIDER_PORT = 9410
const PEOPLE_PORT = 9411
export const STINT_URL = 'http://127.0.0.1:9400'
export const MINIO_PORT = 9420
export const ACCOUNT = '123456789012'
export const ADMIN_AUDIENCE = `${STINT_URL}/admin`
export const BUCKET = 'artifacts'
export const YAML = 'examples/quickstart/stint.yaml'

export const ROOT = join(import.meta.dirname, '../..')
const CLI = join(ROOT, 'apps/vendor/src/cli.ts')

/** One client is one CI run, and one the administrator. */
export const MAIN_BUILD = 'acme-app-main'
export const FEATURE_BUILD = 'acme-app-feature'
const ADMINISTRATOR = 'administrator'
const REVIEWER = 'reviewer'
/** Who signs in to the page, with any password. */
export const YOU = 'you'
const PAGE_CLIENT = 'stint-page'
/** The job of a branch that is built no more, whose trust nobody took back. */
export const LEGACY_BUILD = 'acme-app-legacy'

/** An OIDC provider that plays the CI system and the administrators' sign-in. */
export function startProvider(): Promise<RunningProvider> {
  const repository = { repository: 'acme/app', repository_id: '42' }
  return startOidcProvider({
    port: PROVIDER_PORT,
    clients: [
      { id: MAIN_BUILD, claims: { ...repository, ref: 'refs/heads/main' } },
      { id: FEATURE_BUILD, claims: { ...repository, ref: 'refs/heads/feature' } },
      { id: LEGACY_BUILD, claims: { ...repository, ref: 'refs/heads/legacy' } },
      { id: ADMINISTRATOR, claims: {} },
      { id: REVIEWER, claims: {} },
    ],
  })
}

/** Another one, where people sign in to the page in a browser: any name with any password. */
export function startPeople(): Promise<PeopleProvider> {
  return startPeopleProvider({
    ...{ port: PEOPLE_PORT, clientId: 'stint-cli', audiences: [] },
    page: { clientId: PAGE_CLIENT, redirectUri: `${STINT_URL}/ui/callback` },
  })
}

export function administratorToken(provider: RunningProvider): Promise<string> {
  return provider.token(ADMINISTRATOR, ADMIN_AUDIENCE)
}

export function reviewerToken(provider: RunningProvider): Promise<string> {
  return provider.token(REVIEWER, ADMIN_AUDIENCE)
}

/**
 * The quickstart's file with a trust that somebody forgot, a second person to review it, for nobody reviews their own, and
 * one who looks at it all in a browser.
 */
export async function writeYaml(folder: string, people: PeopleProvider): Promise<string> {
  const file = join(folder, 'stint.yaml')
  const quickstart = await readFile(join(ROOT, YAML), 'utf8')
  await writeFile(
    file,
    `${quickstart.replace(
      /^issuers:\n/m,
      `issuers:
  people:
    url: ${people.issuer}
    audiences: [${STINT_URL}]
    for: human
    allowPrivateAddresses: [127.0.0.0/8]
`,
    )}  app-legacy:
    issuer: ci
    role: app-artifacts
    when:
      - { claim: [repository_id], equals: "42" }
      - { claim: [ref], equals: refs/heads/legacy }
    owner: team-app@example.com
    purpose: the build of the version before
    mode: enforce
    expires: 2099-12-31

admins:
  reviewer: { issuer: ci, sub: ${REVIEWER}, person: reviewer@example.com, roles: [reviewer] }
  you: { issuer: people, sub: ${YOU}, person: you@example.com, roles: [author, operator, reviewer] }
`,
  )
  return file
}

/** `stint serve` as a process of its own. */
export function startStint(
  dataFolder: string,
  { provider, people }: { readonly provider: RunningProvider; readonly people: PeopleProvider },
): Promise<RunningProcess> {
  return startProcess({
    name: 'stint serve',
    command: process.execPath,
    args: [CLI, 'serve'],
    env: {
      PATH: process.env['PATH'],
      STINT_LISTEN: STINT_URL.replace('http://', ''),
      STINT_PUBLIC_URL: STINT_URL,
      STINT_ACCOUNT: ACCOUNT,
      STINT_DATA: dataFolder,
      STINT_ADMIN_ISSUER: provider.issuer,
      STINT_ADMIN_SUBJECT: ADMINISTRATOR,
      STINT_ADMIN_AUDIENCE: ADMIN_AUDIENCE,
      STINT_ADMIN_ALLOW_PRIVATE_ADDRESSES: '127.0.0.0/8',
      STINT_UI_ISSUER: people.issuer,
      STINT_UI_CLIENT_ID: PAGE_CLIENT,
    },
    ready: async (signal) => (await fetch(`${STINT_URL}/readyz`, { signal })).ok,
  })
}

/** Runs a command of `stint` as a person would; its standard output. */
export async function stint(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', STINT_SERVER: STINT_URL, STINT_ACCOUNT: ACCOUNT, ...env },
  })
  return stdout
}

/** What `stint target setup store --json` prints. */
export type Setup = {
  readonly configUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly policyName: string
  readonly basePolicy: object
}

/** The real MinIO, with Stint as its only identity provider and the base policy as its outer wall. */
export async function startStore(setup: Setup, say: (line: string) => void): Promise<RunningMinio> {
  const store = await launchMinio(await partPath('minio', say), {
    port: MINIO_PORT,
    openid: {
      configUrl: setup.configUrl,
      clientId: setup.clientId,
      clientSecret: setup.clientSecret || randomBytes(24).toString('hex'),
      rolePolicy: setup.policyName,
    },
  })
  const root = s3Caller(store.endpoint, store.root)
  const policy = { query: { name: setup.policyName }, body: JSON.stringify(setup.basePolicy) }
  for (const answer of [
    await root('PUT', '/minio/admin/v3/add-canned-policy', policy),
    await root('PUT', `/${BUCKET}`),
  ]) {
    if (answer.status !== 200) throw new Error(`MinIO could not be prepared: ${answer.status} ${answer.code}`)
  }
  return store
}
