import { expect, test } from 'vitest'
import type { AssumptionId } from '../../ids.ts'
import { idTimeMs } from '../../ids.ts'
import type { RecordedEvent } from '../audit-event.ts'
import type { AssumptionRecord, SeenSession } from './session-judgement.ts'
import { judgeSession, recordOf } from './session-judgement.ts'

const T0 = Date.parse('2026-11-25T12:00:00.000Z')
const HOUR = 3_600_000
const ID: AssumptionId = 'asm_01a2143b-7f09-7f5b-9056-d32aefd94c83'

const seen = (more: Partial<SeenSession> = {}): SeenSession => ({
  target: 'store',
  accessKeyId: 'KEY',
  sub: ID,
  firstMs: T0,
  usedMs: T0 + 1_000,
  expiresMs: T0 + HOUR,
  listedMs: null,
  lasting: false,
  ...more,
})
const record = (more: Partial<AssumptionRecord> = {}): AssumptionRecord => ({
  assumption: ID,
  target: 'store',
  accessKeyIds: ['KEY'],
  minted: true,
  given: true,
  expiresMs: T0 + HOUR,
  ended: null,
  ...more,
})
const ended = (proved: boolean, atMs = T0 + 60_000) => ({ ended: { atMs, proved } })
const FLEETING = { usedMs: null, expiresMs: T0 + 30_000, accessKeyId: 'ENDER' }
const LATER = T0 + 10 * 60_000
const BORN = idTimeMs(ID)
const PRUNED = { record: null, prunedBeforeMs: BORN + 30 * 24 * HOUR, nowMs: BORN + 40 * 24 * HOUR }

/** What a store tells, what the log says, and what follows. */
const CASES: readonly {
  readonly name: string
  readonly seen?: Partial<SeenSession>
  readonly record?: Partial<AssumptionRecord> | null
  readonly nowMs?: number
  readonly prunedBeforeMs?: number
  readonly expect: string
}[] = [
  { name: 'a session as it was given', expect: 'ours' },
  { name: 'one that was never used', seen: { usedMs: null }, expect: 'ours' },
  { name: 'one that the store lists', seen: { usedMs: null, listedMs: LATER }, expect: 'ours' },
  { name: 'no event of ours names it', record: null, expect: 'unknown' },
  { name: 'the same, minted and not used', seen: { usedMs: null }, record: null, expect: 'unknown' },
  { name: 'no name at all', seen: { sub: null }, record: null, expect: 'unknown' },
  {
    name: 'a name that is no id of ours',
    seen: { ...FLEETING, sub: 'admin' },
    record: null,
    nowMs: T0,
    expect: 'unknown',
  },
  {
    name: 'a fleeting one whose event is on its way',
    seen: FLEETING,
    record: null,
    nowMs: T0 + 5_000,
    expect: 'open',
  },
  { name: 'a fleeting one whose event never came', seen: FLEETING, record: null, expect: 'unknown' },
  { name: 'another key under the same name, in use', seen: { accessKeyId: 'OTHER' }, expect: 'other_key' },
  {
    name: 'another key that lives long, and is not used yet',
    seen: { accessKeyId: 'OTHER', usedMs: null },
    expect: 'other_key',
  },
  {
    name: 'another key whose end nobody tells',
    seen: { accessKeyId: 'OTHER', usedMs: null, expiresMs: null },
    expect: 'other_key',
  },
  { name: 'the fleeting session by which we end one', seen: FLEETING, expect: 'ours' },
  {
    name: 'a fleeting session that touches something',
    seen: { ...FLEETING, usedMs: T0 + 1 },
    expect: 'other_key',
  },
  { name: 'several keys of one probe', record: { accessKeyIds: ['A', 'KEY'] }, expect: 'ours' },
  { name: 'an assumption of another target', record: { target: 'other' }, expect: 'other_target' },
  {
    name: 'an id that was refused',
    seen: { usedMs: null },
    record: { minted: false, given: false, target: '' },
    expect: 'not_given',
  },
  { name: 'withheld, and in use', record: { given: false }, expect: 'not_given' },
  { name: 'withheld, and not used', seen: { usedMs: null }, record: { given: false }, expect: 'ours' },
  {
    name: 'no outcome yet, and in use',
    record: { given: false, accessKeyIds: [] },
    nowMs: T0 + 5_000,
    expect: 'open',
  },
  { name: 'never an outcome, and in use', record: { given: false, accessKeyIds: [] }, expect: 'not_given' },
  { name: 'used before it was ended', record: ended(true), expect: 'ours' },
  {
    name: 'used just after, by a clock that differs',
    seen: { usedMs: T0 + 70_000 },
    record: ended(true),
    expect: 'ours',
  },
  {
    name: 'used after it was ended',
    seen: { usedMs: T0 + 120_000 },
    record: ended(true),
    expect: 'after_end',
  },
  {
    name: 'used after its end was tried in vain',
    seen: { usedMs: T0 + 120_000 },
    record: ended(false),
    expect: 'after_end',
  },
  {
    name: 'listed after its end was proved',
    seen: { usedMs: null, listedMs: LATER },
    record: ended(true),
    expect: 'after_end',
  },
  {
    name: 'listed before its end was proved',
    seen: { usedMs: null, listedMs: T0 + 59_000 },
    record: ended(true),
    expect: 'ours',
  },
  {
    name: 'listed while its end is tried',
    seen: { usedMs: null, listedMs: LATER },
    record: ended(false),
    expect: 'ours',
  },
  {
    name: 'used after its expiry',
    seen: { usedMs: T0 + HOUR + 60_000 },
    nowMs: T0 + 2 * HOUR,
    expect: 'after_expiry',
  },
  {
    name: 'a lasting key out of a session',
    seen: { accessKeyId: 'SVC', usedMs: null, lasting: true },
    expect: 'lasting_key',
  },
  { name: 'told late, of an assumption that was pruned', ...PRUNED, expect: 'pruned' },
  {
    name: 'the same, never used, with a key that nobody recorded',
    ...PRUNED,
    seen: { usedMs: null, accessKeyId: 'OTHER' },
    expect: 'pruned',
  },
  {
    name: 'whose intent is kept, and what came of it is not',
    ...PRUNED,
    record: { given: false, accessKeyIds: [] },
    expect: 'pruned',
  },
  { name: 'old, and all of it is kept', ...PRUNED, record: {}, expect: 'ours' },
  {
    name: 'kept and known to be withheld, and in use',
    ...PRUNED,
    record: { given: false },
    expect: 'not_given',
  },
  {
    name: 'an old id, in use after the longest session',
    ...PRUNED,
    seen: { usedMs: BORN + 14 * HOUR },
    expect: 'outlived',
  },
  {
    name: 'an old id under which a session is made now',
    ...PRUNED,
    seen: { firstMs: BORN + 40 * 24 * HOUR, usedMs: null },
    expect: 'outlived',
  },
  {
    name: 'an old id that the store lists now',
    ...PRUNED,
    seen: { usedMs: null, listedMs: BORN + 40 * 24 * HOUR },
    expect: 'outlived',
  },
  {
    name: 'an old id with a lasting key',
    ...PRUNED,
    seen: { accessKeyId: 'SVC', usedMs: null, lasting: true },
    expect: 'lasting_key',
  },
  { name: 'an id from after what was pruned', ...PRUNED, prunedBeforeMs: BORN, expect: 'unknown' },
  { name: 'no id at all, where much was pruned', ...PRUNED, seen: { sub: 'admin' }, expect: 'unknown' },
]

