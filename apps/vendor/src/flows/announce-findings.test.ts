import { expect, test } from 'vitest'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { DetectorFinding } from '../domain/detect/detector.ts'
import { VendorError } from '../errors.ts'
import type { KeptFinding } from '../ports/detect.ts'
import { createAnnouncer } from './announce-findings.ts'

const NOW = Date.UTC(2026, 10, 25)
const finding = (name: string, over: Partial<DetectorFinding> = {}): DetectorFinding => ({
  key: `S02/mapping/${name}/never-used`,
  detector: 'S02',
  rule: 'never-used',
  severity: 'warning',
  kind: 'mapping',
  name,
  at: [],
  message: 'no session',
  fix: 'ask',
  evidence: {},
  ...over,
})
const kept = (name: string): KeptFinding => {
  const { at: _at, fix: _fix, evidence: _evidence, ...announced } = finding(name)
  return { ...announced, openedMs: NOW - 1_000, closedMs: null, times: 1 }
}
const many = (count: number) => Array.from({ length: count }, (_, at) => finding(`m${at}`))

/** A log that can be full. */
async function announcing(open: readonly KeptFinding[] = []) {
  const events: AuditEvent[] = []
  const log = { isFull: false }
  const announcer = createAnnouncer({
    audit: {
      async append(event) {
        if (log.isFull) throw new VendorError('audit_unavailable')
        events.push(event)
      },
    },
    findings: { open: async () => open },
    nowMs: () => NOW,
  })
  await announcer.open()
  const names = (type: AuditEvent['type']) =>
    events.flatMap((event) =>
      event.type === type && 'findings' in event
        ? event.findings.flatMap((one) => ('name' in one ? [one.name] : []))
        : [],
    )
  return {
    events,
    log,
    names,
    since: announcer.since,
    look: (found: readonly DetectorFinding[]) => announcer.announce({ generation: 1, lint: [], found }),
  }
}

test('what is found again is announced once', async () => {
  const { look, names, since } = await announcing()
  await look([finding('a')])
  await look([finding('a', { message: 'other words' })])
  expect(names('finding.opened')).toEqual(['a'])
  expect(since('S02/mapping/a/never-used')).toBe(NOW)
})

test('what is gone is announced with when it was opened, and may open again', async () => {
  const { look, names, events } = await announcing([kept('a')])
  await look([])
  expect(events).toMatchObject([
    { type: 'finding.closed', findings: [{ name: 'a', since: '2026-11-24T23:59:59.000Z' }] },
  ])
  await look([finding('a')])
  expect(names('finding.opened')).toEqual(['a'])
})

test('what stood before a start is not announced again', async () => {
  const { look, events, since } = await announcing([kept('a')])
  await look([finding('a')])
  expect(events).toEqual([])
  expect(since('S02/mapping/a/never-used')).toBe(NOW - 1_000)
})

test('thousands of findings are no flood: twenty an event, a thousand a look, warnings first, and none is lost', async () => {
  const { look, names, events } = await announcing()
  const found = [...many(1_500).map((one) => ({ ...one, severity: 'notice' as const })), finding('warned')]
  await look(found)
  expect(events).toHaveLength(50)
  expect(names('finding.opened')).toHaveLength(1_000)
  expect(names('finding.opened')[0]).toBe('warned')
  await look(found)
  expect(new Set(names('finding.opened')).size).toBe(1_501)
})

test('an event of twenty stays below what a leaf may have', async () => {
  const { look, events } = await announcing()
  await look(many(20).map((one) => ({ ...one, name: 'n'.repeat(64), message: 'ü'.repeat(2_000) })))
  expect(Buffer.byteLength(JSON.stringify(events[0]))).toBeLessThan(16 * 1024)
})

test('what could not be written is announced at the next look', async () => {
  const { look, names, log, since } = await announcing()
  log.isFull = true
  await expect(look([finding('a')])).rejects.toMatchObject({ code: 'audit_unavailable' })
  expect(since('S02/mapping/a/never-used')).toBeNull()
  log.isFull = false
  await look([finding('a')])
  expect(names('finding.opened')).toEqual(['a'])
})
