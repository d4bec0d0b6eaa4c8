import type { TokenErrorCode } from './wire.ts'

/**
 * What a failure means for the caller. `usage`: the call or its surroundings must change. `refused`: the identity or
 * the request was judged and refused; the same again gets the same. `unavailable`: the same may succeed later.
 * `unexpected`: something stands where a Stint server should, or the server has a defect.
 */
export type FailureKind = 'usage' | 'refused' | 'unavailable' | 'unexpected'

type Row = { readonly kind: FailureKind; readonly text: string; readonly next: string }

const ASK_OPERATOR = 'give the request id to the operator of the server'
const TRY_LATER = 'try again later'
const CHECK_SERVER = 'check the server URL, and what stands in front of the server'

/** What this package itself finds; never sent by a server. */
const OWN = {
  options_invalid: { kind: 'usage', text: 'an option is missing or malformed', next: 'correct the option' },
  insecure_server: {
    kind: 'usage',
    text: 'a token is sent over plain http to loopback addresses only',
    next: 'use an https URL',
  },
  subject_token_absent: {
    kind: 'usage',
    text: 'there is no subject token where it was looked for',
    next: 'name the place of the token, or let the platform provide one',
  },
  subject_token_unreadable: {
    kind: 'usage',
    text: 'the file of the subject token cannot be read',
    next: 'check the path and its permissions',
  },
  subject_token_invalid: {
    kind: 'usage',
    text: 'the subject token is empty, too long or has characters that no token has',
    next: 'check what the place of the token holds',
  },
  subject_token_refused: {
    kind: 'refused',
    text: 'the platform refused to give this job a token',
    next: 'check the permissions of the job (GitHub Actions: `id-token: write`)',
  },
  subject_token_command_failed: {
    kind: 'usage',
    text: 'the command that gives the subject token did not',
    next: 'run that command by itself and see what it says',
  },
  openid_client_missing: {
    kind: 'usage',
    text: 'tokens of a provider need the package `openid-client`, which is not installed',
    next: 'npm install openid-client',
  },
  cache_unsafe: {
    kind: 'usage',
    text: 'the credential cache could have been read or written by others',
    next: 'look who made it, remove it, and end the sessions that were in it; --no-cache goes without',
  },
  subject_token_unavailable: {
    kind: 'unavailable',
    text: 'the platform did not give a token',
    next: TRY_LATER,
  },
  network_error: {
    kind: 'unavailable',
    text: 'the server cannot be reached',
    next: 'check the server URL and the network, then try again',
  },
  timeout: { kind: 'unavailable', text: 'the server did not answer in time', next: TRY_LATER },
  response_incomplete: { kind: 'unavailable', text: 'the answer ended before it was whole', next: TRY_LATER },
  throttled: { kind: 'unavailable', text: 'too many requests', next: TRY_LATER },
  unavailable: {
    kind: 'unavailable',
    text: 'the server or a gateway before it is unavailable',
    next: TRY_LATER,
  },
  aborted: {
    kind: 'unexpected',
    text: 'the caller ended the exchange',
    next: 'start it again when it is wanted',
  },
  redirected: {
    kind: 'unexpected',
    text: 'the answer is a redirect, and a token follows none',
    next: CHECK_SERVER,
  },
  response_too_large: {
    kind: 'unexpected',
    text: 'the answer is larger than any of a token endpoint',
    next: CHECK_SERVER,
  },
  response_invalid: {
    kind: 'unexpected',
    text: 'the answer is not one of a Stint token endpoint',
    next: CHECK_SERVER,
  },
  refused: { kind: 'refused', text: 'the server refused the exchange', next: ASK_OPERATOR },
  receipt_invalid: {
    kind: 'refused',
    text: 'the receipt does not hold',
    next: 'check that the keys are those of the log; if they are, keep the receipt and ask the operator of the server',
  },
  log_behind: {
    kind: 'unavailable',
    text: 'the log has not published as much as the receipt is of',
    next: 'ask again in ten seconds, as often as it publishes; if it stays behind, tell whoever audits the server',
  },
  log_inconsistent: {
    kind: 'refused',
    text: 'the log of the server is not the one that it signed before',
    next: 'keep both checkpoints: they prove it; tell whoever audits the server',
  },
} as const satisfies Record<string, Row>

