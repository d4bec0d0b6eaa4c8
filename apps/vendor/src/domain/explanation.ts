import type { ErrorCode } from '../errors.ts'
import type { ClaimedFacts } from './audit-event.ts'
import type { Nearness } from './nearness.ts'

/** A mapping held against the subject, with words, and what it says under today's configuration. */
export type ExplainedMapping = Nearness & {
  readonly inTheWay: readonly { readonly says: string; readonly mend: string }[]
  /** `matches`: today it would admit the subject. */
  readonly today: 'matches' | 'does_not_match' | 'cannot_tell' | 'gone'
}

/** Something configured whose name or URL comes near what was sent. */
export type Near = { readonly name: string; readonly value: string; readonly difference: string }

/** Why an exchange ended as it did: all that the log knows of one request, for its operator. */
export type Explanation = {
  readonly request: string
  readonly assumption: string | null
  readonly at: string
  /** `open`: decided, and its end is not in the log. */
  readonly outcome: 'granted' | 'refused' | 'failed' | 'open'
  /** null where it was granted and delivered, and where it is not known to have ended. */
  readonly code: ErrorCode | null
  /** What happened, in a sentence or two. */
  readonly what: string
  /** What to do about it. */
  readonly next: string
  /** How many requests this id stands for: more than one where a flood was counted. */
  readonly requests: number
  readonly asked: { readonly role: string | null; readonly lifetimeSeconds: number | null } | null
  /** The verified subject. */
  readonly subject: { readonly issuer: string; readonly url: string; readonly sub: string } | null
  /** What a token that was not verified said; unverified. */
  readonly claimed: ClaimedFacts | null
  readonly generation: { readonly decided: number | null; readonly now: number }
  /** What the issuer of the token was configured with, where it is. */
  readonly issuer: {
    readonly name: string
    readonly state: 'enabled' | 'disabled'
    readonly audiences: readonly string[]
    readonly algorithms: readonly string[]
    readonly typ: readonly (string | null)[]
  } | null
  readonly nearIssuers: readonly Near[]
  readonly nearRoles: readonly Near[]
  /** The nearest mappings of that issuer first, as they stood then. */
  readonly mappings: readonly ExplainedMapping[]
  readonly mappingsInAll: number
  /** Mappings of other issuers for the role that was asked for. */
  readonly elsewhere: readonly { readonly mapping: string; readonly issuer: string; readonly role: string }[]
  /** Where this issuer has no mapping for that role: the nearest of other issuers, which are for it. */
  readonly nearestElsewhere: readonly (Nearness & Pick<ExplainedMapping, 'inTheWay'>)[]
  /** Enforced mappings that admit this subject to that role today. */
  readonly admittedToday: readonly string[]
}
