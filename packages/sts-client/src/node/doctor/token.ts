import { StsClientError } from '../../errors.ts'
import type { TokenSource } from '../../provider.ts'
import { parseSecureUrl } from '../../server-url.ts'
import type { Send } from '../../transport.ts'
import { LEEWAY_SECONDS } from '../explain.ts'
import type { DecodedToken } from '../token-view.ts'
import { decodeToken } from '../token-view.ts'
import type { Finding } from './finding.ts'
import { finding } from './finding.ts'
import { certificateCode, get } from './reach.ts'

/** A token, where there is one, and what is wrong with getting it. */
export type Looked = { readonly token: string | null; readonly findings: readonly Finding[] }

export async function lookForToken(source: TokenSource): Promise<Looked> {
  try {
    return { token: await source(), findings: [] }
  } catch (error) {
    if (!(error instanceof StsClientError)) throw error
    const code = error.code === 'subject_token_absent' ? 'token_absent' : 'token_unavailable'
    return { token: null, findings: [finding(code, `${error.message} (${error.code})`)] }
  }
}

/** What can be said of a token without its issuer's keys. */
export function checkToken(
  token: string,
  { audience, nowMs }: { readonly audience: string; readonly nowMs: number },
): readonly Finding[] {
  const decoded = decodeToken(token)
  if (decoded === null) return [finding('token_not_jwt', 'the token is no JWT')]
  return [...checkTimes(decoded, nowMs / 1000), ...checkAudience(decoded, audience), ...checkKey(decoded)]
}

function checkTimes({ claims }: DecodedToken, now: number): readonly Finding[] {
  const { exp, iat, nbf } = claims
  const past = typeof exp === 'number' && exp <= now - LEEWAY_SECONDS
  const future = [iat, nbf].some((time) => typeof time === 'number' && time > now + LEEWAY_SECONDS)
  return [
    ...(past ? [finding('token_expired', `the token ended ${Math.round(now - exp)} s ago`)] : []),
    ...(future ? [finding('token_not_yet_valid', 'the token begins in the future')] : []),
  ]
}

function checkAudience({ claims: { aud } }: DecodedToken, wanted: string): readonly Finding[] {
  const audiences = Array.isArray(aud) ? aud : [aud]
  if (aud === undefined) return [finding('audience_missing', 'the token has no audience')]
  if (audiences.includes(wanted)) return []
  return [finding('audience_mismatch', `the token's audience is not ${wanted}`)]
}

function checkKey({ header }: DecodedToken): readonly Finding[] {
  const isShared = /^(none|HS)/i.test(String(header['alg']))
  return isShared ? [finding('token_not_asymmetric', 'the token is not signed with a key pair')] : []
}

/** Asks the provider that the token names for its discovery document, as the server will. No token goes there. */
export async function checkIssuer(token: string, send: Send): Promise<readonly Finding[]> {
  const iss = decodeToken(token)?.claims['iss']
  if (typeof iss !== 'string') return []
  let url: string
  try {
    url = `${parseSecureUrl(iss, {}).href.replace(/\/+$/, '')}/.well-known/openid-configuration`
  } catch {
    return [finding('issuer_unreachable', 'the issuer of the token is no https URL')]
  }
  const answer = await get(url, send)
  if (answer instanceof StsClientError) {
    const isCertificate = certificateCode(answer) !== undefined
    const code = isCertificate ? 'issuer_certificate_untrusted' : 'issuer_unreachable'
    return [finding(code, `${url}: ${answer.message}`)]
  }
  const named = issuerIn(answer.body)
  if (answer.status !== 200 || named === undefined)
    return [finding('issuer_unreachable', `${url}: HTTP status ${answer.status}, no discovery document`)]
  return named === iss ? [] : [finding('issuer_differs', `${url} is of another issuer`)]
}

function issuerIn(body: string): string | undefined {
  try {
    const json: unknown = JSON.parse(body)
    return typeof json === 'object' && json !== null && 'issuer' in json && typeof json.issuer === 'string'
      ? json.issuer
      : undefined
  } catch {
    return undefined
  }
}
