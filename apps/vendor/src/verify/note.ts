import { createPublicKey, hash, verify } from 'node:crypto'

/** A verifier key and the sizes for which its signatures count: after `after`, up to `until`. */
export type TrustedKey = {
  readonly vkey: string
  readonly name: string
  readonly id: string
  readonly key: Buffer
}

export type Note = { readonly origin: string; readonly size: number; readonly root: Buffer }

/** Of a key: printable ASCII without a space or a plus, which is what C2SP allows of it. */
const KEY_NAME = '[\\x21-\\x2a\\x2c-\\x7e]+'
const BASE64 = '[A-Za-z0-9+/]'
const VKEY = new RegExp(`^(${KEY_NAME})\\+([0-9a-f]{8})\\+(${BASE64}{44})$`)
const NOTE = new RegExp(
  `^((${KEY_NAME})\\n(0|[1-9][0-9]{0,15})\\n(${BASE64}{43}=)\\n)\\n((?:— [^\\n]+\\n){1,16})$`,
)
const LINE = new RegExp(`^— (${KEY_NAME}) (${BASE64}+={0,2})$`)
/** A key's id, and at least a byte that it signed with. */
const LEAST_SIGNATURE = 5
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/** A C2SP verifier key of type Ed25519, its id checked against it; null for any other text. */
export function readKey(vkey: string): TrustedKey | null {
  const [, name, id, encoded] = VKEY.exec(vkey) ?? []
  const bytes = strict(encoded ?? '')
  if (name === undefined || id === undefined || bytes === null || bytes[0] !== 1) return null
  const whole = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), bytes]))
  return whole.slice(0, 8) === id ? { vkey, name, id, key: bytes.subarray(1) } : null
}

/**
 * What the note says and the key of `keys` that signed it. null where it is malformed, where none of them signed it, and
 * where a signature of one of them is wrong.
 */
export function openNote(
  text: string,
  keys: readonly TrustedKey[],
): (Note & { readonly by: TrustedKey }) | null {
  const [, body, origin, digits, encoded, lines] = NOTE.exec(text) ?? []
  const root = strict(encoded ?? '')
  if (body === undefined || origin === undefined || root === null || lines === undefined) return null
  let by: TrustedKey | null = null
  for (const line of lines.slice(0, -1).split('\n')) {
    const [, name, signed] = LINE.exec(line) ?? []
    const bytes = strict(signed ?? '')
    if (bytes === null || bytes.length < LEAST_SIGNATURE) return null
    const id = bytes.subarray(0, 4).toString('hex')
    const key = keys.find((one) => one.name === name && one.id === id)
    if (key === undefined) continue
    if (!holds(key, Buffer.from(body), bytes.subarray(4))) return null
    if (key.name === origin) by ??= key
  }
  return by === null ? null : { origin, size: Number(digits), root, by }
}

function holds({ key }: TrustedKey, text: Buffer, signature: Buffer): boolean {
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI, key]), type: 'spki', format: 'der' })
  return signature.length === 64 && verify(null, text, publicKey, signature)
}

function strict(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}
