import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

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
