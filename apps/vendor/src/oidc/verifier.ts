import { type KeyObject, type VerifyKeyObjectInput, verify as verifySignature } from 'node:crypto'
import { compactVerify } from 'jose'
import type { ClaimedFacts } from '../domain/audit-event.ts'
import type { Algorithm, Issuer } from '../domain/issuer.ts'
import type { Claims } from '../domain/subject.ts'
import type { ErrorCode } from '../errors.ts'
import type { Clock, Logger, Random, TokenVerifier, Verification } from '../ports.ts'
import { checkClaims } from './claims.ts'
import type { CompactJwt } from './compact-jwt.ts'
import { readCompactJwt } from './compact-jwt.ts'
import { createJsonFetcher } from './fetch-json.ts'
import type { VerificationKey } from './jwk.ts'
import type { FoundKey, KeySetEvent } from './key-set.ts'
import { createKeySet } from './key-set.ts'
import type { KeySetStanding } from './key-sets.ts'
import { createKeySets } from './key-sets.ts'
import { createTokenDigest, MAX_DIGESTED } from './token-digest.ts'

export type TokenVerifierOptions = {
  /** The configured issuer of exactly this `iss`, enabled or not. Nothing is fetched for any other. */
  readonly issuerByUrl: (iss: string) => Issuer | undefined
  /** Audiences of another door: a token that is also for that one is refused here. */
  readonly refusedAudiences: () => readonly string[]
  readonly clock: Clock
  readonly random: Random
  /** Keys the digest by which a log line can be joined to a token in hand. */
  readonly digestKey: KeyObject
  readonly onEvent: (event: KeySetEvent) => void
  readonly onFetch?: (issuer: string, good: boolean) => void
  readonly log: Logger
}

const MAX_ISSUER = 255

type Ready = {
  readonly token: string
  readonly jwt: CompactJwt
  readonly issuer: Issuer
  readonly alg: Algorithm
  readonly claimed: ClaimedFacts
}

/**
 * Verifies tokens in the order of cost: form, issuer by exact text, type and algorithm, key of that issuer's own set,
 * signature, claims. RS256 and ES256 are verified at once on keys imported once a set; the other algorithms by jose.
 */
export function createTokenVerifier(
  options: TokenVerifierOptions,
): TokenVerifier & { keySets(): readonly KeySetStanding[]; close(): Promise<void> } {
  const sets = createKeySets((issuer) => {
    const fetcher = createJsonFetcher(issuer.allowPrivateAddresses)
    return createKeySet(issuer, { ...options, fetcher })
  }, options.issuerByUrl)

  const digestOf = createTokenDigest(options.digestKey)

  function verify(token: string): Verification | Promise<Verification> {
    const digest = token.length > MAX_DIGESTED ? null : digestOf(token)
    const read = readCompactJwt(token)
    if (!read.ok) return refused(read.code, null, { issuer: null, alg: null, kid: null, digest })
    const { header, payload } = read.jwt
    const iss = payload['iss']
    const claimed: ClaimedFacts = {
      issuer: printable(iss),
      alg: printable(header.alg),
      kid: printable(header.kid),
      digest,
    }
    const issuer = typeof iss === 'string' ? options.issuerByUrl(iss) : undefined
    if (issuer === undefined) return refused('unknown_issuer', null, claimed)
    if (!issuer.enabled) return refused('issuer_disabled', issuer, claimed)
    if (!issuer.typ.includes(mediaType(header.typ))) return refused('typ_refused', issuer, claimed)
    const alg = issuer.algorithms.find((allowed) => allowed === header.alg)
    if (alg === undefined) return refused('alg_refused', issuer, claimed)
    const ready: Ready = { token, jwt: read.jwt, issuer, alg, claimed }
    const found = sets.of(issuer).find(header.kid, alg)
    return found instanceof Promise ? found.then((key) => withKey(ready, key)) : withKey(ready, found)
  }

  function withKey(ready: Ready, found: FoundKey): Verification | Promise<Verification> {
    if (!found.ok) return refused(found.code, ready.issuer, ready.claimed)
    if (!found.key.algorithms.includes(ready.alg)) return refused('alg_refused', ready.issuer, ready.claimed)
    const good = signatureHolds(ready, found.key)
    return good instanceof Promise
      ? good.then((held) => withSignature(ready, found.key, held))
      : withSignature(ready, found.key, good)
  }

  function withSignature(ready: Ready, key: VerificationKey, held: boolean): Verification {
    const { issuer, jwt, claimed } = ready
    if (!held) return refused('signature_invalid', issuer, claimed)
    const context = { nowMs: options.clock.nowMs(), refusedAudiences: options.refusedAudiences() }
    const checked = checkClaims(jwt.payload, issuer, context)
    if (!checked.ok) return refused(checked.code, issuer, claimed)
    const { sub, audiences, azp, jti, expiresAtSeconds } = checked.claims
    const { alg, kid } = jwt.header
    const token = { alg, kid, thumbprint: key.thumbprint, jti, azp, digest: claimed.digest ?? '' }
    // Strict JSON made it: every value is a JSON value.
    const claims = jwt.payload as Claims
    return {
      ok: true,
      subject: { issuer: issuer.name, iss: issuer.url, sub, audiences, claims, expiresAtSeconds, token },
    }
  }

  return { verify, keySets: sets.standings, close: sets.close }
}

const ES256_SIGNATURE_BYTES = 64

function signatureHolds({ token, jwt, alg }: Ready, { key }: VerificationKey): boolean | Promise<boolean> {
  if (alg === 'RS256') return holds(jwt, key)
  if (alg === 'ES256')
    return jwt.signature.length === ES256_SIGNATURE_BYTES && holds(jwt, { key, dsaEncoding: 'ieee-p1363' })
  return compactVerify(token, key, { algorithms: [alg] }).then(
    () => true,
    () => false,
  )
}

/** OpenSSL throws where a key is broken in a way that its import let pass; that is no signature either. */
function holds({ signed, signature }: CompactJwt, key: VerifyKeyObjectInput | KeyObject): boolean {
  try {
    return verifySignature('sha256', signed, key, signature)
  } catch {
    return false
  }
}

/** RFC 8725 §3.11 and RFC 7515 §4.1.9: compared without case and without `application/`. */
function mediaType(typ: string | null): string | null {
  return typ === null ? null : typ.toLowerCase().replace(/^application\//, '')
}

/** What an unverified token says, fit to be written down: short, and without characters that write more than themselves. */
function printable(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_ISSUER) return null
  return /^[\x20-\x7e]*$/.test(value) ? value : null
}

function refused(code: ErrorCode, issuer: Issuer | null, claimed: ClaimedFacts): Verification {
  return { ok: false, code, issuer: issuer?.name ?? null, claimed }
}
