import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { logOrigin } from '@stint/sts-client/wire'
import { createAnchors } from './anchors/anchors.ts'
import { type AppDeps, buildApp, buildEarlyApp } from './app.ts'
import { forgettingEnded } from './audit/forgetting-ended.ts'
import { openAuditLog } from './audit/log.ts'
import { createRefusals } from './audit/refusals.ts'
import { tarPieces } from './audit/tar.ts'
import { recordRestore } from './backup/restore.ts'
import type { RateLimits, Settings } from './config.ts'
import { weakenedBy } from './config.ts'
import { createDesk } from './desk/desk.ts'
import type { Actor } from './domain/audit-event.ts'
import { canonicalize } from './domain/canonical.ts'
import {
  amendConfiguration,
  type Configuration,
  EMPTY_CONFIGURATION,
  mappingOf,
} from './domain/configuration.ts'
import { createDoorLimit } from './domain/door-limit.ts'
import { decide } from './domain/grant.ts'
import { createSubjectBudgets } from './domain/subject-budget.ts'
import { VendorError } from './errors.ts'
import { authoriseAdmin, personsOf, rolesOf } from './flows/admin.ts'
import { createAnchoring } from './flows/anchoring.ts'
import { assumeRole } from './flows/assume-role.ts'
import { isSamePerson } from './flows/change-request.ts'
import { createClockWatch } from './flows/clock-watch.ts'
import { createConfigurationFlow } from './flows/configuration.ts'
import { createDelivering } from './flows/delivering.ts'
import { createDetecting } from './flows/detecting.ts'
import { createEndings } from './flows/ending.ts'
import type { ExchangeRequest } from './flows/exchange.ts'
import { exchange } from './flows/exchange.ts'
import { explain } from './flows/explain.ts'
import { exportLog } from './flows/export-log.ts'
import { createFindings } from './flows/findings.ts'
import { goOnWithLog } from './flows/go-on-with-log.ts'
import { createHeldAnchors } from './flows/held-anchors.ts'
import { createInFlight } from './flows/in-flight.ts'
import type { Exchanged } from './flows/issue.ts'
import { readKeptAsk } from './flows/kept-ask.ts'
import { liftLock } from './flows/lift-lock.ts'
import type { Probing } from './flows/probing.ts'
import { createProbing } from './flows/probing.ts'
import { rekey } from './flows/rekey.ts'
import { createReplays } from './flows/replay.ts'
import { createRetention } from './flows/retention.ts'
import { createPersons } from './flows/reviews/persons.ts'
import { createReviews, type Reviews } from './flows/reviews/reviews.ts'
import { createReviewUsage } from './flows/reviews/usage.ts'
import { createRevokeFlow } from './flows/revoke.ts'
import { identify } from './flows/signed-session.ts'
import type { Watching } from './flows/watching.ts'
import type { ReadyReport } from './http/ops.ts'
import { statusSent } from './http/plain-answer.ts'
import { bearerChallenge } from './http/protected-resource.ts'
import { createRequestFacts } from './http/request-facts.ts'
import { unreadableAnswer } from './http/unreadable.ts'
import { newId } from './ids.ts'
import { createLogger } from './log.ts'
import { BUILD, PLACES } from './places.ts'
import type { Clock, Logger } from './ports.ts'
import {
  breathe,
  bytesOf,
  createProcessFacts,
  createRandom,
  diskFreeBytes,
  sameText,
  sha256Bytes,
  sha256Hex,
  systemClock,
  systemTimers,
} from './runtime.ts'
import { hmacSha256Hex } from './sessions/hmac.ts'
import { createSinks } from './sinks/sinks.ts'
import { lockDataFolder } from './storage/lock.ts'
import { createChangeStore } from './storage/sqlite/change-store.ts'
import { openDatabase } from './storage/sqlite/open.ts'
import { createProvenance } from './storage/sqlite/provenance.ts'
import { createResourceStore } from './storage/sqlite/store.ts'
import { createTargets } from './targets/targets.ts'
import { createConfigurationDesk } from './wiring/configuration-desk.ts'
import { openDetectLook } from './wiring/detect-look.ts'
import { digestKey } from './wiring/digest-key.ts'
import { draftTools } from './wiring/draft-tools.ts'
import { openReadiness } from './wiring/gauges.ts'
import { type Listening, openListening } from './wiring/listening.ts'
import { createMetering, type Metering } from './wiring/metering.ts'
import { openOperations } from './wiring/operations.ts'
import { notServing } from './wiring/readiness.ts'
import { openReplayDesk } from './wiring/replay.ts'
import { reviewTools } from './wiring/review-tools.ts'
import { openSessionKeys } from './wiring/session-keys.ts'
import { openUi } from './wiring/ui.ts'
import { createUndo } from './wiring/undo.ts'
import { createVerifiers } from './wiring/verifiers.ts'
import { openWatching } from './wiring/watching.ts'

