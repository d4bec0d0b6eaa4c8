import type { Issuer } from '../domain/issuer.ts'
import type { JsonFetcher } from './fetch-json.ts'
import { type ReadKeySet, readKeySet } from './read-key-set.ts'

type FetchedKeySet =
  | { readonly ok: true; readonly set: ReadKeySet; readonly ttlMs: number | null }
  | { readonly ok: false; readonly reason: string }

const TOTAL_MS = 3_000
const MAX_URI = 2_048

/**
 * The key set of an issuer, at the address that its administrator gave or else the one that discovery names, both
 * documents within one deadline. Never throws.
 */
export async function fetchKeySet(issuer: Issuer, fetcher: JsonFetcher): Promise<FetchedKeySet> {
  const deadline = AbortSignal.timeout(TOTAL_MS)
  const address = issuer.jwksUri ?? (await discover(issuer, fetcher, deadline))
  if (typeof address !== 'string') return address
  const fetched = await fetcher.fetch(address, deadline)
  if (!fetched.ok) return { ok: false, reason: `jwks_${fetched.reason}` }
  const set = readKeySet(fetched.value)
  if (set === null) return { ok: false, reason: 'jwks_not_a_key_set' }
  return { ok: true, set, ttlMs: fetched.maxAgeSeconds === null ? null : fetched.maxAgeSeconds * 1000 }
}

/**
 * OpenID Connect Discovery 1.0 §4: the document lies below the issuer, and its `issuer` must be ours byte for byte
 * (§4.3), or one issuer could speak for another. The key set may lie on another host (Google's does): who controls the
 * document controls the keys anyway. It may not lie in the clear where the issuer does not.
 */
async function discover(
  issuer: Issuer,
  fetcher: JsonFetcher,
  deadline: AbortSignal,
): Promise<string | { readonly ok: false; readonly reason: string }> {
  const path = `${issuer.url.replace(/\/$/, '')}/.well-known/openid-configuration`
  const discovery = await fetcher.fetch(path, deadline)
  if (!discovery.ok) return { ok: false, reason: `discovery_${discovery.reason}` }
  const { issuer: named, jwks_uri: uri } = discovery.value
  if (named !== issuer.url) return { ok: false, reason: 'discovery_names_another_issuer' }
  if (typeof uri !== 'string' || uri.length > MAX_URI || !URL.canParse(uri))
    return { ok: false, reason: 'discovery_without_jwks_uri' }
  if (issuer.url.startsWith('https:') && new URL(uri).protocol !== 'https:')
    return { ok: false, reason: 'jwks_uri_not_https' }
  return uri
}
