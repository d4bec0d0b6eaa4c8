import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalize } from './canonical.ts'

test('prints the example of RFC 8785 §3.2.2', () => {
  const value = {
    numbers: [JSON.parse('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  }
  expect(canonicalize(value)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
})

test('sorts by UTF-16 code units, as the example of RFC 8785 §3.2.3', () => {
  const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6']
  const sorted = Object.keys(JSON.parse(canonicalize(Object.fromEntries(names.map((name) => [name, 1])))))
  expect(sorted.filter((name) => name !== '1')).toEqual([
    '\r',
    '\u0080',
    '\u00f6',
    '\u20ac',
    '\ud83d\ude00',
    '\ufb33',
  ])
})

test.each([
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '\ud800',
  { a: '\udc00' },
  { '\ud800': 1 },
  [undefined],
  () => 1,
])('refuses what I-JSON cannot carry: %o', (value) => expect(() => canonicalize(value)).toThrow(TypeError))

/** Another way to the same bytes: rebuilt with sorted members, then the platform's own printer. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const names = Object.keys(value).sort()
  // Integer-like names would be moved to the front by the engine: the property leaves them out.
  return Object.fromEntries(names.map((name) => [name, sorted(Reflect.get(value, name))]))
}

test('agrees with sorting first and printing then', () => {
  const names = fc
    .string({ unit: 'grapheme' })
    .filter((name) => !/^[0-9]+$/.test(name) && name !== '__proto__')
  const values = fc.letrec((tie) => ({
    leaf: fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    node: fc.oneof(
      { maxDepth: 3 },
      tie('leaf'),
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(names, tie('node'), { maxKeys: 5 }),
    ),
  })).node
  fc.assert(
    fc.property(values, (value) => {
      expect(canonicalize(value)).toBe(JSON.stringify(sorted(value)))
    }),
    { seed: 3, numRuns: 1000 },
  )
})

test.each([
  [
    'names that the engine puts first',
    JSON.parse('{"b":1,"10":2,"9":3,"a":{"2":0,"1":0}}'),
    '{"10":2,"9":3,"a":{"1":0,"2":0},"b":1}',
  ],
  [
    'a member called __proto__',
    JSON.parse('{"b":1,"__proto__":{"x":1},"a":2}'),
    '{"__proto__":{"x":1},"a":2,"b":1}',
  ],
  ['what prints itself', { at: { toJSON: 1, a: 2 } }, '{"at":{"a":2,"toJSON":1}}'],
  ['a text that looks like an escape', { b: '\\ud800', a: 1 }, '{"a":1,"b":"\\\\ud800"}'],
  ['what is absent', { b: undefined, a: [{ d: 1, c: undefined }] }, '{"a":[{"d":1}]}'],
])('writes %s as RFC 8785 does', (_, value, text) => expect(canonicalize(value)).toBe(text))
