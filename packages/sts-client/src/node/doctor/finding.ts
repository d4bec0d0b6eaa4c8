/** How much a finding matters: an error stands in the way now, a warning will. */
export type Level = 'error' | 'warning'

type Row = { readonly level: Level; readonly fix: string }

const ASK = 'give the request id to the operator of the server: `stint why <id>` says the rest'

/** Everything that `stint doctor` can find, by its stable code; docs/clients/cli.md has a row for each. */
const CATALOGUE = {
  server_unnamed: { level: 'error', fix: 'name it: --server or STINT_SERVER' },
  server_url_invalid: { level: 'error', fix: 'an https URL without user, query and fragment' },
  server_name_unknown: { level: 'error', fix: 'check the host name, and the DNS of this network' },
  server_unreachable: { level: 'error', fix: 'check the port, the firewall, and whether the server runs' },
  server_slow: { level: 'error', fix: 'check the network; a proxy may swallow the connection' },
  server_not_tls: {
    level: 'error',
    fix: 'the port speaks no TLS: check the port, or the proxy before the server',
  },
  server_redirects: { level: 'error', fix: 'name the address that it redirects to; a token follows none' },
  server_not_stint: { level: 'error', fix: 'check the URL with its path; a gateway may answer in its place' },
  server_not_ready: { level: 'error', fix: 'wait, or ask its operator: /readyz says what it waits for' },
  certificate_untrusted: {
    level: 'error',
    fix: 'give Node the CA: NODE_EXTRA_CA_CERTS=/path/ca.pem, or --use-system-ca in NODE_OPTIONS; the AWS SDKs: AWS_CA_BUNDLE',
  },
  certificate_expired: { level: 'error', fix: 'the operator renews it; check the clock of this machine' },
  certificate_of_another: { level: 'error', fix: 'use the name that stands in the certificate' },
  ca_file_unreadable: { level: 'error', fix: 'correct NODE_EXTRA_CA_CERTS: Node goes on without it' },
  proxy_not_used: {
    level: 'warning',
    fix: 'set NODE_USE_ENV_PROXY=1 (Node 22.21, 24.5 or newer) if the server is behind the proxy',
  },
  proxy_unreachable: { level: 'error', fix: 'correct the proxy variable, or add the server to NO_PROXY' },
  clock_skew: {
    level: 'error',
    fix: 'set the clock (NTP): tokens are refused beyond 30 s, S3 signatures beyond 15 min',
  },
  token_absent: { level: 'error', fix: 'name the place of the token (stint exchange --help)' },
  token_unavailable: { level: 'error', fix: 'see the text: the platform or the program did not give it' },
  token_not_jwt: {
    level: 'error',
    fix: 'check what the place of the token holds: an opaque access token is no JWT',
  },
  token_expired: { level: 'error', fix: 'get a fresh one for each exchange; check the clock' },
  token_not_yet_valid: { level: 'error', fix: 'check the clocks; times of a token are in seconds' },
  token_not_asymmetric: {
    level: 'error',
    fix: 'have it signed with a key pair (RS256, ES256): no server takes another',
  },
  audience_missing: { level: 'error', fix: 'ask the platform for a token with the server as its audience' },
  audience_mismatch: {
    level: 'error',
    fix: 'ask the platform for the audience that the server has configured, to the letter; --audience says which',
  },
  issuer_unreachable: {
    level: 'warning',
    fix: 'this machine cannot read it; the server must: ask its operator whether it can',
  },
  issuer_certificate_untrusted: {
    level: 'warning',
    fix: 'this machine does not trust it; the server must: ask its operator whether it does',
  },
  issuer_differs: {
    level: 'error',
    fix: 'the provider calls itself otherwise than its token: a server compares every character, the last slash too',
  },
  exchange_refused: { level: 'error', fix: ASK },
  exchange_unavailable: { level: 'error', fix: 'try again later; then ask the operator of the server' },
  session_short: {
    level: 'warning',
    fix: 'ask for 30 minutes or more: botocore exchanges anew before each request from 15 minutes before the end',
  },
  static_keys_win: {
    level: 'error',
    fix: 'unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN: every SDK takes them first',
  },
  static_keys_expired: { level: 'error', fix: 'eval "$(stint env)" again, or unset them' },
  profile_wins: { level: 'warning', fix: 'unset AWS_PROFILE, or put credential_process into that profile' },
  credentials_file_wins: {
    level: 'warning',
    fix: 'remove the default profile of that file, or run by stint exec, which hides it',
  },
  relative_uri_wins: {
    level: 'error',
    fix: 'unset AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: SDKs take it before AWS_CONTAINER_CREDENTIALS_FULL_URI',
  },
  token_file_newline: {
    level: 'error',
    fix: 'write it without a newline (printf %s): SDKs send the file as a header, and refuse to',
  },
  endpoints_ignored: { level: 'error', fix: 'unset AWS_IGNORE_CONFIGURED_ENDPOINT_URLS' },
  role_arn_short: {
    level: 'error',
    fix: 'AWS_ROLE_ARN is arn:aws:iam::<12 digits>:role/<name>, 20 characters at least',
  },
  client_cache_stale: {
    level: 'warning',
    fix: 'remove these files, or set AWS_ROLE_SESSION_NAME to the id of the job: the cache knows neither token nor server',
  },
  cache_unsafe: { level: 'error', fix: 'look who made it, remove it, and end the sessions that were in it' },
} as const satisfies Readonly<Record<string, Row>>

export type FindingCode = keyof typeof CATALOGUE

/** One thing that is wrong, in words, and what to do about it. No token and no key stands in either. */
export type Finding = {
  readonly code: FindingCode
  readonly level: Level
  readonly text: string
  readonly fix: string
}

export function finding(code: FindingCode, text: string): Finding {
  return { code, text, ...CATALOGUE[code] }
}

export function findingCodes(): readonly FindingCode[] {
  // The keys of a const table are exactly its key type.
  return Object.keys(CATALOGUE) as FindingCode[]
}
