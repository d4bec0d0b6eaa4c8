import { createSecretKey, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serve as listen } from '@hono/node-server'
import { logOrigin } from '@stint/sts-client/wire'
import type { Hono } from 'hono'
import { createAnchors } from './anchors/anchors.ts'
import { type AppDeps, buildApp, buildEarlyApp } from './app.ts'
import { openAuditLog } from './audit/log.ts'
import { createRefusals } from './audit/refusals.ts'
import type { Settings } from './config.ts'
import { weakenedBy } from './config.ts'
import type { ConfigurationWorkerData } from './configuration-worker.ts'
import { createDesk } from './desk/desk.ts'
import { createWorkerDesk } from './desk/worker-desk.ts'
import type { Actor } from './domain/audit-event.ts'
import { canonicalize } from './domain/canonical.ts'
import {
  amendConfiguration,
  type Configuration,
  EMPTY_CONFIGURATION,
  mappingOf,
} from './domain/configuration.ts'
import { createSubjectBudgets } from './domain/subject-budget.ts'
import { VendorError } from './errors.ts'
import { authoriseAdmin, personsOf } from './flows/admin.ts'
import { createAnchoring } from './flows/anchoring.ts'
import { endChange, isSamePerson } from './flows/change-request.ts'
import { createConfigurationFlow } from './flows/configuration.ts'
import { createEndings } from './flows/ending.ts'
import { exchange } from './flows/exchange.ts'
import { explain } from './flows/explain.ts'
import { createFindings } from './flows/findings.ts'
import { goOnWithLog } from './flows/go-on-with-log.ts'
import { createInFlight } from './flows/in-flight.ts'
import { readKeptAsk } from './flows/kept-ask.ts'
import { liftLock } from './flows/lift-lock.ts'
import { rekey } from './flows/rekey.ts'
import { createRevokeFlow } from './flows/revoke.ts'
import type { Env } from './http/context.ts'
import { createRequestFacts } from './http/request-facts.ts'
import { newId } from './ids.ts'
import { writeKeyFile } from './key-file.ts'
import { createLogger } from './log.ts'
import { createTokenVerifier } from './oidc/verifier.ts'
import type { Clock, ConfigurationDesk, Logger } from './ports.ts'
import { breathe, createRandom, sha256Bytes, sha256Hex, systemClock, systemTimers } from './runtime.ts'
import { lockDataFolder } from './storage/lock.ts'
import { createChangeStore } from './storage/sqlite/change-store.ts'
import { openDatabase } from './storage/sqlite/open.ts'
import { createResourceStore } from './storage/sqlite/store.ts'
import { createTargets } from './targets/targets.ts'
import { adminIssuers } from './wiring/admin-issuers.ts'
import { draftTools } from './wiring/draft-tools.ts'

export type ServeOptions = {
  readonly settings: Settings
  /** `--accept-config <hash>`: the one exception to "the file is what the log says". */
  readonly acceptConfig: string | null
  /** `--accept-fork <hash>`: the log goes on although an anchor holds the checkpoint with this hash. */
  readonly acceptFork?: string | null
  /** `--new-log-key`: another key signs checkpoints from this start on. */
  readonly newLogKey?: boolean
  /** Hears that the log turned out to be older than an anchor: nothing is given from then on. */
  readonly onFatal?: (error: VendorError) => void
  readonly logStream: NodeJS.WritableStream
  /** Left out: the real one. */
  readonly clock?: Clock
}

export type Running = {
  readonly port: number
  /** Takes no more requests, lets those under way finish, writes what is counted, closes. */
  stop(reason: string): Promise<void>
}

const VERSION = '0.1.0'
const MIGRATIONS = fileURLToPath(new URL('../../../migrations/sqlite/', import.meta.url))
const DRAIN_MS = 10_000
const timers = systemTimers

/**
 * Starts the service: lock, keys, socket with the issuer documents, then the databases, the check of the configuration
 * against the log, and the doors. Throws a VendorError of the catalogue where it must not start.
 */
