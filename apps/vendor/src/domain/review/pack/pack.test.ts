import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { AuditEvent } from '../../audit-event.ts'
import { escaped } from './escaped.ts'
import { tableCsv } from './part.ts'
import { countReplayed, createConfigurationReplay, placeOf } from './population.ts'
import { CHART_STYLE, CHART_STYLE_HASH, REPORT_STYLE, REPORT_STYLE_HASH, reportHtml } from './report-html.ts'
import { createDraw, SAMPLE } from './sample.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

test('the policy of the report allows its own style sheet and nothing else', () => {
  const styles = [
    ['stint-pack@v1', REPORT_STYLE, REPORT_STYLE_HASH],
    ['stint-pack@v2', CHART_STYLE, CHART_STYLE_HASH],
    ['stint-pack@v3', CHART_STYLE, CHART_STYLE_HASH],
  ] as const
  for (const [format, style, hash] of styles) {
    expect(hash).toBe(createHash('sha256').update(style).digest('base64'))
    const page = [...reportHtml({ title: 't', review: 'rev_1', lines: [] }, [], format)].join('')
    expect(page).toContain(`default-src 'none'; style-src 'sha256-${hash}'`)
    expect(page).toContain(`<style>${style}</style>`)
  }
})

test.each([
  ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
  [`"'&`, '&quot;&#39;&amp;'],
  ['a\u202Eb', 'a[U+202E]b'],
  ['a\u200Bb\nc', 'a[U+200B]b[U+000A]c'],
  ['\u{E0041}x', '[U+E0041]x'],
  ['ünïcode 漢字', 'ünïcode 漢字'],
])('what could act or hide in %j is shown', (text, shown) => expect(escaped(text)).toBe(shown))

test('no cell of a table is a formula, as in every CSV of ours; the first form is written as it was', () => {
  const hostile = {
    suffix: '',
    columns: ['a', 'b'],
    rows: [
      ['=1+1', 'x;=1+1'],
      ['\n=1', '＝1'],
      [null, -5],
    ],
  }
  expect([...tableCsv(hostile, 'stint-pack@v2')]).toEqual([
    'a,b\r\n',
    `'=1+1,"x;'=1+1"\r\n`,
    `"'\n'=1",'＝1\r\n`,
    ',-5\r\n',
  ])
  expect([...tableCsv(hostile, 'stint-pack@v1')]).toEqual([
    'a,b\r\n',
    `'=1+1,x;=1+1\r\n`,
    `"\n=1",＝1\r\n`,
    ',-5\r\n',
  ])
})

const change = (name: string, action: string, version = 1) => ({
  kind: 'mapping',
  name,
  version,
  action,
  sha256: 'x',
})
// Only the members that are read.
const changing = (hashAfter: string, changes: readonly object[], part = 1) =>
  ({ type: 'config.changing', hashAfter, part, changes }) as unknown as AuditEvent
const changed = (hashAfter: string, generation: number) =>
  ({ type: 'config.changed', hashAfter, generation }) as unknown as AuditEvent

test('a change whose commit failed, and one after the snapshot, count for nothing', () => {
  const replay = createConfigurationReplay(2)
  const events = [
    changing('h1', [change('a', 'create')]),
    changing('h1', [change('b', 'create')], 2),
    changed('h1', 1),
    changing('h2', [change('c', 'create')]),
    changed('h1', 1),
    changing('h3', [change('b', 'disable', 2)]),
    changed('h3', 2),
    changing('h4', [change('a', 'disable', 2)]),
    changed('h4', 3),
  ]
  for (const event of events) replay.hear(event)
  const standing = replay.standing()
  expect(countReplayed(standing, 'mapping')).toEqual({ enabled: 1, disabled: 1 })
  expect(countReplayed(standing, 'exception')).toBeNull()
  const snapshot = new Set(['a'])
  expect(['a', 'b', 'c'].map((name) => placeOf(name, { snapshot, standing }))).toEqual([
    'in the snapshot',
    'disabled',
    'ORPHAN',
  ])
})

test('a draw is of the lowest tickets, whatever the order, and another root draws others', () => {
  const seqs = Array.from({ length: 500 }, (_, at) => at + 1)
  const drawnOf = (root: string, order: readonly number[]) => {
    const draw = createDraw(root, sha256)
    for (const seq of order) draw.offer(seq)
    expect(draw.of).toBe(500)
    return draw.drawn().map(({ seq }) => seq)
  }
  const wanted = seqs
    .map((seq) => ({ seq, ticket: sha256(`root ${seq}`) }))
    .toSorted((a, b) => (a.ticket < b.ticket ? -1 : 1))
    .slice(0, SAMPLE)
    .map(({ seq }) => seq)
  expect(drawnOf('root', seqs)).toEqual(wanted)
  expect(drawnOf('root', seqs.toReversed())).toEqual(wanted)
  expect(drawnOf('another', seqs)).not.toEqual(wanted)
})
