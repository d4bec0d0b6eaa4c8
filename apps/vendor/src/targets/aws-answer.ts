import type { AssumeRoleResponse } from '@aws-sdk/client-sts'
import type { Mint } from '../ports.ts'
import { Secret } from '../secret.ts'
import { UnansweredError } from './aws-http.ts'

type Failure = Extract<Mint, { ok: false }>

/** AWS says "too fast" with status 400, in several words. */
const THROTTLED = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'SlowDown',
])
/** AWS could not reach our keys in time, and minted nothing: worth a second attempt (STS API reference). */
const NOT_STARTED = new Set(['IDPCommunicationError', 'IDPCommunicationErrorException'])
/** What stands before a request: no credentials of our own to sign it with. */
const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError', 'CredentialsTimeout'])
const ERROR_CODE = /^[A-Za-z0-9.]{1,64}$/

/** A success of AssumeRole or AssumeRoleWithWebIdentity, whole; else an answer that is none. */
export function mintOf(
  answer: Pick<AssumeRoleResponse, 'Credentials' | 'PackedPolicySize'> & {
    readonly $metadata: { readonly requestId?: string | undefined }
  },
): Mint {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {}
  const expiresMs = Expiration instanceof Date ? Expiration.getTime() : Number.NaN
  if (!isText(AccessKeyId) || !isText(SecretAccessKey) || !isText(SessionToken) || Number.isNaN(expiresMs))
    return { ...INVALID, status: 200 }
  const { PackedPolicySize } = answer
  return {
    ok: true,
    minted: {
      accessKeyId: AccessKeyId,
      secretAccessKey: new Secret(SecretAccessKey),
      sessionToken: new Secret(SessionToken),
      expiresMs,
      upstreamRequestId: answer.$metadata.requestId ?? null,
      latencyMs: 0,
      ...(PackedPolicySize === undefined ? {} : { packedPolicySize: PackedPolicySize }),
    },
  }
}

const INVALID: Failure = {
  ok: false,
  code: 'target_answer_invalid',
  mayExist: true,
  retry: false,
  status: null,
  errorCode: null,
  latencyMs: 0,
}

/** What went wrong, from what the SDK threw; the store's own text never passes. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof UnansweredError) {
    const { reason, sent } = thrown.answer
    const code = reason === 'too_large' ? 'target_answer_invalid' : 'target_unavailable'
    return { ...INVALID, code, mayExist: sent, retry: !sent }
  }
  const { name, status } = factsOf(thrown)
  const errorCode = ERROR_CODE.test(name) ? name : null
  const failure = { ...INVALID, status, errorCode }
  if (NO_CREDENTIALS.has(name)) return { ...failure, code: 'target_unavailable', mayExist: false }
  if (THROTTLED.has(name) || NOT_STARTED.has(name) || status === 429)
    return { ...failure, code: 'target_unavailable', mayExist: false, retry: true }
  if (status !== null && status >= 500) return { ...failure, code: 'target_unavailable', retry: true }
  // A refusal that is none of its words is not an STS.
  if (status !== null && status >= 400)
    return name === 'Unknown' || name === 'Error' || name === 'SyntaxError'
      ? { ...failure, errorCode: null, mayExist: false }
      : { ...failure, code: 'target_refused', mayExist: false }
  return { ...failure, errorCode: null }
}

/** The SDK names an error by the store's code, and hangs the answer on it. */
function factsOf(thrown: unknown): { readonly name: string; readonly status: number | null } {
  if (!(thrown instanceof Error)) return { name: '', status: null }
  const { $metadata, $response } = thrown as Error & {
    // Both are the SDK's own, and may be missing.
    $metadata?: { httpStatusCode?: number }
    $response?: { statusCode?: number }
  }
  return { name: thrown.name, status: $response?.statusCode ?? $metadata?.httpStatusCode ?? null }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