export async function serve(options: ServeOptions): Promise<Running> {
  const { settings, clock = systemClock } = options
  const log = createLogger(settings.logLevel, options.logStream)
  const random = createRandom()
  const lock = lockDataFolder(settings.dataFolder)
  const targets = createTargets({
    folder: join(settings.dataFolder, 'keys'),
    publicUrl: settings.publicUrl,
    clock,
    timers,
  })
  const requestFacts = createRequestFacts({ trustedProxies: settings.trustedProxies, clock, random })
  let waiting: () => readonly string[] = () => ['databases']
  let notices: () => readonly string[] = () => []
  const basics: AppDeps = {
    publicUrl: settings.publicUrl,
    requestFacts,
    log,
    issuerDocuments: targets.documents,
    readiness: { waiting: () => waiting(), notices: () => notices() },
  }
  let app = buildEarlyApp(basics)
  const server = await open((request, env) => app.fetch(request, env), settings)
  try {
    const service = await openService({ ...options, clock, log, random, targets, requestFacts, basics })
    app = service.app
    waiting = service.waiting
    notices = service.notices
    log.info('process.ready', { port: server.port, generation: service.configuration().generation })
    return {
      port: server.port,
      async stop(reason) {
        waiting = () => ['stopping']
        await server.drain()
        await service.close(reason)
        lock.release()
      },
    }
  } catch (thrown) {
    await server.drain()
    lock.release()
    throw thrown
  }
}

type Wiring = ServeOptions & {
  readonly clock: Clock
  readonly log: Logger
  readonly random: ReturnType<typeof createRandom>
  readonly targets: ReturnType<typeof createTargets>
  readonly requestFacts: ReturnType<typeof createRequestFacts>
  readonly basics: AppDeps
}

