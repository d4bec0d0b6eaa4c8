import {
  parseRoleArn,
  SUBJECT_TOKEN_TYPES,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPE_S3_CREDENTIALS,
} from '@stint/sts-client/wire'
import type { AskedPolicy } from '../domain/asked-policy.ts'
import type { ErrorCode } from '../errors.ts'
import { readAskedPolicy } from './asked-policy.ts'

/** A token-exchange request as the wire carries it, read and nothing decided. */
export type TokenRequest = {
  readonly token: string
  readonly roleAsked: string | null
  /** null: no role was asked, or the ARN is not one of this account's. */
  readonly roleName: string | null
  readonly lifetimeSeconds: number | null
  readonly claimedSessionName: string | null
  readonly policy: AskedPolicy | null
}

export type ParsedTokenRequest =
  | { readonly ok: true; readonly value: TokenRequest }
  | { readonly ok: false; readonly code: ErrorCode; readonly parameter: string }

/** Parameters that may stand once (RFC 8693 §2.1, RFC 6749 §3.2: "MUST NOT be included more than once"). */
const SINGLE = [
  'grant_type',
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'resource',
  'duration_seconds',
  'role_session_name',
  'policy',
] as const
type Single = (typeof SINGLE)[number]

const SECONDS = /^[1-9][0-9]{0,8}$/
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/
const MAX_RESOURCE = 2048

/**
 * Reads the form of RFC 8693 §2.1. Unknown parameters are ignored, as RFC 6749 §3.2 says; a parameter that we know and
 * cannot honour is refused, never ignored. The token loses white space at its ends, because SDKs send a token file
 * with its last newline.
 */
export function parseTokenRequest(form: URLSearchParams, account: string): ParsedTokenRequest {
  const repeated = SINGLE.find((name) => form.getAll(name).length > 1)
  if (repeated !== undefined) return refuse('parameter_repeated', repeated)
  // An empty parameter is one that was left out (RFC 6749 §3.2).
  const get = (name: Single | 'audience') => form.get(name) || null
  const unsupported = refuseUnsupported(get)
  if (unsupported !== null) return unsupported

  const token = withoutEnds(get('subject_token') ?? '')
  if (!token) return refuse('parameter_missing', 'subject_token')
  const roleAsked = get('resource')
  if (roleAsked !== null && roleAsked.length > MAX_RESOURCE) return refuse('parameter_invalid', 'resource')
  const seconds = get('duration_seconds')
  if (seconds !== null && !SECONDS.test(seconds)) return refuse('parameter_invalid', 'duration_seconds')
  const claimedSessionName = get('role_session_name')
  if (claimedSessionName !== null && !isSessionName(claimedSessionName)) {
    return refuse('parameter_invalid', 'role_session_name')
  }
  const asked = readAskedPolicy({ policy: form.get('policy'), policyArns: [], account })
  if (!asked.ok) return refuse(asked.code, 'policy')
  const arn = roleAsked === null ? null : parseRoleArn(roleAsked)
  const value = {
    token,
    roleAsked,
    roleName: arn?.account === account ? arn.name : null,
    lifetimeSeconds: seconds === null ? null : Number(seconds),
    claimedSessionName,
    policy: asked.policy,
  }
  return { ok: true, value }
}

/** Whether it is of the form that STS takes for a RoleSessionName. */
export function isSessionName(text: string): boolean {
  return SESSION_NAME.test(text)
}

/**
 * Without the white space that text files begin and end with. `trim` would also take off a byte order mark and every
 * space of Unicode, and a pattern would walk a long run of blanks once for each of them.
 */
export function withoutEnds(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && WHITE_SPACE.includes(text.charAt(start))) start += 1
  while (end > start && WHITE_SPACE.includes(text.charAt(end - 1))) end -= 1
  return text.slice(start, end)
}
const WHITE_SPACE = ' \t\r\n'

function refuseUnsupported(get: (name: Single | 'audience') => string | null): ParsedTokenRequest | null {
  const grantType = get('grant_type')
  if (grantType === null) return refuse('parameter_missing', 'grant_type')
  if (grantType !== TOKEN_EXCHANGE_GRANT) return refuse('grant_type_unsupported', 'grant_type')
  const type = get('subject_token_type')
  if (type === null) return refuse('parameter_missing', 'subject_token_type')
  if (!SUBJECT_TOKEN_TYPES.some((known) => known === type)) {
    return refuse('subject_token_type_unsupported', 'subject_token_type')
  }
  const requested = get('requested_token_type')
  if (requested !== null && requested !== TOKEN_TYPE_S3_CREDENTIALS) {
    return refuse('requested_token_type_unsupported', 'requested_token_type')
  }
  if (get('actor_token') !== null || get('actor_token_type') !== null)
    return refuse('actor_unsupported', 'actor_token')
  // RFC 8693 §2.2.2: a target that cannot be served is refused; a role is named by `resource` here.
  if (get('audience') !== null) return refuse('audience_unsupported', 'audience')
  return null
}

function refuse(code: ErrorCode, parameter: string): ParsedTokenRequest {
  return { ok: false, code, parameter }
}