export type ServeOptions = {
  readonly settings: Settings
  /** `--accept-config <hash>`: the one exception to "the file is what the log says". */
  readonly acceptConfig: string | null
  /** `--accept-fork <hash>`: the log goes on although an anchor holds the checkpoint with this hash. */
  readonly acceptFork?: string | null
  /** `--accept-lost-anchor <hash>`: the log goes on although anchors have nothing any more of what they took. */
  readonly acceptLostAnchor?: string | null
  /** `--new-log-key`: another key signs checkpoints from this start on. */
  readonly newLogKey?: boolean
  /** Hears that the log turned out to be older than an anchor: nothing is given from then on. */
  readonly onFatal?: (error: VendorError) => void
  readonly logStream: NodeJS.WritableStream
  /** Left out: the real one. */
  readonly clock?: Clock
  /** How long a commit of the log may take before who waits for it is answered. Left out: ten seconds. */
  readonly auditHangMs?: number | undefined
}

export type Running = {
  readonly port: number
  /**
   * Answers everything for a while with `connection: close`, then takes no more requests, lets those under way finish,
   * writes what is counted, closes. False where a request was cut without its answer.
   */
  stop(reason: string): Promise<boolean>
  /** Cuts what is under way, so that a stop that waits for it goes on. */
  hurry(): void
}

const MIGRATIONS = fileURLToPath(PLACES.migrations)
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
    secretFolders: settings.secretFolders,
    folder: { own: join(settings.dataFolder, 'keys'), given: settings.givenKeys },
    publicUrl: settings.publicUrl,
    clock,
    timers,
  })
  const facts = createProcessFacts()
  const metering = createMetering({ clock, facts, build: BUILD })
  const requestFacts = createRequestFacts({ trustedProxies: settings.trustedProxies, clock, random })
  let readiness: () => Promise<ReadyReport> = async () => notServing('starting')
  const basics: AppDeps = {
    publicUrl: settings.publicUrl,
    signIn: settings.admin,
    requestFacts,
    log,
    issuerDocuments: targets.documents,
    readiness: () => readiness(),
  }
  let app = buildEarlyApp(basics)
  const newRequestId = () => newId('req', clock.nowMs(), random.bytes(10))
  const unreadable = unreadableAnswer({ publicUrl: settings.publicUrl, newRequestId, log })
  const server = await openListening(
    async (request, env) => {
      const response = await app.fetch(request, env)
      metering.onAnswer(statusSent(response, env.outgoing))
      return response
    },
    { ...settings.listen, timers, unreadable },
  )
  let operations: Listening | null = null
  try {
    operations = await openOperations({
      settings: settings.metrics,
      metrics: metering.metrics,
      readiness: () => readiness(),
      sameText,
      timers,
      unreadable,
    })
    const service = await openService({
      ...options,
      clock,
      log,
      random,
      targets,
      requestFacts,
      basics,
      metering,
    })
    app = service.app
    readiness = service.readiness
    log.info('process.ready', { port: server.port, generation: service.configuration().generation })
    return {
      port: server.port,
      hurry: () => server.cut(),
      async stop(reason) {
        const begunMs = clock.monotonicMs()
        readiness = async () => notServing('stopping')
        log.info('process.stopping', { reason })
        const drained = server.drain({ lingerMs: settings.lingerSeconds * 1000, drainMs: DRAIN_MS })
        const [whole] = await Promise.all([drained, service.halt()])
        await service.close(reason)
        await operations?.drain({ lingerMs: 0, drainMs: 0 })
        facts.close()
        lock.release()
        log.info('process.stopped', { whole, ms: Math.round(clock.monotonicMs() - begunMs) })
        return whole
      },
    }
  } catch (thrown) {
    await Promise.all([server, operations].map((one) => one?.drain({ lingerMs: 0, drainMs: DRAIN_MS })))
    facts.close()
    lock.release()
    throw thrown
  }
}

