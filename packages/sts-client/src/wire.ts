/**
 * What a Stint server and its clients say to each other at the token endpoint: names, identifiers, bodies. The one
 * contract that both sides import; no code of either side.
 */

/** Where the token endpoint stands under the server's public URL. */
export const TOKEN_PATH = '/v1/token'

/** Where the container-credentials protocol of the AWS SDKs is served; a role's name may follow. */
export const CREDENTIALS_PATH = '/v1/credentials'

/** RFC 8414 §3: where the authorization server metadata stands for an issuer without a path. */
export const METADATA_PATH = '/.well-known/oauth-authorization-server'

/** RFC 8693 §2.1 `grant_type`. */
export const TOKEN_EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** RFC 8693 §3, the three kinds of `subject_token` that a Stint server reads. */
export const TOKEN_TYPE_ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'
export const TOKEN_TYPE_JWT = 'urn:ietf:params:oauth:token-type:jwt'
export const TOKEN_TYPE_ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
export const SUBJECT_TOKEN_TYPES = [TOKEN_TYPE_ID_TOKEN, TOKEN_TYPE_JWT, TOKEN_TYPE_ACCESS_TOKEN] as const

/**
 * The `issued_token_type` and `requested_token_type` of S3 credentials. RFC 8693 §3 asks for a URI and leaves
 * `urn:ietf:params:oauth` to the IETF's registry. An `https:` or `tag:` URI needs a domain or mailbox that its author
 * holds, and an unregistered `urn:` namespace is nobody's to use (RFC 8141 §5). `urn:uuid` (RFC 9562 §4) is registered,
 * needs no authority and can collide with nobody, so this type is one random UUID, for ever.
 */
export const TOKEN_TYPE_S3_CREDENTIALS = 'urn:uuid:48b8915f-9256-4d8c-8169-b3d7c8fb59c3'

/** RFC 8693 §2.2.1: the issued token is not an access token, so `token_type` says nothing about how to present it. */
export const TOKEN_TYPE_NOT_APPLICABLE = 'N_A'

export type SubjectTokenType = (typeof SUBJECT_TOKEN_TYPES)[number]

/**
 * The form of a request (RFC 8693 §2.1), percent-encoded as application/x-www-form-urlencoded. `resource` is the role's
 * ARN; the last three are extensions of Stint. A server ignores parameters that it does not know.
 */
export type TokenExchangeForm = {
  readonly grant_type: typeof TOKEN_EXCHANGE_GRANT
  readonly subject_token: string
  readonly subject_token_type: SubjectTokenType
  readonly requested_token_type?: typeof TOKEN_TYPE_S3_CREDENTIALS
  /** Left out: the server takes the one role that the mappings of this identity agree on, or refuses. */
  readonly resource?: string
  /** Whole seconds in decimal digits. The server may give less: `expiration` is the truth. */
  readonly duration_seconds?: string
  /** Recorded as claimed; the session's real name is the server's own. */
  readonly role_session_name?: string
  /** An IAM document as JSON, to narrow the session; a server that cannot narrow refuses it. */
  readonly policy?: string
}

export type TokenExchangeParameter = keyof TokenExchangeForm

/** The key triple of one session. */
export type Credentials = {
  readonly access_key_id: string
  readonly secret_access_key: string
  readonly session_token: string
  /** ISO 8601 in UTC with `Z`; fractions of a second may stand. */
  readonly expiration: string
}

/** The 200 answer: RFC 8693 §2.2.1 and the members that S3 credentials need beside it. */
export type TokenExchangeResponse = {
  /** Required by the RFC; carries the session token, the same text as `credentials.session_token`. */
  readonly access_token: string
  readonly issued_token_type: typeof TOKEN_TYPE_S3_CREDENTIALS
  readonly token_type: typeof TOKEN_TYPE_NOT_APPLICABLE
  /** Whole seconds left when the answer was written. */
  readonly expires_in: number
  readonly credentials: Credentials
  /** `asm_…`: the id of this exchange in the audit log. */
  readonly assumption_id: string
  /** The ARN of the role that was assumed. */
  readonly role: string
  /**
   * A C2SP `.tlog-proof`: that the server's log has the record of this exchange, in a tree that the log's key signed.
   * Its extra data is the record itself, and on the lines after it where the intent stands, and its proof.
   */
  readonly receipt?: string
  readonly request_id?: string
}

/** Any other answer: RFC 6749 §5.2 with the choice of `error` in RFC 8693 §2.2.2. */
export type TokenErrorResponse = {
  readonly error: string
  readonly error_description: string
  /** The stable public class of the refusal: what a program may act on. One of `TOKEN_ERROR_CODES`. */
  readonly code: string
  /** `req_…`: with it an operator finds everything that the answer does not say. */
  readonly request_id: string
}

/** Every `code` that the token endpoint answers with. A client that meets another treats it by its HTTP status. */
export const TOKEN_ERROR_CODES = [
  'invalid_request',
  'request_too_large',
  'headers_too_large',
  'request_timeout',
  'unsupported_media_type',
  'unsupported_grant_type',
  'caller_policy_malformed',
  'caller_policy_refused',
  'caller_policy_too_large',
  'target_unsupported',
  'invalid_identity_token',
  'identity_claim_rejected',
  'expired_token',
  'access_denied',
  'too_many_requests',
  'role_required',
  'lifetime_refused',
  'identity_provider_unavailable',
  'service_unavailable',
  'internal_error',
  'method_not_allowed',
] as const

export type TokenErrorCode = (typeof TOKEN_ERROR_CODES)[number]

/** The parts of a role's ARN: the server's 12-digit account and the role's name. */
export type RoleArn = { readonly account: string; readonly name: string }

const ACCOUNT = /^[0-9]{12}$/
const ROLE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/
const ROLE_ARN = /^arn:aws:iam::([0-9]{12}):role\/([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)$/

/**
 * `arn:aws:iam::<account>:role/<name>`: the partition `aws` because botocore and configure-aws-credentials take no other
 * form for a role. Throws RangeError for an account that is not 12 digits or a name that is not a slug, so that nothing
 * but an ARN that `parseRoleArn` reads is ever built.
 */
export function roleArn(account: string, name: string): string {
  if (!ACCOUNT.test(account)) throw new RangeError('an account is 12 digits')
  if (!ROLE_NAME.test(name)) {
    throw new RangeError('a role name is 1 to 64 lower-case letters, digits and inner hyphens')
  }
  return `arn:aws:iam::${account}:role/${name}`
}

/** The parts of a role's ARN, or null for any other text. Exact: no other partition, path or letter case. */
export function parseRoleArn(text: string): RoleArn | null {
  const parts = ROLE_ARN.exec(text)
  const account = parts?.[1]
  const name = parts?.[2]
  return account === undefined || name === undefined ? null : { account, name }
}

/** Where the server's transparency log stands (C2SP tlog-tiles): `/log/checkpoint`, `/log/keys`, `/log/tile/…`. */
export const LOG_PATH = '/log'

/** Where a door that answers no JSON of ours puts the receipt: base64url of its text, without what is said of the intent. */
export const RECEIPT_HEADER = 'stint-receipt'

/** The name of a server's log: where it is served, without the scheme (C2SP tlog-tiles). `serverUrl` is an origin. */
export function logOrigin(serverUrl: string): string {
  return serverUrl.replace(/^https?:\/\//, '') + LOG_PATH
}
