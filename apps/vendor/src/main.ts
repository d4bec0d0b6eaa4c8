import { join } from 'node:path'
import { type AppDeps, buildApp, buildEarlyApp } from './app.ts'
import { recordRestore } from './backup/restore.ts'
import type { Settings } from './config.ts'
import { weakenedBy } from './config.ts'
import { canonicalize } from './domain/canonical.ts'
import type { VendorError } from './errors.ts'
import type { Anchoring } from './flows/anchoring.ts'
import { createClockWatch } from './flows/clock-watch.ts'
import { createInFlight } from './flows/in-flight.ts'
import { createReplays } from './flows/replay.ts'
import type { ReadyReport } from './http/ops.ts'
import { statusSent } from './http/plain-answer.ts'
import { createRequestFacts } from './http/request-facts.ts'
import { unreadableAnswer } from './http/unreadable.ts'
import { newId } from './ids.ts'
import { createLogger } from './log.ts'
import { BUILD } from './places.ts'
import type { AuditLog, Clock, Logger } from './ports.ts'
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
import { lockDataFolder } from './storage/lock.ts'
import { createTargets } from './targets/targets.ts'
import { openAdminDoors } from './wiring/admin-doors.ts'
import { type OpenedConfiguration, openConfiguration } from './wiring/configuration.ts'
import { databaseOf } from './wiring/database.ts'
import { openDelivery } from './wiring/delivery.ts'
import { openDetection } from './wiring/detection.ts'
import { digestKey } from './wiring/digest-key.ts'
import { openReadiness } from './wiring/gauges.ts'
import { type Listening, openListening } from './wiring/listening.ts'
import { createMetering } from './wiring/metering.ts'
import { openOperations } from './wiring/operations.ts'
import { openPacks } from './wiring/packs.ts'
import { notServing } from './wiring/readiness.ts'
import { openRecord } from './wiring/record.ts'
import { createServiceReviews } from './wiring/reviews.ts'
import { openStores } from './wiring/stores.ts'
import { createUndo } from './wiring/undo.ts'
import { createVendDoors } from './wiring/vend-doors.ts'
import { createVerifiers } from './wiring/verifiers.ts'
import { openWatching } from './wiring/watching.ts'
import type { Platform, Wiring } from './wiring/wiring.ts'

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

const DRAIN_MS = 10_000
const timers = systemTimers

/**
 * Starts the service: lock, keys, socket with the issuer documents, then the databases, the check of the configuration
 * against the log, and the doors. Throws a VendorError of the catalogue where it must not start.
 */
