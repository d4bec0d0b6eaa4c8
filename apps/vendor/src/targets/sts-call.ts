import type { Mint } from '../ports.ts'
import { Secret } from '../secret.ts'
import type { SigV4Request } from './sigv4.ts'
import { signV4 } from './sigv4.ts'
import type { StoreAnswer, StoreHttp } from './store-http.ts'
import type { StsCredentials } from './sts-xml.ts'
import { readCredentials, readErrorCode } from './sts-xml.ts'

export type WebIdentityRequest = {
  readonly token: Secret<string>
  readonly roleArn: string
  /** The session policy as text. Empty or left out (null) by the probe alone: MinIO takes that for "no limit" (DESIGN rule 1). */
  readonly policy: string | null
  /** null: left out, and the token's `exp` is the session's end. */
  readonly durationSeconds: number | null
  /** More parameters of the call, name and value. */
  readonly more?: Readonly<Record<string, string>>
}

export type StsAnswer =
  | { readonly ok: true; readonly credentials: StsCredentials }
  | {
      readonly ok: false
      readonly code: 'target_unavailable' | 'target_refused' | 'target_answer_invalid'
      readonly mayExist: boolean
      readonly retry: boolean
      readonly status: number | null
      readonly errorCode: string | null
    }

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
/** The store says that it did not even begin: nothing was minted, and it may be asked again. */
const NOT_STARTED = new Set(['STSNotInitialized', 'STSIAMNotInitialized', 'SlowDown', 'ServerNotInitialized'])

/** One AssumeRoleWithWebIdentity, as a form, because MinIO's own audit records whole query strings. */
export async function assumeRoleWithWebIdentity(
  http: StoreHttp,
  request: WebIdentityRequest,
): Promise<StsAnswer> {
  return readAnswer(await http.request({ method: 'POST', path: '/', headers: FORM, body: formOf(request) }))
}

function formOf(request: WebIdentityRequest): string {
  const duration = request.durationSeconds === null ? '' : `&DurationSeconds=${request.durationSeconds}`
  // The token is base64url and dots: nothing in it needs encoding.
  const token = request.token.reveal()
  const role = encodeURIComponent(request.roleArn)
  const policy = request.policy === null ? '' : `&Policy=${encodeURIComponent(request.policy)}`
  return `Action=AssumeRoleWithWebIdentity&Version=2011-06-15${duration}&RoleArn=${role}&WebIdentityToken=${token}${policy}${moreOf(request.more)}`
}

function moreOf(more: Readonly<Record<string, string>> = {}): string {
  return Object.entries(more)
    .map(([name, value]) => `&${name}=${encodeURIComponent(value)}`)
    .join('')
}

export type AssumeRoleRequest = Omit<WebIdentityRequest, 'token' | 'roleArn' | 'policy'> & {
  /** Never empty. */
  readonly policy: string
  /** Who asks, and where. */
  readonly by: Pick<SigV4Request, 'accessKeyId' | 'secretAccessKey' | 'region' | 'nowMs'> & {
    readonly endpoint: string
  }
}

/** One AssumeRole as a signed form: what MinIO takes from a plain user. */
export async function assumeRole(http: StoreHttp, request: AssumeRoleRequest): Promise<StsAnswer> {
  const { by, policy, durationSeconds, more } = request
  const duration = durationSeconds === null ? '' : `&DurationSeconds=${durationSeconds}`
  const form = `Action=AssumeRole&Version=2011-06-15${duration}&Policy=${encodeURIComponent(policy)}${moreOf(more)}`
  const url = new URL('/', by.endpoint)
  const headers = signV4({ ...by, sessionToken: null, method: 'POST', url, service: 'sts', form })
  return readAnswer(await http.request({ method: 'POST', path: '/', headers, body: form }))
}

/** What a store's answer means. Pure; the store's own text never passes. */
export function readAnswer(answer: StoreAnswer): StsAnswer {
  if (!answer.answered) {
    const code = answer.reason === 'too_large' ? 'target_answer_invalid' : 'target_unavailable'
    return { ok: false, code, mayExist: answer.sent, retry: !answer.sent, status: null, errorCode: null }
  }
  const { status, body } = answer
  if (status === 200) {
    const credentials = readCredentials(body)
    if (credentials !== null) return { ok: true, credentials }
    return { ok: false, code: 'target_answer_invalid', mayExist: true, retry: false, status, errorCode: null }
  }
  const errorCode = readErrorCode(body)
  const refused = { ok: false, status, errorCode } as const
  if (errorCode !== null && NOT_STARTED.has(errorCode)) {
    return { ...refused, code: 'target_unavailable', mayExist: false, retry: true }
  }
  if (status >= 500) return { ...refused, code: 'target_unavailable', mayExist: true, retry: true }
  if (status === 429) return { ...refused, code: 'target_unavailable', mayExist: false, retry: true }
  // A well-formed refusal minted nothing; anything else with another status is not an STS.
  if (errorCode !== null && status >= 400)
    return { ...refused, code: 'target_refused', mayExist: false, retry: false }
  return { ...refused, code: 'target_answer_invalid', mayExist: status < 300, retry: false }
}

/** An answer as the port has it; whoever guards the target measures how long it took. */
export function toMint(answer: StsAnswer): Mint {
  if (!answer.ok) return { ...answer, latencyMs: 0 }
  const { accessKeyId, secretAccessKey, sessionToken, expiresMs, requestId } = answer.credentials
  return {
    ok: true,
    minted: {
      accessKeyId,
      secretAccessKey: new Secret(secretAccessKey),
      sessionToken: new Secret(sessionToken),
      expiresMs,
      upstreamRequestId: requestId,
      latencyMs: 0,
    },
  }
}
