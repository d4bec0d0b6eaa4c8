import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { verifyAuditLog } from '../audit/verify.ts'
import type { Sha256 } from '../domain/session-name.ts'
import { VendorError } from '../errors.ts'
import { SIGNED_FILE } from '../key-file.ts'
import { connect } from '../storage/sqlite/connect.ts'
import { type Connection, openForReading } from '../storage/sqlite/open.ts'
import { fileFacts, MANIFEST, type Manifest } from './manifest.ts'
import { copyPacks, PACKS } from './packs.ts'
import { judgePair, type Pair } from './pair.ts'

export type TakeBackup = {
  /** The data folder; a service may run on it. */
  readonly data: string
  readonly into: string
  readonly stint: string
  readonly now: () => Date
  readonly sha256: Sha256
  /** Who runs this; null where the system knows no users. */
  readonly uid: number | null
  readonly progress: (line: string) => void
}

/** One apply in between costs one more try; this many mean that the files do not belong together. */
const MOST_TRIES = 20
const TRY_AGAIN_MS = 50
const PAGES_A_STEP = 4_096

/**
 * Copies a data folder while a service runs on it: both databases as they stood at one moment at which they belonged
 * together by the rule of the start, then the keys, the evidence packs that this log names, then a manifest. Writers wait for
 * nothing; the log's write-ahead file grows meanwhile. The copy of the log is verified event by event. Throws `backup_refused`, `audit_tampered`, or
 * `configuration_tampered` where the two files never belonged together.
 */
export async function takeBackup(options: TakeBackup): Promise<Manifest> {
  const { data, into, sha256, progress } = options
  checkPlaces(options)
  const pair: Pair = {
    config: openForReading(join(data, 'config.db')),
    audit: openForReading(join(data, 'audit.db')),
  }
  try {
    const { generation, hash } = await pinTogether(pair, sha256)
    const at = options.now().toISOString()
    await copyDatabase(pair.config, join(into, 'config.db'), () => undefined)
    await copyDatabase(pair.audit, join(into, 'audit.db'), (percent) => progress(`audit.db: ${percent} %`))
    const keys = copyKeys(join(data, 'keys'), join(into, 'keys'))
    progress('verifying the copy of the log')
    const head = verifyAuditLog(join(into, 'audit.db'))
    const packs = await copyPacksOf(options)
    const names = [
      ...['audit.db', 'config.db'],
      ...keys.map((key) => `keys/${key}`),
      ...packs.map((pack) => `${PACKS}/${pack}`),
    ]
    const facts = await Promise.all(
      names.map(async (name) => [name, await fileFacts(join(into, name))] as const),
    )
    const manifest: Manifest = {
      v: 1,
      at,
      stint: options.stint,
      configuration: { generation, hash },
      audit: { seq: head.seq, chain: Buffer.from(head.chain).toString('hex') },
      files: Object.fromEntries(facts),
    }
    writeWhole(into, MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`)
    return manifest
  } finally {
    pair.config.close()
    pair.audit.close()
  }
}

function checkPlaces({ data, into, uid }: TakeBackup): void {
  const refuse = (reason: string, folder: string) =>
    new VendorError('backup_refused', { facts: { reason, folder } })
  if (!existsSync(join(data, 'audit.db')) || !existsSync(join(data, 'config.db')))
    throw refuse('it holds no databases of Stint', data)
  // Files that another user leaves beside a database shut the service out of it.
  if (uid !== null && statSync(data).uid !== uid)
    throw refuse('it is of another user: run this as that one', data)
  mkdirSync(into, { recursive: true, mode: 0o700 })
  if (readdirSync(into).length > 0) throw refuse('it is not empty', into)
  // The keys are in it.
  chmodSync(into, 0o700)
}

/**
 * Opens a snapshot of each file, the configuration first, so that nothing in it lacks its record. An apply that falls
 * between the two shows by its hash, and both are taken again.
 */
export async function pinTogether(
  pair: Pair,
  sha256: Sha256,
  pin: (connection: Connection) => Promise<void> = pinSnapshot,
) {
  for (let tries = 1; ; tries++) {
    for (const connection of [pair.config, pair.audit]) await pin(connection)
    const judged = await judgePair(pair, sha256)
    if (judged.standing.is !== 'foreign') return judged
    if (tries === MOST_TRIES)
      throw new VendorError('configuration_tampered', {
        facts: { found: judged.hash, expected: judged.standing.expected },
      })
    await delay(TRY_AGAIN_MS)
  }
}

/** From here on the connection reads the file as it stands now. */
export async function pinSnapshot(connection: Connection): Promise<void> {
  if (connection.inTransaction) connection.exec('ROLLBACK')
  connection.exec('BEGIN')
  // The snapshot is that of the first read.
  connection.prepare('SELECT count(*) FROM migration').get()
}

/** SQLite's online backup inside the snapshot that is open: it sees no later write, and starts over for none. */
async function copyDatabase(from: Connection, to: string, report: (percent: number) => void): Promise<void> {
  let told = 0
  await from.backup(to, {
    progress({ totalPages, remainingPages }) {
      const percent = Math.floor((100 * (totalPages - remainingPages)) / Math.max(totalPages, 1))
      if (percent >= told + 10) report(percent)
      if (percent >= told + 10) told = percent
      return PAGES_A_STEP
    },
  })
  // One file, which can be read without making others beside it; the service puts it back at its start.
  const copy = connect(to)
  copy.pragma('journal_mode = DELETE')
  copy.close()
  chmodSync(to, 0o600)
  syncFile(to)
}

/** After the snapshot: a key that is newer than the log is right, because a store believes the key that is published. */
function copyKeys(from: string, to: string): readonly string[] {
  mkdirSync(to, { mode: 0o700 })
  // What was signed after the snapshot would speak against it: a restore writes that anew from the log that it verified.
  const isLeft = (name: string) => name.endsWith('.new') || `keys/${name}` === SIGNED_FILE
  const names = existsSync(from) ? readdirSync(from).filter((name) => !isLeft(name)) : []
  for (const name of names) {
    copyFileSync(join(from, name), join(to, name))
    chmodSync(join(to, name), 0o400)
    syncFile(join(to, name))
  }
  return names
}

/** Held against the copy of the log: what was packed after it is none of this backup. */
async function copyPacksOf({ data, into, progress }: TakeBackup): Promise<readonly string[]> {
  const audit = openForReading(join(into, 'audit.db'))
  try {
    return await copyPacks({ from: join(data, PACKS), to: join(into, PACKS), audit, progress })
  } finally {
    audit.close()
  }
}

function writeWhole(folder: string, name: string, text: string): void {
  const aside = join(folder, `${name}.new`)
  writeFileSync(aside, text, { mode: 0o600, flush: true })
  renameSync(aside, join(folder, name))
  syncFile(folder)
}

/** A file or a folder, down to the disk. */
export function syncFile(path: string): void {
  const handle = openSync(path, 'r')
  fsyncSync(handle)
  closeSync(handle)
}
