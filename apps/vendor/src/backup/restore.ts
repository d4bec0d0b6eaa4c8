import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { verifyAuditLog } from '../audit/verify.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { Sha256 } from '../domain/session-name.ts'
import { VendorError } from '../errors.ts'
import { SIGNED_FILE } from '../key-file.ts'
import type { AuditLog } from '../ports.ts'
import { openForReading } from '../storage/sqlite/open.ts'
import { type Manifest, readManifest } from './manifest.ts'
import { foreignPack, PACKS } from './packs.ts'
import { judgePair } from './pair.ts'
import { syncFile } from './take.ts'

export type RestoreBackup = {
  readonly from: string
  /** A folder that is empty or not there. */
  readonly data: string
  readonly sha256: Sha256
  readonly progress: (line: string) => void
}

const RESTORED = 'restored.json'

/**
 * Makes a data folder of a backup: every file held against the manifest, the log verified event by event, both databases
 * against each other by the rule of the start, and the evidence packs against the log. The next start records that it was restored. Throws
 * `backup_invalid`, `backup_refused`, `audit_tampered`; nothing is left behind then.
 */
export async function restoreBackup(options: RestoreBackup): Promise<Manifest> {
  const { from, data, progress } = options
  progress('checking the backup')
  const manifest = await readManifest(from)
  if (existsSync(data) && readdirSync(data).length > 0)
    throw new VendorError('backup_refused', { facts: { reason: 'it is not empty', folder: data } })
  mkdirSync(data, { recursive: true, mode: 0o700 })
  chmodSync(data, 0o700)
  try {
    for (const name of Object.keys(manifest.files)) copyOne(name, { from, data })
    progress('verifying the log')
    await checkFiles(data, manifest, options.sha256)
    writeSigned(data)
    const { at, audit } = manifest
    writeFileSync(join(data, RESTORED), JSON.stringify({ backupAt: at, ...audit }), {
      mode: 0o600,
      flush: true,
    })
    syncFile(data)
    return manifest
  } catch (thrown) {
    for (const name of readdirSync(data)) rmSync(join(data, name), { recursive: true, force: true })
    throw thrown
  }
}

function copyOne(name: string, { from, data }: Pick<RestoreBackup, 'from' | 'data'>): void {
  const to = join(data, name)
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
  copyFileSync(join(from, name), to)
  chmodSync(to, name.startsWith('keys/') ? 0o400 : 0o600)
  syncFile(to)
  syncFile(dirname(to))
}

async function checkFiles(data: string, { audit, configuration }: Manifest, sha256: Sha256): Promise<void> {
  const invalid = (reason: string) => new VendorError('backup_invalid', { facts: { reason } })
  const head = verifyAuditLog(join(data, 'audit.db'))
  if (head.seq !== audit.seq || Buffer.from(head.chain).toString('hex') !== audit.chain)
    throw invalid('the log does not end where the manifest says')
  const pair = {
    config: openForReading(join(data, 'config.db')),
    audit: openForReading(join(data, 'audit.db')),
  }
  try {
    const { standing, hash } = await judgePair(pair, sha256)
    if (standing.is === 'foreign' || hash !== configuration.hash)
      throw invalid('the configuration is not the one that the log ends with')
    const foreign = await foreignPack(join(data, PACKS), pair.audit)
    if (foreign !== null) throw invalid(`${PACKS}/${foreign} is not the pack that the log names`)
  } finally {
    pair.config.close()
    pair.audit.close()
  }
}

/** The start wants the checkpoint that was signed last beside the keys; of a backup it is in the log that was verified. */
function writeSigned(data: string): void {
  const connection = openForReading(join(data, 'audit.db'))
  const newest = connection.prepare<[], string>(NEWEST).pluck().get()
  connection.close()
  if (newest === undefined) return
  mkdirSync(dirname(join(data, SIGNED_FILE)), { recursive: true, mode: 0o700 })
  writeFileSync(join(data, SIGNED_FILE), newest, { mode: 0o600, flush: true })
}

const NEWEST = 'SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1'

/** At start: that this folder is a restored one is the first thing that is recorded, and then forgotten. */
export async function recordRestore(data: string, audit: Pick<AuditLog, 'append'>): Promise<void> {
  const path = join(data, RESTORED)
  if (!existsSync(path)) return
  const facts = JSON.parse(readFileSync(path, 'utf8')) as Omit<
    Extract<AuditEvent, { type: 'process.restored' }>,
    'type'
  > // written by restoreBackup
  await audit.append({ type: 'process.restored', ...facts })
  rmSync(path)
  syncFile(data)
}