export async function serve(options: ServeOptions): Promise<Running> {
  const { settings, clock = systemClock } = options
  const platform = platformOf(clock, createLogger(settings.logLevel, options.logStream))
  const { log, random, newId } = platform
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
  const newRequestId = () => newId('req')
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
    const wiring = { ...platform, settings, targets, requestFacts, metering }
    const service = await openService(wiring, { basics, options })
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

/** The only clock, randomness and timers of the service, with what else only this file reaches for. */
function platformOf(clock: Clock, log: Logger): Platform {
  const random = createRandom()
  return {
    ...{ clock, timers, random, log, sameText, breathe, diskFreeBytes, bytesOf, sha256Bytes },
    sha256: sha256Hex,
    newId: (prefix) => newId(prefix, clock.nowMs(), random.bytes(10)),
  }
}

/**
 * Opens everything behind the doors, what rests on nothing first; what was opened is closed again where the rest cannot
 * be, so that the process ends.
 */
async function openService(
  wiring: Wiring,
  { basics, options }: { readonly basics: AppDeps; readonly options: ServeOptions },
) {
  await using opened = createUndo()
  const { settings, log, metering, targets } = wiring
  const inFlight = createInFlight()
  const replays = createReplays(wiring)

  const record = await openRecord(wiring, { ...recordOptions(options), underWay: inFlight.count }, opened)
  const { audit, anchoring } = record
  const book = openConfiguration(wiring, audit, opened)
  const { configuration } = book
  await recordStart({ settings, audit, anchoring, book }, options.acceptConfig)

  const clockWatch = createClockWatch({ ...wiring, audit })
  await clockWatch.begin()
  const verifiers = createVerifiers({
    ...wiring,
    clock: clockWatch.forTokens,
    onFetch: metering.onFetch,
    configuration,
    audit,
    digestKey: digestKey(join(settings.dataFolder, 'keys/digest.key')),
  })
  const stores = await openStores(wiring, { audit, configuration, inFlight, forgetGiven: replays.clear })
  const { endings, revocations, probes } = stores
  const watched = openWatching({
    ...{ ...wiring, audit, configuration, metrics: metering.metrics },
    files: databaseOf(settings, 'access'),
  })
  opened.defer(() => watched.close())
  const detection = await openDetection(
    wiring,
    {
      ...{ audit, configuration },
      keySets: verifiers.vend.keySets,
      anchorsBehind: anchoring.behind,
      access: watched.reader,
      probed: probes.findings,
      ghosts: watched.findings,
    },
    opened,
  )
  const { detecting, findings } = detection
  const packs = openPacks(wiring, opened)
  const reviews = createServiceReviews(wiring, { ...book, audit, revocations, findings, packs })
  book.follow({
    immune: probes.immune,
    wake: [probes.wake, watched.wake, reviews.wake, detecting.wake, replays.clear],
  })

  const vend = createVendDoors(wiring, {
    ...{ ...record, ...book, ...stores },
    ...{ verifier: verifiers.vend, replays, inFlight },
  })
  const exporter = { publicUrl: settings.publicUrl, account: settings.account, version: BUILD.version }
  const admin = openAdminDoors(wiring, {
    ...{ audit, anchoring, stores, watched, findings, reviews, exporter },
    opened: book,
    verifier: verifiers.admin,
    digestOf: verifiers.digestOf,
  })
  const app = buildApp(basics, { ...vend.doors, ...admin.doors })

  anchoring.begin()
  const delivery = await openDelivery(wiring, { ...packs, audit, exporter }, opened)
  await endings.resume()
  void revocations
    .resume()
    .catch((thrown: unknown) => log.error('revoke.not_resumed', { reason: String(thrown) }))
  probes.wake()
  watched.open()
  reviews.open()
  detecting.begin()
  const auditFile = databaseOf(settings, 'audit').path
  const readiness = openReadiness(metering.metrics, {
    generation: () => configuration().generation,
    readConfiguration: () => book.store.generation(),
    audit,
    breakers: () => targets.states().map(({ target, breaker }) => ({ target, state: breaker })),
    keySets: () => [...verifiers.vend.keySets(), ...verifiers.admin.keySets()],
    isClockBehind: clockWatch.isBehind,
    diskFreeBytes: () => wiring.diskFreeBytes(settings.dataFolder),
    auditBytes: () => wiring.bytesOf([auditFile, `${auditFile}-wal`]),
    endingsPending: endings.pending,
    unreconciled: watched.unreconciled,
    findings: detecting.standing,
    log: {
      isRolledBack: record.isRolledBack,
      hasAnchors: settings.anchors.length > 0,
      anchorsBehind: anchoring.behind,
      sinksFailing: delivery.failing,
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
      // What still writes ends before the log's last event, what only reads it or sends it on, after.
      endings.stop()
      admin.erasing.stop()
      clockWatch.stop()
      await watched.close()
      await Promise.all([detecting.stop(), detection.closeLook(), book.closeDesks()])
      await vend.flushRefusals()
      // It waits for a pack that is being made, and nobody waits for that any more.
      await packs.packDesk.close()
      await delivery.retention?.stop()
      await audit.append({ type: 'process.stop', reason }).catch(() => undefined)
      await delivery.delivering.stop()
      await anchoring.stop()
      await delivery.closeSinks()
      await Promise.all([
        record.closeAnchors(),
        verifiers.vend.close(),
        verifiers.admin.close(),
        targets.close(),
        admin.ui?.close(),
      ])
      record.sessions.close()
      await audit.close()
      await book.store.close()
    },
  }
}

/** The configuration that stands is the log's last, or the start ends here; then the start itself is in the log. */
async function recordStart(
  of: {
    readonly settings: Settings
    readonly audit: AuditLog
    readonly anchoring: Pick<Anchoring, 'signedBefore'>
    readonly book: OpenedConfiguration
  },
  acceptConfig: string | null,
): Promise<void> {
  const { settings, audit, anchoring, book } = of
  await recordRestore(settings.dataFolder, audit)
  await book.flow.start(acceptConfig)
  const { generation, hash } = book.configuration()
  await audit.append({
    type: 'process.start',
    version: BUILD.version,
    settingsHash: sha256Hex(canonicalize(settings)),
    weakened: weakenedBy(settings),
    signed: anchoring.signedBefore(),
    configuration: { generation, hash },
  })
}

function recordOptions(options: ServeOptions) {
  const { acceptFork, acceptLostAnchor, newLogKey, onFatal, auditHangMs } = options
  return {
    acceptFork: acceptFork ?? null,
    acceptLostAnchor: acceptLostAnchor ?? null,
    newLogKey: newLogKey === true,
    onFatal: onFatal ?? (() => {}),
    hangMs: auditHangMs,
  }
}
