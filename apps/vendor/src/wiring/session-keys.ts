import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readKeyFile, writeKeyFile } from '../key-file.ts'
import type { AuditLog, Clock, KeptSessions, Logger, Random, Timers } from '../ports.ts'
import { readSealingKeys } from '../sessions/sealing-keys.ts'
import { createSessionKeys } from '../sessions/session-keys.ts'

/** So much longer than its session a kept key may stand. */
const PURGE_MS = 60_000

/**
 * Opens what is kept of sessions, and wipes what is over, at once and every minute. The key file is made where nobody named
 * one. Throws `data_folder_unsafe`, `settings_invalid`, `audit_unavailable`.
 */
export async function openSessionKeys(
  settings: {
    readonly folder: string
    readonly file: string | null
    readonly doors: readonly string[]
    readonly regions: readonly string[]
  },
  deps: {
    readonly clock: Clock
    readonly random: Random
    readonly timers: Timers
    readonly audit: Pick<AuditLog, 'append' | 'keepSessions' | 'purgeSessions'>
    readonly log: Logger
  },
): Promise<KeptSessions & { readonly forgetOpened: () => void }> {
  const { folder, file, doors, regions } = settings
  const { clock, random, timers, audit, log } = deps
  const path = file ?? join(folder, 'keys/session.key')
  if (file === null && !existsSync(path)) {
    writeKeyFile(path, `${randomBytes(32).toString('base64')}\n`)
    const facts = { purpose: 'session keys', target: null, thumbprint: null }
    await audit.append({ type: 'secret.created', ...facts })
  }
  const sealing = readSealingKeys(readKeyFile(path, { isGiven: file !== null }))
  const sessions = createSessionKeys({
    path: join(folder, 'session.db'),
    sealing,
    doors,
    regions,
    clock,
    random,
    keep: audit.keepSessions,
  })
  let cancel = () => {}
  /** What a log without room does not wipe now it wipes later: it is no reason not to start. */
  async function purge(): Promise<void> {
    cancel = timers.after(PURGE_MS, () => void purge())
    await audit
      .purgeSessions(clock.nowMs())
      .then(sessions.forgetOpened)
      .catch((thrown: unknown) => {
        log.error('sessions.not_purged', { reason: String(thrown) })
      })
  }
  await purge()
  return {
    ...sessions,
    close() {
      cancel()
      sessions.close()
    },
  }
}