/** Opens everything behind the doors; what was opened is closed again where the rest cannot be, so that the process ends. */
async function openService(wiring: Wiring) {
  await using opened = new AsyncDisposableStack()
  const { settings, clock, log, random, targets, requestFacts } = wiring
  const inData = (file: string) => join(settings.dataFolder, file)
  const newRequestId = () => newId('req', clock.nowMs(), random.bytes(10))
  const bootId = newId('evt', clock.nowMs(), random.bytes(10)).slice(4)
  const audit = await openAuditLog({
    path: inData('audit.db'),
    migrations: `${MIGRATIONS}audit`,
    key: { ...logKeyOptions(settings), withoutKey: wiring.newLogKey === true },
    clock,
    random,
    bootId,
    log,
  })
  opened.defer(() => audit.close())
  if (audit.tree.firstKey !== null) {
    const thumbprint = audit.tree.firstKey.split('+').at(-2) ?? null
    await audit.append({ type: 'secret.created', purpose: 'checkpoint signing', target: null, thumbprint })
  }
  const anchors = createAnchors({ places: settings.anchors, bucket: settings.anchorBucket, clock, log })
  opened.defer(() => anchors.close())
  let rolledBack = false
  const anchoring = createAnchoring(
    {
      anchors: anchors.all,
      audit,
      clock,
      timers,
      sha256: sha256Hex,
      log,
      onRolledBack(facts) {
        const error = new VendorError('log_rolled_back', { facts })
        if (!rolledBack) log.error('audit.rolled_back', { ...facts })
        rolledBack = true
        wiring.onFatal?.(error)
      },
    },
    logOrigin(settings.publicUrl),
  )
  await goOnWithLog(
    { audit, anchoring },
    { fork: wiring.acceptFork ?? null, newKey: wiring.newLogKey === true },
  )
  const configFile = openDatabase(inData('config.db'), `${MIGRATIONS}config`)
  const changes = createChangeStore(configFile)
  const store = createResourceStore(configFile, sha256Hex)
  opened.defer(() => store.close())
  let active: Configuration | null = null
  const configuration = () => active ?? EMPTY_CONFIGURATION
  const held = { account: settings.account, adminAudience: settings.admin.audience }
  const tools = draftTools(held, { sha256: sha256Hex, clock })
  const desk = createConfigurationDesk({
    here: createDesk(tools, { store, changes }),
    worker: { ...held, path: inData('config.db'), migrations: `${MIGRATIONS}config` },
    configuration,
  })
  opened.defer(() => desk.close())
  const twoPersons = settings.approvals === 'on'
  const waiting = {
    clock,
    audit,
    changes,
    newChangeId: () => newId('chg', clock.nowMs(), random.bytes(10)),
    sha256Bytes,
    readAsk: readKeptAsk,
    personsOf: (identity: Pick<Actor, 'issuer' | 'sub'>) => personsOf(configuration(), identity),
  }
  const flow = createConfigurationFlow({
    ...waiting,
    twoPersons,
    sha256: sha256Hex,
    store,
    desk,
    configuration,
    compile: tools.compile,
    amend: (previous, amendment, stamp) =>
      amendConfiguration(previous, amendment, { ...stamp, ...held, sha256: sha256Hex }),
    breathe,
    prepare: async (resources) => {
      for (const created of targets.prepare(resources)) {
        await audit.append({ type: 'secret.created', purpose: 'store token signing', ...created })
      }
    },
    activate: (next) => {
      targets.activate(next.standing.others)
      active = next
    },
  })
  await flow.start(wiring.acceptConfig)
  await audit.append({
    type: 'process.start',
    version: VERSION,
    settingsHash: sha256Hex(canonicalize(settings)),
    weakened: weakenedBy(settings),
    configuration: { generation: configuration().generation, hash: configuration().hash },
  })
  const verifiers = createVerifiers({
    ...wiring,
    configuration,
    audit,
    digestKey: digestKey(inData('keys/digest.key')),
  })
  const refusals = createRefusals({
    audit,
    clock,
    timers,
    newRequestId,
    log,
    isConfigured: (url) => configuration().issuers.has(url),
  })
  const endings = createEndings({ clock, timers, audit, target: targets.get, log })
  const inFlight = createInFlight()
  const revocations = createRevokeFlow({
    clock,
    timers,
    audit,
    target: targets.get,
    inFlight,
    endings,
    newRevocationId: () => newId('rvk', clock.nowMs(), random.bytes(10)),
    breathe,
    log,
  })
  await revocations.open()
  const vend = {
    locks: revocations.locks,
    clock,
    random,
    sha256: sha256Hex,
    verifier: verifiers.vend,
    configuration,
    target: targets.get,
    store,
    audit,
    refusals,
    budgets: createSubjectBudgets(),
    endings,
  }
  const first = settings.admin
  const app = buildApp(wiring.basics, {
    token: {
      exchange: (request) => {
        if (rolledBack) throw new VendorError('audit_unavailable', { facts: { reason: 'rolled back' } })
        return inFlight.during(() => exchange(vend, request))
      },
      requestFacts,
      clock,
      account: settings.account,
      log,
    },
    admin: {
      requestFacts,
      authorise: (request) =>
        authoriseAdmin({ verifier: verifiers.admin, configuration, first, audit }, request),
      log,
    },
    audit,
    // The process keeps no bodies of mappings in memory: whoever asks why has them read.
    explain: async (id, limit) => {
      const { resources } = await store.current()
      const deps = {
        audit,
        store,
        configuration,
        resources: () => resources,
        clock,
        account: settings.account,
      }
      return explain(deps, id, limit)
    },
    findings: createFindings({
      clock,
      generation: () => configuration().generation,
      standing: () => store.current(),
    }),
    mapping: (name) => mappingOf(configuration(), name),
    configuration: flow,
    store,
    changes: {
      changes,
      generation: () => configuration().generation,
      end: (id, as) => endChange(waiting, id, as),
    },
    revoke: {
      revocations,
      rekey: (ask) =>
        rekey(
          { audit, rekeying: targets.rekey, newCanary: () => newId('asm', clock.nowMs(), random.bytes(10)) },
          ask,
        ),
      lift: (id, by) =>
        liftLock({ revocations, samePerson: (a, b) => isSamePerson(waiting, a, b), twoPersons }, id, by),
    },
    targets: (name) => targets.setup(name, configuration()),
  })
  anchoring.begin()
  await endings.resume()
  void revocations
    .resume()
    .catch((thrown: unknown) => log.error('revoke.not_resumed', { reason: String(thrown) }))
  opened.move()
  return {
    app,
    configuration,
    waiting: () => (audit.healthy() && !rolledBack ? [] : ['audit log']),
    notices: anchoring.notices,
    async close(reason: string) {
      endings.stop()
      await desk.close()
      await refusals.flush()
      await audit.append({ type: 'process.stop', reason }).catch(() => undefined)
      await anchoring.stop()
      await Promise.all([anchors.close(), verifiers.vend.close(), verifiers.admin.close(), targets.close()])
      await audit.close()
      await store.close()
    },
  }
}

