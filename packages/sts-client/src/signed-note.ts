import { sha256 } from './merkle-proof.ts'

/** The key of a log, as it was given out of band (C2SP signed-note): `<origin>+<key id>+<type and public key>`. */
export type VerifierKey = {
  readonly origin: string
  /** Eight hex digits. */
  readonly id: string
  readonly publicKey: Uint8Array<ArrayBuffer>
}

/** What a log said of itself at one time (C2SP tlog-checkpoint). */
export type SignedCheckpoint = {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array<ArrayBuffer>
  /** The key that signed it. */
  readonly key: VerifierKey
}

const VKEY = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/
const ED25519 = 1
/** Body of exactly three lines, an empty one, then signatures; no control character but the newline. */
const NOTE = /^(([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n)\n((?:— [^\n]+\n){1,16})$/
const SIGNATURE = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/
const ID_BYTES = 4

/**
 * Reads a verifier key. The id must be that of the key (SHA-256 over name, type and public key), so that a mistyped one is
 * found here and not when nothing verifies. null for any other text.
 */
export async function parseVerifierKey(text: string): Promise<VerifierKey | null> {
  const [, origin, id, encoded] = VKEY.exec(text) ?? []
  const bytes = encoded === undefined ? null : fromBase64(encoded)
  if (origin === undefined || id === undefined || bytes === null || bytes[0] !== ED25519) return null
  const whole = await sha256([new TextEncoder().encode(`${origin}\n`), bytes])
  return hex(whole.subarray(0, ID_BYTES)) === id ? { origin, id, publicKey: bytes.slice(1) } : null
}

/**
 * Opens a checkpoint with the keys that are trusted: it must be signed by one of them, of its own origin, and no signature
 * under a trusted name and id may be wrong (C2SP signed-note). null for everything else.
 */
export async function openCheckpoint(
  note: string,
  keys: readonly VerifierKey[],
): Promise<SignedCheckpoint | null> {
  const [, text, origin, digits, rootText, lines] = NOTE.exec(note) ?? []
  if (text === undefined || origin === undefined || lines === undefined || hasControls(note)) return null
  let by: VerifierKey | null = null
  for (const line of lines.trimEnd().split('\n')) {
    const [, name, encoded] = SIGNATURE.exec(line) ?? []
    const bytes = encoded === undefined ? null : fromBase64(encoded)
    if (bytes === null || bytes.length <= ID_BYTES) return null
    const id = hex(bytes.subarray(0, ID_BYTES))
    const key = keys.find((one) => one.origin === name && one.id === id)
    if (key === undefined) continue
    if (!(await holds(key, bytes.slice(ID_BYTES), text))) return null
    if (key.origin === origin) by ??= key
  }
  const root = fromBase64(rootText ?? '')
  const size = Number(digits)
  if (by === null || root === null || !Number.isSafeInteger(size)) return null
  return { origin, size, root, key: by }
}

async function holds(key: VerifierKey, signature: Uint8Array<ArrayBuffer>, text: string): Promise<boolean> {
  const imported = await crypto.subtle.importKey('raw', key.publicKey, 'Ed25519', false, ['verify'])
  return crypto.subtle.verify('Ed25519', imported, signature, new TextEncoder().encode(text))
}

/** Standard base64 in its one canonical form, or null. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
    return toBase64(bytes) === text ? bytes : null
  } catch {
    return null
  }
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}

function hasControls(text: string): boolean {
  return [...text].some((char) => char !== '\n' && char < ' ')
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
