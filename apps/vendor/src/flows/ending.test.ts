import { expect, test } from 'vitest'
import type { AuditEvent } from '../domain/audit-event.ts'
import { VendorError } from '../errors.ts'
import type { AssumptionId } from '../ids.ts'
import type { CredentialTarget, Ending, OpenIntent } from '../ports.ts'
import { createEndings } from './ending.ts'

const START = Date.UTC(2026, 10, 24)
const TOKEN_EXP = START + 30_000
const LATEST = START + 3_630_000

const open = (over: Partial<OpenIntent> = {}): OpenIntent => ({
  assumption: 'asm_1' as AssumptionId, // the grammar of ids is not at issue here
  target: 'store',
  storeTokenExpiresMs: TOKEN_EXP,
  latestExpiryMs: LATEST,
  accessKeyId: null,
  announced: false,
  ...over,
})

/** A world whose clock and timers a test moves, with a log and a store that fail on command. */
function world() {
  let nowMs = START
  let timers: { atMs: number; work: () => void }[] = []
  const written: AuditEvent[] = []
  const state = {
    logFails: false,
    ending: { proof: 'unproved', detail: 'x' } as Ending,
    ended: [] as number[],
    open: [] as OpenIntent[],
  }
  const target: CredentialTarget = {
    name: 'store',
    showsCallerToken: false,
    storeTokenExpiresMs: () => 0,
    mint: () => Promise.reject(new Error('not here')),
    end: async () => {
      state.ended.push(nowMs - START)
      return state.ending
    },
    probe: null,
    endOlder: null,
    checkKey: async () => 'unknown',
    close: async () => undefined,
  }
  const endings = createEndings({
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    timers: {
      after: (ms, work) => {
        const timer = { atMs: nowMs + ms, work }
        timers.push(timer)
        return () => {
          timers = timers.filter((one) => one !== timer)
        }
      },
    },
    audit: {
      append: async (event) => {
        if (state.logFails) throw new VendorError('audit_unavailable')
        written.push(event)
      },
      openIntents: async () => state.open,
    },
    target: (name) => (name === 'store' ? target : undefined),
    log: { info() {}, warn() {}, error() {} },
  })
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  return {
    endings,
    state,
    settle,
    written: () =>
      written.map((event) =>
        event.type === 'assume.revoked'
          ? `${event.type} ${event.proof} ${event.final ? 'final' : 'open'}`
          : event.type,
      ),
    async advanceTo(ms: number) {
      for (;;) {
        const due = timers.filter(({ atMs }) => atMs <= START + ms).toSorted((a, b) => a.atMs - b.atMs)[0]
        if (due === undefined) break
        timers = timers.filter((one) => one !== due)
        nowMs = Math.max(nowMs, due.atMs)
        due.work()
        await settle()
      }
      nowMs = START + ms
    },
  }
}

test('ends at once, and again after the store token is dead, and records both', async () => {
  const { endings, state, written, settle, advanceTo } = world()
  await endings.begin(open(), 'upstream_failed')
  await settle()
  expect([state.ended, written()]).toEqual([[0], ['assume.unresolved', 'assume.revoked unproved open']])
  await advanceTo(34_999)
  expect(state.ended).toEqual([0])
  await advanceTo(35_000)
  expect([state.ended, written().at(-1), endings.pending()]).toEqual([
    [0, 35_000],
    'assume.revoked unproved final',
    0,
  ])
})

test('a proof before the token is dead is not the last word: a lost request can still mint', async () => {
  const { endings, state, written, settle, advanceTo } = world()
  state.ending = { proof: 'proved', detail: 'revoked' }
  await endings.begin(open({ accessKeyId: 'AK' }), 'outcome_not_written')
  await settle()
  expect(written().at(-1)).toBe('assume.revoked proved open')
  await advanceTo(40_000)
  expect(written().at(-1)).toBe('assume.revoked proved final')
})

test('a store that is down is asked again, written down once, and given up only when the session is over', async () => {
  const { endings, state, written, settle, advanceTo } = world()
  state.ending = { proof: 'failed', detail: 'touch_unanswered' }
  await endings.begin(open(), 'upstream_failed')
  await settle()
  await advanceTo(600_000)
  expect(state.ended.length).toBeGreaterThan(15)
  expect(written()).toEqual(['assume.unresolved', 'assume.revoked failed open'])
  await advanceTo(3_700_000)
  expect([written().length, written().at(-1), endings.pending()]).toEqual([
    3,
    'assume.revoked failed final',
    0,
  ])
})

test('a store that comes back is asked within half a minute', async () => {
  const { endings, state, written, settle, advanceTo } = world()
  state.ending = { proof: 'failed', detail: 'x' }
  await endings.begin(open(), 'upstream_failed')
  await settle()
  await advanceTo(300_000)
  state.ending = { proof: 'unproved', detail: 'x' }
  await advanceTo(330_000)
  expect(written().at(-1)).toBe('assume.revoked unproved final')
})

test('a log that cannot be written does not keep the session alive, and is told when it heals', async () => {
  const { endings, state, written, settle, advanceTo } = world()
  state.logFails = true
  await endings.begin(open({ accessKeyId: 'AK' }), 'outcome_not_written')
  await settle()
  expect([state.ended.length, written()]).toEqual([1, []])
  state.logFails = false
  await advanceTo(60_000)
  expect(written()).toEqual([
    'assume.unresolved',
    'assume.revoked unproved open',
    'assume.revoked unproved final',
  ])
})

test('takes up what an earlier process left, and announces nothing twice', async () => {
  const { endings, state, written, settle } = world()
  state.open = [open(), open({ assumption: 'asm_2' as AssumptionId, announced: true })]
  await endings.resume()
  await settle()
  expect(written().filter((type) => type === 'assume.unresolved')).toHaveLength(1)
  expect([state.ended.length, endings.pending()]).toEqual([2, 2])
})

test('a target that is not configured any more is recorded as not ended', async () => {
  const { endings, written, settle } = world()
  await endings.begin(open({ target: 'gone' }), 'upstream_failed')
  await settle()
  expect(written()).toEqual(['assume.unresolved', 'assume.revoked failed open'])
})

test('stopped, it starts nothing more', async () => {
  const { endings, state, settle, advanceTo } = world()
  await endings.begin(open(), 'upstream_failed')
  await settle()
  endings.stop()
  await advanceTo(100_000)
  expect(state.ended).toEqual([0])
})
