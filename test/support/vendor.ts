import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import { SUBJECT_TOKEN_TYPES, TOKEN_EXCHANGE_GRANT } from '@stint/sts-client/wire'
import { parseSettings } from '../../apps/vendor/src/config.ts'
import type { StoredEvent } from '../../apps/vendor/src/ports.ts'
import { freePort } from './ports.ts'
import { type RunningProcess, startProcess } from './process.ts'
import { strangeEvents } from './strange-events.ts'
import { startTestIssuer, type TestIssuer } from './test-issuer.ts'

export const ACCOUNT = '123456789012'
const ADMIN_AUDIENCE = 'stint-admin'

export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

/** A Stint and the issuers of its callers and of its administrator, all real over loopback. */
export type TestVendor = AsyncDisposable & {
  readonly url: string
  readonly dataFolder: string
  readonly ci: TestIssuer
  readonly admin: TestIssuer
  /** What the process logged so far. */
  logged(): string
  /** A token that the default mapping admits; claims and header members over the defaults. */
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>): string
  exchange(token: string, parameters?: Record<string, string>): Promise<Answer>
  post(path: string, body: unknown, token?: string): Promise<Answer>
  get(path: string, token?: string): Promise<Answer>
  apply(configuration: unknown): Promise<Answer>
  events(query?: string): Promise<readonly StoredEvent[]>
  /**
   * Stops the service and starts it again on the same data folder, with more arguments for `stint serve` where it is a
   * child; `whileDown`: between both.
   */
  restart(args?: readonly string[], whileDown?: () => Promise<void>): Promise<void>
  /** Stops the service; its issuers and its folder stay, for a restart. */
  halt(): Promise<void>
  stop(): Promise<void>
}

export type VendorOptions = {
  readonly dataFolder?: string
  readonly env?: Readonly<Record<string, string>>
  /** Where it is reached, when STINT_LISTEN names a port. */
  readonly at?: string
  /** Runs as a process of its own, so that it can be killed. */
  readonly child?: boolean
  /** Which program: a Node, its flags and the entry. Its environment is `env` and nothing else. */
  readonly program?: readonly string[]
  /** Hears what one in this process logs, and then nothing of it is kept. */
  readonly onLog?: (text: string) => void
  /** How far the monotonic clock of one in this process is ahead of the real one. */
  readonly aheadMs?: () => number
  /** The same of its wall clock, and of those of its issuers. */
  readonly wallAheadMs?: () => number
  /** How long a commit of its log may take, where it is in this process. */
  readonly auditHangMs?: number
}

export type ChildVendor = TestVendor & { kill(): Promise<void>; readonly process: () => RunningProcess }

/** Starts one in this process, or as a child where `child` says so. */
export async function startVendor(options: VendorOptions = {}): Promise<ChildVendor> {
  const ownFolder = options.dataFolder === undefined
  const dataFolder = options.dataFolder ?? join(await mkdtemp(join(tmpdir(), 'stint-vendor-')), 'data')
  const now = () => new Date(Date.now() + (options.wallAheadMs?.() ?? 0))
  const [ci, admin] = await Promise.all([startTestIssuer({ now }), startTestIssuer({ now })])
  const port = await freePort()
  const url = options.at ?? `http://127.0.0.1:${port}`
  const env = {
    STINT_LISTEN: `127.0.0.1:${port}`,
    STINT_PUBLIC_URL: url,
    STINT_ACCOUNT: ACCOUNT,
    STINT_DATA: dataFolder,
    STINT_ADMIN_ISSUER: admin.url,
    STINT_ADMIN_SUBJECT: 'first-administrator',
    STINT_ADMIN_AUDIENCE: ADMIN_AUDIENCE,
    STINT_ADMIN_ALLOW_PRIVATE_ADDRESSES: '127.0.0.0/8',
    STINT_APPROVALS: 'off',
    // What is probed by itself would stand among the sessions and events that a test counts.
    STINT_PROBES: 'off',
    STINT_DETECTORS: 'off',
    STINT_LOG_LEVEL: 'info',
    STINT_LINGER_SECONDS: '0',
    ...options.env,
  }
  const start = (args: readonly string[] = []) =>
    options.child === true || options.program !== undefined
      ? startChild(env, url, { args, program: options.program })
      : startHere(env, options, args)
  let running = await start()
  const adminToken = () => admin.sign({ sub: 'first-administrator', aud: ADMIN_AUDIENCE })

  const post = async (path: string, body: unknown, token = adminToken()) =>
    answerOf(
      await fetch(url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    )
  const get = async (path: string, token = adminToken()) =>
    answerOf(await fetch(url + path, { headers: { authorization: `Bearer ${token}` } }))
  const halt = async () => {
    await running.stop()
    // One in this process stops once, also where the next start is refused.
    if (running.process === null) running = { ...running, stop: async () => undefined }
  }
  let stopped = false
  const stop = async () => {
    if (stopped) return
    stopped = true
    await running.stop()
    await Promise.all([ci.stop(), admin.stop()])
    const strange = strangeEvents(join(dataFolder, 'audit.db'))
    if (ownFolder) await rm(join(dataFolder, '..'), { recursive: true, force: true })
    if (strange.length > 0) throw new Error(`events that the catalogue does not have:\n${strange.join('\n')}`)
  }
  return {
    url,
    dataFolder,
    ci,
    admin,
    logged: () => running.logged(),
    token: (claims = {}, header = {}) =>
      ci.sign(
        {
          sub: 'repo:acme/app',
          aud: url,
          repository: 'acme/app',
          repository_id: '42',
          ref: 'refs/heads/main',
          ...claims,
        },
        { header },
      ),
    async exchange(token, parameters = {}) {
      const form = {
        grant_type: TOKEN_EXCHANGE_GRANT,
        subject_token: token,
        subject_token_type: SUBJECT_TOKEN_TYPES[1],
        resource: `arn:aws:iam::${ACCOUNT}:role/app-artifacts`,
        ...parameters,
      }
      return answerOf(await fetch(`${url}/v1/token`, { method: 'POST', body: new URLSearchParams(form) }))
    },
    post,
    get,
    apply: (configuration) => post('/v1/admin/config:apply', { configuration }),
    async events(query = 'limit=500') {
      const { body } = await get(`/v1/admin/audit/events?${query}`)
      // The admin door's own answer.
      return body['events'] as StoredEvent[]
    },
    async restart(args = [], whileDown = async () => {}) {
      await halt()
      await whileDown()
      running = await start(args)
    },
    halt,
    async kill() {
      await running.kill()
    },
    process: () => {
      if (running.process === null) throw new Error('this vendor is no process of its own')
      return running.process
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
}

type Started = {
  readonly process: RunningProcess | null
  logged(): string
  stop(): Promise<unknown>
  kill(): Promise<unknown>
}

async function startHere(
  env: Record<string, string>,
  options: VendorOptions,
  args: readonly string[],
): Promise<Started> {
  const { aheadMs = () => 0, wallAheadMs = () => 0, onLog, auditHangMs } = options
  const { serve } = await import('../../apps/vendor/src/main.ts')
  let text = ''
  const logStream = new Writable({
    write(chunk, _encoding, done) {
      if (onLog === undefined) text += String(chunk)
      else onLog(String(chunk))
      done()
    },
  })
  const clock = { nowMs: () => Date.now() + wallAheadMs(), monotonicMs: () => performance.now() + aheadMs() }
  const running = await serve({
    settings: parseSettings({}, env),
    ...acceptedBy(args),
    logStream,
    clock,
    auditHangMs,
  })
  return {
    process: null,
    logged: () => text,
    stop: () => running.stop('test'),
    kill: () => Promise.reject(new Error('only a child can be killed')),
  }
}

/** As `stint serve` reads them. */
function acceptedBy(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'accept-config': { type: 'string' },
      'accept-fork': { type: 'string' },
      'accept-lost-anchor': { type: 'string' },
      'new-log-key': { type: 'boolean' },
    },
  })
  return {
    acceptConfig: values['accept-config'] ?? null,
    acceptFork: values['accept-fork'] ?? null,
    acceptLostAnchor: values['accept-lost-anchor'] ?? null,
    newLogKey: values['new-log-key'] === true,
  }
}

