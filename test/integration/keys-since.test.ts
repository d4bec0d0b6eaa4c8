import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openAuditLog } from '../../apps/vendor/src/audit/log.ts'
import type { Actor, AuditEvent } from '../../apps/vendor/src/domain/audit-event.ts'
import { createRandom, systemClock } from '../../apps/vendor/src/runtime.ts'
import { keyBeside } from '../support/log-key.ts'

const START = Date.UTC(2026, 0, 1)
const DAY = 86_400_000
const day = (at: number) => new Date(START + at * DAY).toISOString()
const ada: Actor = { issuer: 'urn:test', sub: 'ada', person: 'ada' }

const added = (issuer: string, key: string): AuditEvent => {
  return { type: 'jwks.key_added', issuer, kid: key, thumbprint: `${issuer}-${key}` }
}
const removed = (issuer: string, key: string): AuditEvent => {
  return { type: 'jwks.key_removed', issuer, kid: key, thumbprint: `${issuer}-${key}` }
}
const rotating = (target: string): AuditEvent => ({
  ...{ type: 'secret.rotating', target, thumbprint: 'new', replaces: 'old', compromised: false },
  ...{ actor: ada, request: 'req_00000000-0000-7000-8000-000000000001', reason: 'yearly' },
})
const created = (target: string | null): AuditEvent => {
  return { type: 'secret.created', target, purpose: 'store token signing', thumbprint: 'first' }
}

/** By the day on which each is recorded. */
const HISTORY: readonly (readonly [number, AuditEvent])[] = [
  [0, created(null)],
  [1, created('made-once')],
  [1, created('rotated')],
  [1, created('rotated-twice')],
  [2, added('steady', 'a')],
  [2, added('moved-on', 'a')],
  [2, added('all-gone', 'a')],
  [2, added('refused-first', 'b')],
  [3, { type: 'jwks.key_refused', issuer: 'refused-only', kid: 'short', reason: 'rsa_too_short' }],
  [3, { type: 'jwks.key_refused', issuer: 'refused-first', kid: 'short', reason: 'rsa_too_short' }],
  [4, rotating('rotated')],
  [5, rotating('rotated-twice')],
  [6, added('moved-on', 'b')],
  [7, removed('moved-on', 'a')],
  [7, removed('all-gone', 'a')],
  [8, rotating('rotated-twice')],
  // Each start reads every set anew.
  [9, added('steady', 'a')],
  [9, added('came-back', 'a')],
  [10, removed('came-back', 'a')],
  [11, added('came-back', 'a')],
]

test('since when keys stand: of a target the last that was made, of an issuer the oldest that is there and was not refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stint-keys-since-'))
  const path = join(folder, 'audit.db')
  let nowMs = START
  const audit = await openAuditLog({
    ...{ path, migrations: join(import.meta.dirname, '../../migrations/sqlite/audit') },
    ...{ key: keyBeside(path), clock: { ...systemClock, nowMs: () => nowMs }, random: createRandom() },
    ...{ bootId: 'one', log: { info() {}, warn() {}, error() {} } },
  })
  try {
    for (const [at, event] of HISTORY) {
      nowMs = START + at * DAY
      await audit.append(event)
    }
    const since = await audit.reviews.keysSince()
    expect(Object.fromEntries(since)).toEqual({
      'target/made-once': day(1),
      'target/rotated': day(4),
      'target/rotated-twice': day(8),
      'issuer/steady': day(2),
      'issuer/moved-on': day(6),
      'issuer/refused-first': day(2),
      'issuer/came-back': day(9),
    })
  } finally {
    await audit.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
