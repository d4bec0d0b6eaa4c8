/**
 * The one catalogue of everything that Stint can refuse or fail with. The caller sees the row's class and its public
 * text, never the code of the row where the class hides the reason (DESIGN rule 9); the operator sees the code and the
 * operator text in the audit log and the process log. `docs/ERRORS.md` is checked against this table.
 */
export type ErrorClass = keyof typeof CLASSES
export type ErrorCode = keyof typeof CATALOGUE

type OAuthError = 'invalid_request' | 'invalid_target' | 'unsupported_grant_type' | 'temporarily_unavailable'
type ClassRow = {
  readonly status: number
  readonly oauth: OAuthError
  readonly text: string
  readonly retryable?: true
  readonly sts: StsError
  /** The HTTP status at the container-credentials door, whose `Code` is that of STS. */
  readonly container: number
}
/** What an AWS client reads: chosen by what each SDK repeats (docs/doors.md). */
type StsError = { readonly code: string; readonly status: number }
type CodeRow = {
  readonly class: string
  readonly ends: Ends
  readonly text: string
  /** Where AWS has a code of its own for this one; what it says is the caller's own doing, never a reason of ours. */
  readonly sts?: StsError
}

/**
 * What a code ends. An `exchange`, asked for by a token at any door, or a `signed_exchange`, asked for by a session of ours
 * at the STS door: it is recorded, and has a remedy. A `token_request`: the token endpoint refuses it before there is an
 * exchange. Anything `other`: a request at another door, administration, the start.
 */
type Ends = 'exchange' | 'signed_exchange' | 'token_request' | 'other'

