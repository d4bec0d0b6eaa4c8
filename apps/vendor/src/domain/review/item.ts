import type { Actor } from '../audit-event.ts'
import type { ReviewFact } from '../review-event.ts'
import type { Proof, RemediationFacts } from './remediation.ts'

/** What a review reviews. An exception is one `accept:` code of a role or a target, known as `role/code`. */
export const ITEM_KINDS = ['mapping', 'issuer', 'target', 'admin_binding', 'exception'] as const
export type ItemKind = (typeof ITEM_KINDS)[number]

export const ITEM_STATES = [
  'pending',
  'delegated',
  'deferred',
  'restored',
  'narrow_requested',
  'revoke_requested',
  'applied',
  'failed',
  'auto_suspended',
  'attested',
  'verified',
  'auto_revoked',
  'unanswered',
] as const
export type ItemState = (typeof ITEM_STATES)[number]

export const VERDICTS = ['attest', 'narrow', 'revoke', 'defer'] as const
export type Verdict = (typeof VERDICTS)[number]

/** The legal moves. Those with none are the ends: they stay. */
export const ITEM_MOVES: Readonly<Record<ItemState, readonly ItemState[]>> = {
  pending: [
    'pending',
    'delegated',
    'deferred',
    'attested',
    'narrow_requested',
    'revoke_requested',
    ...unanswered(),
  ],
  delegated: ['delegated', 'deferred', 'attested', 'narrow_requested', 'revoke_requested', ...unanswered()],
  deferred: ['deferred', 'delegated', 'attested', 'narrow_requested', 'revoke_requested', ...unanswered()],
  auto_suspended: ['restored', 'auto_revoked', 'failed'],
  restored: [
    'restored',
    'delegated',
    'attested',
    'narrow_requested',
    'revoke_requested',
    'auto_revoked',
    'failed',
  ],
  narrow_requested: ['applied', 'failed'],
  revoke_requested: ['revoke_requested', 'applied', 'failed'],
  applied: ['applied', 'verified', 'failed'],
  failed: ['failed', 'applied'],
  attested: [],
  verified: [],
  auto_revoked: [],
  unanswered: [],
}

function unanswered(): readonly ItemState[] {
  return ['auto_suspended', 'auto_revoked', 'unanswered', 'failed']
}

/** Whether it waits for a decision. */
export function isUndecided(state: ItemState): boolean {
  return UNDECIDED.has(state)
}
const UNDECIDED: ReadonlySet<ItemState> = new Set(['pending', 'delegated', 'deferred', 'restored'])

/** Whether nothing becomes of it any more. */
export function isEnd(state: ItemState): boolean {
  return ITEM_MOVES[state].length === 0
}

/** How whoever decided had signed in, as far as the token says (OIDC Core §2). */
export type SignedIn = { readonly acr: string | null; readonly authTime: string | null }

export type ItemDecision = {
  readonly by: Actor
  readonly signedIn: SignedIn
  readonly at: string
  readonly seq: number
  readonly verdict: Verdict
  readonly rationale: string
  /** Where somebody can look: a link or a ticket. */
  readonly evidence: string | null
  /** The version of the resource that was looked at. */
  readonly seenVersion: number
  /** Of a deferral: until when. */
  readonly until: string | null
}

export type Deferral = {
  readonly until: string
  readonly by: Actor
  /** It counts once a second person said the same. */
  readonly confirmedBy: Actor | null
}

/** What became of an item so far: folded from its events over what the snapshot gave it. */
export type ItemStanding = {
  readonly state: ItemState
  /** Events of the item so far: what `If-Match` names. */
  readonly revision: number
  /** The persons it is for; empty: whoever has the admin role. */
  readonly reviewers: readonly string[]
  readonly decisions: readonly ItemDecision[]
  readonly deferral: Deferral | null
  readonly delegations: readonly {
    readonly by: Actor
    readonly at: string
    readonly to: string
    readonly rationale: string
  }[]
  /** It is about to be suspended, or is: a process that was stopped in it goes on. */
  readonly suspending: boolean
  readonly suspended: { readonly at: string; readonly version: number } | null
  readonly restored: { readonly by: Actor; readonly at: string; readonly rationale: string } | null
  readonly remediation: (RemediationFacts & { readonly at: string; readonly by: Actor | null }) | null
  readonly proof: (Proof & { readonly at: string }) | null
}

/** Where every item begins. */
export function firstStanding(reviewers: readonly string[]): ItemStanding {
  return {
    state: 'pending',
    revision: 1,
    reviewers,
    decisions: [],
    deferral: null,
    delegations: [],
    suspending: false,
    suspended: null,
    restored: null,
    remediation: null,
    proof: null,
  }
}

/** One event as it is of one item: of an event of many, its own part. */
export type ItemFact = { readonly fact: ReviewFact; readonly becomes: ItemState; readonly version: number }

/** The item after one more of its events. Throws a RangeError where the event cannot follow. */
export function itemAfter(item: ItemStanding, { fact, becomes, version }: ItemFact): ItemStanding {
  if (becomes !== item.state && !ITEM_MOVES[item.state].includes(becomes))
    throw new RangeError(`${fact.type} makes ${becomes} of ${item.state}`)
  if (isEnd(item.state)) throw new RangeError(`${fact.type} after ${item.state}`)
  return { ...changed(item, fact, version), state: becomes, revision: item.revision + 1 }
}

function changed(item: ItemStanding, fact: ReviewFact, version: number): ItemStanding {
  switch (fact.type) {
    case 'review.decided':
      return decided(item, fact, version)
    case 'review.delegated': {
      const { actor: by, at, to, rationale } = fact
      return { ...item, reviewers: [to], delegations: [...item.delegations, { by, at, to, rationale }] }
    }
    case 'review.suspending':
      return { ...item, suspending: true }
    case 'review.suspended':
      return { ...item, suspended: { at: fact.at, version } }
    case 'review.restored': {
      const { actor: by, at, rationale } = fact
      return { ...item, restored: { by, at, rationale } }
    }
    case 'review.applied':
      return { ...item, remediation: { ...fact.remediation, at: fact.at, by: fact.actor } }
    case 'review.verified':
    case 'review.revoked':
      return { ...item, proof: { ...fact.proof, at: fact.at } }
    default:
      return item
  }
}

function decided(
  item: ItemStanding,
  fact: ReviewFact & { readonly type: 'review.decided' },
  seenVersion: number,
): ItemStanding {
  const { actor: by, signedIn, at, seq, verdict, rationale, evidence, until } = fact
  const decision: ItemDecision = { by, signedIn, at, seq, verdict, rationale, evidence, seenVersion, until }
  const decisions = [...item.decisions, decision]
  if (verdict !== 'defer' || until === null) return { ...item, decisions }
  const deferral: Deferral =
    item.deferral === null ? { until, by, confirmedBy: null } : { ...item.deferral, confirmedBy: by }
  return { ...item, decisions, deferral }
}
