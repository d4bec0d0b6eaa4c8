import type { SubjectFacts } from '../audit-event.ts'
import type { ClaimPath } from '../subject.ts'

/** One decision of the log, as far as deciding it again needs it. */
export type RecordedDecision = {
  /** null: granted. */
  readonly code: string | null
  readonly subject: SubjectFacts
  /** The ARN as it was sent; null where none was. */
  readonly roleAsked: string | null
  readonly askedSeconds: number | null
  /** Whether the caller narrowed its session: with what is not in the log. */
  readonly narrowed: boolean
  readonly looked: LookedFor
}

/**
 * The claims that were looked for in tokens of that issuer under the configuration that decided: one of these that was not
 * recorded was not in the token. One object for all decisions of an issuer and a generation.
 */
export type LookedFor = {
  has(path: ClaimPath): boolean
}
