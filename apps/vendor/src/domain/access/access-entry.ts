/**
 * What is taken of one audit entry of a store, and no more: the entry holds the caller's session token, its signature and
 * every header besides.
 */
export type AccessEntry = {
  /** The store's own id of the request; null: it told none. */
  readonly id: string | null
  readonly atMs: number
  /** The store's name of what was asked. */
  readonly api: string
  readonly bucket: string
  /** Keys that it was asked of; empty: of the bucket, or of the store. */
  readonly objects: readonly string[]
  /** A copy reads what it writes from: `bucket/key`. */
  readonly copiedFrom: { readonly bucket: string; readonly object: string } | null
  readonly status: number
  /** Whose request it was: the access key that signed it, or the one that it was given. null: nobody’s. */
  readonly session: EntrySession | null
  /** Whether it is the session's birth, and no use of it. */
  readonly given: boolean
  /** Where it came from, as the store saw it: behind a proxy the proxy, or what the caller says. */
  readonly source: string
}

export type EntrySession = {
  readonly accessKeyId: string
  /** `sub` of its claims, or the name that it was minted under; null: it has none. */
  readonly sub: string | null
  /** The role of the identity that minted it, and for whom. */
  readonly roleArn: string | null
  readonly issuer: string | null
  /** The store's name for whoever stands behind it. */
  readonly parent: string | null
  readonly expiresMs: number | null
}

/** The newest a store's clock may say that something was; and the oldest that is still taken. */
export const CLOCK_AHEAD_MS = 300_000
