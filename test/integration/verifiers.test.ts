import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  BUNDLE_EDITS,
  leafOf,
  putTogether,
  signerFromPem,
  strangerOf,
  takeApart,
} from '../corpus/log-edits.ts'
import { ROW_EDITS } from '../corpus/row-edits.ts'
import { seeded } from '../support/open-api.ts'
import { bundleTo, makeSampleLog, type SampleLog } from '../support/sample-log.ts'
import { type Asked, verifyBoth } from '../support/verify-both.ts'

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

/** Both say the same, that it does not hold, and where. */
async function expectFound(
  cases: readonly (Asked & {
    readonly name: string
    readonly seq: number
    readonly span?: number
    readonly faults: readonly string[]
  })[],
): Promise<void> {
  const said = await verifyBoth(cases)
  const wrong = cases.flatMap(({ name, seq, span = 0, faults }, at) => {
    const { ours, python } = said[at] ?? { ours: {}, python: {} }
    const {
      ok,
      fault,
      seq: from,
      through,
    } = ours as { ok: boolean; fault: string; seq: number; through: number }
    const located = seq === 0 || (from <= seq + span && seq <= through)
    const agree = JSON.stringify(sorted(ours)) === JSON.stringify(sorted(python))
    return ok === false && agree && located && faults.includes(fault) ? [] : [{ name, seq, ours, python }]
  })
  expect(wrong).toEqual([])
}
const sorted = (value: object) =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))

test(`${BUNDLE_EDITS.length} edits of a bundle are found by both verifiers, by name and place`, async () => {
  const whole = join(folder, 'to-edit.tar')
  bundleTo(whole, sample.path)
  const bytes = readFileSync(whole)
  expect(Buffer.compare(putTogether(takeApart(bytes)), bytes)).toBe(0)
  await expectFound(
    BUNDLE_EDITS.map((edit, at) => {
      const parts = takeApart(bytes)
      edit.edit(parts)
      const path = join(folder, `edit-${at}.tar`)
      writeFileSync(path, putTogether(parts))
      return { ...edit, path, keys: sample.keys.slice(0, 1), anchors: [] }
    }),
  )
}, 60_000)

test('120 single bits flipped anywhere in a bundle are found by both, and those in an event at that event', async () => {
  const whole = join(folder, 'to-flip.tar')
  bundleTo(whole, sample.path, { anchors: sample.checkpoints.slice(0, 3) })
  const bytes = readFileSync(whole)
  const random = seeded(20_261_125)
  const leaves = bytes.indexOf('leaves/000000000000.jsonl') + 512
  await expectFound(
    Array.from({ length: 120 }, (_, at) => {
      const place = Math.floor(random() * bytes.length)
      const bit = Math.floor(random() * 8)
      const changed = Buffer.from(bytes)
      changed[place] = (changed[place] ?? 0) ^ (1 << bit)
      const path = join(folder, `flip-${at}.tar`)
      writeFileSync(path, changed)
      const line = place < leaves ? 0 : bytes.subarray(leaves, place).toString('latin1').split('\n').length
      const seq = line > takeApart(bytes).bodies.length ? 0 : line
      const faults = seq > 0 ? ['leaf', 'count'] : ANY
      return {
        name: `bit ${bit} of byte ${place}`,
        seq,
        faults,
        path,
        keys: sample.keys.slice(0, 1),
        anchors: [],
      }
    }),
  )
}, 60_000)
const ANY = ['format', 'key', 'leaf', 'signature', 'root', 'anchor', 'truncated', 'count', 'body']

test('a bundle that was cut anywhere is found by both', async () => {
  const bytes = readFileSync(join(folder, 'whole.tar'))
  const random = seeded(7)
  await expectFound(
    Array.from({ length: 20 }, (_, at) => {
      const path = join(folder, `cut-${at}.tar`)
      writeFileSync(path, bytes.subarray(0, Math.floor(random() * (bytes.length - 1))))
      return { name: `cut ${at}`, seq: 0, faults: ['format'], path, keys: [], anchors: [] }
    }),
  )
  const path = join(folder, 'longer.tar')
  writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(1)]))
  await expectFound([{ name: 'a byte more', seq: 0, faults: ['format'], path, keys: [], anchors: [] }])
})

