/** A JSON value as a token carries it. */
export type ClaimValue =
  | string
  | number
  | boolean
  | null
  | readonly ClaimValue[]
  | { readonly [name: string]: ClaimValue }
export type Claims = { readonly [name: string]: ClaimValue }

/** A claim is named by an array path, because names contain dots, slashes and colons. */
export type ClaimPath = readonly string[]

/** A verified identity. Never a bare string: `sub` means nothing without its issuer. */
export type Subject = {
  /** The name of the configured issuer. */
  readonly issuer: string
  readonly iss: string
  readonly sub: string
  readonly audiences: readonly string[]
  readonly claims: Claims
  /** `exp` of the token, seconds since 1970. */
  readonly expiresAtSeconds: number
  readonly token: {
    readonly alg: string
    readonly kid: string | null
    /** RFC 7638 thumbprint of the key that verified it. */
    readonly thumbprint: string
    readonly jti: string | null
    readonly azp: string | null
    /** Keyed HMAC of the token, so that a log line can be joined to a token in hand but not the reverse. */
    readonly digest: string
  }
}

/** The value at a path, own members only; `undefined` where any step is missing or not an object. */
export function claimAt(claims: Claims, path: ClaimPath): ClaimValue | undefined {
  let value: ClaimValue | undefined = claims
  for (const step of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    if (!Object.hasOwn(value, step)) return undefined
    value = (value as Claims)[step] // an object that is neither null nor an array, by the line above
  }
  return value
}

/** The texts at these paths; `undefined` where there is none or something else. */
export function textClaims(claims: Claims, paths: readonly ClaimPath[]): readonly (string | undefined)[] {
  return paths.map((path) => {
    const value = claimAt(claims, path)
    return typeof value === 'string' ? value : undefined
  })
}
