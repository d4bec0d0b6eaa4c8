import { expect, test } from 'vitest'
import { isWanted, waitAfter } from './sink.ts'

const failed = (reason: string, retryAfterMs: number | null = null) => ({ reason, retryAfterMs })

test('waits twice as long after each failure, up to five minutes, and a random part of it', () => {
  const waits = Array.from({ length: 12 }, (_, at) => waitAfter(at + 1, failed('http_503'), 1))
  expect(waits.slice(0, 5)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000])
  expect(waits.at(-1)).toBe(300_000)
  expect(waitAfter(3, failed('timeout'), 0)).toBe(2_000)
})

test('what the sink asks for counts where it is longer, up to an hour; who is gone is asked once an hour', () => {
  expect(waitAfter(1, failed('http_429', 60_000), 0)).toBe(60_000)
  expect(waitAfter(9, failed('http_429', 1_000), 1)).toBe(256_000)
  expect(waitAfter(1, failed('http_503', 86_400_000), 0)).toBe(3_600_000)
  expect(waitAfter(1, failed('http_410'), 0)).toBe(3_600_000)
})

test('types are named whole or by their noun; no name means every type', () => {
  expect(isWanted({ types: [] }, 'process.stop')).toBe(true)
  expect(isWanted({ types: ['assume.*'] }, 'assume.issued')).toBe(true)
  expect(isWanted({ types: ['assume.issued'] }, 'assume.intent')).toBe(false)
  expect(isWanted({ types: ['log.*'] }, 'process.stop')).toBe(false)
})
