import type { Algorithm, Kind } from '../issuer.ts'
import type { ClaimPath } from '../subject.ts'

/** What is known of a kind of issuer, as data: defaults, the claims worth recording, which of them last, and its traps. */
export type Preset = {
  /** null: the configuration must give it. */
  readonly url: string | null
  /** A regular expression of ours that the issuer's URL fits; null: any. */
  readonly urlPattern: string | null
  readonly algorithms: readonly Algorithm[]
  readonly typ: readonly (string | null)[]
  readonly maxLifetimeSeconds: number
  /** How long its tokens live where nobody asked for more; null: not known. */
  readonly usualLifetimeSeconds: number | null
  /** null: the configuration must say it. */
  readonly for: Kind | null
  /** It also issues tokens to people. */
  readonly people: boolean
  readonly recordedClaims: readonly ClaimPath[]
  /** Names that can be given to somebody else, and the claim that cannot, by their first steps. */
  readonly immutable: Readonly<Record<string, string>>
  /** One of these must be pinned, because the issuer serves more than one organization; empty: it serves one. */
  readonly tenant: readonly string[]
  /** Why `sub` is no good to decide by; null: it is. */
  readonly subTrap: string | null
  /** Every claim that is documented; empty: anybody may add some. */
  readonly claims: readonly string[]
  /** Claims that this issuer always sends as text, ids and booleans among them: a bare number in a mapping never matches. */
  readonly textClaims: readonly string[] | 'all'
  readonly listClaims: readonly string[]
  readonly numberClaims: readonly string[]
  /** Claims whose values have no capital letters. */
  readonly lowerCaseClaims: readonly string[]
  /** Claims that some tokens lack. */
  readonly optionalClaims: readonly string[]
  /** Claims whose value somebody may change, and who. */
  readonly mutableClaims: Readonly<Record<string, string>>
  /** Whether tokens carry `jti`; null: not known. */
  readonly jti: boolean | null
  readonly environmentClaim: string | null
  readonly protectedClaim: string | null
  /** One of these says what started the job; without any, everything that starts one is admitted. */
  readonly eventClaims: readonly string[]
  /** What surprises people, in words. */
  readonly traps: readonly string[]
}
