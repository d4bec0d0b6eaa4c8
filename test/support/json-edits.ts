import fc from 'fast-check'
import { canonicalize } from '../../apps/vendor/src/domain/canonical.ts'

/** What somebody writes in the place of a value: JSON, JSON in another form, and what only looks like it. */
const VALUES = [
  ...[
    'null',
    'true',
    'false',
    '0',
    '1',
    '-1',
    '-0',
    '1.0',
    '1.5',
    '5e0',
    '1e21',
    '1e+21',
    '1e-7',
    '0.000001',
    '01',
    'NaN',
  ],
  ...[
    '9007199254740991',
    '9007199254740992',
    '9007199254740993',
    '1152921504606847000',
    '1'.repeat(400),
    '-Infinity',
  ],
  ...[
    '""',
    '" "',
    '"x"',
    '"\\u0041"',
    '"\\ud800"',
    '"\\n"',
    '"\\u000a"',
    '"\\/"',
    '"\u2028"',
    '"\ufeff"',
    '"\u007f"',
  ],
  ...[
    '"2026-02-30T00:00:00.000Z"',
    '"2026-10-01T24:00:00.000Z"',
    '"2026-10-01T00:00:00.000Z"',
    '"log.pruned"',
    '"log.forked"',
  ],
  ...[
    '"log.key_rotated"',
    '"review.sealed"',
    '"review.prepared"',
    '"rev_1"',
    `"${'a'.repeat(64)}"`,
    `"${'A'.repeat(43)}="`,
  ],
  ...[
    '[]',
    '{}',
    '[null]',
    '[{}]',
    '[1]',
    '[[]]',
    '{"a":1}',
    '{"a":1,"a":1}',
    '{"b":1,"a":2}',
    '[{"from":1,"to":2}]',
  ],
  ...[
    '[{"from":1,"to":99}]',
    '[{"from":2,"to":1}]',
    '[{"sha256":"x"}]',
    '{"size":3,"root":"x"}',
    '[ ]',
    '[1,]',
    "'a'",
  ],
  ...[60, 64, 70, 3_000].flatMap((depth) => [
    '['.repeat(depth) + ']'.repeat(depth),
    `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
  ]),
]
/** Single characters that parsers, trimmers and sorters differ about. */
const CHARS = [
  ...[
    '',
    ' ',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '0',
    '1',
    '9',
    '-',
    '+',
    '.',
    'e',
    'a',
    'A',
    '/',
    '=',
    '\n',
    '\r',
    '\t',
  ],
  ...[
    '\0',
    '\u000b',
    '\u000c',
    '\u001c',
    '\u007f',
    '\u0085',
    '\u00a0',
    '\u2028',
    '\ufeff',
    '\uff5e',
    '\u{1f600}',
    'é',
    '— ',
  ],
]

export type JsonEdit =
  | { readonly kind: 'value'; readonly at: number; readonly text: string }
  | { readonly kind: 'more'; readonly name: string; readonly text: string }
  | { readonly kind: 'less'; readonly at: number }
  | { readonly kind: 'text'; readonly at: number; readonly cut: number; readonly put: string }

const names = fc.constantFrom(
  'z',
  '',
  '"',
  'at',
  'n',
  'runs',
  'type',
  'accepted',
  'handover',
  '\u{1f600}',
  '\uff5e',
  '10',
  '9',
  '__proto__',
)
export const jsonEdits: fc.Arbitrary<JsonEdit> = fc.oneof(
  fc.record({ kind: fc.constant('value' as const), at: fc.nat(999), text: fc.constantFrom(...VALUES) }),
  fc.record({ kind: fc.constant('more' as const), name: names, text: fc.constantFrom(...VALUES) }),
  fc.record({ kind: fc.constant('less' as const), at: fc.nat(999) }),
  fc.record({
    kind: fc.constant('text' as const),
    at: fc.nat(9_999),
    cut: fc.constantFrom(0, 0, 1, 2, 40),
    put: fc.constantFrom(...CHARS),
  }),
)

/** Edits a text, which is JSON where members are meant; its last line feed stays where it is. */
export function edited(text: string, edit: JsonEdit): string {
  if (edit.kind === 'text') {
    const at = edit.at % (text.length + 1)
    return text.slice(0, at) + edit.put + text.slice(at + edit.cut)
  }
  const value = membersOf(text)
  if (value === null) return text
  const places = placesIn(value)
  const end = text.endsWith('\n') ? '\n' : ''
  const place = edit.kind === 'more' ? null : places[edit.at % places.length]
  if (edit.kind === 'less') {
    if (place != null && Array.isArray(place.of)) place.of.splice(Number(place.name), 1)
    else if (place != null) Reflect.deleteProperty(place.of, place.name)
    return canonicalize(value) + end
  }
  // A mark stands in the place of the text, which need not be JSON.
  const [of, name] = place == null ? [value, edit.kind === 'more' ? edit.name : 'z'] : [place.of, place.name]
  Object.defineProperty(of, name, { value: MARK, enumerable: true, configurable: true, writable: true })
  return canonicalize(value).replace(`"${MARK}"`, () => edit.text) + end
}

const MARK = 'the edit stands here'

function membersOf(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}

/** Every member and item at every level. */
function placesIn(value: object): readonly { readonly of: object; readonly name: string }[] {
  return Object.keys(value).flatMap((name) => {
    const inner: unknown = Reflect.get(value, name)
    return [{ of: value, name }, ...(typeof inner === 'object' && inner !== null ? placesIn(inner) : [])]
  })
}
