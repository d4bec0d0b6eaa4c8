import type { ItemState, Verdict } from '../../domain/review/item.ts'
import type { NoResponse, ReviewState } from '../../domain/review/review.ts'
import { type ErrorCode, errorRow } from '../../errors.ts'
import type { Tone } from '../parts/pieces.ts'

/** States of a review in the order in which it goes through them. */
export const REVIEW_STEPS: readonly (readonly [ReviewState, string])[] = [
  ['draft', 'drafted'],
  ['prepared', 'prepared'],
  ['running', 'running'],
  ['grace', 'past its date'],
  ['closed', 'closed'],
  ['sealed', 'sealed'],
]

const REVIEW_TONES: Readonly<Record<ReviewState, Tone>> = {
  draft: 'quiet',
  prepared: 'info',
  running: 'warn',
  grace: 'bad',
  closed: 'info',
  sealed: 'good',
}

export function reviewStateWords(state: ReviewState): readonly [Tone, string] {
  return [REVIEW_TONES[state], REVIEW_STEPS.find(([one]) => one === state)?.[1] ?? state]
}

const ITEMS: Readonly<Record<ItemState, readonly [Tone, string]>> = {
  pending: ['warn', 'waits'],
  delegated: ['warn', 'handed on'],
  deferred: ['warn', 'deferred'],
  restored: ['warn', 'restored, waits'],
  narrow_requested: ['info', 'to be narrowed'],
  revoke_requested: ['info', 'to be revoked'],
  applied: ['info', 'applied'],
  failed: ['bad', 'failed'],
  auto_suspended: ['bad', 'suspended'],
  attested: ['good', 'attested'],
  verified: ['good', 'changed and proved'],
  auto_revoked: ['quiet', 'revoked by silence'],
  unanswered: ['quiet', 'unanswered, kept'],
}

export function itemStateWords(state: ItemState): readonly [Tone, string] {
  return ITEMS[state]
}

/** What a verdict means, as somebody says yes to it, with the key that chooses it. */
export const VERDICT_WORDS: readonly (readonly [
  verdict: Verdict,
  key: string,
  words: string,
  means: string,
])[] = [
  ['attest', 'a', 'Attest', 'it is needed as it stands'],
  ['narrow', 'n', 'Narrow', 'it is needed, and less would do: its owner is asked to narrow it'],
  [
    'revoke',
    'r',
    'Revoke',
    'it is not needed: it is disabled now, its sessions are ended, and that is proved',
  ],
  [
    'defer',
    'd',
    'Defer',
    'nobody can tell yet: until a date within thirty days after the due date, and a second person must agree',
  ],
]

export function noResponseWords(of: NoResponse): string {
  return {
    suspend: 'what nobody answers for is suspended for two weeks, then revoked',
    revoke: 'what nobody answers for is revoked',
    keep: 'what nobody answers for stays, and the report says so',
  }[of]
}

/** How grave a risk is. */
export function riskTone(risk: number): Tone {
  return risk >= 60 ? 'bad' : risk >= 30 ? 'warn' : 'good'
}

/** What became of an item that takes no answer any more, in a sentence. */
export function answeredWords(state: ItemState): string {
  return ANSWERED[state] ?? 'It has its answer.'
}

const ANSWERED: Readonly<Partial<Record<ItemState, string>>> = {
  attested: 'It was attested.',
  narrow_requested: 'Its owner is asked to narrow it.',
  revoke_requested: 'It is being revoked.',
  applied: 'It was made so, and is about to be proved.',
  failed: 'What was asked could not be made so.',
  verified: 'It was made so, and proved.',
  auto_suspended: 'Nobody answered, so it is suspended. Whoever needs it restores it.',
  auto_revoked: 'Nobody answered and nobody restored it, so it is revoked.',
  unanswered: 'Nobody answered, and it stays as it is.',
}

/** Why somebody decides nothing of an item, to themselves. */
export function barredWords(code: ErrorCode): string {
  return BARRED[code] ?? errorRow(code).operatorText
}

const BARRED: Readonly<Partial<Record<ErrorCode, string>>> = {
  review_own_work:
    'You wrote it as it stands, or were the last to say yes to that, so somebody else decides.',
  review_own_role: 'It is an admin binding of yours, so somebody else decides.',
  review_not_assigned: 'It is for somebody else: whoever has it hands it on.',
  review_same_reviewer: 'You have answered. It takes two persons, and waits for the other one.',
  review_auditor_of_own_work:
    'You hold the role of an auditor beside one that makes what is audited: until they are parted, nothing that you say of a review counts.',
}
