import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleTo, makeSampleLog, type SampleLog } from '../support/sample-log.ts'
import { verifyBoth } from '../support/verify-both.ts'

let folder: string
let sample: SampleLog
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stint-verify-'))
  sample = await makeSampleLog(join(folder, 'log'), 1_200)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('both accept the log where it lies, its bundle, parts of it, and anchors of it', async () => {
  const [first = '', second = ''] = sample.keys
  const anchors = sample.checkpoints.slice(3, 9)
  const whole = join(folder, 'whole.tar')
  bundleTo(whole, sample.path, { anchors })
  const asked = [
    { path: sample.path, keys: [first], anchors: [] },
    { path: sample.path, keys: [], anchors },
    { path: whole, keys: [first], anchors: sample.checkpoints },
    { path: whole, keys: [], anchors: [] },
  ]
  for (const [hours, length] of [
    [0, 1],
    [1, 3],
    [2, 2.5],
    [5, 100],
  ] as const) {
    const from = Date.parse('2026-10-01T00:00:00Z') + hours * 3_600_000
    const path = join(folder, `part-${hours}.tar`)
    bundleTo(path, sample.path, { fromMs: from, toMs: from + length * 3_600_000 })
    asked.push({ path, keys: [first, second], anchors: sample.checkpoints })
  }
  for (const { ours, python } of await verifyBoth(asked)) {
    expect(ours).toMatchObject({ ok: true })
    expect(python).toEqual(ours)
  }
})

test('the same log and range make the same bytes', () => {
  const [a, b] = [join(folder, 'a.tar'), join(folder, 'b.tar')]
  bundleTo(a, sample.path)
  bundleTo(b, sample.path)
  expect(Buffer.compare(readFileSync(a), readFileSync(b))).toBe(0)
})
