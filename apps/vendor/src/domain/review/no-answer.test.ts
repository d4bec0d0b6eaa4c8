import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstStanding, type ItemStanding } from './item.ts'
import { type InForce, type OpenItem, overdueOf, reminderDue } from './no-answer.ts'
import type { NoResponse, Review } from './review.ts'

const DAY_MS = 86_400_000
const DUE_MS = Date.parse('2026-12-15T00:00:00Z')
const DUE_AT = new Date(DUE_MS).toISOString()

const review = (noResponse: NoResponse, more: Partial<Review> = {}) =>
  ({
    state: 'running',
    plan: { noResponse, dueAt: DUE_AT, remindDays: [7, 1] },
    released: null,
    held: null,
    reminded: [],
    ...more,
  }) as unknown as Review // what the rules read of one

const item = (n: number, more: Partial<ItemStanding> = {}, of: Partial<OpenItem> = {}): OpenItem => ({
  n,
  kind: 'mapping',
  name: `map-${n}`,
  enabled: true,
  standing: { ...firstStanding([]), ...more },
  ...of,
})
const items = (count: number) => Array.from({ length: count }, (_, at) => item(at + 1))
/** `count` mappings of these names, from that number on. */
const names = (count: number, from = 1) =>
  new Set(Array.from({ length: count }, (_, index) => `map-${from + index}`))
const at = (days: number, of: Partial<InForce> = {}) => ({
  nowMs: DUE_MS + days * DAY_MS,
  active: names(100),
  silenced: new Set<string>(),
  ...of,
})

