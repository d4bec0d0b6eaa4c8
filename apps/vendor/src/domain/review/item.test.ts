import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Actor } from '../audit-event.ts'
import type { ReviewFact } from '../review-event.ts'
import { type Asked, decideItem } from './decide.ts'
import type { Maker } from './duty.ts'
import {
  firstStanding,
  ITEM_MOVES,
  ITEM_STATES,
  type ItemStanding,
  isEnd,
  isUndecided,
  itemAfter,
  VERDICTS,
} from './item.ts'

/** Three persons of two identities each, and nobody knows by the identity who is who. */
const PEOPLE = ['ann', 'bob', 'cay'] as const
const identities: readonly Actor[] = PEOPLE.flatMap((person) =>
  [1, 2].map((nth) => ({ issuer: `https://idp-${nth}.example.com`, sub: `${person}-${nth}`, person })),
)
const same = (a: Actor, b: Actor) => a.person === b.person
const isPerson = (who: Actor, person: string) => who.person === person
const anyone = fc.constantFrom(...identities)
const NOW_MS = Date.parse('2026-11-25T12:00:00Z')
const UNTIL = '2026-12-01T12:00:00.000Z'

type Act =
  | {
      readonly act: 'decide'
      readonly who: Actor
      readonly verdict: Asked['verdict']
      readonly seenVersion: number
    }
  | { readonly act: 'delegate'; readonly who: Actor; readonly to: string }
  | { readonly act: 'suspend' | 'restore' | 'end' | 'apply' | 'verify' | 'fail' | 'keep' }
const anyAct: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    act: fc.constant('decide' as const),
    who: anyone,
    verdict: fc.constantFrom(...VERDICTS),
    seenVersion: fc.constantFrom(1, 2),
  }),
  fc.record({ act: fc.constant('delegate' as const), who: anyone, to: fc.constantFrom(...PEOPLE) }),
  fc
    .constantFrom('suspend', 'restore', 'end', 'apply', 'verify', 'fail', 'keep')
    .map((act) => ({ act }) as Extract<Act, { act: 'suspend' }>), // one of its own words
)

const BASE = { at: '2026-11-25T12:00:00.000Z', seq: 1, review: 'rev_x', request: 'req_x', key: null } as const
const MOVE = { n: 1, kind: 'mapping', name: 'app-main' } as const
const SILENT = { actor: null, request: null } as const
const NO_PROOF = {
  by: 'absent',
  holds: true,
  generation: 1,
  control: null,
  outcome: null,
  code: null,
  admittedBy: [],
  live: 0,
} as const
const NO_REMEDY = {
  how: 'disable',
  generation: 1,
  version: 2,
  change: null,
  revocation: null,
  sessions: null,
  detail: null,
} as const

type World = { readonly standing: ItemStanding; readonly facts: readonly ReviewFact[] }
type Setting = { readonly makers: readonly Maker[]; readonly required: 1 | 2 }

/** What the flow would write for an act, or nothing where it is refused. */
function factOf(standing: ItemStanding, act: Act, { makers, required }: Setting): ReviewFact | null {
  const to = (becomes: ItemStanding['state'], version = 1) => ({ items: [{ ...MOVE, version, becomes }] })
  const may = (becomes: ItemStanding['state']) => ITEM_MOVES[standing.state].includes(becomes)
  switch (act.act) {
    case 'decide': {
      const { who, verdict, seenVersion } = act
      const until = verdict === 'defer' ? UNTIL : null
      const rationale = 'a rationale of more than twenty characters'
      const asked = { verdict, rationale, evidence: null, seenVersion, until }
      const duty = { makers, holder: null, reviewers: standing.reviewers, fallback: null }
      const outcome = decideItem({
        review: { state: 'running', plan: { dueAt: new Date(NOW_MS).toISOString() } },
        item: { kind: 'mapping', standing, duty, required },
        now: { version: 1, state: 'enabled' },
        asked,
        who,
        same,
        isPerson,
        auditsOwnWork: () => false,
        nowMs: NOW_MS,
      })
      if (!outcome.ok) return null
      const signedIn = { acr: null, authTime: null }
      const { becomes } = outcome
      return {
        ...BASE,
        type: 'review.decided',
        actor: who,
        signedIn,
        ...asked,
        ...to(becomes, seenVersion),
      } as ReviewFact
    }
    case 'delegate':
      if (!isUndecided(standing.state)) return null
      return {
        ...BASE,
        type: 'review.delegated',
        actor: act.who,
        to: act.to,
        rationale: 'x',
        ...to(standing.state === 'restored' ? 'restored' : 'delegated'),
      } as ReviewFact
    case 'suspend':
      return may('auto_suspended')
        ? ({
            ...BASE,
            ...SILENT,
            type: 'review.suspended',
            generation: 2,
            ...to('auto_suspended'),
          } as ReviewFact)
        : null
    case 'restore':
      return may('restored') && standing.state === 'auto_suspended'
        ? ({
            ...BASE,
            type: 'review.restored',
            actor: identities[0],
            rationale: 'x',
            generation: 3,
            ...to('restored'),
          } as ReviewFact)
        : null
    case 'end':
      return may('auto_revoked')
        ? ({
            ...BASE,
            ...SILENT,
            type: 'review.revoked',
            proof: NO_PROOF,
            ...to('auto_revoked'),
          } as ReviewFact)
        : null
    case 'apply':
      return may('applied')
        ? ({
            ...BASE,
            ...SILENT,
            type: 'review.applied',
            remediation: NO_REMEDY,
            ...to('applied'),
          } as ReviewFact)
        : null
    case 'verify':
      return may('verified')
        ? ({ ...BASE, ...SILENT, type: 'review.verified', proof: NO_PROOF, ...to('verified') } as ReviewFact)
        : null
    case 'fail':
      return may('failed')
        ? ({
            ...BASE,
            ...SILENT,
            type: 'review.applied',
            remediation: NO_REMEDY,
            ...to('failed'),
          } as ReviewFact)
        : null
    case 'keep':
      return may('unanswered') && standing.state !== 'restored'
        ? ({ ...BASE, ...SILENT, type: 'review.unanswered', ...to('unanswered') } as ReviewFact)
        : null
  }
}

