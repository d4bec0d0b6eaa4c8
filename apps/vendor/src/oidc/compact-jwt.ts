import type { ErrorCode } from '../errors.ts'
import { isPlainText } from './plain-text.ts'
import { parseStrictJson, TOKEN_JSON_LIMITS } from './strict-json.ts'

/** A token taken apart and found well-formed; nothing in it is believed yet. */
export type CompactJwt = {
  /** What was signed: the first two segments and their dot, ASCII. */
  readonly signed: Buffer
  readonly signature: Buffer
  readonly header: { readonly alg: string; readonly typ: string | null; readonly kid: string | null }
  readonly payload: { readonly [name: string]: unknown }
}

export type ReadJwt =
  | { readonly ok: true; readonly jwt: CompactJwt }
  | { readonly ok: false; readonly code: ErrorCode }

const MAX_TOKEN = 16 * 1024
const MAX_HEADER = 2 * 1024
const MAX_PAYLOAD = 12 * 1024
/** Of a kid, here and in key sets: RFC 7515 §4.1.4 sets no bound, and what is looked up and logged needs one. */
export const MAX_KID = 128

const SEGMENTS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const FIVE_SEGMENTS = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){4}$/
/**
 * What a header may say. `x5t`, `x5t#S256` and `x5c` name a certificate that we never look at; everything that would
 * bring a key, a compression, an extension or another meaning (jku, jwk, x5u, crit, b64, zip, enc, cty …) is refused.
 */
const HEADER_MEMBERS = new Set(['alg', 'typ', 'kid', 'x5t', 'x5t#S256', 'x5c'])

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Takes a compact JWS apart (RFC 7515 §7.1), cheap and bounded, before any key is looked up: size, three canonical
 * base64url segments, strict JSON, a header of listed members. Codes: `too_large`, `malformed`, `jwe_refused`,
 * `json_invalid`, `duplicate_member`, `header_refused`, `alg_refused`.
 */
export function readCompactJwt(token: string): ReadJwt {
  if (token.length > MAX_TOKEN) return refused('too_large')
  if (!SEGMENTS.test(token)) return refused(FIVE_SEGMENTS.test(token) ? 'jwe_refused' : 'malformed')
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  const headerBytes = decodeCanonical(token.slice(0, first))
  const payloadBytes = decodeCanonical(token.slice(first + 1, second))
  const signature = decodeCanonical(token.slice(second + 1))
  if (headerBytes === null || payloadBytes === null || signature === null) return refused('malformed')
  if (headerBytes.length > MAX_HEADER || payloadBytes.length > MAX_PAYLOAD) return refused('too_large')
  const header = parseObject(headerBytes)
  if (!header.ok) return header
  const read = readHeader(header.value)
  if (!read.ok) return read
  const payload = parseObject(payloadBytes)
  if (!payload.ok) return payload
  const signed = Buffer.from(token.slice(0, second), 'latin1')
  return { ok: true, jwt: { signed, signature, header: read.header, payload: payload.value } }
}

/**
 * base64url whose last character carries no stray bits: of the many texts that decode to the same bytes exactly one is
 * a token (RFC 4648 §3.5), so a token has one form.
 */
function decodeCanonical(segment: string): Buffer | null {
  const rest = segment.length % 4
  if (rest === 1) return null
  const bytes = Buffer.from(segment, 'base64url')
  if (rest === 0) return bytes
  const tail = bytes.subarray(bytes.length - (bytes.length % 3)).toString('base64url')
  return segment.endsWith(tail) ? bytes : null
}

function parseObject(bytes: Buffer) {
  try {
    return parseStrictJson(utf8.decode(bytes), TOKEN_JSON_LIMITS)
  } catch {
    return { ok: false, code: 'json_invalid' } as const
  }
}

function readHeader(header: { readonly [name: string]: unknown }) {
  if (!Object.keys(header).every((name) => HEADER_MEMBERS.has(name))) {
    return refused(Object.hasOwn(header, 'enc') ? 'jwe_refused' : 'header_refused')
  }
  // JSON has no undefined: a member of that value is absent, and one of null is present and wrong.
  const { alg, typ, kid } = header
  if (typeof alg !== 'string') return refused('alg_refused')
  if (typ !== undefined && typeof typ !== 'string') return refused('typ_refused')
  if (kid !== undefined && !isPlainText(kid, MAX_KID)) return refused('unknown_kid')
  return { ok: true, header: { alg, typ: typ ?? null, kid: kid ?? null } } as const
}

function refused(code: ErrorCode) {
  return { ok: false, code } as const
}
