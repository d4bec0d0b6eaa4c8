import { expect, test } from 'vitest'
import type { Exercised } from '../domain/access/exercised.ts'
import { VendorError } from '../errors.ts'
import type { AccessReader } from '../ports/access.ts'
import { accessEvidence } from './access-evidence.ts'

const NOW = Date.parse('2026-11-26T00:00:00Z')
const DAY = 86_400_000

function readerOf(sinceMs: number): AccessReader {
  const none = { granted: [], used: [] }
  const role: Exercised = {
    role: 'r',
    mapping: null,
    target: 'store',
    told: { sinceMs, untilMs: NOW },
    sessions: 3,
    calls: 40,
    actions: { ...none, never: ['s3:DeleteObject'], untold: ['s3:GetObjectVersion'] },
    places: { ...none, never: ['arn:aws:s3:::logs/*'] },
    refused: [],
  }
  return {
    exercised: async () => role,
    exercisedRoles: async () => new Map([['r', role]]),
    usedSeconds: async () => new Map([['m', { sessions: 25, p50: 10, p95: 60 }]]),
  }
}

test('never says more than was asked for: a store that told for a year tells of the days that were read', async () => {
  const found = await accessEvidence(readerOf(NOW - 365 * DAY), { nowMs: NOW, days: 90 })
  expect(found?.roles.get('r')).toEqual({
    sinceMs: NOW - 90 * DAY,
    calls: 40,
    neverActions: ['s3:DeleteObject'],
    neverPlaces: ['arn:aws:s3:::logs/*'],
  })
  expect(found?.usedSeconds.get('m')).toMatchObject({ sessions: 25, p95: 60 })
})

test('a store that tells since last week tells since last week', async () => {
  const found = await accessEvidence(readerOf(NOW - 7 * DAY), { nowMs: NOW, days: 90 })
  expect(found?.roles.get('r')?.sinceMs).toBe(NOW - 7 * DAY)
})

test('a file of accesses that is broken says nothing, and any other fault is one', async () => {
  const failing = (thrown: Error): AccessReader => ({
    ...readerOf(NOW),
    exercisedRoles: () => Promise.reject(thrown),
  })
  const at = { nowMs: NOW, days: 90 }
  expect(await accessEvidence(failing(new VendorError('access_unavailable')), at)).toBeNull()
  await expect(accessEvidence(failing(new TypeError('x')), at)).rejects.toThrow(TypeError)
})