test.each(CASES)(
  '$name: $expect',
  ({ seen: more, record: known, nowMs = LATER, expect: wanted, prunedBeforeMs = null }) => {
    const of = known === null ? null : record(known)
    const judged = judgeSession(seen(more), of, { nowMs, prunedBeforeMs })
    expect(judged.is === 'ghost' ? judged.reason : judged.is).toBe(wanted)
  },
)

const at = '2026-11-25T12:00:00.000Z'
// Only the members that the reading of a record looks at.
const event = (members: object) => ({ at, assumption: ID, ...members }) as unknown as RecordedEvent
const intent = event({ type: 'assume.intent', decision: { target: { name: 'store', version: 1 } } })
const issued = event({ type: 'assume.issued', accessKeyId: 'KEY', expires: '2026-11-25T13:00:00.000Z' })

test('what the events of an assumption say of it', () => {
  expect(recordOf([])).toBeNull()
  expect(recordOf([intent])).toMatchObject({ target: 'store', given: false, accessKeyIds: [] })
  expect(recordOf([intent, issued])).toMatchObject({
    given: true,
    accessKeyIds: ['KEY'],
    expiresMs: T0 + HOUR,
  })
  const withheld = event({ type: 'assume.withheld', accessKeyId: 'KEY' })
  expect(recordOf([intent, issued, withheld])).toMatchObject({ given: false, accessKeyIds: ['KEY'] })
  const revoked = event({ type: 'assume.revoked', proof: 'proved' })
  expect(recordOf([intent, issued, revoked])?.ended).toEqual({ atMs: T0, proved: true })
  expect(recordOf([event({ type: 'assume.refused', decision: null })])).toMatchObject({ minted: false })
})

test('a probe mints several under one name, and some of them come to nothing', () => {
  const begun = event({ type: 'probe.intent', target: 'store' })
  const answered = (accessKeyId: string | null) =>
    event({
      type: 'probe.answered',
      accessKeyId,
      expires: accessKeyId === null ? null : '2026-11-25T13:00:00.000Z',
    })
  const found = recordOf([begun, answered('A'), begun, answered('B'), begun, answered(null)])
  expect(found?.given).toBe(true)
  expect(found?.accessKeyIds).toEqual(['A', 'B'])
})

test('events that are told of a ghost itself make no record', () => {
  expect(recordOf([event({ type: 'ghost.seen' })])).toBeNull()
})