/** The log is known by where it is served (C2SP tlog-tiles), for good: its first start decides. */
function logKeyOptions({ dataFolder, logKeyFile, publicUrl }: Settings) {
  const keyFile = logKeyFile ?? join(dataFolder, 'keys/log.pem')
  return { keyFile, makeKey: logKeyFile === null, origin: logOrigin(publicUrl) }
}

type Wiring = ServeOptions & {
  readonly clock: Clock
  readonly log: Logger
  readonly random: ReturnType<typeof createRandom>
  readonly targets: ReturnType<typeof createTargets>
  readonly requestFacts: ReturnType<typeof createRequestFacts>
  readonly basics: AppDeps
  readonly metering: Metering
}

/** Opens everything behind the doors; what was opened is closed again where the rest cannot be, so that the process ends. */
async function openService(wiring: Wiring) {
  await using opened = createUndo()
  const { settings, clock, log, random, targets, requestFacts, metering } = wiring
  const inData = (file: string) => join(settings.dataFolder, file)
  const newRequestId = () => newId('req', clock.nowMs(), random.bytes(10))
  const bootId = newId('evt', clock.nowMs(), random.bytes(10)).slice(4)
  const inFlight = createInFlight()
  const auditLog = await openAuditLog({
    path: inData('audit.db'),
    migrations: `${MIGRATIONS}audit`,
    sessions: { path: inData('session.db'), migrations: `${MIGRATIONS}session` },
    key: { ...logKeyOptions(settings), withoutKey: wiring.newLogKey === true },
    clock,
    random,
    bootId,
    log,
    onBatch: metering.onBatch,
    underWay: inFlight.count,
    hangMs: wiring.auditHangMs,
  })
  opened.defer(() => auditLog.close())
  const sessions = await openSessionKeys(
    { ...settings.sessionKeys, folder: settings.dataFolder },
    { clock, random, timers, audit: auditLog, log },
  )
  const audit = forgettingEnded(auditLog, sessions.forgetOpened)
  opened.defer(() => sessions.close())
  if (audit.tree.firstKey !== null) {
    const thumbprint = audit.tree.firstKey.split('+').at(-2) ?? null
    await audit.append({ type: 'secret.created', purpose: 'checkpoint signing', target: null, thumbprint })
  }
  const anchors = createAnchors({
    dataFolder: settings.dataFolder,
    places: settings.anchors,
    bucket: settings.anchorBucket,
    clock,
    log,
  })
  opened.defer(() => anchors.close())
  let rolledBack = false
  const anchoring = createAnchoring({
    anchors: anchors.all,
    hold: createHeldAnchors({ audit, sha256: sha256Hex, breathe }, logOrigin(settings.publicUrl)),
    audit,
    clock,
    timers,
    log,
    onRefused(error) {
      if (!rolledBack) log.error('audit.rolled_back', { code: error.code, ...error.facts })
      rolledBack = true
      wiring.onFatal?.(error)
    },
  })
  await goOnWithLog(
    { audit, anchoring, sha256: sha256Hex },
    {
      fork: wiring.acceptFork ?? null,
      lostAnchor: wiring.acceptLostAnchor ?? null,
      newKey: wiring.newLogKey === true,
    },
  )
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
    timers,
  })
  opened.defer(() => desk.close())
  let probing: Probing | null = null
  let watching: Watching | null = null
  const replayDesk = openReplayDesk({
    ...{ ...held, configPath: inData('config.db'), auditPath: inData('audit.db'), timers },
    immune: () => probing?.immune() ?? [],
  })
  opened.defer(() => replayDesk.close())
  let reviewing: Reviews | null = null
  let onChange = () => {}
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
    immune: () => probing?.immune() ?? [],
    configuration,
    compile: tools.compile,
    amend: (previous, amendment, stamp) =>
      amendConfiguration(previous, amendment, { ...stamp, ...held, sha256: sha256Hex }),
    breathe,
    prepare: async (resources) => {
      for (const created of await targets.prepare(resources)) {
        await audit.append({ type: 'secret.created', purpose: 'store token signing', ...created })
      }
    },
    activate: (next) => {
      targets.activate(next.standing.others)
      active = next
      probing?.wake()
      watching?.wake()
      reviewing?.wake()
      onChange()
      replays.clear()
    },
  })
  await recordRestore(settings.dataFolder, audit)
  await flow.start(wiring.acceptConfig)
  await audit.append({
    type: 'process.start',
    version: BUILD.version,
    settingsHash: sha256Hex(canonicalize(settings)),
    weakened: weakenedBy(settings),
    signed: anchoring.signedBefore(),
    configuration: { generation: configuration().generation, hash: configuration().hash },
  })
  const clockWatch = createClockWatch({ clock, timers, audit, log })
  await clockWatch.begin()
  const verifiers = createVerifiers({
    ...wiring,
    clock: clockWatch.forTokens,
    onFetch: metering.onFetch,
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
  targets.listen((event) => {
    log.warn(event.type, event)
    audit.append(event).catch(() => log.error('target.event_not_recorded', { type: event.type }))
  })
  const target = metering.targets(targets.get)
  const endings = createEndings({ clock, timers, audit, target, log })
  const revocations = createRevokeFlow({
    clock,
    timers,
    audit,
    target,
    inFlight,
    endings,
    forgetGiven: () => replays.clear(),
    newRevocationId: () => newId('rvk', clock.nowMs(), random.bytes(10)),
    breathe,
    log,
  })
  await revocations.open()
  const probes = createProbing({
    clock,
    timers,
    audit,
    endings,
    configuration,
    target: targets.get,
    locks: revocations.locks,
    sha256: sha256Hex,
    newAssumptionId: () => newId('asm', clock.nowMs(), random.bytes(10)),
    newProbeId: () => newId('prb', clock.nowMs(), random.bytes(10)),
    randomHex: () => Buffer.from(random.bytes(10)).toString('hex'),
    isScheduled: settings.probes === 'on',
    log,
  })
  await probes.open()
  probing = probes
  const watched = openWatching({
    ...{ settings, clock, timers, log, audit, configuration, breathe, metrics: metering.metrics },
    files: { path: inData('access.db'), migrations: `${MIGRATIONS}access` },
    ...{ sameText, requestFacts },
  })
  opened.defer(() => watched.close())
  watching = watched
  const detectLook = openDetectLook({
    settings,
    audit,
    configuration,
    keySets: verifiers.vend.keySets,
    anchorsBehind: anchoring.behind,
    access: watched.reader,
    timers,
  })
  opened.defer(() => detectLook.close())
  const detecting = createDetecting({
    clock,
    timers,
    log,
    audit,
    findings: audit.findings,
    generation: () => configuration().generation,
    look: detectLook.look,
    isScheduled: settings.detectors.scheduled === 'on',
  })
  await detecting.open()
  onChange = detecting.wake
  const findings = createFindings({
    clock,
    detecting,
    probed: probes.findings,
    ghosts: watched.findings,
    kept: audit.findings,
  })
  const reviews = createReviews({
    ...reviewTools({ audit, clock, random }),
    tar: tarPieces,
    clock,
    timers,
    audit,
    store,
    provenance: createProvenance(configFile),
    configuration,
    changes: flow,
    revocations,
    findings: async () => (await findings.current()).findings,
    usage: createReviewUsage(audit.usage),
    persons: createPersons(configuration, settings.admin),
    sha256: sha256Hex,
    breathe,
    log,
  })
  reviewing = reviews
  const vend = metering.exchange.timed({
    locks: revocations.locks,
    isProved: probes.isProved,
    clock,
    random,
    sha256: sha256Hex,
    verifier: verifiers.vend,
    decide,
    configuration,
    target,
    store,
    audit,
    refusals,
    budgets: createSubjectBudgets(),
    replays,
    endings,
    sessions,
  })
  const signed = { ...vend, hmac: hmacSha256Hex }
  const limits = doorLimits(settings.rateLimits)
  const during = (door: string, work: () => Promise<Exchanged>) =>
    metering.exchange.during(door, () => {
      if (rolledBack) throw new VendorError('audit_unavailable', { facts: { reason: 'rolled back' } })
      return inFlight.during(work)
    })
  const vendDoor = {
    exchange: (request: ExchangeRequest) => during(request.door, () => exchange(vend, request)),
    requestFacts,
    limit: (door: keyof typeof limits, ip: string) => limits[door](ip, clock.monotonicMs()),
    clock,
    account: settings.account,
    log,
  }
  const first = settings.admin
  // The process keeps no bodies of mappings in memory: whoever asks why has them read.
  const explained = async (id: string, limit: number) => {
    const { resources } = await store.current()
    const { account } = settings
    const deps = { audit, store, configuration, resources: () => resources, clock, account }
    return explain(deps, id, limit)
  }
  const exporter = { publicUrl: settings.publicUrl, account: settings.account, version: BUILD.version }
  const ui = openUi({
    ...wiring,
    audit,
    configuration,
    sha256: sha256Hex,
    sameText,
    data: {
      store,
      configuration,
      changes: { ...changes, approve: flow.approve, end: flow.end },
      audit,
      usage: audit.usage,
      findings: findings.current,
      exercised: watched.reader.exercised,
      explain: explained,
      locks: () => revocations.standing(),
      reviews: { ...audit.reviews, item: reviews.item, csv: reviews.csv, flow: reviews },
      probes: { record: probes.flow.record, get: probes.flow.get, list: probes.schedule.list },
      anchors: { count: settings.anchors.length, behind: () => anchoring.behind() },
    },
  })
  const app = buildApp(wiring.basics, {
    token: vendDoor,
    sts: {
      ...vendDoor,
      assumeRole: (request) => during(request.door, () => assumeRole(signed, request)),
      identify: (received) => identify(signed, received, ['header', 'query']),
      publicUrl: settings.publicUrl,
      tokenInQuery: settings.tokenInQuery === 'on',
    },
    container: vendDoor,
    admin: {
      requestFacts,
      authorise: (request) =>
        authoriseAdmin({ verifier: verifiers.admin, configuration, first, audit }, request),
      challenge: bearerChallenge(settings.publicUrl),
      log,
      onAnswer: metering.onAdminAnswer,
    },
    rolesOf: (actor) => rolesOf({ configuration, first }, actor),
    audit,
    exportLog: (format, query) => exportLog({ audit, exporter }, format, query),
    explain: explained,
    findings,
    reviews: { flow: reviews, reviews: audit.reviews },
    mapping: (name) => mappingOf(configuration(), name),
    configuration: flow,
    store,
    changes: {
      changes,
      generation: () => configuration().generation,
      end: flow.end,
    },
    revoke: {
      revocations,
      isAssumption: async (assumption) => (await audit.page({ assumption, limit: 1 })).events.length > 0,
      rekey: (ask) =>
        rekey(
          {
            audit,
            rekeying: targets.rekey,
            newCanary: () => watched.canary(newId('asm', clock.nowMs(), random.bytes(10))),
          },
          ask,
        ),
      lift: (id, by) =>
        liftLock({ revocations, samePerson: (a, b) => isSamePerson(waiting, a, b), twoPersons }, id, by),
    },
    targets: (name) => targets.setup(name, configuration()),
    probes,
    watching: watched,
    intake: watched.intake,
    ui: ui?.door ?? null,
    nowMs: clock.nowMs,
    replay: replayDesk,
  })
  anchoring.begin()
  const sinks = createSinks(settings.sinks, clock)
  opened.defer(() => sinks.close())
  const delivering = createDelivering(
    {
      ...{ audit, clock, timers, exporter, log },
      random: () => random.bytes(1).reduce((_, byte) => byte / 256, 0),
      onAttempt: metering.onDelivery,
    },
    sinks.all,
  )
  await delivering.begin()
  metering.metrics.read('sinkLag', () =>
    delivering.standings().map(({ name, lag }) => ({ labels: [name], value: lag })),
  )
  const retention =
    settings.retentionDays === null
      ? null
      : createRetention(
          {
            ...{ audit, clock, timers, breathe, log },
            deliveredUpTo: () => Math.min(...delivering.standings().map(({ delivered }) => delivered)),
          },
          settings.retentionDays,
        )
  retention?.begin()
  await endings.resume()
  void revocations
    .resume()
    .catch((thrown: unknown) => log.error('revoke.not_resumed', { reason: String(thrown) }))
  probes.wake()
  watched.open()
  reviews.open()
  detecting.begin()
  const sinksFailing = () => delivering.standings().flatMap(({ name, failing }) => (failing ? [name] : []))
  const readiness = openReadiness(metering.metrics, {
    generation: () => configuration().generation,
    readConfiguration: () => store.generation(),
    audit,
    breakers: () => targets.states().map(({ target, breaker }) => ({ target, state: breaker })),
    keySets: () => [...verifiers.vend.keySets(), ...verifiers.admin.keySets()],
    isClockBehind: clockWatch.isBehind,
    diskFreeBytes: () => diskFreeBytes(settings.dataFolder),
    auditBytes: () => bytesOf([inData('audit.db'), inData('audit.db-wal')]),
    endingsPending: endings.pending,
    unreconciled: watched.unreconciled,
    findings: detecting.standing,
    log: {
      isRolledBack: () => rolledBack,
      hasAnchors: settings.anchors.length > 0,
      anchorsBehind: anchoring.behind,
      sinksFailing,
    },
  })
  opened.move()
  return {
    app,
    configuration,
    readiness,
    halt: () => Promise.all([probes.stop(), reviews.stop()]),
    async close(reason: string) {
      // An exchange whose caller went away is still under way; what it minted is recorded before the log is closed.
      const { promise: limit, resolve } = Promise.withResolvers<void>()
      timers.after(DRAIN_MS, resolve)
      await Promise.race([inFlight.drained(), limit])
      endings.stop()
      clockWatch.stop()
      await watched.close()
      await Promise.all([detecting.stop(), detectLook.close(), desk.close(), replayDesk.close()])
      await refusals.flush()
      await retention?.stop()
      await audit.append({ type: 'process.stop', reason }).catch(() => undefined)
      await delivering.stop()
      await anchoring.stop()
      await sinks.close()
      await Promise.all([
        anchors.close(),
        verifiers.vend.close(),
        verifiers.admin.close(),
        targets.close(),
        ui?.close(),
      ])
      sessions.close()
      await audit.close()
      await store.close()
    },
  }
}

function doorLimits({ token, sts, container }: RateLimits) {
  return { token: createDoorLimit(token), sts: createDoorLimit(sts), container: createDoorLimit(container) }
}
