import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemTimers } from './runtime.ts'

const YEAR_MS = 365 * 86_400_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a timer of years comes once, when the years are over', () => {
  const work = vi.fn()
  systemTimers.after(YEAR_MS, work)
  vi.advanceTimersByTime(YEAR_MS - 1)
  expect(work).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(work).toHaveBeenCalledOnce()
  expect(vi.getTimerCount()).toBe(0)
})

test('a timer of years can be cancelled while it waits', () => {
  const work = vi.fn()
  const cancel = systemTimers.after(YEAR_MS, work)
  vi.advanceTimersByTime(YEAR_MS / 2)
  cancel()
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(YEAR_MS)
  expect(work).not.toHaveBeenCalled()
})
