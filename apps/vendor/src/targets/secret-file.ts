import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { VendorError } from '../errors.ts'
import { Secret } from '../secret.ts'

/** Reads a secret by its name; throws `secret_unusable`, saying why, and never what it holds. */
export type SecretReader = (name: string) => Secret<string>

const MAX_BYTES = 4_096

/**
 * Secrets by name, each a file in the first of these folders that has it: the credentials folder of systemd, then the
 * one that server settings name. A configuration can name a secret and never a path, so nobody reads another file by it.
 * Read at each use, so that a new one counts at once and one that is taken away counts no more.
 */
export function createSecretReader(folders: readonly string[]): SecretReader {
  return (name) => {
    for (const folder of folders) {
      const text = readIfThere(join(folder, name), name)
      if (text !== null) return new Secret(text)
    }
    throw unusable(name, 'it is in none of the secret folders')
  }
}

function readIfThere(path: string, name: string): string | null {
  try {
    const { mode, size } = statSync(path)
    // systemd gives a service its credentials as files that only it can read, whatever group they have.
    if ((mode & 0o037) !== 0) throw unusable(name, 'others can read or change it; it wants 0400')
    if (size > MAX_BYTES) throw unusable(name, 'it is too large for a secret')
    const text = readFileSync(path, 'utf8').trim()
    if (text === '') throw unusable(name, 'it is empty')
    return text
  } catch (thrown) {
    if (thrown instanceof VendorError) throw thrown
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unreadable'
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw unusable(name, code)
  }
}

function unusable(secret: string, reason: string): VendorError {
  return new VendorError('secret_unusable', { facts: { secret, reason } })
}
