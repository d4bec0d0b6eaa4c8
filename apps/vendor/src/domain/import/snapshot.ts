/** What a store says of who may do what: read from its admin API or from an exported file. Names are as the store has them. */
export type StoreSnapshot = {
  /** Where it was read, in words. */
  readonly source: string
  /** Origin of the store, or null where a file does not say. */
  readonly endpoint: string | null
  readonly region: string
  /** Addresses of the store that are not public, as CIDR ranges. */
  readonly privateAddresses: readonly string[]
  /** Documents by policy name. */
  readonly policies: ReadonlyMap<string, unknown>
  readonly holders: readonly Holder[]
  readonly providers: readonly Provider[]
  /** What could not be read, in words. */
  readonly gaps: readonly string[]
}

/** Somebody to whom policies are attached. */
export type Holder = {
  readonly kind: HolderKind
  readonly name: string
  readonly policies: readonly string[]
  readonly enabled: boolean
  /** Groups of a user, by name. */
  readonly memberOf: readonly string[]
}
export type HolderKind = 'user' | 'group' | 'ldap-user' | 'ldap-group' | 'openid-user'

/** An OIDC provider that the store trusts by itself. */
export type Provider = {
  readonly name: string
  readonly enabled: boolean
  /** Its discovery document. */
  readonly configUrl: string
  readonly clientId: string
  /** Policies of everybody who signs in there, or null where a claim names them. */
  readonly rolePolicies: readonly string[] | null
  readonly claim: string
}