test('what is before and after a part stands in it as hashes, and those count as well', async () => {
  const path = join(folder, 'middle.tar')
  const from = Date.parse('2026-10-01T03:00:00Z')
  const range = bundleTo(path, sample.path, { fromMs: from, toMs: from + 3_600_000 })
  const bytes = readFileSync(path)
  expect([range.from > 0, range.to < range.size]).toEqual([true, true])
  await expectFound(
    (['left', 'right'] as const).flatMap((side) =>
      takeApart(bytes)[side].map((_hash, at) => {
        const parts = takeApart(bytes)
        parts[side][at] = leafOf(Buffer.from('another'))
        const file = join(folder, `${side}-${at}.tar`)
        writeFileSync(file, putTogether(parts))
        return { name: `${side} ${at}`, seq: 0, faults: ['root'], path: file, keys: sample.keys, anchors: [] }
      }),
    ),
  )
})

test('a key that was replaced signs nothing any more; an unknown one, and none that is trusted, sign nothing at all', async () => {
  const whole = join(folder, 'keys.tar')
  bundleTo(whole, sample.path)
  const parts = takeApart(readFileSync(whole))
  const last = parts.checkpoints.at(-1)
  const [first = '', second = ''] = sample.keys
  const old = signerFromPem(sample.firstKeyPem, parts.head.origin)
  expect(old.vkey).toBe(first)
  const resigned = join(folder, 'resigned.tar')
  if (last !== undefined) last.note = old.sign(last.note.slice(0, last.note.indexOf('\n\n') + 1))
  writeFileSync(resigned, putTogether(parts))
  const faults = ['signature']
  await expectFound([
    { name: 'signed by the old key', seq: 0, faults, path: resigned, keys: [first], anchors: [] },
    { name: 'and both are trusted', seq: 0, faults, path: resigned, keys: [first, second], anchors: [] },
    {
      name: 'the key of another log',
      seq: 0,
      faults,
      path: whole,
      keys: [strangerOf(parts.head.origin).vkey],
      anchors: [],
    },
    {
      name: 'the log in its folder, and another key',
      seq: 0,
      faults,
      path: sample.path,
      keys: [strangerOf(parts.head.origin).vkey],
      anchors: [],
    },
    { name: 'no verifier key', seq: 0, faults: ['key'], path: whole, keys: ['nothing'], anchors: [] },
  ])
})

test('a log that is shorter than an anchor, or another one, is found by both with the anchor from elsewhere', async () => {
  const other = await makeSampleLog(join(folder, 'other'), 240)
  const whole = join(folder, 'other.tar')
  bundleTo(whole, other.path)
  const cut = join(folder, 'cut.db')
  cpSync(other.path, cut)
  const surgeon = new Database(cut)
  const { size = 0 } = other.checkpoints.at(-2) ?? {}
  surgeon.exec(
    `${TRIGGERS_OFF}; DELETE FROM event WHERE seq > ${size}; DELETE FROM checkpoint WHERE size > ${size}`,
  )
  surgeon.close()
  const last = other.checkpoints.slice(-1)
  await expectFound([
    {
      name: 'the newest events cut off',
      seq: size + 1,
      faults: ['truncated'],
      path: cut,
      keys: other.keys,
      anchors: last,
    },
    {
      name: 'an anchor of another log of this name',
      seq: 0,
      faults: ['signature'],
      path: whole,
      keys: other.keys,
      anchors: sample.checkpoints.slice(0, 1),
    },
  ])
  const [{ ours } = { ours: {} }] = await verifyBoth([{ path: cut, keys: other.keys, anchors: [] }])
  // Without an anchor nobody can tell: what was cut off was the newest, with every trace of it.
  expect(ours).toMatchObject({ ok: true })
})

const TRIGGERS_OFF = ['event', 'tree_node', 'checkpoint', 'log_key']
  .flatMap((table) => ['update', 'delete'].map((what) => `DROP TRIGGER ${table}_no_${what}`))
  .join('; ')

test(`${ROW_EDITS.length} edits of rows, columns, tree, keys and indexes of audit.db are found by both, at their event`, async () => {
  await expectFound(
    ROW_EDITS.map(({ edit, ...rest }, at) => {
      const path = join(folder, `rows-${at}.db`)
      cpSync(sample.path, path)
      if (typeof edit === 'function') edit(path)
      else {
        const surgeon = new Database(path)
        surgeon.exec(`${TRIGGERS_OFF}; ${edit}`)
        surgeon.close()
      }
      return { ...rest, path, keys: sample.keys.slice(0, 1), anchors: [] }
    }),
  )
}, 120_000)
