import type { StsClientError } from '../errors.ts'
import type { TokenErrorCode } from '../wire.ts'
import { TOKEN_ERROR_CODES } from '../wire.ts'
import type { DecodedToken } from './token-view.ts'
import { decodeToken, describeToken } from './token-view.ts'

/** What is explained: why it failed, the token where there was one, and what was asked of which server. */
export type Refusal = {
  readonly error: StsClientError
  readonly token: string | null
  readonly server: string
  readonly role: string | null
  readonly nowMs: number
}

/**
 * What the server's class means for the caller. A server says no more on purpose: whether an issuer is known and which
 * condition failed is for its operator, who has the request id.
 */
const MEANS: Readonly<Partial<Record<TokenErrorCode, string>>> = {
  invalid_identity_token:
    'the token itself was not accepted: its form, its issuer, its key, its signature, or it was used before',
  identity_claim_rejected:
    'the signature is good; the audience, the subject or another registered claim is not',
  expired_token: 'the token is too old, not valid yet, or lives longer than the server takes',
  access_denied:
    'the token is good; nothing that the server is configured with lets this identity have that role',
  role_required: 'the token is good; more than one role is open to it, or the one must be named',
  lifetime_refused: 'the token is good and the role is open to it; the lifetime asked for is not',
  too_many_requests: 'the token is good and the role is open to it; it was asked for too often',
  identity_provider_unavailable: 'the server could not read the keys of the token issuer; nothing was judged',
  service_unavailable: 'the server could not give credentials now; the refusal says nothing about the token',
}

/**
 * Explains a failed exchange to whoever ran it: what the server said, what the caller's own token says, what the caller
 * can check without the server, and what to send to its operator. The claims go to the caller's own terminal, escaped;
 * the token, its signature and its other claims never.
 */
export function explainRefusal(refusal: Refusal): string {
  const { error, token } = refusal
  const decoded = token === null ? null : decodeToken(token)
  const code = error.serverCode ?? error.code
  const means = TOKEN_ERROR_CODES.find((known) => known === code)
  const sections = [
    section('the server said', [`${code}: ${error.message}`, ...(means === undefined ? [] : [MEANS[means]])]),
    section(
      'your token, read here and not verified',
      token === null ? ['there is none'] : describeToken(decoded, refusal.nowMs),
    ),
    section('what you can check', decoded === null ? [] : [...checks(decoded, refusal)]),
    section('for the operator of the server', [
      error.requestId === undefined
        ? 'the server gave no request id: it did not come so far'
        : `stint why ${error.requestId}`,
    ]),
  ]
  return sections.join('')
}

function section(title: string, lines: readonly (string | undefined)[]): string {
  const said = lines.filter((line) => line !== undefined)
  return said.length === 0 ? '' : `${title}\n${said.map((line) => `  ${line}\n`).join('')}`
}

/** What a Stint server allows on either side of `exp`, `nbf` and `iat`. */
export const LEEWAY_SECONDS = 30

function* checks(
  { header, claims }: DecodedToken,
  { server, role, nowMs, error }: Refusal,
): Generator<string> {
  const now = nowMs / 1000
  const { exp, iat, nbf, aud } = claims
  if (typeof exp === 'number' && exp <= now - LEEWAY_SECONDS)
    yield 'it has expired by the clock of this machine: get a fresh one for each exchange'
  if ([iat, nbf].some((time) => typeof time === 'number' && time > now + LEEWAY_SECONDS))
    yield 'it begins in the future by the clock of this machine: one of the clocks is wrong, or it is in milliseconds'
  const audiences = Array.isArray(aud) ? aud : [aud]
  if (aud === undefined) yield 'it has no audience: the platform must be asked for one'
  else if (!audiences.some((one) => typeof one === 'string' && sameServer(one, server)))
    yield `its audience is not ${server}: ask the operator which audience the server takes, and ask the platform for it`
  else if (error.serverCode === 'identity_claim_rejected' && !audiences.includes(server))
    yield `its audience and ${server} differ by a slash at the end, and a server compares every character: ask the operator which of them it takes`
  if (audiences.length > 1 && claims['azp'] === undefined)
    yield 'it is for several audiences and has no azp: ask the platform for one audience'
  if (typeof claims['sub'] !== 'string' || claims['sub'] === '') yield 'it has no sub that is a text'
  if (/^(none|HS)/i.test(String(header['alg']))) yield 'it is not signed with a key pair: no server takes it'
  if (role === null && error.serverCode === 'role_required') yield 'no role was named: --role ARN'
}

function sameServer(audience: string, server: string): boolean {
  return audience.replace(/\/+$/, '') === server.replace(/\/+$/, '')
}
