import { expect, test } from 'vitest'
import { createLiveSessions } from './live-sessions.ts'
import { createMetrics } from './metrics.ts'
import { MOST_SERIES } from './table.ts'

test('a family of names without end has an end: what comes beyond is counted under `other`', () => {
  const metrics = createMetrics()
  for (let at = 0; at < MOST_SERIES + 50; at++) metrics.counter('keySetFetches', `issuer-${at}`, 'ok').add()
  const lines = metrics.print().split('\n')
  const series = lines.filter((line) => line.startsWith('stint_key_set_fetches_total{'))
  expect(series.length).toBe(MOST_SERIES + 1)
  expect(series.at(-1)).toBe('stint_key_set_fetches_total{issuer="other",outcome="other"} 50')
})

test('the same labels are the same series', () => {
  const metrics = createMetrics()
  metrics.counter('httpAnswers', '200').add()
  metrics.counter('httpAnswers', '200').add(2)
  expect(metrics.print()).toContain('\nstint_http_answers_total{status="200"} 3\n')
})

test('a label value can end neither its quotes nor its line, and is of bounded length', () => {
  const metrics = createMetrics()
  metrics.counter('httpAnswers', `"} 1\nforged{x="\\${'y'.repeat(500)}`).add()
  const [line = ''] = metrics
    .print()
    .split('\n')
    .filter((one) => one.includes('forged'))
  expect(line.startsWith('stint_http_answers_total{status="\\"} 1\\nforged{x=\\"\\\\yyy')).toBe(true)
  expect(line.length).toBeLessThan(200)
})

test('an observation is in its bucket and in all above it', () => {
  const metrics = createMetrics()
  const histogram = metrics.histogram('exchangeSeconds')
  for (const seconds of [0.0001, 0.004, 60]) histogram.observe(seconds)
  const lines = metrics.print().split('\n')
  const bucket = (le: string) => lines.find((line) => line.includes(`_bucket{le="${le}"}`))?.split(' ')[1]
  expect(['0.0001', '0.0025', '0.005', '10', '+Inf'].map(bucket)).toEqual(['1', '1', '2', '2', '3'])
  expect(lines).toContain('stint_exchange_duration_seconds_count 3')
})

test('a gauge that fails, or knows no number, hides no other', () => {
  const metrics = createMetrics()
  metrics.read('generation', () => {
    throw new Error('closed')
  })
  metrics.read('auditQueue', () => [{ value: Number.NaN }])
  metrics.read('endingsPending', () => [{ value: 4 }])
  expect(
    metrics
      .print()
      .split('\n')
      .filter((line) => !line.startsWith('#')),
  ).toEqual(['stint_endings_pending 4', ''])
})

test('a session counts until its end, in minutes', () => {
  const sessions = createLiveSessions()
  sessions.add(90_000)
  sessions.add(600_000)
  expect([0, 90_000, 120_000, 600_000].map((nowMs) => sessions.count(nowMs))).toEqual([2, 2, 1, 0])
})