/** What a caller may know. `oauth` is RFC 6749 §5.2 as RFC 8693 §2.2.2 chooses it. */
const CLASSES = {
  invalid_request: {
    status: 400,
    oauth: 'invalid_request',
    text: 'the request is not one that this endpoint understands',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  request_too_large: {
    status: 413,
    oauth: 'invalid_request',
    text: 'the request body is larger than this endpoint reads',
    sts: { code: 'RequestEntityTooLarge', status: 413 },
    container: 413,
  },
  headers_too_large: {
    status: 431,
    oauth: 'invalid_request',
    text: 'the headers of the request, or its URL, are larger than this server reads',
    sts: { code: 'RequestHeaderFieldsTooLarge', status: 431 },
    container: 431,
  },
  request_timeout: {
    status: 408,
    oauth: 'temporarily_unavailable',
    text: 'the request did not arrive in time; try again',
    retryable: true,
    // Every SDK repeats it by this name.
    sts: { code: 'RequestTimeout', status: 408 },
    container: 408,
  },
  unsupported_media_type: {
    status: 415,
    oauth: 'invalid_request',
    text: 'send the request as application/x-www-form-urlencoded',
    sts: { code: 'UnsupportedMediaType', status: 415 },
    container: 415,
  },
  unsupported_grant_type: {
    status: 400,
    oauth: 'unsupported_grant_type',
    text: 'only the token-exchange grant is served here',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  caller_policy_malformed: {
    status: 400,
    oauth: 'invalid_request',
    text: 'the policy that was sent is not a policy document that this server reads',
    sts: { code: 'MalformedPolicyDocument', status: 400 },
    container: 400,
  },
  caller_policy_refused: {
    status: 400,
    oauth: 'invalid_request',
    text: 'the policy that was sent cannot be proved to be narrower than the role, or leaves nothing of it',
    sts: { code: 'AccessDenied', status: 403 },
    container: 403,
  },
  caller_policy_too_large: {
    status: 400,
    oauth: 'invalid_request',
    text: 'the policy that was sent, or what is left of it and the role, is larger than the target takes',
    sts: { code: 'PackedPolicyTooLarge', status: 400 },
    container: 400,
  },
  target_unsupported: {
    status: 400,
    oauth: 'invalid_target',
    text: 'name the role by `resource`; `audience` is not served here',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  invalid_identity_token: {
    status: 400,
    oauth: 'invalid_request',
    text: 'the subject token was not accepted',
    sts: { code: 'InvalidIdentityToken', status: 400 },
    container: 401,
  },
  identity_claim_rejected: {
    status: 400,
    oauth: 'invalid_request',
    text: 'a claim of the subject token was not accepted',
    sts: { code: 'IDPRejectedClaim', status: 403 },
    container: 401,
  },
  expired_token: {
    status: 400,
    oauth: 'invalid_request',
    text: 'the subject token is outside its time of validity',
    sts: { code: 'ExpiredTokenException', status: 400 },
    container: 401,
  },
  access_denied: {
    status: 400,
    oauth: 'invalid_target',
    text: 'this identity may not assume that role',
    sts: { code: 'AccessDenied', status: 403 },
    container: 403,
  },
  too_many_requests: {
    status: 429,
    oauth: 'temporarily_unavailable',
    text: 'asked for more than is given in this time; try again later',
    retryable: true,
    sts: { code: 'Throttling', status: 429 },
    container: 429,
  },
  role_required: {
    status: 400,
    oauth: 'invalid_request',
    text: 'name the role: `resource` is its ARN',
    sts: { code: 'MissingParameter', status: 400 },
    container: 400,
  },
  lifetime_refused: {
    status: 400,
    oauth: 'invalid_request',
    text: 'the lifetime asked for is outside what the role allows',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  identity_provider_unavailable: {
    status: 503,
    oauth: 'temporarily_unavailable',
    text: 'the keys of the token issuer cannot be read now; try again',
    retryable: true,
    sts: { code: 'IDPCommunicationError', status: 400 },
    container: 503,
  },
  service_unavailable: {
    status: 503,
    oauth: 'temporarily_unavailable',
    text: 'credentials cannot be issued now; try again',
    retryable: true,
    sts: { code: 'ServiceUnavailable', status: 503 },
    container: 503,
  },
  internal_error: {
    status: 500,
    oauth: 'temporarily_unavailable',
    text: 'an internal error; give the request id to the operator',
    sts: { code: 'InternalFailure', status: 500 },
    container: 500,
  },
  unauthenticated: {
    status: 401,
    oauth: 'invalid_request',
    text: 'a bearer token for the admin audience is required',
    sts: { code: 'MissingAuthenticationToken', status: 403 },
    container: 401,
  },
  forbidden: {
    status: 403,
    oauth: 'invalid_request',
    text: 'this identity holds no admin role that allows it',
    sts: { code: 'AccessDenied', status: 403 },
    container: 403,
  },
  gone: {
    status: 410,
    oauth: 'invalid_request',
    text: 'what was here was taken out',
    sts: { code: 'NotFound', status: 404 },
    container: 404,
  },
  not_found: {
    status: 404,
    oauth: 'invalid_request',
    text: 'there is nothing at this path',
    sts: { code: 'NotFound', status: 404 },
    container: 404,
  },
  method_not_allowed: {
    status: 405,
    oauth: 'invalid_request',
    text: 'this path does not answer that method',
    sts: { code: 'MethodNotAllowed', status: 405 },
    container: 405,
  },
  configuration_invalid: {
    status: 422,
    oauth: 'invalid_request',
    text: 'the configuration has problems; none of it was applied',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  configuration_conflict: {
    status: 409,
    oauth: 'invalid_request',
    text: 'the configuration changed since it was planned; plan again',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  precondition_required: {
    status: 428,
    oauth: 'invalid_request',
    text: 'send If-Match with the version that you change, or If-None-Match: * to create',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  precondition_failed: {
    status: 412,
    oauth: 'invalid_request',
    text: 'the resource is not at the version that was named; read it again',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  change_conflict: {
    status: 409,
    oauth: 'invalid_request',
    text: 'this change can no longer be decided, or not by these words',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  key_is_given: {
    status: 409,
    oauth: 'invalid_request',
    text: 'the key of this target is given by the operator, who replaces it there',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  probe_conflict: {
    status: 409,
    oauth: 'invalid_request',
    text: 'this target or role cannot be probed now',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  erasure_conflict: {
    status: 409,
    oauth: 'invalid_request',
    text: 'this person cannot be erased now',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  second_person_required: {
    status: 403,
    oauth: 'invalid_request',
    text: 'a change is approved by somebody other than who asked for it',
    sts: { code: 'AccessDenied', status: 403 },
    container: 403,
  },
  review_state: {
    status: 409,
    oauth: 'invalid_request',
    text: 'the review, or the item, is not where this could be done',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  review_item_changed: {
    status: 409,
    oauth: 'invalid_request',
    text: 'the resource is not at the version that was looked at; read the item again',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  review_held: {
    status: 409,
    oauth: 'invalid_request',
    text: 'too many would lose their access at once; a person must release it first',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  evidence_differs: {
    status: 409,
    oauth: 'invalid_request',
    text: 'the evidence that the audit log has the hash of cannot be made again; the file that was made then is the evidence',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  separation_of_duties: {
    status: 403,
    oauth: 'invalid_request',
    text: 'nobody reviews what they made, what they are given, or what they have reviewed already',
    sts: { code: 'AccessDenied', status: 403 },
    container: 403,
  },
  review_not_assigned: {
    status: 403,
    oauth: 'invalid_request',
    text: 'the item is for somebody else; have it delegated',
    sts: { code: 'AccessDenied', status: 403 },
    container: 403,
  },
  idempotency_key_reused: {
    status: 422,
    oauth: 'invalid_request',
    text: 'the idempotency key came with another request before',
    sts: { code: 'ValidationError', status: 400 },
    container: 400,
  },
  request_unauthenticated: {
    status: 403,
    oauth: 'invalid_request',
    text: 'the signature of the request was not accepted',
    sts: { code: 'InvalidClientTokenId', status: 403 },
    container: 403,
  },
  intake_unauthenticated: {
    status: 401,
    oauth: 'invalid_request',
    text: 'nothing is taken here without the secret of a store that may tell of its accesses',
    sts: { code: 'MissingAuthenticationToken', status: 403 },
    container: 401,
  },
  token_required: {
    status: 401,
    oauth: 'invalid_request',
    text: 'send the token as the value of Authorization',
    sts: { code: 'MissingAuthenticationToken', status: 403 },
    container: 401,
  },
} as const satisfies Record<string, ClassRow>

const CATALOGUE = {
  // The request itself.
  request_malformed: {
    class: 'invalid_request',
    ends: 'token_request',
    text: 'what arrived is no HTTP request: its first line, a header, the Host or the chunks of its body',
  },
  headers_too_large: {
    class: 'headers_too_large',
    ends: 'token_request',
    text: 'more than 40 KB of URL and headers',
  },
  request_timeout: {
    class: 'request_timeout',
    ends: 'token_request',
    text: 'a connection was opened, and no whole request came in time',
  },
  body_too_large: {
    class: 'request_too_large',
    ends: 'token_request',
    text: 'the body is larger than the limit of this path',
  },
  content_type_refused: {
    class: 'unsupported_media_type',
    ends: 'token_request',
    text: 'the content type is not the one that this path reads',
  },
  body_malformed: { class: 'invalid_request', ends: 'token_request', text: 'the body cannot be parsed' },
  parameter_missing: {
    class: 'invalid_request',
    ends: 'token_request',
    text: 'a required parameter is missing or empty',
    sts: { code: 'MissingParameter', status: 400 },
  },
  parameter_repeated: {
    class: 'invalid_request',
    ends: 'token_request',
    text: 'a parameter that may stand once stands more than once',
    sts: { code: 'InvalidParameterValue', status: 400 },
  },
  parameter_invalid: {
    class: 'invalid_request',
    ends: 'token_request',
    text: 'a parameter has a value that it cannot have',
  },
  grant_type_unsupported: {
    class: 'unsupported_grant_type',
    ends: 'token_request',
    text: 'grant_type is not token-exchange',
  },
  subject_token_type_unsupported: {
    class: 'invalid_request',
    ends: 'token_request',
    text: 'subject_token_type is not one of id_token, jwt, access_token',
  },
  requested_token_type_unsupported: {
    class: 'invalid_request',
    ends: 'token_request',
    text: 'requested_token_type is not the one that is issued here',
  },
  actor_unsupported: {
    class: 'invalid_request',
    ends: 'token_request',
    text: 'actor tokens are not supported',
  },
  audience_unsupported: {
    class: 'target_unsupported',
    ends: 'token_request',
    text: 'the caller named an audience; a role is named by resource',
  },
  parameter_unsupported: {
    class: 'invalid_request',
    ends: 'other',
    text: 'a parameter of AWS STS that is known and not served, such as session tags',
  },
  action_missing: {
    class: 'invalid_request',
    ends: 'other',
    text: 'no Action, by which AWS STS tells requests apart',
    sts: { code: 'MissingAction', status: 400 },
  },
  action_unknown: {
    class: 'invalid_request',
    ends: 'other',
    text: 'an Action that is not served here',
    sts: { code: 'InvalidAction', status: 400 },
  },
  version_unsupported: {
    class: 'invalid_request',
    ends: 'other',
    text: 'Version is not 2011-06-15',
    sts: { code: 'InvalidParameterValue', status: 400 },
  },
  token_in_query: {
    class: 'invalid_request',
    ends: 'other',
    text: 'a token in the query, where logs keep it; STINT_STS_TOKEN_IN_QUERY takes it',
    sts: { code: 'InvalidParameterValue', status: 400 },
  },
  token_missing: { class: 'token_required', ends: 'other', text: 'no Authorization, or an empty one' },
  rate_limited: {
    class: 'too_many_requests',
    ends: 'token_request',
    text: 'one source asked a door more often than STINT_RATE_LIMITS lets it',
  },
  // A request that a session of ours signed.
  request_unsigned: {
    class: 'request_unauthenticated',
    ends: 'signed_exchange',
    text: 'an operation that must be signed came without a signature',
    sts: { code: 'MissingAuthenticationToken', status: 403 },
  },
  signature_malformed: {
    class: 'request_unauthenticated',
    ends: 'signed_exchange',
    text: 'the signature is not of the form that AWS Signature Version 4 has, or not of one that this operation takes',
    sts: { code: 'IncompleteSignature', status: 400 },
  },
  signature_scope_refused: {
    class: 'request_unauthenticated',
    ends: 'signed_exchange',
    text: 'the credential scope is not of today, service sts and a region of STINT_STS_REGIONS',
    sts: { code: 'SignatureDoesNotMatch', status: 403 },
  },
  request_time_refused: {
    class: 'request_unauthenticated',
    ends: 'signed_exchange',
    text: 'the signature is of another time than now: more than 15 minutes away, or past its own end',
    sts: { code: 'RequestExpired', status: 400 },
  },
  request_signature_invalid: {
    class: 'request_unauthenticated',
    ends: 'signed_exchange',
    text: 'the signature is not that of the session for this very request',
    sts: { code: 'SignatureDoesNotMatch', status: 403 },
  },
  session_unknown: {
    class: 'request_unauthenticated',
    ends: 'signed_exchange',
    text: 'no session of this key id and token is kept: never given, over, ended, or given at a door that keeps none',
  },
  session_over: {
    class: 'request_unauthenticated',
    ends: 'signed_exchange',
    text: 'the session has ended',
    sts: { code: 'ExpiredToken', status: 403 },
  },
  // The token (audit-security catalogue groups A–K).
  malformed: {
    class: 'invalid_identity_token',
    ends: 'exchange',
    text: 'the token is not three canonical base64url segments',
  },
  too_large: {
    class: 'invalid_identity_token',
    ends: 'exchange',
    text: 'the token, its header, its payload or a member is over its limit',
  },
  json_invalid: {
    class: 'invalid_identity_token',
    ends: 'exchange',
    text: 'header or payload is not strict JSON',
  },
  duplicate_member: { class: 'invalid_identity_token', ends: 'exchange', text: 'a JSON member stands twice' },
  header_refused: {
    class: 'invalid_identity_token',
    ends: 'exchange',
    text: 'a header member that is not on the list',
  },
  alg_refused: {
    class: 'invalid_identity_token',
    ends: 'exchange',
    text: 'the algorithm is not allowed for this issuer or key',
  },
  typ_refused: {
    class: 'invalid_identity_token',
    ends: 'exchange',
    text: 'the token type is not one that this issuer is configured for',
  },
  jwe_refused: { class: 'invalid_identity_token', ends: 'exchange', text: 'an encrypted token' },
  unknown_issuer: {
    class: 'invalid_identity_token',
    ends: 'exchange',
    text: 'no issuer of this exact iss is configured',
  },
  issuer_disabled: {
    class: 'invalid_identity_token',
    ends: 'exchange',
    text: 'the issuer is configured and disabled',
  },
  unknown_kid: {
    class: 'invalid_identity_token',
    ends: 'exchange',
    text: 'the issuer publishes no key of this kid',
  },
  key_refused: {
    class: 'invalid_identity_token',
    ends: 'exchange',
    text: 'the key of this kid is weak, ambiguous or not for signatures',
  },
  signature_invalid: {
    class: 'invalid_identity_token',
    ends: 'exchange',
    text: 'the signature does not verify',
  },
  aud_mismatch: {
    class: 'identity_claim_rejected',
    ends: 'exchange',
    text: 'none of the configured audiences, or one that is not for this door',
  },
  azp_mismatch: {
    class: 'identity_claim_rejected',
    ends: 'exchange',
    text: 'several audiences, and azp is not one of ours',
  },
  sub_invalid: {
    class: 'identity_claim_rejected',
    ends: 'exchange',
    text: 'sub is missing, not a string, empty, too long or not normalised',
  },
  claim_invalid: {
    class: 'identity_claim_rejected',
    ends: 'exchange',
    text: 'a registered claim has the wrong type',
  },
  expired: { class: 'expired_token', ends: 'exchange', text: 'exp has passed' },
  not_yet_valid: { class: 'expired_token', ends: 'exchange', text: 'nbf or iat lies ahead' },
  too_old: { class: 'expired_token', ends: 'exchange', text: 'issued longer ago than the issuer allows' },
  lifetime_too_long: {
    class: 'expired_token',
    ends: 'exchange',
    text: 'exp lies further after iat than the issuer allows',
  },
  // The decision.
  no_mapping: {
    class: 'access_denied',
    ends: 'exchange',
    text: 'no enforced mapping of this issuer admits the subject to the role',
  },
  policy_denied: { class: 'access_denied', ends: 'exchange', text: 'a `never` of the role holds' },
  claim_value_refused: {
    class: 'access_denied',
    ends: 'exchange',
    text: 'a claim value cannot stand in the session policy',
  },
  probe_stale: {
    class: 'access_denied',
    ends: 'exchange',
    text: 'the role rests on conditions that a caller can forge, and no fresh probe shows its store immune',
  },
  locked: {
    class: 'access_denied',
    ends: 'exchange',
    text: 'the subject, its issuer, a matching mapping, the role or the target is locked by a revocation',
  },
  issuer_kind_refused: {
    class: 'access_denied',
    ends: 'exchange',
    text: 'a human subject at a machine role, or the reverse',
  },
  role_required: {
    class: 'role_required',
    ends: 'exchange',
    text: 'no role was asked for, and the matching mappings do not agree on one',
  },
  asked_policy_malformed: {
    class: 'caller_policy_malformed',
    ends: 'exchange',
    text: 'the policy of the caller is not a document that can be read; the decision has the place',
  },
  asked_policy_unknown: {
    class: 'caller_policy_refused',
    ends: 'exchange',
    text: 'the caller named a policy that the configuration does not have under this version, or that needs values',
  },
  asked_policy_refused: {
    class: 'caller_policy_refused',
    ends: 'exchange',
    text: 'the policy of the caller cannot be proved narrower than the role; the decision has code and statement',
  },
  asked_policy_empty: {
    class: 'caller_policy_refused',
    ends: 'exchange',
    text: 'the policy of the caller allows nothing that the role allows',
  },
  asked_policy_too_large: {
    class: 'caller_policy_too_large',
    ends: 'exchange',
    text: 'the policy of the caller, or what is left of it and the role, is over the limit',
  },
  lifetime_refused: {
    class: 'lifetime_refused',
    ends: 'exchange',
    text: 'the lifetime asked for is above 43,200 s or below the least of the role',
  },
  chain_other_role: {
    class: 'access_denied',
    ends: 'signed_exchange',
    text: 'a session assumes its own role only',
  },
  chain_changed: {
    class: 'access_denied',
    ends: 'signed_exchange',
    text: 'the role, target, issuer or a mapping of the session is not what it was when the session was given',
  },
  chain_limited: {
    class: 'access_denied',
    ends: 'signed_exchange',
    text: 'a mapping of the session counts its uses, its store wants the caller’s own token, or the chain has eight links',
  },
  // Use limits.
  jti_missing: {
    class: 'access_denied',
    ends: 'exchange',
    text: 'a matching mapping takes each token once, and the token has no `jti` to know it by',
  },
  replayed: {
    class: 'invalid_identity_token',
    ends: 'exchange',
    text: 'a matching mapping takes each token once, and took this one',
  },
  uses_exhausted: {
    class: 'access_denied',
    ends: 'exchange',
    text: 'a matching mapping has given all the sessions that it has',
  },
  subject_budget_spent: {
    class: 'too_many_requests',
    ends: 'exchange',
    text: 'the subject asked this store for more sessions than its budget has in this time',
  },
  // What Stint depends on.
  jwks_unavailable: {
    class: 'identity_provider_unavailable',
    ends: 'exchange',
    text: 'discovery or key set of the issuer cannot be read',
  },
  audit_unavailable: {
    class: 'service_unavailable',
    ends: 'exchange',
    text: 'the audit log cannot be written',
  },
  secret_unusable: {
    class: 'service_unavailable',
    ends: 'exchange',
    text: 'a secret that the target names is missing, empty, or readable by others',
  },
  target_breaker_open: {
    class: 'service_unavailable',
    ends: 'exchange',
    text: 'the store failed so often that it is not asked for now; every two seconds one request tries it',
  },
  target_unavailable: {
    class: 'service_unavailable',
    ends: 'exchange',
    text: 'the store does not answer in time',
  },
  target_refused: { class: 'service_unavailable', ends: 'exchange', text: 'the store refused the request' },
  target_answer_invalid: {
    class: 'service_unavailable',
    ends: 'exchange',
    text: 'the store answered something that is not an STS answer',
  },
  expiration_too_late: {
    class: 'service_unavailable',
    ends: 'exchange',
    text: 'the store gave a longer life than was granted; the session was ended',
  },
  withheld: {
    class: 'service_unavailable',
    ends: 'exchange',
    text: 'the configuration changed while the store minted; the session was ended',
  },
  overloaded: {
    class: 'service_unavailable',
    ends: 'exchange',
    text: 'more work is waiting than can be done in time',
  },
  shutting_down: { class: 'service_unavailable', ends: 'exchange', text: 'the process is stopping' },
  config_unavailable: {
    class: 'service_unavailable',
    ends: 'exchange',
    text: 'the configuration database cannot be read or written',
  },
  internal_error: {
    class: 'internal_error',
    ends: 'exchange',
    text: 'a defect of Stint; the process log has the cause',
  },
  // What stores tell of accesses.
  intake_refused: {
    class: 'intake_unauthenticated',
    ends: 'other',
    text: 'the target takes nothing in (`intake`), or the secret that was shown is not its own',
  },
  access_untold: {
    class: 'not_found',
    ends: 'other',
    text: 'the store of that role never told of any access: give its target `intake`',
  },
  access_unavailable: {
    class: 'service_unavailable',
    ends: 'other',
    text: 'the file of accesses cannot be read or written',
  },
  // Administration.
  admin_unauthenticated: {
    class: 'unauthenticated',
    ends: 'other',
    text: 'no bearer token, or one that is not accepted for the admin audience',
  },
  admin_forbidden: {
    class: 'forbidden',
    ends: 'other',
    text: 'the subject holds no admin role with this permission',
  },
  session_ended: {
    class: 'unauthenticated',
    ends: 'other',
    text: 'no session of the page, or one that is over',
  },
  sign_in_refused: {
    class: 'forbidden',
    ends: 'other',
    text: 'the answer of the identity provider is not one to this sign-in, or no administrator’s',
  },
  sign_in_unavailable: {
    class: 'service_unavailable',
    ends: 'other',
    text: 'the identity provider that people sign in at cannot be read',
  },
  request_forged: {
    class: 'forbidden',
    ends: 'other',
    text: 'a change did not come from a page of this server, or came without the token of its form',
  },
  not_found: { class: 'not_found', ends: 'other', text: 'no such path or object' },
  entries_pruned: {
    class: 'gone',
    ends: 'other',
    text: 'events of this entry bundle were pruned; their hashes stand',
  },
  event_pruned: {
    class: 'gone',
    ends: 'other',
    text: 'what the log had of it, if it had anything, was taken out by its age (STINT_RETENTION_DAYS); the hashes stand',
  },
  method_not_allowed: {
    class: 'method_not_allowed',
    ends: 'token_request',
    text: 'the path exists, the method does not',
  },
  configuration_invalid: {
    class: 'configuration_invalid',
    ends: 'other',
    text: 'the configuration has problems',
  },
  configuration_conflict: {
    class: 'configuration_conflict',
    ends: 'other',
    text: 'the generation is not the one that was planned on',
  },
  precondition_missing: {
    class: 'precondition_required',
    ends: 'other',
    text: 'a change of one resource came without the version that it is a change of',
  },
  version_conflict: {
    class: 'precondition_failed',
    ends: 'other',
    text: 'the resource stands at another version, exists already, or does not exist',
  },
  change_stale: {
    class: 'change_conflict',
    ends: 'other',
    text: 'the configuration moved on since the change was asked for; ask for it again',
  },
  change_decided: { class: 'change_conflict', ends: 'other', text: 'the change was decided before' },
  change_differs: {
    class: 'change_conflict',
    ends: 'other',
    text: 'the hash or generation named in the answer is not that of the change',
  },
  changes_full: {
    class: 'change_conflict',
    ends: 'other',
    text: 'too many changes wait for an answer; decide or withdraw some',
  },
  erasure_locked: {
    class: 'erasure_conflict',
    ends: 'other',
    text: 'a revocation of this person stands or is not finished: without what names the person it would end in silence',
  },
  erasure_too_early: {
    class: 'erasure_conflict',
    ends: 'other',
    text: 'a session of this person may live: what is erased cannot be found to be revoked',
  },
  erasure_own: {
    class: 'erasure_conflict',
    ends: 'other',
    text: 'nobody erases what the log has of themselves',
  },
  probe_running: { class: 'probe_conflict', ends: 'other', text: 'a probe of it runs, or waits for others' },
  probe_locked: {
    class: 'probe_conflict',
    ends: 'other',
    text: 'the target or the role is locked by a revocation',
  },
  probe_unsupported: {
    class: 'probe_conflict',
    ends: 'other',
    text: 'no probe is written for this kind of store',
  },
  probe_values: {
    class: 'invalid_request',
    ends: 'other',
    text: 'a placeholder of the role needs a value to be probed with, has one that it cannot take, or is none',
  },
  change_tampered: {
    class: 'internal_error',
    ends: 'other',
    text: 'the change waiting is not the one that the audit log says was asked for',
  },
  approval_same_person: {
    class: 'second_person_required',
    ends: 'other',
    text: 'the approver is the person, or the identity, that asked for the change',
  },
  review_not_draft: {
    class: 'review_state',
    ends: 'other',
    text: 'only a draft is prepared, and only what is prepared is started',
  },
  review_empty: {
    class: 'review_state',
    ends: 'other',
    text: 'nothing that stands is in the scope of the review',
  },
  review_not_running: {
    class: 'review_state',
    ends: 'other',
    text: 'the review takes no decisions: it is not running, or closed',
  },
  review_undecided: {
    class: 'review_state',
    ends: 'other',
    text: 'items wait for a decision or for its effect; or failed, and nobody said that this is accepted',
  },
  review_log_unacknowledged: {
    class: 'review_state',
    ends: 'other',
    text: 'something is found about the log itself that nobody acknowledged: the evidence would rest on it',
  },
  review_not_closed: { class: 'review_state', ends: 'other', text: 'only a closed review is sealed' },
  review_not_sealed: {
    class: 'review_state',
    ends: 'other',
    text: 'evidence is handed out of a sealed review only',
  },
  review_not_packed: {
    class: 'review_state',
    ends: 'other',
    text: 'the evidence of the review was not made yet, or does not lie here any more',
  },
  review_item_decided: {
    class: 'review_state',
    ends: 'other',
    text: 'the item was decided before, or waits for nothing',
  },
  review_item_suspending: {
    class: 'review_state',
    ends: 'other',
    text: 'nobody had answered when the time was over, and what follows from that is being done now',
  },
  review_item_unsettled: {
    class: 'review_state',
    ends: 'other',
    text: 'nothing was asked of the item that could be applied',
  },
  review_not_suspended: {
    class: 'review_state',
    ends: 'other',
    text: 'the mapping is not suspended by this review, its two weeks are over, or it was changed since',
  },
  review_not_held: {
    class: 'review_state',
    ends: 'other',
    text: 'nothing of the review waits to be released',
  },
  review_item_changed: {
    class: 'review_item_changed',
    ends: 'other',
    text: 'the resource of the item stands at another version than the reviewer saw, or is disabled',
  },
  review_rationale_short: {
    class: 'invalid_request',
    ends: 'other',
    text: 'a rationale of less than twenty characters',
  },
  review_deferral_refused: {
    class: 'invalid_request',
    ends: 'other',
    text: 'an item is deferred once, to an instant after the due date and thirty days after it at the latest, by two persons who name the same',
  },
  review_high_risk: {
    class: 'invalid_request',
    ends: 'other',
    text: 'an item of high risk, or one that takes two persons, is among those to be decided together',
  },
  review_reviewer_unknown: {
    class: 'invalid_request',
    ends: 'other',
    text: 'a reviewer or fallback is no person with the admin role `reviewer`',
  },
  review_date_refused: {
    class: 'invalid_request',
    ends: 'other',
    text: 'the due date is past, a reminder is after it, or a period ends before it begins or a second before its last day does',
  },
  review_own_work: {
    class: 'separation_of_duties',
    ends: 'other',
    text: 'the reviewer is the person that wrote what stands, or was the last to approve it',
  },
  review_auditor_of_own_work: {
    class: 'separation_of_duties',
    ends: 'other',
    text: 'by their admin bindings the person is auditor and author or approver as well: what they say of a review is worth nothing',
  },
  review_own_role: {
    class: 'separation_of_duties',
    ends: 'other',
    text: 'the reviewer is the person that the binding is of',
  },
  review_same_reviewer: {
    class: 'separation_of_duties',
    ends: 'other',
    text: 'a second person is wanted, and this one has decided already',
  },
  review_not_assigned: {
    class: 'review_not_assigned',
    ends: 'other',
    text: 'the item is for other reviewers',
  },
  review_tampered: {
    class: 'internal_error',
    ends: 'other',
    text: 'the snapshot of the review is not the one whose hash the audit log has',
  },
  review_pack_differs: {
    class: 'evidence_differs',
    ends: 'other',
    text: 'the evidence pack would not be the one whose hash the audit log has: this version makes another, or what it is made of was changed',
  },
  review_pack_pruned: {
    class: 'gone',
    ends: 'other',
    text: 'the evidence pack does not lie here any more and cannot be made again: exchanges that it counts were taken out by their age since (STINT_RETENTION_DAYS); a copy still verifies, and the audit log has its hash',
  },
  idempotency_key_reused: {
    class: 'idempotency_key_reused',
    ends: 'other',
    text: 'an idempotency key that was used by the same administrator for another request',
  },
  key_is_given: {
    class: 'key_is_given',
    ends: 'other',
    text: 'the signing key of the target comes from the folder of given keys, which Stint only reads',
  },
  // Start.
  settings_invalid: { class: 'internal_error', ends: 'other', text: 'the server settings have problems' },
  data_folder_locked: {
    class: 'internal_error',
    ends: 'other',
    text: 'another process holds the data folder',
  },
  data_folder_unsafe: {
    class: 'internal_error',
    ends: 'other',
    text: 'the data folder or a key file can be read by others',
  },
  configuration_tampered: {
    class: 'internal_error',
    ends: 'other',
    text: 'the configuration is not the one that the audit log ends with',
  },
  audit_tampered: { class: 'internal_error', ends: 'other', text: 'the audit log does not verify' },
  log_key_unusable: {
    class: 'internal_error',
    ends: 'other',
    text: 'the key that signs checkpoints is missing, unreadable or no Ed25519 key',
  },
  log_rolled_back: {
    class: 'internal_error',
    ends: 'other',
    text: 'the audit log is older than what it signed or anchored before, or another one: a backup was restored, or it was cut',
  },
  anchor_lost: {
    class: 'internal_error',
    ends: 'other',
    text: 'an anchor is gone, empty or shorter than what the audit log knows that it took',
  },
  anchor_unavailable: {
    class: 'service_unavailable',
    ends: 'other',
    text: 'an anchor cannot be read or written',
  },
  log_key_unknown: {
    class: 'internal_error',
    ends: 'other',
    text: 'the key that signs checkpoints is not the one that the log goes on with',
  },
  backup_invalid: {
    class: 'internal_error',
    ends: 'other',
    text: 'the backup is not whole, was changed, or its files do not belong together',
  },
  backup_refused: {
    class: 'internal_error',
    ends: 'other',
    text: 'a backup cannot be made, or restored, there',
  },
  native_part_unfit: {
    class: 'internal_error',
    ends: 'other',
    text: 'the native part of SQLite is missing or is not for this machine: Linux, x64 or arm64, glibc or musl',
  },
  migration_failed: {
    class: 'internal_error',
    ends: 'other',
    text: 'a migration is missing, changed or failed',
  },
} as const satisfies Record<string, CodeRow & { class: keyof typeof CLASSES }>

/** Every code that an exchange can end with, however it was asked for. */
export type ExchangeCode = {
  [C in ErrorCode]: (typeof CATALOGUE)[C]['ends'] extends 'exchange' | 'signed_exchange' ? C : never
}[ErrorCode]

/** Facts that may stand beside a code: names, sizes, paths, codes of others; never a token, a secret or a claim value. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>

/** The one error that crosses a port. `facts` are for the operator; the door prints only the class. */
export class VendorError extends Error {
  readonly code: ErrorCode
  readonly facts: Facts

  constructor(code: ErrorCode, options: { readonly cause?: unknown; readonly facts?: Facts } = {}) {
    super(`${code}: ${CATALOGUE[code].text}`, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'VendorError'
    this.code = code
    this.facts = options.facts ?? {}
  }
}

export type ErrorRow = ClassRow & {
  readonly code: ErrorCode
  readonly class: ErrorClass
  readonly ends: Ends
  readonly operatorText: string
}

/** The full row of a code: class, status, OAuth error, public text, operator text. */
export function errorRow(code: ErrorCode): ErrorRow {
  const row: CodeRow & { readonly class: ErrorClass } = CATALOGUE[code]
  const of: ClassRow = CLASSES[row.class]
  return { ...of, sts: row.sts ?? of.sts, code, class: row.class, ends: row.ends, operatorText: row.text }
}

/** Every code and class, for the documents and for tests. */
export function errorCodes(): readonly ErrorCode[] {
  // The keys of a const table are exactly its key type.
  return Object.keys(CATALOGUE) as ErrorCode[]
}

/** Any thrown thing as a VendorError: ours pass, everything else is `internal_error` with its cause kept. */
export function asVendorError(thrown: unknown): VendorError {
  return thrown instanceof VendorError ? thrown : new VendorError('internal_error', { cause: thrown })
}
