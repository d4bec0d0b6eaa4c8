import { describe, expect, test } from 'vitest'
import type { Actor } from '../audit-event.ts'
import { type DecideInput, decideItem, dueMsOf, GRACE_MS } from './decide.ts'
import { firstStanding, type ItemDecision, type ItemStanding } from './item.ts'

const actor = (sub: string, person = sub): Actor => ({ issuer: 'https://idp.example.com', sub, person })
const NOW_MS = Date.parse('2026-11-25T12:00:00Z')
const DAY_MS = 86_400_000
const day = (days: number) => new Date(NOW_MS + days * DAY_MS).toISOString()

type Change = (input: DecideInput) => DecideInput
const standing =
  (more: Partial<ItemStanding>): Change =>
  (input) => ({ ...input, item: { ...input.item, standing: { ...input.item.standing, ...more } } })
const asked =
  (more: Partial<DecideInput['asked']>): Change =>
  (input) => ({ ...input, asked: { ...input.asked, ...more } })
const duty =
  (more: Partial<DecideInput['item']['duty']>): Change =>
  (input) => ({ ...input, item: { ...input.item, duty: { ...input.item.duty, ...more } } })
const vote = (
  verdict: ItemDecision['verdict'],
  by: Actor,
  more: Partial<ItemDecision> = {},
): ItemDecision => ({
  ...{ by, verdict, signedIn: { acr: null, authTime: null }, at: day(0), seq: 1, rationale: 'x'.repeat(20) },
  ...{ evidence: null, seenVersion: 3, until: null, ...more },
})

const BASE: DecideInput = {
  review: { state: 'running', plan: { dueAt: day(20) } },
  item: {
    kind: 'mapping',
    standing: firstStanding([]),
    duty: {
      makers: [
        { version: 3, author: actor('ann'), approver: actor('abe') },
        { version: 2, author: actor('bob'), approver: actor('old') },
      ],
      holder: null,
      reviewers: [],
      fallback: null,
    },
    required: 1,
  },
  now: { version: 3, state: 'enabled' },
  asked: {
    verdict: 'attest',
    rationale: 'looked at it with its owner',
    evidence: null,
    seenVersion: 3,
    until: null,
  },
  who: actor('rita'),
  same: (a, b) => a.person === b.person,
  isPerson: (who, person) => who.person === person,
  auditsOwnWork: (who) => who.sub === 'oda',
  nowMs: NOW_MS,
}

