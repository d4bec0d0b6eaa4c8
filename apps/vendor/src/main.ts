import { createSecretKey, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type AppDeps, buildApp, buildEarlyApp } from './app.ts'
import { openAuditLog } from './audit/log.ts'
import { createRefusals } from './audit/refusals.ts'
import type { RateLimits, Settings } from './config.ts'
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
import { createDoorLimit } from './domain/door-limit.ts'
import { createSubjectBudgets } from './domain/subject-budget.ts'
import { authoriseAdmin, personsOf } from './flows/admin.ts'
import { assumeRole } from './flows/assume-role.ts'
import { endChange, isSamePerson } from './flows/change-request.ts'
import { createConfigurationFlow } from './flows/configuration.ts'
import { createEndings } from './flows/ending.ts'
import type { ExchangeRequest } from './flows/exchange.ts'
import { exchange } from './flows/exchange.ts'
import { explain } from './flows/explain.ts'
import { createFindings } from './flows/findings.ts'
import { createInFlight } from './flows/in-flight.ts'
import { readKeptAsk } from './flows/kept-ask.ts'
import { liftLock } from './flows/lift-lock.ts'
import { rekey } from './flows/rekey.ts'
import { createReplays } from './flows/replay.ts'
import { createRevokeFlow } from './flows/revoke.ts'
import { identify } from './flows/signed-session.ts'
import { createRequestFacts } from './http/request-facts.ts'
import { newId } from './ids.ts'
import { createLogger } from './log.ts'
import { createTokenVerifier } from './oidc/verifier.ts'
import type { Clock, ConfigurationDesk, Logger } from './ports.ts'
import {
  breathe,
  createRandom,
  sameText,
  sha256Bytes,
  sha256Hex,
  systemClock,
  systemTimers,
} from './runtime.ts'
import { openServer } from './server.ts'
import { hmacSha256 } from './sessions/hmac.ts'
import { readSealingKeys } from './sessions/sealing-keys.ts'
import { createSessionKeys } from './sessions/session-keys.ts'
import { lockDataFolder } from './storage/lock.ts'
import { createChangeStore } from './storage/sqlite/change-store.ts'
import { openDatabase } from './storage/sqlite/open.ts'
import { createResourceStore } from './storage/sqlite/store.ts'
import { readKeyFile, writeKeyFile } from './targets/target-key.ts'
import { createTargets } from './targets/targets.ts'
import { adminIssuers } from './wiring/admin-issuers.ts'
import { draftTools } from './wiring/draft-tools.ts'

export type ServeOptions = {
  readonly settings: Settings
  /** `--accept-config <hash>`: the one exception to "the file is what the log says". */
  readonly acceptConfig: string | null
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
/** So much longer than its session a kept key may stand. */
const PURGE_MS = 60_000
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
  const basics: AppDeps = {
    publicUrl: settings.publicUrl,
    requestFacts,
    log,
    issuerDocuments: targets.documents,
    readiness: () => waiting(),
  }
  let app = buildEarlyApp(basics)
  const server = await openServer((request, env) => app.fetch(request, env), { ...settings.listen, timers })
  try {
    const service = await openService({ ...options, clock, log, random, targets, requestFacts, basics })
    app = service.app
    waiting = service.waiting
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
    sessions: { path: inData('session.db'), migrations: `${MIGRATIONS}session` },
    clock,
    random,
    bootId,
    log,
  })
  opened.defer(() => audit.close())
  const keyFile = settings.sessionKeys.file ?? inData('keys/session.key')
  const sessions = createSessionKeys({
    ...settings.sessionKeys,
    path: inData('session.db'),
    sealing: readSealingKeys(sealingKeyFile(keyFile, settings.sessionKeys.file === null)),
    clock,
    random,
  })
  opened.defer(() => sessions.close())
  const configFile = openDatabase(inData('config.db'), `${MIGRATIONS}config`)
  const changes = createChangeStore(configFile)
  const store = createResourceStore(configFile, sha256Hex)
  opened.defer(() => store.close())
  const replays = createReplays({ clock, timers })
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
      replays.clear()
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
    forgetGiven: () => replays.clear(),
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
    replays,
    endings,
    sessions,
    hmac: (key: Uint8Array, text: string) => hmacSha256(key, text).toString('hex'),
    sameText,
  }
  const limits = doorLimits(settings.rateLimits)
  const vendDoor = {
    exchange: (request: ExchangeRequest) => inFlight.during(() => exchange(vend, request)),
    requestFacts,
    limit: (door: keyof typeof limits, ip: string) => limits[door](ip, clock.monotonicMs()),
    clock,
    account: settings.account,
    log,
  }
  const first = settings.admin
  const app = buildApp(wiring.basics, {
    token: vendDoor,
    sts: {
      ...vendDoor,
      assumeRole: (request) => inFlight.during(() => assumeRole(vend, request)),
      identify: (received) => identify(vend, received, ['header', 'query']),
      publicUrl: settings.publicUrl,
      tokenInQuery: settings.tokenInQuery === 'on',
    },
    container: vendDoor,
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
  await endings.resume()
  audit.purgeSessions(clock.nowMs())
  const stopPurging = every(PURGE_MS, () => audit.purgeSessions(clock.nowMs()))
  void revocations
    .resume()
    .catch((thrown: unknown) => log.error('revoke.not_resumed', { reason: String(thrown) }))
  opened.move()
  return {
    app,
    configuration,
    waiting: () => (audit.healthy() ? [] : ['audit log']),
    async close(reason: string) {
      endings.stop()
      stopPurging()
      await desk.close()
      await refusals.flush()
      await audit.append({ type: 'process.stop', reason }).catch(() => undefined)
      await Promise.all([verifiers.vend.close(), verifiers.admin.close(), targets.close()])
      await audit.close()
      sessions.close()
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

function doorLimits({ token, sts, container }: RateLimits) {
  return { token: createDoorLimit(token), sts: createDoorLimit(sts), container: createDoorLimit(container) }
}

/** Runs it again and again until the answer is called. */
function every(ms: number, work: () => void): () => void {
  let cancel = timers.after(ms, function again() {
    work()
    cancel = timers.after(ms, again)
  })
  return () => cancel()
}

/** The lines of the key file; one of our own is made where nobody named another. */
function sealingKeyFile(path: string, isOurs: boolean): string {
  if (isOurs && !existsSync(path)) writeKeyFile(path, `${randomBytes(32).toString('base64')}\n`)
  return readKeyFile(path)
}

function digestKey(path: string) {
  if (!existsSync(path)) writeKeyFile(path, randomBytes(32))
  return createSecretKey(readFileSync(path))
}