function live(acts: readonly Act[], setting: Setting, reviewers: readonly string[]): World {
  return acts.reduce<World>(
    (world, act) => {
      const fact = factOf(world.standing, act, setting)
      if (fact === null) return world
      return { standing: after(world.standing, fact), facts: [...world.facts, fact] }
    },
    { standing: firstStanding(reviewers), facts: [] },
  )
}

function after(standing: ItemStanding, fact: ReviewFact): ItemStanding {
  const [own] = 'items' in fact && typeof fact.items === 'object' ? fact.items : []
  if (own === undefined) throw new Error('an event of no item')
  return itemAfter(standing, { fact, becomes: own.becomes, version: own.version })
}

const newestFirst = (a: Maker, b: Maker) => b.version - a.version
const anySetting = fc.record({
  makers: fc
    .array(fc.record({ version: fc.constantFrom(1, 2), author: anyone, approver: fc.option(anyone) }), {
      maxLength: 2,
    })
    .map((makers) => makers as readonly Maker[]),
  required: fc.constantFrom(1 as const, 2 as const),
})
const anyReviewers = fc.subarray([...PEOPLE])

describe('the laws of an item', () => {
  test('no path leaves it decided by a person who made what stands, whichever identity they came by', () => {
    let decided = 0
    fc.assert(
      fc.property(
        fc.array(anyAct, { maxLength: 12 }),
        anySetting,
        anyReviewers,
        (acts, setting, reviewers) => {
          const { standing } = live(acts, setting, reviewers)
          decided += standing.decisions.length
          const last = setting.makers.filter(({ approver }) => approver !== null).toSorted(newestFirst)[0]
          for (const { by } of standing.decisions) {
            expect(setting.makers.some(({ author }) => author.person === by.person)).toBe(false)
            expect(last?.approver?.person).not.toBe(by.person)
          }
        },
      ),
      { numRuns: 2_000 },
    )
    expect(decided).toBeGreaterThan(100)
  })

  test('an end stays: nothing that anybody does, and no time, makes anything else of it', () => {
    fc.assert(
      fc.property(
        fc.array(anyAct, { maxLength: 12 }),
        anySetting,
        fc.array(anyAct),
        (acts, setting, more) => {
          const { standing } = live(acts, setting, [])
          fc.pre(isEnd(standing.state))
          expect(live([...acts, ...more], setting, []).standing).toEqual(standing)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('its events folded again give the same', () => {
    fc.assert(
      fc.property(
        fc.array(anyAct, { maxLength: 12 }),
        anySetting,
        anyReviewers,
        (acts, setting, reviewers) => {
          const { standing, facts } = live(acts, setting, reviewers)
          const kept = JSON.parse(JSON.stringify(facts)) as readonly ReviewFact[]
          expect(kept.reduce(after, firstStanding(reviewers))).toEqual(standing)
          expect(standing.revision).toBe(facts.length + 1)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('two persons decide where it takes two, and of both the stricter counts', () => {
    const acts = fc.array(
      anyAct.filter((one) => one.act === 'decide' && one.seenVersion === 1 && one.verdict !== 'defer'),
      { maxLength: 16 },
    )
    let decided = 0
    fc.assert(
      fc.property(acts, anyReviewers, (all, reviewers) => {
        const { standing } = live(all, { makers: [], required: 2 }, reviewers)
        if (!['attested', 'narrow_requested', 'revoke_requested'].includes(standing.state)) return
        decided += 1
        const votes = standing.decisions.filter(({ verdict }) => verdict !== 'defer')
        expect(new Set(votes.map(({ by }) => by.person)).size).toBe(2)
        const strict = votes.some(({ verdict }) => verdict === 'revoke')
        expect(standing.state === 'revoke_requested').toBe(strict)
      }),
      { numRuns: 2_000 },
    )
    expect(decided).toBeGreaterThan(200)
  })

  test('it is deferred once, and counts as deferred only with a second person', () => {
    fc.assert(
      fc.property(fc.array(anyAct, { maxLength: 14 }), anySetting, (acts, setting) => {
        const { standing } = live(acts, setting, [])
        const deferrals = standing.decisions.filter(({ verdict }) => verdict === 'defer')
        expect(deferrals.length).toBeLessThanOrEqual(2)
        if (deferrals.length === 2) expect(deferrals[0]?.by.person).not.toBe(deferrals[1]?.by.person)
        expect((standing.deferral?.confirmedBy ?? null) !== null).toBe(deferrals.length === 2)
      }),
      { numRuns: 1_000 },
    )
  })

  test('an event that cannot follow is refused', () => {
    for (const from of ITEM_STATES)
      for (const becomes of ITEM_STATES) {
        const standing = { ...firstStanding([]), state: from }
        const fact = { ...BASE, ...SILENT, type: 'review.unanswered', items: [] } as ReviewFact
        const isLegal = !isEnd(from) && (from === becomes || ITEM_MOVES[from].includes(becomes))
        const follow = () => itemAfter(standing, { fact, becomes, version: 1 })
        if (isLegal) expect(follow().state).toBe(becomes)
        else expect(follow).toThrow(RangeError)
      }
  })
})
