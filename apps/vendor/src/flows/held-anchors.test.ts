import { expect, test } from 'vitest'
import type { Anchor, Anchored, AuditLog } from '../ports.ts'
import { createHeldAnchors } from './held-anchors.ts'

const NAME = 'stint.example.com/log'
const NEWEST = 64
const noteOf = (size: number) => ({ size, note: `${NAME}\n${size}\n` })

/** A log of so many events, of which checkpoints from `departs` on are another history. */
function held({ size, departs, anchored }: { size: number; departs: number; anchored: readonly Anchored[] }) {
  const audit = {
    page: async () => ({ events: [], next: null }),
    tree: {
      size: () => size,
      keys: () => [{ vkey: `${NAME}+00000000+key`, fromSize: 0 }],
      judge: (note: string) => {
        const of = Number(note.split('\n')[1])
        return of < departs ? 'holds' : of > size ? 'ahead' : 'differs'
      },
    },
  } as unknown as Pick<AuditLog, 'page' | 'tree'> // what of it is asked here
  const asked: (number | undefined)[] = []
  const anchor: Anchor = {
    ...{ name: 'a', isOwn: false, write: async () => undefined },
    async read(_name, above) {
      asked.push(above)
      const sorted = anchored.toSorted((a, b) => b.size - a.size)
      return above === undefined ? sorted.slice(0, NEWEST) : sorted.filter((one) => one.size > above)
    },
  }
  const hold = createHeldAnchors({ audit, sha256: (text) => text, breathe: async () => undefined }, NAME)
  return { every: async () => (await hold(anchor, 'every')).conflicts.map((one) => one.size), asked }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)

test.each([
  {
    name: 'a few, and the newest of before are among those that are read',
    size: 1_000,
    departs: 1_001,
    to: 1_020,
  },
  { name: 'more than the newest that are read', size: 1_000, departs: 1_001, to: 4_000 },
  { name: 'another history that begins in what the log has', size: 3_000, departs: 2_000, to: 4_000 },
  { name: 'another history from the first on', size: 500, departs: 1, to: 900 },
])('names every one of $name', async ({ size, departs, to }) => {
  const { every, asked } = held({ size, departs, anchored: range(1, to).map(noteOf) })
  expect((await every()).toSorted((a, b) => a - b)).toEqual(range(departs, to))
  // What is long agreed on is not read for it.
  const deepest = Math.min(...asked.flatMap((above) => (above === undefined ? [] : [above])))
  expect(deepest).toBeGreaterThanOrEqual(departs - 4 * 2_000)
  if (departs > 1_000) expect(deepest).toBeGreaterThan(0)
})

test('what is no checkpoint leads no reading down to the first', async () => {
  const { every, asked } = held({
    ...{ size: 100_000, departs: 100_001 },
    anchored: [...range(99_000, 100_030).map(noteOf), { size: 0, note: `${NAME}\nx\n` }],
  })
  expect((await every()).filter((size) => size > 0)).toHaveLength(29)
  expect(asked.filter((above) => above !== undefined && above < 99_000)).toEqual([])
})

test('nothing that contradicts: nothing more is read', async () => {
  const { every, asked } = held({ size: 500, departs: 501, anchored: range(1, 500).map(noteOf) })
  expect([await every(), asked]).toEqual([[], [undefined]])
})