describe('silence', () => {
  test('suspends nothing a second before the due date, and everything at it', () => {
    const before = overdueOf(review('suspend'), items(3), { ...at(0), nowMs: DUE_MS - 1000 })
    expect(before).toMatchObject({ isDue: false, suspend: [], unanswered: 0 })
    expect(overdueOf(review('suspend'), items(3), at(0))).toMatchObject({ isDue: true, suspend: [1, 2, 3] })
  })

  test('keeps, or ends for good, where the plan says so', () => {
    expect(overdueOf(review('keep'), items(2), at(0))).toMatchObject({
      keep: [1, 2],
      suspend: [],
      revoke: [],
    })
    expect(overdueOf(review('revoke'), items(2), at(0))).toMatchObject({
      revoke: [1, 2],
      suspend: [],
      keep: [],
    })
  })

  test('touches nothing that is no mapping, and nothing that is off already', () => {
    const all = [item(1, {}, { kind: 'issuer' }), item(2, {}, { enabled: false }), item(3)]
    expect(overdueOf(review('suspend'), all, at(0))).toMatchObject({ suspend: [3], keep: [1, 2] })
  })

  test('goes on with what a process that was stopped had begun to suspend', () => {
    const begun = item(1, { suspending: true }, { enabled: false })
    expect(overdueOf(review('suspend'), [begun], at(0))).toMatchObject({ suspend: [1], keep: [] })
  })

  test('leaves what was answered, and waits for what two persons deferred', () => {
    const by = { issuer: 'https://idp.example.com', sub: 'rita', person: 'rita' }
    const until = new Date(DUE_MS + 5 * DAY_MS).toISOString()
    const all = [
      item(1, { state: 'revoke_requested' }),
      item(2, { state: 'deferred', deferral: { until, by, confirmedBy: { ...by, person: 'rolf' } } }),
      item(3, { state: 'deferred', deferral: { until, by, confirmedBy: null } }),
    ]
    expect(overdueOf(review('suspend'), all, at(0)).suspend).toEqual([3])
    expect(overdueOf(review('suspend'), all, at(5)).suspend).toEqual([2, 3])
  })

  test('holds above a fifth of what is in force, and counts what silence took before, in whichever review', () => {
    expect(overdueOf(review('suspend'), items(20), at(0))).toMatchObject({ hold: null })
    expect(overdueOf(review('suspend'), items(21), at(0))).toMatchObject({
      suspend: [],
      hold: { would: 21, active: 100 },
    })
    const before = { active: names(81), silenced: names(19, 82) }
    const later = overdueOf(review('suspend'), items(2), at(3, before))
    expect(later).toMatchObject({ suspend: [], hold: { would: 21, active: 100 } })
  })

  test('counts a mapping once that several reviews are about to suspend', () => {
    const elsewhere = { active: names(100), silenced: names(20) }
    expect(overdueOf(review('suspend'), items(20), at(0, elsewhere))).toMatchObject({ hold: null })
    expect(overdueOf(review('suspend'), items(21), at(0, elsewhere)).hold).toEqual({ would: 21, active: 100 })
  })

  test('ends no more than a fifth for good that was brought back and not decided on', () => {
    const restored = [...Array(21)].map((_, index) => item(index + 1, { state: 'restored' }))
    const off = item(22, { state: 'auto_suspended' }, { enabled: false })
    const grace = review('suspend', { state: 'grace' })
    expect(overdueOf(grace, [...restored, off], at(14))).toMatchObject({
      endOfGrace: [22],
      hold: { would: 21, active: 100 },
    })
    expect(overdueOf(grace, restored.slice(1), at(14)).endOfGrace).toHaveLength(20)
    // What is off already loses nothing by it.
    const gone = restored.map((one) => ({ ...one, enabled: false }))
    expect(overdueOf(grace, gone, at(14)).endOfGrace).toHaveLength(21)
  })

  test('goes on with as many as a person released, and holds again above them', () => {
    const released = { by: { issuer: 'i', sub: 'abe', person: 'abe' }, at: DUE_AT, upTo: 30, reason: 'known' }
    expect(overdueOf(review('suspend', { released }), items(30), at(0)).suspend).toHaveLength(30)
    expect(overdueOf(review('suspend', { released }), items(31), at(0)).hold).toEqual({
      would: 31,
      active: 100,
    })
  })

  test('never ends more than a fifth without a person, however the items come due', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(60), fc.nat(40), (active, count, suspended) => {
        const { suspend, revoke, hold } = overdueOf(
          review('suspend'),
          items(count),
          at(0, { active: names(active), silenced: names(suspended, 1000) }),
        )
        const ended = suspend.length + revoke.length
        if (ended > 0) expect(ended + suspended).toBeLessThanOrEqual((active + suspended) / 5)
        expect(hold === null).toBe(ended === count)
      }),
    )
  })

  test('ends for good two weeks after the due date, restored or not', () => {
    const all = [
      item(1, { state: 'auto_suspended' }),
      item(2, { state: 'restored' }),
      item(3, { state: 'narrow_requested' }),
    ]
    const grace = { state: 'grace' as const }
    expect(overdueOf(review('suspend', grace), all, at(13))).toMatchObject({ endOfGrace: [], notDone: [] })
    expect(overdueOf(review('suspend', grace), all, at(14))).toMatchObject({
      endOfGrace: [1, 2],
      notDone: [3],
    })
  })
})

describe('a reminder', () => {
  const due = (days: number, reminded: readonly number[] = [], more: Partial<Review> = {}) =>
    reminderDue(review('suspend', { reminded, ...more }), DUE_MS - days * DAY_MS)

  test('goes out on its day, once', () => {
    expect(due(8)).toBeNull()
    expect(due(7)).toBe(7)
    expect(due(6, [7])).toBeNull()
    expect(due(1, [7])).toBe(1)
    expect(due(0.5, [7, 1])).toBeNull()
  })

  test('of several that were missed is the last one alone', () => {
    expect(due(0.5)).toBe(1)
    expect(due(0.5, [1])).toBeNull()
  })

  test('is none at the due date or after, and none of a review that is not running', () => {
    expect(due(0)).toBeNull()
    expect(due(7, [], { state: 'prepared' })).toBeNull()
    expect(due(7, [], { state: 'grace' })).toBeNull()
  })
})
