import { sign, verify } from 'node:crypto'
import { VendorError } from '../errors.ts'
import { Secret } from '../secret.ts'
import type { TargetKey } from './target-key.ts'

/** MinIO allows no clock skew at all, `iat` included, so our tokens are born a minute ago. */
const BACKDATE_SECONDS = 60
const P256_BYTES = 32

/** Whose token it is, with claims beside the usual ones where a store reads them. */
export type StoreSubject = string | { readonly sub: string; readonly more: Readonly<Record<string, unknown>> }

export type StoreTokenSigner = (of: StoreSubject, nowMs: number, expiresMs: number) => Secret<string>

/**
 * Signs the JWT that we show a store (ES256). Signing to DER and turning it into r‖s by hand costs half of what
 * OpenSSL's own P1363 output does; the first signature is verified before any is used.
 */
export function createStoreTokenSigner(input: {
  readonly key: TargetKey
  readonly issuer: string
  readonly audience: string
}): StoreTokenSigner {
  const { privateKey, publicJwk } = input.key
  const header = base64url(JSON.stringify({ alg: 'ES256', typ: 'JWT', kid: publicJwk.kid }))
  const claims = `{"iss":${JSON.stringify(input.issuer)},"aud":${JSON.stringify(input.audience)},"sub":`
  const signer: StoreTokenSigner = (of, nowMs, expiresMs) => {
    const { sub, more } = typeof of === 'string' ? { sub: of, more: null } : of
    const inner = more === null ? '' : JSON.stringify(more).slice(1, -1)
    const rest = inner === '' ? '' : `,${inner}`
    const born = Math.floor(nowMs / 1000) - BACKDATE_SECONDS
    const payload = `${claims}${JSON.stringify(sub)},"iat":${born},"nbf":${born},"exp":${Math.floor(expiresMs / 1000)}${rest}}`
    const signed = `${header}.${base64url(payload)}`
    return new Secret(
      `${signed}.${jose(sign('sha256', Buffer.from(signed), privateKey)).toString('base64url')}`,
    )
  }
  const [head = '', body = '', signature = ''] = signer('self-test', 0, 0).reveal().split('.')
  const key = { key: publicJwk, format: 'jwk', dsaEncoding: 'ieee-p1363' } as const
  if (!verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))) {
    throw new VendorError('internal_error', { facts: { reason: 'the store token signer does not verify' } })
  }
  return signer
}

/** DER `SEQUENCE { INTEGER r, INTEGER s }` (RFC 3279 §2.2.3) to the fixed r‖s of RFC 7518 §3.4. */
export function jose(der: Uint8Array): Buffer {
  const out = Buffer.alloc(2 * P256_BYTES)
  let at = 2 // both integers are short, so the sequence's length is one byte
  for (const end of [P256_BYTES, 2 * P256_BYTES]) {
    const length = der[at + 1] ?? 0
    const integer = der.subarray(at + 2, at + 2 + length)
    const digits = integer[0] === 0 ? integer.subarray(1) : integer
    out.set(digits, end - digits.length)
    at += 2 + length
  }
  return out
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