const CASES: readonly (readonly [name: string, changes: readonly Change[], expected: string])[] = [
  ['attests', [], 'attested'],
  ['narrows', [asked({ verdict: 'narrow' })], 'narrow_requested'],
  ['revokes', [asked({ verdict: 'revoke' })], 'revoke_requested'],
  ['takes decisions in grace', [(i) => ({ ...i, review: { ...i.review, state: 'grace' } })], 'attested'],
  [
    'refuses one in a draft',
    [(i) => ({ ...i, review: { ...i.review, state: 'draft' } })],
    'review_not_running',
  ],
  [
    'refuses one in a closed review',
    [(i) => ({ ...i, review: { ...i.review, state: 'closed' } })],
    'review_not_running',
  ],
  ['refuses a second decision', [standing({ state: 'attested' })], 'review_item_decided'],
  ['refuses one over what is suspended', [standing({ state: 'auto_suspended' })], 'review_item_decided'],
  ['takes one over what was restored', [standing({ state: 'restored' })], 'attested'],
  [
    'refuses an auditor of their own work',
    [(i) => ({ ...i, who: actor('oda') })],
    'review_auditor_of_own_work',
  ],
  ['refuses the author', [(i) => ({ ...i, who: actor('ann') })], 'review_own_work'],
  [
    'refuses the author by another binding',
    [(i) => ({ ...i, who: actor('ann-2', 'ann') })],
    'review_own_work',
  ],
  [
    'refuses whoever wrote the standing content earlier',
    [(i) => ({ ...i, who: actor('bob') })],
    'review_own_work',
  ],
  ['refuses the last approver', [(i) => ({ ...i, who: actor('abe') })], 'review_own_work'],
  ['takes one of an approver before the last', [(i) => ({ ...i, who: actor('old') })], 'attested'],
  ['refuses the holder of a binding', [duty({ holder: actor('rita') })], 'review_own_role'],
  ['refuses whom it is not for', [duty({ reviewers: ['rolf'] })], 'review_not_assigned'],
  ['takes one of the fallback', [duty({ reviewers: ['rolf'], fallback: 'rita' })], 'attested'],
  ['refuses a rationale of 19 characters', [asked({ rationale: 'x'.repeat(19) })], 'review_rationale_short'],
  ['refuses a rationale of blanks', [asked({ rationale: ' '.repeat(40) })], 'review_rationale_short'],
  ['refuses what was seen at another version', [asked({ seenVersion: 2 })], 'review_item_changed'],
  ['refuses what is not there', [(i) => ({ ...i, now: null })], 'review_item_changed'],
  [
    'attests nothing that is off',
    [(i) => ({ ...i, now: { version: 3, state: 'disabled' } })],
    'review_item_changed',
  ],
  [
    'revokes what is off',
    [(i) => ({ ...i, now: { version: 3, state: 'disabled' } }), asked({ verdict: 'revoke' })],
    'revoke_requested',
  ],
  ['waits for the second of two', [two()], 'pending'],
  [
    'decides with the second of two',
    [two(), standing({ decisions: [vote('attest', actor('rolf'))] })],
    'attested',
  ],
  [
    'takes the stricter of two',
    [two(), standing({ decisions: [vote('revoke', actor('rolf'))] })],
    'revoke_requested',
  ],
  [
    'refuses the same person twice',
    [two(), standing({ decisions: [vote('attest', actor('rita-2', 'rita'))] })],
    'review_same_reviewer',
  ],
  [
    'forgets what was said of an older version',
    [two(), standing({ decisions: [vote('attest', actor('rolf'), { seenVersion: 2 })] })],
    'pending',
  ],
  ['defers for as long as it may', [asked({ verdict: 'defer', until: day(50) })], 'deferred'],
  [
    'refuses to defer a moment longer',
    [asked({ verdict: 'defer', until: new Date(Date.parse(day(50)) + 1).toISOString() })],
    'review_deferral_refused',
  ],
  [
    'defers to just after the due date',
    [asked({ verdict: 'defer', until: `${day(20).slice(0, -5)}.001Z` })],
    'deferred',
  ],
  [
    'refuses to defer to the due date, which puts nothing off',
    [asked({ verdict: 'defer', until: day(20) })],
    'review_deferral_refused',
  ],
  [
    'refuses to defer to before the due date',
    [asked({ verdict: 'defer', until: day(10) })],
    'review_deferral_refused',
  ],
  ['defers what is due in a year', [dueIn(365), asked({ verdict: 'defer', until: day(395) })], 'deferred'],
  ['defers what was due yesterday', [dueIn(-1), asked({ verdict: 'defer', until: day(1) })], 'deferred'],
  [
    'refuses to defer into the past',
    [dueIn(-2), asked({ verdict: 'defer', until: day(-1) })],
    'review_deferral_refused',
  ],
  [
    'refuses to defer what was due 30 days ago',
    [dueIn(-30), asked({ verdict: 'defer', until: day(1) })],
    'review_deferral_refused',
  ],
  ['refuses to defer without an end', [asked({ verdict: 'defer' })], 'review_deferral_refused'],
  ['confirms a deferral', [deferred('rolf'), asked({ verdict: 'defer', until: day(30) })], 'deferred'],
  [
    'refuses to confirm another date',
    [deferred('rolf'), asked({ verdict: 'defer', until: day(31) })],
    'review_deferral_refused',
  ],
  [
    'refuses to confirm by the same person',
    [deferred('rita'), asked({ verdict: 'defer', until: day(30) })],
    'review_same_reviewer',
  ],
  [
    'refuses a second deferral',
    [deferred('rolf', 'rex'), asked({ verdict: 'defer', until: day(30) })],
    'review_deferral_refused',
  ],
  [
    'confirms the same instant as another zone writes it',
    [deferred('rolf'), asked({ verdict: 'defer', until: day(30).replace('Z', '+00:00') })],
    'deferred',
  ],
  [
    'refuses to defer what was restored',
    [standing({ state: 'restored' }), asked({ verdict: 'defer', until: day(30) })],
    'review_deferral_refused',
  ],
  ['decides what is deferred', [deferred('rolf', 'rex')], 'attested'],
]

function dueIn(days: number): Change {
  return (input) => ({ ...input, review: { ...input.review, plan: { dueAt: day(days) } } })
}

function two(): Change {
  return (input) => ({ ...input, item: { ...input.item, required: 2 } })
}

function deferred(by: string, confirmedBy: string | null = null): Change {
  const confirmed = confirmedBy === null ? null : actor(confirmedBy)
  return standing({ state: 'deferred', deferral: { until: day(30), by: actor(by), confirmedBy: confirmed } })
}

describe('a decision', () => {
  test.each(CASES)('%s', (_name, changes, expected) => {
    const outcome = decideItem(changes.reduce((input, change) => change(input), BASE))
    expect(outcome.ok ? outcome.becomes : outcome.code).toBe(expected)
  })

  test('says which ends of a deferral it would take', () => {
    const said = (...changes: readonly Change[]) => {
      const outcome = decideItem(
        [asked({ verdict: 'defer', until: day(1) }), ...changes].reduce((i, change) => change(i), BASE),
      )
      return outcome.ok ? null : outcome.detail
    }
    expect(said()).toBe(`\`until\` is after ${day(20)}, and ${day(50)} at the latest`)
    expect(said(dueIn(-5))).toBe(null)
    expect(said(dueIn(-40))).toBe(`nothing of this review is deferred past ${day(-10)}`)
    expect(said(deferred('rolf'), asked({ until: day(31) }))).toContain(day(30))
    expect(said(deferred('rolf', 'rex'))).toContain(day(30))
  })

  test('waits for a deferred item until the day that two persons named, and no longer without the second', () => {
    const deferral = { until: day(20), by: actor('rolf'), confirmedBy: null }
    expect(dueMsOf({ deferral }, day(10))).toBe(Date.parse(day(10)))
    expect(dueMsOf({ deferral: { ...deferral, confirmedBy: actor('rex') } }, day(10))).toBe(
      Date.parse(day(20)),
    )
    expect(dueMsOf({ deferral: null }, day(10))).toBe(Date.parse(day(10)))
    expect(GRACE_MS).toBe(14 * DAY_MS)
  })
})