const CLI = join(import.meta.dirname, '../../apps/vendor/src/cli.ts')
/** What Node made of the sources is there for the next start, which then takes half as long. */
const COMPILED = join(import.meta.dirname, '../../node_modules/.cache/stint-compiled')

async function startChild(
  env: Record<string, string>,
  url: string,
  { args, program }: { readonly args: readonly string[]; readonly program: VendorOptions['program'] },
): Promise<Started> {
  const [node = '', ...entry] = program ?? [process.execPath, CLI]
  const process_ = await startProcess({
    name: 'stint serve',
    command: node,
    args: [...entry, 'serve', ...args],
    env: program === undefined ? { ...env, PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILED } : env,
    ready: async (signal) => (await fetch(`${url}/readyz`, { signal })).ok,
  })
  return {
    process: process_,
    logged: () => process_.output(),
    stop: () => process_.stop(),
    kill: () => process_.kill('SIGKILL'),
  }
}

/** The configuration that most tests start from: one issuer, one store, one role, one mapping. */
export function configurationFor(
  vendor: { readonly ci: TestIssuer; readonly url: string },
  endpoint: string,
) {
  const condition = (claim: string, equals: string) => ({ claim: [claim], equals })
  return {
    issuers: {
      ci: {
        preset: 'generic',
        url: vendor.ci.url,
        audiences: [vendor.url],
        for: 'machine',
        allowPrivateAddresses: ['127.0.0.0/8'],
      },
    },
    targets: {
      store: { kind: 'minio', endpoint, allowPrivateAddresses: ['127.0.0.0/8'], subjectBudget: 'none' },
    },
    policies: {
      'artifacts-write@1': {
        placeholders: { bucket: 'bucket', prefix: { type: 'path', maxBytes: 200 } },
        document: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: ['s3:GetObject', 's3:PutObject'],
              Resource: ['arn:aws:s3:::{{bucket}}/{{prefix}}/*'],
            },
          ],
        },
      },
    },
    roles: {
      'app-artifacts': role('1h'),
      'quick-look': role('10s'),
    },
    mappings: {
      'app-main': mapping('app-artifacts', [
        condition('repository_id', '42'),
        condition('ref', 'refs/heads/main'),
      ]),
      'app-quick': mapping('quick-look', [condition('repository_id', '42')]),
    },
  }
}

function role(lifetime: string) {
  return {
    target: 'store',
    policies: [
      { use: 'artifacts-write@1', with: { bucket: 'artifacts', prefix: { claim: ['repository'] } } },
    ],
    lifetime: { default: lifetime, max: lifetime },
    for: 'machine',
  }
}

function mapping(to: string, when: readonly object[]) {
  return {
    issuer: 'ci',
    role: to,
    when,
    owner: 'team@example.com',
    purpose: 'a test',
    mode: 'enforce',
    expires: '2099-12-31',
  }
}
