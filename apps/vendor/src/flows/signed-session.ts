import type { ReceivedRequest, SignatureClaim } from '../domain/sigv4.ts'
import { canonicalRequest, readSignature, stringToSign } from '../domain/sigv4.ts'
import type { ErrorCode } from '../errors.ts'
import type { Clock, KeptSession, KeptSessions } from '../ports.ts'

export type SignedSessionDeps = {
  readonly clock: Clock
  readonly sessions: KeptSessions
  /** SHA-256 of a text in UTF-8, lower-case hex. */
  readonly sha256: (text: string) => string
  /** HMAC-SHA-256 of an ASCII text by a key of bytes as Latin-1, lower-case hex. */
  readonly hmac: (key: string, text: string) => string
}

export type Identified =
  | { readonly ok: true; readonly session: KeptSession }
  | { readonly ok: false; readonly code: ErrorCode }

/** As the stores judge S3 requests, so that no client whose S3 works is refused here. */
const SKEW_MS = 900_000
/** A presigned request is a proof for somebody else: AWS STS takes none that is older, whatever it says itself. */
const MOST_PRESIGNED_MS = 900_000

/**
 * The session of ours that signed a request (AWS Signature Version 4): its key id and token are those of one that lives,
 * the request is of now, of service `sts` and of a region that keys are kept for, and the signature covers all of it. A
 * refusal says no more than AWS's do. Throws `audit_unavailable`.
 */
export async function identify(
  deps: SignedSessionDeps,
  request: ReceivedRequest,
  forms: readonly SignatureClaim['form'][],
): Promise<Identified> {
  const read = readSignature(request)
  if (!read.ok) return read
  const { claim } = read
  if (!forms.includes(claim.form)) return refuse('signature_malformed')
  if (!isOfNow(claim, deps.clock.nowMs())) return refuse('request_time_refused')
  const session = await deps.sessions.find(claim.accessKeyId, deps.sha256(claim.sessionToken))
  if (session === null) return refuse('session_unknown')
  if (session.expiresMs <= deps.clock.nowMs()) return refuse('session_over')
  const key = claim.service === 'sts' ? session.signingKeys.get(`${claim.date}/${claim.region}`) : undefined
  if (key === undefined) return refuse('signature_scope_refused')
  const canonical = canonicalRequest(request, claim, deps.sha256(request.body))
  if (canonical === null) return refuse('request_signature_invalid')
  const signature = deps.hmac(key.reveal(), stringToSign(claim, deps.sha256(canonical)))
  return isSameDigest(signature, claim.signature)
    ? { ok: true, session }
    : refuse('request_signature_invalid')
}

function isOfNow({ stampMs, expiresSeconds }: SignatureClaim, nowMs: number): boolean {
  if (stampMs > nowMs + SKEW_MS) return false
  const lives = expiresSeconds === null ? SKEW_MS : Math.min(expiresSeconds * 1000, MOST_PRESIGNED_MS)
  return nowMs <= stampMs + lives
}

/** Of two digests in hex, in a time that does not say where they differ: it looks at every digit. */
function isSameDigest(a: string, b: string): boolean {
  let differing = a.length ^ b.length
  for (let at = 0; at < a.length; at++) differing |= a.charCodeAt(at) ^ b.charCodeAt(at)
  return differing === 0
}

function refuse(code: ErrorCode): Identified {
  return { ok: false, code }
}
