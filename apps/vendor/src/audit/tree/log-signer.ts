import { existsSync } from 'node:fs'
import type { TreeAt } from '../../domain/merkle-tree.ts'
import { treeAt } from '../../domain/merkle-tree.ts'
import { VendorError } from '../../errors.ts'
import { moveKeyFile, writeKeyFile } from '../../key-file.ts'
import type { NextLogKey } from '../../ports.ts'
import type { Connection } from '../../storage/sqlite/open.ts'
import { signCheckpoint } from './checkpoint.ts'
import type { LogKey } from './log-key.ts'
import { newLogKeyPem, openCheckpoint, originOf, readLogKey } from './log-key.ts'
import { sha256 } from './sha256.ts'
import type { StoredNodes } from './stored-nodes.ts'

export type LogKeyOptions = {
  /** The PEM file of the key that signs. A key on its way in stands beside it, as `<file>.next`. */
  readonly keyFile: string
  /** Whether the file is made where a log has no key yet; a key that somebody else provides is never made. */
  readonly makeKey: boolean
  /** The origin of a log that has none yet: where it is served, without the scheme. */
  readonly origin: string
  /** The key is lost, or another one was put in its place: the log opens, and signs nothing before `useNextKey`. */
  readonly withoutKey?: boolean
}

/** Signs for the log, with the key that it goes on with. */
export type LogSigner = {
  readonly vkey: string
  /** Whether this opening gave the log its first key. */
  readonly isNew: boolean
  /** A checkpoint that nobody keeps here: a receipt carries it. Throws `log_key_unusable`. */
  sign(tree: TreeAt): string
  /** A checkpoint that is kept; the kept one where the tree did not grow since. */
  checkpoint(tree: TreeAt): string
  /** Makes the next key, or takes the one that an attempt before left; nothing signs with it yet. */
  prepareNextKey(origin: string): NextLogKey
  /** From this size on the prepared key signs; the old one, where it is there, signs last for this very size. */
  useNextKey(tree: TreeAt, next: NextLogKey): void
}

type KeyRow = { vkey: string }

/** Finds the key that the log goes on with, and holds the newest kept checkpoint against the tree. */
export function openLogSigner(
  connection: Connection,
  stored: StoredNodes,
  { size, options }: { readonly size: number; readonly options: LogKeyOptions },
): LogSigner {
  const newestKey = connection.prepare<[], KeyRow>('SELECT vkey FROM log_key ORDER BY from_size DESC LIMIT 1')
  const addKey = connection.prepare('INSERT INTO log_key VALUES (?, ?)')
  const keep = connection.prepare('INSERT OR IGNORE INTO checkpoint VALUES (?, ?)')
  const kept = connection.prepare<[number], { note: string }>('SELECT note FROM checkpoint WHERE size = ?')
  const known = newestKey.get()?.vkey ?? null
  let key = known === null ? firstKey(options) : knownKey(options, known)
  if (known === null && key !== null) addKey.run(key.vkey, 0)
  let vkey = known ?? key?.vkey ?? ''
  verifyNewest(connection, stored, size)
  const keptBy = (at: number) =>
    kept.all(at).find(({ note }) => openCheckpoint(note, vkey) !== null)?.note ?? null

  function sign(tree: TreeAt): string {
    if (key === null) throw new VendorError('log_key_unusable', { facts: { file: options.keyFile } })
    return signCheckpoint(tree, key)
  }

  function checkpoint(tree: TreeAt): string {
    const before = keptBy(tree.size)
    if (before !== null) return before
    const note = sign(tree)
    keep.run(tree.size, note)
    return note
  }

  const nextFile = `${options.keyFile}.next`
  return {
    get vkey() {
      return vkey
    },
    isNew: known === null,
    sign,
    checkpoint,
    prepareNextKey(origin) {
      const isProvided = !options.makeKey
      if (!isProvided && !existsSync(nextFile)) writeKeyFile(nextFile, newLogKeyPem())
      const next = readLogKey(isProvided ? options.keyFile : nextFile, { origin, isGiven: isProvided })
      if (next.vkey === vkey)
        throw new VendorError('log_key_unusable', { facts: { reason: 'not a new key' } })
      return { vkey: next.vkey, replaces: vkey, handover: key !== null && origin === originOf(vkey) }
    },
    useNextKey(tree, next) {
      const file = existsSync(nextFile) && options.makeKey ? nextFile : options.keyFile
      const taken = readLogKey(file, { origin: originOf(next.vkey), isGiven: !options.makeKey })
      if (taken.vkey !== next.vkey) throw new VendorError('log_key_unknown', { facts: { file } })
      connection.transaction(() => {
        if (next.handover) checkpoint(tree)
        addKey.run(taken.vkey, tree.size)
      })()
      ;[key, vkey] = [taken, taken.vkey]
      if (file === nextFile) moveKeyFile(nextFile, options.keyFile)
    },
  }
}

function firstKey(options: LogKeyOptions): LogKey {
  const { keyFile, makeKey, origin } = options
  if (makeKey && !existsSync(keyFile)) writeKeyFile(keyFile, newLogKeyPem())
  return readLogKey(keyFile, { origin, isGiven: !makeKey })
}

/** A start that was cut between taking the next key and moving its file finds it under its old name. */
function knownKey({ keyFile, makeKey, withoutKey }: LogKeyOptions, vkey: string): LogKey | null {
  const nextFile = `${keyFile}.next`
  const origin = originOf(vkey)
  const files = [keyFile, nextFile].filter((file) => existsSync(file))
  const found = files
    .map((file) => ({ file, key: readLogKey(file, { origin, isGiven: !makeKey }) }))
    .find(({ key }) => key.vkey === vkey)
  if (found !== undefined) {
    if (found.file === nextFile) moveKeyFile(nextFile, keyFile)
    return found.key
  }
  if (withoutKey === true) return null
  const code = files.length === 0 ? 'log_key_unusable' : 'log_key_unknown'
  throw new VendorError(code, { facts: { file: keyFile, expected: vkey } })
}

const NEWEST = 'SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1'

/**
 * What was signed last must be of this tree: at most 255 hashes a level are read, however long the log. Throws
 * `audit_tampered` where the log is shorter than it was, or another one.
 */
function verifyNewest(connection: Connection, stored: StoredNodes, size: number): void {
  const newest = connection.prepare<[], { size: number; note: string }>(NEWEST).get()
  if (newest === undefined) return
  const facts = { seq: newest.size, size }
  if (newest.size > size)
    throw new VendorError('audit_tampered', { facts: { ...facts, reason: 'truncated' } })
  const keys = connection.prepare<[], KeyRow>('SELECT vkey FROM log_key ORDER BY from_size DESC').all()
  const head = keys.map(({ vkey }) => openCheckpoint(newest.note, vkey)).find((one) => one !== null)
  if (head === undefined || head === null || head.size !== newest.size)
    throw new VendorError('audit_tampered', { facts: { ...facts, reason: 'signature' } })
  const { root } = treeAt(newest.size, stored.at, sha256)
  if (Buffer.compare(root, head.root) !== 0)
    throw new VendorError('audit_tampered', { facts: { ...facts, reason: 'root' } })
}
