import { join } from 'node:path'
import { logOrigin } from '@stint/sts-client/wire'
import { createAnchors } from '../anchors/anchors.ts'
import { forgettingEnded } from '../audit/forgetting-ended.ts'
import { openAuditLog } from '../audit/log.ts'
import type { Settings } from '../config.ts'
import type { VendorError } from '../errors.ts'
import type { Anchoring } from '../flows/anchoring.ts'
import { createAnchoring } from '../flows/anchoring.ts'
import { goOnWithLog } from '../flows/go-on-with-log.ts'
import { createHeldAnchors } from '../flows/held-anchors.ts'
import type { AuditLog, KeptSessions } from '../ports.ts'
import { databaseOf } from './database.ts'
import { openSessionKeys } from './session-keys.ts'
import type { Opened, Wiring } from './wiring.ts'

export type RecordOptions = {
  /** `--accept-fork <hash>`: the log goes on although an anchor holds the checkpoint with this hash. */
  readonly acceptFork: string | null
  /** `--accept-lost-anchor <hash>`: the log goes on although anchors have nothing any more of what they took. */
  readonly acceptLostAnchor: string | null
  /** `--new-log-key`: another key signs checkpoints from this start on. */
  readonly newLogKey: boolean
  /** Hears that the log turned out to be older than an anchor: nothing is given from then on. */
  readonly onFatal: (error: VendorError) => void
  /** How long a commit of the log may take; undefined: what the log takes for long. */
  readonly hangMs: number | undefined
  /** How many exchanges are under way. */
  readonly underWay: () => number
}

/** What is durable: the log, the sessions that are kept beside it, and its anchors outside of this folder's trust. */
export type OpenedRecord = {
  readonly audit: AuditLog
  readonly sessions: KeptSessions
  readonly anchoring: Anchoring
  /** An anchor showed, after the start, that this log is not the newest there was, or has nothing to show it by. */
  readonly isRolledBack: () => boolean
  closeAnchors(): Promise<void>
}

/** Opens the log, holds it against its anchors, and goes on with it or refuses to. Throws what each of them throws. */
export async function openRecord(
  wiring: Wiring,
  options: RecordOptions,
  opened: Opened,
): Promise<OpenedRecord> {
  const { settings, clock, timers, random, log } = wiring
  const { newLogKey } = options
  const auditLog = await openAuditLog({
    ...databaseOf(settings, 'audit'),
    sessions: databaseOf(settings, 'session'),
    reserve: join(settings.dataFolder, 'audit.reserve'),
    key: { ...logKeyOptions(settings), withoutKey: newLogKey },
    clock,
    random,
    bootId: wiring.newId('evt').slice(4),
    log,
    onBatch: wiring.metering.onBatch,
    underWay: options.underWay,
    hangMs: options.hangMs,
    personalClaims: settings.erasableClaims,
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
    ...{ clock, log, dataFolder: settings.dataFolder },
    ...{ places: settings.anchors, bucket: settings.anchorBucket },
  })
  opened.defer(() => anchors.close())
  let rolledBack = false
  const { sha256, breathe } = wiring
  const anchoring = createAnchoring({
    ...{ audit, clock, timers, log, anchors: anchors.all },
    hold: createHeldAnchors({ audit, sha256, breathe }, logOrigin(settings.publicUrl)),
    onRefused(error) {
      if (!rolledBack) log.error('audit.rolled_back', { code: error.code, ...error.facts })
      rolledBack = true
      options.onFatal(error)
    },
  })
  await goOnWithLog(
    { audit, anchoring, sha256 },
    { fork: options.acceptFork, lostAnchor: options.acceptLostAnchor, newKey: newLogKey },
  )
  return { audit, sessions, anchoring, isRolledBack: () => rolledBack, closeAnchors: () => anchors.close() }
}

/** The log is known by where it is served (C2SP tlog-tiles), for good: its first start decides. */
function logKeyOptions({ dataFolder, logKeyFile, publicUrl }: Settings) {
  const keyFile = logKeyFile ?? join(dataFolder, 'keys/log.pem')
  return { keyFile, makeKey: logKeyFile === null, origin: logOrigin(publicUrl) }
}