/** What a server answers by its public class (`code` on the wire). */
const SERVER = {
  invalid_request: { kind: 'usage', text: 'the server does not understand the request', next: ASK_OPERATOR },
  request_too_large: {
    kind: 'usage',
    text: 'the request is larger than the server reads',
    next: 'check what the place of the token holds',
  },
  headers_too_large: {
    kind: 'usage',
    text: 'the request is larger than the server reads',
    next: 'check what the place of the token holds',
  },
  request_timeout: {
    kind: 'unavailable',
    text: 'the request did not reach the server in time',
    next: 'try again; then check the network and the proxies on the way',
  },
  unsupported_media_type: {
    kind: 'unexpected',
    text: 'the server does not read forms here',
    next: CHECK_SERVER,
  },
  unsupported_grant_type: {
    kind: 'unexpected',
    text: 'the server does not serve token exchange here',
    next: CHECK_SERVER,
  },
  method_not_allowed: { kind: 'unexpected', text: 'the server takes no POST here', next: CHECK_SERVER },
  caller_policy_malformed: {
    kind: 'usage',
    text: 'the server cannot read the policy as a policy document',
    next: 'check the document: Version 2012-10-17, Allow or Deny, Action and Resource in each statement',
  },
  caller_policy_refused: {
    kind: 'refused',
    text: 'the policy cannot be proved to be narrower than the role, or leaves nothing of it',
    next: 'ask for a beginning and one `*` after it, inside what the role allows; the operator finds the statement by the request id',
  },
  caller_policy_too_large: {
    kind: 'usage',
    text: 'the policy, or what is left of it and the role, is larger than the target takes',
    next: 'ask for fewer resources, or for a pattern that holds them',
  },
  target_unsupported: {
    kind: 'usage',
    text: 'the server names what is asked for by `resource` only',
    next: 'name the role by its ARN in `resource`',
  },
  invalid_identity_token: { kind: 'refused', text: 'the subject token was not accepted', next: ASK_OPERATOR },
  identity_claim_rejected: {
    kind: 'refused',
    text: 'a claim of the subject token was not accepted',
    next: 'check the audience that the token was asked for, else give the request id to the operator of the server',
  },
  expired_token: {
    kind: 'refused',
    text: 'the subject token is outside its time of validity',
    next: 'get a fresh token, and check the clock of this machine',
  },
  access_denied: { kind: 'refused', text: 'this identity may not assume that role', next: ASK_OPERATOR },
  too_many_requests: {
    kind: 'unavailable',
    text: 'this identity asked for more sessions than it may in this time',
    next: 'try again later, and keep what was given instead of asking again',
  },
  role_required: {
    kind: 'usage',
    text: 'the server needs the role by name',
    next: 'name the role by its ARN',
  },
  lifetime_refused: {
    kind: 'refused',
    text: 'the lifetime asked for is outside what the role allows',
    next: 'ask for another lifetime, or for none',
  },
  identity_provider_unavailable: {
    kind: 'unavailable',
    text: 'the server cannot read the keys of the token issuer now',
    next: TRY_LATER,
  },
  service_unavailable: {
    kind: 'unavailable',
    text: 'the server cannot issue credentials now',
    next: TRY_LATER,
  },
  internal_error: { kind: 'unexpected', text: 'the server has a defect', next: ASK_OPERATOR },
} as const satisfies Record<TokenErrorCode, Row>

const TABLE = { ...OWN, ...SERVER }

/** Every way in which a call of this package fails. Closed: a `switch` over it can be complete. */
export type StsClientErrorCode = keyof typeof TABLE

export type StsClientErrorFacts = {
  /** One more sentence about where, of our own words: never a value that was sent or received. */
  readonly detail?: string
  readonly status?: number
  readonly requestId?: string
  readonly serverCode?: string
  readonly retryAfterSeconds?: number
  readonly cause?: unknown
}

/**
 * The one error that this package throws. Its text is our own for each code: no token, no key and no text of a server
 * stands in it, because a server or a gateway may repeat what was sent to it.
 */
export class StsClientError extends Error {
  readonly code: StsClientErrorCode
  readonly kind: FailureKind
  /** Whether the same call may succeed later. */
  readonly retryable: boolean
  /** What a person can do about it: one clause. */
  readonly next: string
  /** Where it happened, in this package's own words; also part of `message`. */
  readonly detail: string | undefined
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined
  /** `req_…` of the server: the operator finds the reasons under it. */
  readonly requestId: string | undefined
  /** The server's `code` as it was sent, also where this version of the client does not know it. */
  readonly serverCode: string | undefined
  /** How long the server asked to wait, in seconds. */
  readonly retryAfterSeconds: number | undefined

  constructor(code: StsClientErrorCode, facts: StsClientErrorFacts = {}) {
    const row = TABLE[code]
    const text = facts.detail === undefined ? row.text : `${row.text}: ${facts.detail}`
    super(text, facts.cause === undefined ? {} : { cause: facts.cause })
    this.name = 'StsClientError'
    this.code = code
    this.kind = row.kind
    this.retryable = row.kind === 'unavailable'
    this.next = row.next
    this.detail = facts.detail
    this.status = facts.status
    this.requestId = facts.requestId
    this.serverCode = facts.serverCode
    this.retryAfterSeconds = facts.retryAfterSeconds
  }
}

/** Every code of StsClientError, for documents and tests. */
export function stsClientErrorCodes(): readonly StsClientErrorCode[] {
  // The keys of a const table are exactly its key type.
  return Object.keys(TABLE) as StsClientErrorCode[]
}
