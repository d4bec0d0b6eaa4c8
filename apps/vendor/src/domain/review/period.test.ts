import fc from 'fast-check'
import { expect, test } from 'vitest'
import { endMeant, periodMs, periodOf, periodWords } from './period.ts'
import { lastQuarter } from './quarter.ts'

const CASES = [
  {
    name: 'days are whole, the last as well',
    asked: ['2026-07-01', '2026-09-30'],
    is: ['2026-07-01T00:00:00Z', '2026-10-01T00:00:00Z'],
  },
  {
    name: 'one day',
    asked: ['2026-07-01', '2026-07-01'],
    is: ['2026-07-01T00:00:00Z', '2026-07-02T00:00:00Z'],
  },
  {
    name: 'the end of a leap February',
    asked: ['2028-02-01', '2028-02-29'],
    is: ['2028-02-01T00:00:00Z', '2028-03-01T00:00:00Z'],
  },
  {
    name: 'the end of a year',
    asked: ['2026-10-01', '2026-12-31'],
    is: ['2026-10-01T00:00:00Z', '2027-01-01T00:00:00Z'],
  },
  {
    name: 'instants are as they are',
    asked: ['2026-07-01T06:00:00+02:00', '2026-10-01T00:00:00Z'],
    is: ['2026-07-01T06:00:00+02:00', '2026-10-01T00:00:00Z'],
  },
  { name: 'what is no day is left as it is', asked: ['summer', '2026-13-01'], is: ['summer', '2026-13-01'] },
] as const
test.each(CASES)('of a period, $name', ({ asked: [from, to], is: [first, end] }) => {
  expect(periodOf({ from, to })).toEqual({ from: first, to: end })
})

test('two quarters that follow each other share no instant and leave none out', () => {
  const quarter = (at: string) => periodMs(periodOf(lastQuarter(Date.parse(at))))
  const all = ['2026-04-15', '2026-07-01', '2026-12-31', '2027-01-01'].map((day) =>
    quarter(`${day}T00:00:00Z`),
  )
  for (const [at, one] of all.slice(1).entries()) expect(one.fromMs).toBe(all[at]?.toMs)
})

test('is read as the days that it was written as', () => {
  const days = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(days, fc.nat(400), (first, count) => {
      const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
      const [from, to] = [day(first.getTime()), day(first.getTime() + count * 86_400_000)]
      expect(periodWords(periodOf({ from, to }))).toBe(`${from} to ${to}`)
    }),
    { seed: 21 },
  )
  // As it was written until now.
  expect(periodWords({ from: '2026-07-01T00:00:00Z', to: '2026-09-30T23:59:59Z' })).toBe(
    '2026-07-01 to 2026-09-30',
  )
})

test.each([
  ['2026-09-30T23:59:59Z', '2026-10-01T00:00:00Z'],
  ['2026-09-30T23:59:59.999Z', '2026-10-01T00:00:00Z'],
  ['2026-12-31T23:59Z', '2027-01-01T00:00:00Z'],
  ['2028-02-28T23:59:59+02:00', '2028-02-29T00:00:00+02:00'],
  ['2026-10-01T00:00:00Z', null],
  ['2026-09-30T23:59:58Z', null],
  ['2026-09-30T22:59:59Z', null],
  ['2026-09-30', null],
  ['2026-13-30T23:59:59Z', null],
])('an end of %s means %s', (to, meant) => {
  expect(endMeant(to)).toBe(meant)
})
