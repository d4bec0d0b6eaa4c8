import type { ChangeId, RevocationId } from '../../ids.ts'

/** How what was asked for came to stand, or why it does not. */
export type RemediationFacts = {
  /** `disable`: by the service itself. `by_author`: somebody changed the resource, and it is as was asked. */
  readonly how: 'disable' | 'by_author'
  /** The configuration's generation with the change; null where it does not stand. */
  readonly generation: number | null
  /** The version of the resource then. */
  readonly version: number | null
  /** The change that waits for a second person, where ending it lets others give more. */
  readonly change: ChangeId | null
  /** The revocation that stopped issue and ended what was given. */
  readonly revocation: RevocationId | null
  readonly sessions: SessionsEnded | null
  /** An error's code, where it failed. */
  readonly detail: string | null
}

/** What became of the sessions that were given. */
export type SessionsEnded = {
  readonly found: number
  /** Proved to be over at their store, by their own key ids. */
  readonly proved: number
  /** Of the rest: when the last is over by itself. */
  readonly latestExpiry: string | null
}

/** That something is over, shown and not said. */
export type Proof = {
  /**
   * `decided`: a subject made of the mapping's own conditions, which the mapping as it stood admits, is decided on by what
   * stands now. `absent`: what stands has it no more. `narrower`: what stands lets nothing more happen, and something less.
   */
  readonly by: 'decided' | 'absent' | 'narrower'
  /** Whether it is over: what was asked for is so. */
  readonly holds: boolean
  /** The generation that it was shown on. */
  readonly generation: number
  /** Of `decided`: whether the mapping as it stood admits that subject. False: its conditions admit nobody. */
  readonly control: boolean | null
  /** Of `decided`: what became of that subject, and the code. */
  readonly outcome: 'granted' | 'refused' | null
  readonly code: string | null
  /** Other mappings that admit the same subject still. */
  readonly admittedBy: readonly string[]
  /** Sessions of it that may live. */
  readonly live: number
}
