import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { VendorError } from './errors.ts'

/** The checkpoint that a log signed last, in its data folder. It is no key: it lies with them, because nobody edits keys. */
export const SIGNED_FILE = 'keys/log.signed'

/** Writes a secret file, 0400, in a folder of 0700, so that a crash leaves the old state or the new one. */
export function writeKeyFile(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const aside = `${path}.new`
  writeFileSync(aside, content, { mode: 0o400, flush: true })
  moveKeyFile(aside, path)
}

/** Puts a secret file in the place of another, for good. */
export function moveKeyFile(from: string, to: string): void {
  renameSync(from, to)
  const directory = openSync(dirname(to), 'r')
  fsyncSync(directory)
  closeSync(directory)
}

/**
 * Reads a secret file. `data_folder_unsafe` where others can read it, or nobody. `isGiven`: systemd gives a credential as a
 * file of root that one user may read by an access list, which shows as the group's.
 */
export function readKeyFile(path: string, { isGiven }: { readonly isGiven: boolean }): string {
  const facts = { file: path, wanted: '0400' }
  try {
    if ((statSync(path).mode & (isGiven ? 0o037 : 0o077)) === 0) return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new VendorError('data_folder_unsafe', { cause, facts })
  }
  throw new VendorError('data_folder_unsafe', { facts })
}
