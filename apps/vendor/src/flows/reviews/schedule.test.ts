import { expect, test } from 'vitest'
import type { Review } from '../../domain/review/review.ts'
import type { ReviewId } from '../../ids.ts'
import { createReviewSchedule } from './schedule.ts'

const NOW = Date.UTC(2026, 10, 26)
const idOf = (at: number) => `rev_${String(at).padStart(4, '0')}` as ReviewId

/** So many reviews run, and that one cannot be looked at. */
async function lookedAt(of: { readonly running: number; readonly broken?: ReviewId }) {
  const ids = Array.from({ length: of.running }, (_, at) => idOf(at)).toReversed()
  const ticked: ReviewId[] = []
  const told: unknown[] = []
  const armed: number[] = []
  const first = Promise.withResolvers<() => void>()
  const again = Promise.withResolvers<void>()
  const silent = { info() {}, warn() {} }
  const schedule = createReviewSchedule({
    clock: { nowMs: () => NOW, monotonicMs: () => 0 },
    timers: {
      after(ms, run) {
        armed.push(ms)
        if (armed.length === 1) first.resolve(run)
        else again.resolve()
        return () => undefined
      },
    },
    reviews: {
      async list({ state, before, limit }) {
        const from = before === null ? 0 : ids.indexOf(before as ReviewId) + 1
        return state === 'running' ? ids.slice(from, from + limit).map((id) => ({ id }) as Review) : [] // of a review only its id is read
      },
    },
    ticking: {
      async tick(id) {
        ticked.push(id)
        if (id === of.broken) throw new Error('it does not fold')
        return null
      },
    },
    log: { ...silent, error: (name, facts) => void told.push([name, facts?.['review']]) },
  })
  schedule.wake()
  ;(await first.promise)()
  await again.promise
  await schedule.stop()
  return { ticked, told, waits: armed.at(-1) }
}

test('every review that takes answers is looked at, however many there are', async () => {
  const { ticked, told } = await lookedAt({ running: 250 })
  expect(new Set(ticked).size).toBe(250)
  expect(ticked.length).toBe(250)
  expect(told).toEqual([])
})

test('a review that cannot be looked at is told by name, tried again, and keeps no other one waiting', async () => {
  const { ticked, told, waits } = await lookedAt({ running: 3, broken: idOf(2) })
  expect(ticked).toEqual([idOf(2), idOf(1), idOf(0)])
  expect(told).toEqual([['review.not_looked_at', idOf(2)]])
  expect(waits).toBe(30_000)
})
