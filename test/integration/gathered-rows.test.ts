import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openAuditLog } from '../../apps/vendor/src/audit/log.ts'
import type { AuditLog } from '../../apps/vendor/src/ports.ts'
import { createRandom, systemClock } from '../../apps/vendor/src/runtime.ts'
import { keyBeside } from '../support/log-key.ts'

/** ADR 0035: with so many exchanges under way a row waits so long for theirs, or until so many wait. */
const SIBLINGS = 32
const GATHER_MS = 4
const FIRST_ROWS = 32

const posted = Worker.prototype.postMessage
let folder: string
let audit: AuditLog
let underWay = 0
/** Rows of each message to the writer, and of each commit. */
let sent: number[] = []
let commits: number[] = []

// The writer is the real one, in its thread; only timers of this thread stand still until a test moves them, so that what
// waits for one is known by standing still, and what does not is on disk although none ever fired.
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  folder = mkdtempSync(join(tmpdir(), 'stint-gathered-'))
  const path = join(folder, 'audit.db')
  ;[sent, commits] = [[], []]
  const post = vi.spyOn(Worker.prototype, 'postMessage')
  post.mockImplementation(function (this: Worker, message, ...more) {
    if (message.do === 'write') sent.push(message.rows.length)
    return posted.call(this, message, ...more)
  })
  audit = await openAuditLog({
    path,
    migrations: join(import.meta.dirname, '../../migrations/sqlite/audit'),
    key: keyBeside(path),
    clock: systemClock,
    random: createRandom(),
    bootId: 'test',
    log: { info() {}, warn() {}, error() {} },
    underWay: () => underWay,
    onBatch: ({ events }) => commits.push(events),
  })
})
afterEach(async () => {
  // A test that failed may have left rows that wait.
  vi.advanceTimersByTime(100)
  vi.useRealTimers()
  vi.restoreAllMocks()
  await audit.close()
  rmSync(folder, { recursive: true, force: true })
})

let count = 0
const append = () => audit.append({ type: 'process.stop', reason: `row ${++count}` })
const appendAll = (rows: number) => Array.from({ length: rows }, append)
/** Two turns of the event loop: a row that waits for no timer has been sent. */
async function turns(): Promise<void> {
  await nextTurn()
  await nextTurn()
}
const reasons = async () =>
  (await audit.page({ types: ['process.stop'], limit: 500 })).events
    .toReversed()
    .map(({ event }) => (event.type === 'process.stop' ? event.reason : ''))

describe('where few exchanges are under way', () => {
  beforeEach(() => {
    underWay = SIBLINGS - 1
  })

  test('a row waits for nothing: it is on disk although no timer fired', async () => {
    await append()
    expect(commits).toEqual([1])
  })

  test('rows of one turn share a commit, and keep their order', async () => {
    const first = count
    await Promise.all(appendAll(3))
    expect(commits).toEqual([3])
    expect(await reasons()).toEqual([1, 2, 3].map((of) => `row ${first + of}`))
  })
})

describe('where many exchanges are under way', () => {
  beforeEach(() => {
    underWay = SIBLINGS
  })

  test('rows of several turns share one commit, in the order in which they came', async () => {
    const first = count
    const rows: Promise<void>[] = []
    for (let turn = 0; turn < 5; turn += 1) {
      rows.push(...appendAll(2))
      await turns()
    }
    expect([sent, audit.waiting()]).toEqual([[], 10])
    vi.advanceTimersByTime(GATHER_MS)
    await Promise.all(rows)
    expect([sent, commits, audit.waiting()]).toEqual([[10], [10], 0])
    expect(await reasons()).toEqual(Array.from({ length: 10 }, (_, of) => `row ${first + of + 1}`))
  })

  test('no row waits longer than that, whatever comes after it', async () => {
    const first = append()
    vi.advanceTimersByTime(GATHER_MS - 1)
    const second = append()
    await turns()
    expect(sent).toEqual([])
    vi.advanceTimersByTime(1)
    await Promise.all([first, second])
    expect(commits).toEqual([2])
    // What comes next waits anew, and has a whole time of its own.
    const third = append()
    vi.advanceTimersByTime(GATHER_MS - 1)
    await turns()
    expect(sent).toEqual([2])
    vi.advanceTimersByTime(1)
    await third
    expect(commits).toEqual([2, 1])
  })

  test('enough rows wait for nothing, and those behind them for their own time', async () => {
    const enough = appendAll(FIRST_ROWS)
    const [behind] = appendAll(1)
    await Promise.all(enough)
    expect(commits).toEqual([FIRST_ROWS])
    await turns()
    expect([sent, audit.waiting()]).toEqual([[FIRST_ROWS], 1])
    vi.advanceTimersByTime(GATHER_MS)
    await behind
    expect(commits).toEqual([FIRST_ROWS, 1])
  })

  test('one row fewer than enough waits', async () => {
    const rows = appendAll(FIRST_ROWS - 1)
    await turns()
    expect([sent, audit.waiting()]).toEqual([[], FIRST_ROWS - 1])
    vi.advanceTimersByTime(GATHER_MS)
    await Promise.all(rows)
    expect(commits).toEqual([FIRST_ROWS - 1])
  })

  test('a question to the writer has what was put before it written first, and at once', async () => {
    const row = append()
    await audit.tree.checkpoint()
    await row
    expect([sent, commits]).toEqual([[1], [1]])
  })
})

test('rows that came while many were under way stand before those that came when few were', async () => {
  const first = count
  underWay = SIBLINGS
  const early = appendAll(2)
  await turns()
  underWay = 0
  const late = appendAll(2)
  await turns()
  vi.advanceTimersByTime(GATHER_MS)
  await Promise.all([...early, ...late])
  expect(await reasons()).toEqual([1, 2, 3, 4].map((of) => `row ${first + of}`))
})