type VerifierWiring = Wiring & {
  readonly configuration: () => Configuration
  readonly audit: Awaited<ReturnType<typeof openAuditLog>>
  readonly digestKey: ReturnType<typeof createSecretKey>
}

/** Two doors, two audiences: a token for one of them is refused at the other, and one that names both at both. */
function createVerifiers(wiring: VerifierWiring) {
  const { settings, clock, log, random, configuration, audit, digestKey: key } = wiring
  const onEvent = (event: Parameters<typeof audit.append>[0]) => {
    audit.append(event).catch(() => log.error('jwks.event_not_recorded', { type: event.type }))
  }
  const common = { clock, random, digestKey: key, onEvent, log }
  const administrators = adminIssuers(settings.admin, configuration)
  return {
    vend: createTokenVerifier({
      ...common,
      issuerByUrl: (iss) => configuration().issuers.get(iss),
      refusedAudiences: () => [settings.admin.audience],
    }),
    admin: createTokenVerifier({
      ...common,
      issuerByUrl: administrators.byUrl,
      refusedAudiences: administrators.vendAudiences,
    }),
  }
}

/** Beyond these a plan holds the event loop for longer than exchanges should wait for it. */
const SMALL_BODY_BYTES = 256 * 1024
const SMALL_CONFIGURATION = 1_000

/** Small configurations are planned here, because a thread costs more than they do; large ones in a worker. */
function createConfigurationDesk(options: {
  readonly here: ConfigurationDesk
  readonly worker: ConfigurationWorkerData
  readonly configuration: () => Configuration
}): ConfigurationDesk {
  const entry = new URL('./configuration-worker.ts', import.meta.url)
  const elsewhere = createWorkerDesk({ entry, workerData: options.worker, timers })
  return {
    draft(ask) {
      const { mappings, others } = options.configuration().standing
      const body = ask.of === 'configuration' ? ask.body : ask.change
      const bytes = typeof body === 'string' ? 0 : body.byteLength
      const small = bytes <= SMALL_BODY_BYTES && mappings.length + others.length <= SMALL_CONFIGURATION
      return (small ? options.here : elsewhere).draft(ask)
    },
    close: () => elsewhere.close(),
  }
}

/** The log is known by where it is served (C2SP tlog-tiles), for good: its first start decides. */
function logKeyOptions({ dataFolder, logKeyFile, publicUrl }: Settings) {
  const keyFile = logKeyFile ?? join(dataFolder, 'keys/log.pem')
  return { keyFile, makeKey: logKeyFile === null, origin: logOrigin(publicUrl) }
}

function digestKey(path: string) {
  if (!existsSync(path)) writeKeyFile(path, randomBytes(32))
  return createSecretKey(readFileSync(path))
}

async function open(fetch: Hono<Env>['fetch'], settings: Settings) {
  const { host, port } = settings.listen
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const server = listen({ fetch, hostname: host, port, overrideGlobalObjects: false }, (info) =>
    resolve(info.port),
  )
  server.on('error', reject)
  return {
    port: await promise,
    drain: () =>
      new Promise<void>((done) => {
        const cancel = timers.after(
          DRAIN_MS,
          () => 'closeAllConnections' in server && server.closeAllConnections(),
        )
        server.close(() => {
          cancel()
          done()
        })
        if ('closeIdleConnections' in server) server.closeIdleConnections()
      }),
  }
}
