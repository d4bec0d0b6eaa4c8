import type { ErrorCode, ExchangeCode } from '../errors.ts'

/**
 * What to do about each code that an exchange can end with, in one sentence, for the operator who was sent its request
 * id. One that has none does not compile: it would leave somebody alone with it.
 */
export const REMEDIES = {
  malformed: 'the caller sends something that is no JWT: look at where it reads its token',
  too_large: 'the token is larger than any CI platform sends: look at what is put into it',
  json_invalid:
    'the issuer, or somebody in between, writes JSON that no two readers read alike: nothing is to be done here',
  duplicate_member: 'a member stands twice in the token: no honest issuer does that; look at the source',
  header_refused: 'the header brings a key, an extension or an encoding of its own: look at the source',
  alg_refused: 'add the algorithm to `algorithms` of the issuer, if its keys are of that kind',
  typ_refused:
    'if it is the right kind of token, add its type to `typ` of the issuer (access tokens are `at+jwt`)',
  jwe_refused: 'the token is encrypted: let the issuer sign it only',
  unknown_issuer:
    'configure the issuer with exactly this `iss`, or correct the nearest one: every character counts',
  issuer_disabled: 'the issuer is not in the configuration any more: declare it again, or tell the caller',
  unknown_kid: 'the issuer does not publish that key: rotated long ago, or the token is of another issuer',
  key_refused: 'the issuer publishes a key of that kid that is not for us: `jwks.key_refused` says why',
  signature_invalid: 'the token was changed, cut, or signed by somebody else: look at the source',
  aud_mismatch:
    'let the caller ask its platform for one of the audiences of the issuer, or add the one that it uses',
  azp_mismatch: 'the token is for several audiences: let the platform issue it for ours alone',
  sub_invalid: 'the issuer sends a `sub` that cannot be kept: look at its template of the subject',
  claim_invalid: 'a registered claim has a type that RFC 7519 does not know: look at the issuer',
  expired: 'let the caller get a fresh token for each exchange, and compare the clocks',
  not_yet_valid:
    'the clocks of issuer and server differ by more than `leeway`, or the times are in milliseconds',
  too_old: 'the token is older than `maxAge` of the issuer: let the caller get a fresh one',
  lifetime_too_long:
    'the token lives longer than `maxLifetime` of the issuer: shorten it there, or raise it here',
  no_mapping: 'look at the nearest mapping below: change the job, or the mapping',
  policy_denied: 'a `never` of the role holds for this subject: it is refused whatever mappings say',
  locked: 'somebody revoked it: `stint lock list` says who and why; a second person lifts it',
  probe_stale:
    'run `stint probe` for the target of the role; its last sheet is too old, or is of another store',
  claim_value_refused:
    'a claim that the policy needs is missing, or holds a character that a path must not have',
  issuer_kind_refused:
    'the issuer is for one kind of subject and the role for the other: give one of them another kind',
  role_required: 'let the caller name the role: several are open to it',
  asked_policy_malformed: 'let the caller correct its policy at the place that the decision names',
  asked_policy_unknown:
    'let the caller name the policy with its version, `name@1`; one with placeholders only where the role pins it',
  asked_policy_refused:
    'let the caller write that statement with a beginning and one `*` after it, inside what the role allows',
  asked_policy_empty:
    'nothing of what the caller asks for is in the role: let it ask for another role, or without a policy',
  asked_policy_too_large: 'let the caller ask for fewer resources, or for a pattern that holds them',
  lifetime_refused: 'let the caller ask for a lifetime inside the role, or for none',
  jti_missing: 'let the issuer send `jti`, or take `singleUse` from the mapping',
  chain_other_role: 'let the caller exchange its token for that role: a session assumes its own only',
  chain_changed: 'nothing: the caller exchanges its token again and is decided anew',
  chain_limited: 'let the caller exchange a token for each session: uses are counted there',
  request_unsigned: 'the caller has no credentials, or an SDK that does not sign: look at its configuration',
  signature_malformed: 'something between the caller and the server rewrites headers, or it is no AWS client',
  signature_scope_refused:
    'add the region of the caller to STINT_STS_REGIONS, or set AWS_REGION to one of them',
  request_time_refused: 'the clock of the caller is wrong, or an old request was sent again',
  request_signature_invalid:
    'the caller has another secret, or a proxy rewrites the path or the Host header: let it pass both unchanged',
  session_unknown: 'let the caller exchange its token again, at a door of STINT_SESSION_KEY_DOORS',
  session_over: 'let the caller exchange its token again',
  replayed: 'let the caller get a fresh token for each session; if it does, somebody else has used this one',
  uses_exhausted: 'raise `maxUses` of the mapping, or let it end',
  subject_budget_spent: 'look for a client in a loop; else raise `subjectBudget` of the target',
  jwks_unavailable:
    'look at the issuer: its discovery or its key set cannot be read; `jwks.fetch_failed` in the audit log has the reason',
  audit_unavailable: 'free space under the data folder; the process log has the reason',
  secret_unusable:
    'put the secret into a file of that name, 0400, in the folder of STINT_SECRETS or as a systemd credential',
  target_breaker_open:
    'look at the store: half of the last calls or more failed; it is asked again by itself',
  target_unavailable: 'look at the store: it does not answer in time',
  target_refused: 'the store refused us: clock, base policy or client id; the event names its code',
  target_answer_invalid: 'something that is no STS answers at the endpoint of the target',
  expiration_too_late:
    'the store gives longer sessions than it is asked for: look at its version and its clock',
  withheld: 'nothing: the configuration changed meanwhile, and the next exchange is decided anew',
  overloaded: 'more comes than can be served: look at who asks, and at the store',
  shutting_down: 'nothing: the process was stopping',
  config_unavailable: 'the configuration cannot be read: the process log has the reason',
  internal_error: 'report it, with the process log',
} as const satisfies Readonly<Record<ExchangeCode, string>>

/** The remedy of a code, or null where an exchange does not end with it. */
export function remedyOf(code: ErrorCode): string | null {
  return Object.hasOwn(REMEDIES, code) ? REMEDIES[code as keyof typeof REMEDIES] : null // an own key of the table
}
