import type { DialectName } from '@stint/policy'

/** How a session of a target is ended before its time, and what shows that it is over (DESIGN §5). */
export type EndingWay =
  /** Its own `sub` is used once more to end it; the session's own key id, refused, is the proof. No store secret. */
  | 'own-sub'
  /** The store's admin API ends it by the name that it was minted under; its key id, refused, is the proof. */
  | 'revoke-tokens'
  /** A Deny on the role for every session older than an instant: all of them, and none is proved by itself. */
  | 'deny-older'
  /** Nothing ends it but its own expiry. */
  | 'expiry'

/**
 * What a store can do in one mode, as far as it is known without asking it: read by setup, revoke, lint and the
 * documents. `stint probe` measures a store of one's own; where the two differ, the store is right.
 */
export type CapabilitySheet = {
  /** The policy language that session policies are written in. */
  readonly dialect: DialectName
  /** What one session may have of policy, in bytes as this store counts them. */
  readonly policyBudgetBytes: number
  /** Whose identity the store sees: one that we issue, a user or chain of our own, or the caller's own token. */
  readonly identity: 'issued' | 'own' | 'caller'
  /** The ways of ending, best first. A later one is taken where the earlier lacks what it needs. */
  readonly ending: readonly { readonly way: EndingWay; readonly needs: 'nothing' | 'admin' }[]
  /** Who else's sessions a hostile holder of one can end. */
  readonly oneCanEnd: 'only-itself' | 'all-of-the-user' | 'all-of-the-subject'
  /** Whether sessions below 900 s can be had, by the `exp` of our own token. */
  readonly shortLifetimes: boolean
  /** The longest session that the store gives; null: what its role says (`maxSession`). */
  readonly maxLifetimeSeconds: number | null
  /** Whether the store takes session tags, which a role names as `tags`. */
  readonly sessionTags: boolean
  /** Whether a caller can answer the store's condition keys itself, so that nothing may rest on one (DESIGN rule 7). */
  readonly conditionsForgeable: boolean
  /** How the secret that opens the store is replaced. */
  readonly rotation: string
  /** With what this was proved: the real program, or only something that speaks like it. */
  readonly provedOn: string
  /** What is not proved on the real thing. */
  readonly unproved: readonly string[]
}
