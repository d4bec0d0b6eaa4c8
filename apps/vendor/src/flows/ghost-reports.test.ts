import { expect, test } from 'vitest'
import type { GhostFacts } from '../domain/access/ghost.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import { createGhostReports } from './ghost-reports.ts'

const HOUR = 3_600_000

function reports() {
  const events: AuditEvent[] = []
  const told = new Set<string>()
  let nowMs = Date.parse('2026-11-25T12:00:00.000Z')
  const keyOf = (of: Pick<GhostFacts, 'target' | 'accessKeyId' | 'reason'>) =>
    [of.target, of.accessKeyId, of.reason].join()
  const made = createGhostReports({
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    audit: {
      async append(event) {
        events.push(event)
        if (event.type === 'ghost.seen') told.add(keyOf(event))
      },
      ghosts: { has: (of) => told.has(keyOf(of)) },
    },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  })
  return {
    ...made,
    events,
    later: (ms: number) => {
      nowMs += ms
    },
  }
}

const ghost = (accessKeyId: string, more: Partial<GhostFacts> = {}): GhostFacts => ({
  target: 'store',
  reason: 'unknown',
  accessKeyId,
  sub: null,
  assumption: null,
  by: 'webhook',
  firstSeen: '2026-11-25T12:00:00.000Z',
  lastUsed: null,
  expires: null,
  source: null,
  uses: 0,
  ...more,
})
const types = (events: readonly AuditEvent[]) => events.map(({ type }) => type)

test('a ghost is told once for each reason, however often it is seen', async () => {
  const of = reports()
  for (let seen = 0; seen < 3; seen += 1) await of.report(ghost('A'))
  await of.report(ghost('A', { reason: 'after_end' }))
  expect(types(of.events)).toEqual(['ghost.seen', 'ghost.seen'])
})

test('a flood is told one by one up to sixty an hour, and the rest as a number that loses none', async () => {
  const of = reports()
  for (let index = 0; index < 500; index += 1) await of.report(ghost(`K${index}`))
  await of.report(ghost('quiet', { target: 'other' }))
  expect(of.events.filter(({ type }) => type === 'ghost.seen')).toHaveLength(61)
  of.later(HOUR)
  await of.report(ghost('next'))
  const more = of.events.find(({ type }) => type === 'ghost.more')
  expect(more).toMatchObject({ target: 'store', count: 440, until: '2026-11-25T13:00:00.000Z' })
  expect(of.events.at(-1)).toMatchObject({ type: 'ghost.seen', accessKeyId: 'next' })
})

test('what was counted and not told is told when the process stops', async () => {
  const of = reports()
  for (let index = 0; index < 61; index += 1) await of.report(ghost(`K${index}`))
  await of.flush()
  await of.flush()
  expect(of.events.filter(({ type }) => type === 'ghost.more')).toMatchObject([{ count: 1 }])
})

test('an hour that is over is told of although nothing comes any more', async () => {
  const of = reports()
  for (let index = 0; index < 62; index += 1) await of.report(ghost(`K${index}`))
  await of.closeOver()
  expect(types(of.events)).not.toContain('ghost.more')
  of.later(HOUR)
  await of.closeOver()
  await of.closeOver()
  expect(of.events.filter(({ type }) => type === 'ghost.more')).toMatchObject([{ count: 2 }])
})

test('beyond sixty a session that goes on is counted once, and its other reason as another', async () => {
  const of = reports()
  for (let index = 0; index < 60; index += 1) await of.report(ghost(`K${index}`))
  for (let seen = 0; seen < 100; seen += 1) await of.report(ghost('busy'))
  await of.report(ghost('busy', { reason: 'after_end' }))
  await of.flush()
  expect(of.events.filter(({ type }) => type === 'ghost.more')).toMatchObject([{ count: 2 }])
})
