import type { ClaimPath } from './subject.ts'

export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const
export type Algorithm = (typeof ALGORITHMS)[number]
export type Kind = 'machine' | 'human'

/** An OIDC issuer that an administrator configured. It never exists because a token names it. */
export type Issuer = {
  readonly name: string
  /** Compared byte for byte with `iss`; a trailing slash counts. */
  readonly url: string
  readonly audiences: readonly string[]
  readonly algorithms: readonly Algorithm[]
  /** Accepted `typ` headers, lower case without `application/`; null stands for an absent one. */
  readonly typ: readonly (string | null)[]
  readonly leewaySeconds: number
  /** The longest `exp - iat` accepted; null where tokens carry no `iat`. */
  readonly maxLifetimeSeconds: number
  /** The longest `now - iat` accepted; null: no bound but `exp`. */
  readonly maxAgeSeconds: number | null
  /** null: by discovery. */
  readonly jwksUri: string | null
  /** Address ranges that the address check lets through for this issuer, such as 127.0.0.0/8 or a cluster's. */
  readonly allowPrivateAddresses: readonly string[]
  readonly for: Kind
  readonly enabled: boolean
  readonly preset: string
  /** Claims worth recording with each assumption, from the preset (DESIGN rule 10). */
  readonly recordedClaims: readonly ClaimPath[]
}
