import type { StsClientErrorCode, StsClientErrorFacts } from '../../errors.ts'
import { StsClientError, stsClientErrorCodes } from '../../errors.ts'
import { readCacheFile, writeCacheFile } from './cache-file.ts'

/** A session as it is kept: what it is of, its keys, and its ends by this machine's clock. */
export type KeptSession = {
  readonly obtainedMs: number
  readonly endsMs: number
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

/** Where one session is kept: a folder, a name in it, and what it is the session of. */
export type Slot = { readonly folder: string; readonly name: string; readonly key: string }

/**
 * The slot of what `parts` say: server, role, token source. Never the token: a name in a folder listing must not tell
 * one token from another. The whole key stands in the file and is compared, so that two keys with one name share nothing.
 */
export function slotOf(folder: string, parts: readonly string[]): Slot {
  const key = JSON.stringify(parts)
  return { folder, name: fingerprint(key), key }
}

/** 64 bits of FNV-1a twice over: node:crypto costs a helper 5 ms at its start, and nobody attacks his own file names. */
function fingerprint(text: string): string {
  return [0x811c9dc5, 0x9dc5811c]
    .map((offset) => {
      let hash = offset
      for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
      return (hash >>> 0).toString(16).padStart(8, '0')
    })
    .join('')
}

/** What is kept there, or null. Throws StsClientError `cache_unsafe`. */
export function readSession({ folder, name, key }: Slot): KeptSession | null {
  const kept = parse(readCacheFile(folder, `${name}.json`))
  if (kept === null || kept['key'] !== key) return null
  const session = kept['session']
  return isSession(session) ? session : null
}

export function writeSession({ folder, name, key }: Slot, session: KeptSession): void {
  writeCacheFile(folder, `${name}.json`, JSON.stringify({ key, session }))
}

/** The failure that somebody met at or after that time, or null. Those who waited for him need not meet it again. */
export function readFailure({ folder, name, key }: Slot, sinceMs: number): StsClientError | null {
  const kept = parse(readCacheFile(folder, `${name}.failed`))
  const { atMs, code, facts } = { ...kept }
  if (kept?.['key'] !== key || typeof atMs !== 'number' || atMs < sinceMs || !isCode(code)) return null
  // Written by `writeFailure`, in a file that only this user can write.
  return new StsClientError(code, facts as StsClientErrorFacts)
}

export function writeFailure({ folder, name, key }: Slot, error: StsClientError, atMs: number): void {
  const { code, status, detail, requestId, serverCode } = error
  // What is undefined leaves no member in JSON.
  const facts = { status, detail, requestId, serverCode }
  writeCacheFile(folder, `${name}.failed`, JSON.stringify({ key, atMs, code, facts }))
}

function isCode(value: unknown): value is StsClientErrorCode {
  return stsClientErrorCodes().some((code) => code === value)
}

function isSession(value: unknown): value is KeptSession {
  if (typeof value !== 'object' || value === null) return false
  const members: Readonly<Record<string, unknown>> = { ...value }
  const texts = ['accessKeyId', 'secretAccessKey', 'sessionToken'].map((name) => members[name])
  const times = ['obtainedMs', 'endsMs'].map((name) => members[name])
  return texts.every((text) => typeof text === 'string' && text !== '') && times.every(Number.isSafeInteger)
}

/** A file that was cut or written by another version is none. */
function parse(text: string | null): Readonly<Record<string, unknown>> | null {
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}
