import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LogMark } from './log-walk.ts'
import { findClockSteps, findGaps } from './log-walk.ts'

/** A log of one process: how many events are missing before each, and how far the clock was set. */
function logOf(events: readonly { readonly missing?: number; readonly setMs?: number }[]) {
  let [n, setMs] = [0, 0]
  const marks = events.map((event, at): LogMark => {
    n += 1 + (event.missing ?? 0)
    setMs += event.setMs ?? 0
    return { seq: at + 1, boot: 'b', n, atMs: 1_000_000 + at * 1_000 + setMs, monoMs: at * 1_000 }
  })
  const [first, last] = [marks[0], marks.at(-1)]
  if (first === undefined || last === undefined) throw new Error('an empty log')
  return { stretch: { first, last }, look: (seq: number) => marks[seq - 1] ?? null }
}
const plain = (length: number) => Array.from({ length }, () => ({}))

test('a log without gaps has none, and its clock was not set', () => {
  const { stretch, look } = logOf(plain(1_000))
  expect(findGaps(stretch, look)).toEqual([])
  expect(findClockSteps(stretch, look, 10_000)).toEqual([])
})

test('every gap is found where it is', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 2, max: 500 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 9 }),
      (places, missing) => {
        const { stretch, look } = logOf(
          plain(500).map((_, at) => (places.includes(at + 1) ? { missing } : {})),
        )
        expect(findGaps(stretch, look).map((gap) => [gap.afterSeq + 1, gap.missing])).toEqual(
          places.toSorted((a, b) => a - b).map((place) => [place, missing]),
        )
      },
    ),
    { seed: 41, numRuns: 100 },
  )
})

test('a gap takes a few looks, however long the log', () => {
  const { stretch, look } = logOf([...plain(60_000), { missing: 2 }, ...plain(40_000)])
  let looks = 0
  findGaps(stretch, (seq) => {
    looks += 1
    return look(seq)
  })
  expect(looks).toBeLessThan(60)
})

test('a clock that was set is found where it was set, forwards and back', () => {
  for (const setMs of [3_600_000, -3_600_000]) {
    const { stretch, look } = logOf([...plain(700), { setMs }, ...plain(300)])
    expect(findClockSteps(stretch, look, 10_000)).toMatchObject([{ afterSeq: 700, seconds: setMs / 1000 }])
  }
})

test('a clock that was set twice within a few events was set twice', () => {
  const { stretch, look } = logOf([...plain(700), { setMs: 60_000 }, { setMs: 90_000 }, ...plain(300)])
  expect(findClockSteps(stretch, look, 10_000)).toMatchObject([
    { afterSeq: 700, seconds: 60 },
    { afterSeq: 701, seconds: 90 },
  ])
})

test('what cannot be read, or is of another process, is passed over', () => {
  const { stretch, look } = logOf([...plain(10), { missing: 1 }, ...plain(10)])
  expect(findGaps(stretch, (seq) => (seq % 2 === 0 ? null : look(seq)))).toMatchObject([{ missing: 1 }])
  expect(findGaps(stretch, () => null)).toMatchObject([{ missing: 1 }])
})
