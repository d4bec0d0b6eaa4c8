import { canonicalize } from '../../apps/vendor/src/domain/canonical.ts'
import { anEvent, type Edit, NEXT, OWN } from '../support/signed-bundle.ts'
import { checkpointText, leafHash } from '../support/signed-log.ts'
import type { PackText } from '../support/signed-pack.ts'

/** A pack that somebody made who has the key, and what both verifiers say of it: `ok`, or the fault and its file. */
export type SignedPackCase = {
  readonly name: string
  readonly of: PackText
  readonly edit: Edit
  /** Those that are trusted; none: the pack vouches for itself. */
  readonly keys?: readonly string[]
  readonly expect: string
}

const MANIFEST = '00-manifest.json'
const PROOF = '00-manifest.proof'
const LOG = 'log-checkpoints.json'
const EVENTS = 'log-events.jsonl'
const SAMPLE = '10-sample-events.jsonl'
const SNAPSHOT = '03-snapshot.jsonl'
const OUTCOMES = '03-outcomes.jsonl'

const edits = (
  of: PackText,
  rows: readonly (readonly [name: string, expect: string, edit: Edit])[],
): readonly SignedPackCase[] =>
  rows.map(([name, expect, edit]) => ({ name: `${of}: ${name}`, of, edit, expect }))
/** Of one file: where it is at fault is that file. */
const at = (of: PackText, file: string, rows: readonly (readonly [string, string, Edit])[]) =>
  edits(
    of,
    rows.map(([name, fault, edit]) => [name, fault === 'ok' ? 'ok' : `${fault} ${file}`, edit]),
  )

type Members = Record<string, unknown>
/** The JSON with a change of its members, in its one form again. */
const change =
  (how: (value: Members) => unknown): Edit =>
  (text) => {
    const value = JSON.parse(text) as Members // one of ours
    how(value)
    return canonicalize(value) + (text.endsWith('\n') ? '\n' : '')
  }
const within = (value: Members, name: string) => value[name] as Members // one of ours
const set = (name: string, value: unknown) => change((of) => (of[name] = value))
const setIn = (outer: string, name: string, value: unknown) =>
  change((of) => (within(of, outer)[name] = value))
const drop = (name: string) => change((of) => delete of[name])
const put =
  (from: string | RegExp, to: string): Edit =>
  (text) =>
    text.replace(from, () => to)
const more = (text: string): Edit => put(/\}(\n?)$/, `,"z":${text}}`)
const moreLine = (text: string): Edit => put(/\}\n$/, `,"z":${text}}\n`)
const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const HASH = 'ab'.repeat(32)
const B64 = leafHash('x').toString('base64')

/** Other things than a count; those that no JSON has are in the text. */
const NO_COUNTS: readonly (readonly [string, string])[] = [
  ...['true', 'null', '"3"', '-1', '[]', '{}', '9007199254740992', '1.5'].map(
    (text) => [text, text] as const,
  ),
  ...['1.0', '3e0', '-0', '03', 'NaN', '1'.repeat(5_000)].map((text) => [text.slice(0, 9), text] as const),
]
const NO_HASHES = [
  'A'.repeat(64),
  'a'.repeat(63),
  `a ${'a'.repeat(63)}`,
  'abc',
  '',
  `${HASH}\n`,
  5,
  null,
  [HASH],
]
const NOT_PLAIN: readonly (readonly [string, Edit])[] = [
  ['a space before it', (text) => ` ${text}`],
  ['a byte order mark', (text) => `\ufeff${text}`],
  ['a member twice', put(/\}(\n?)$/, ',"z":1,"z":1}\n')],
  ['a member out of order', put(/\{/, '{"z":1,')],
  ['a number in another form', moreLine('1.0')],
  ['an integer that a double does not have', moreLine('1152921504606846976')],
  ['NaN', moreLine('NaN')],
  ['a lone surrogate', moreLine('"\\ud800"')],
  ['an escape that is none', moreLine('"\\u0041"')],
  ['members by code point', moreLine('{"\uff5e":1,"\u{1f600}":2}')],
  ['arrays in arrays', moreLine(deep(5_000))],
  ['no UTF-8', (text) => Buffer.from(text.replace('{"', '{"\xff'), 'latin1')],
  ['no JSON', () => 'junk\n'],
  ['an array', () => '[]\n'],
  ['nothing', () => ''],
  ['no line feed', (text) => text.trimEnd()],
  ['a line that ends as on Windows', put('\n', '\r\n')],
  ['a member more', moreLine('1')],
]
const ofForm = (of: PackText, file: string) =>
  at(
    of,
    file,
    NOT_PLAIN.map(([name, edit]) => [name, 'format', edit]),
  )

/** An event is read as one of a bundle is; in which file it stands is said as well. */
const EVENT_FORMS: readonly (readonly [string, string, Edit])[] = [
  ...['no at', 'no boot', 'no n', 'no type'].map((name) => [name, 'body', drop(name.slice(3))] as const),
  ...['2026-02-30T00:00:00.000Z', '2026-10-01T24:00:00.000Z', '0000-01-01T00:00:00.000Z', 5].map(
    (instant) => [`at ${instant}`, 'body', set('at', instant)] as const,
  ),
  ...NO_COUNTS.map(([name, text]) => [`n ${name}`, 'body', put(/"n":\d+/, `"n":${text}`)] as const),
  ...[
    '1.0',
    'NaN',
    '1152921504606846976',
    '"\\ud800"',
    deep(64),
    deep(5_000),
    '{"a":1,"a":1}',
    '{"b":1,"a":1}',
  ].map((text) => [`a member ${text.slice(0, 24)}`, 'body', more(text)] as const),
  ...['1.5', '1e-7', '1152921504606847000', deep(63), '{"\u{1f600}":1,"\uff5e":2}'].map(
    (text) => [`a member ${text.slice(0, 24)}`, 'ok', more(text)] as const,
  ),
  ['a member twice', 'body', put(/"n":(\d+)/, '"n":1,"n":2')],
  ['a space', 'body', (text) => ` ${text}`],
  ['a space in it', 'body', put(':', ': ')],
  ['no JSON', 'body', () => '{bad'],
  ['an array', 'body', () => '[]'],
  ['nothing', 'body', () => ''],
]

const EVENT_CASES: readonly SignedPackCase[] = [
  ...at('prepared', EVENTS, EVENT_FORMS),
  ...at('other', EVENTS, EVENT_FORMS),
  ...at('packed', PROOF, EVENT_FORMS),
  ...edits('other', [
    ['a pruning without runs', `body ${EVENTS}`, set('type', 'log.pruned')],
    ['a rotation without keys', `body ${EVENTS}`, set('type', 'log.key_rotated')],
  ]),
]

/** What the events of the review say of the files. */
const RECORD: readonly SignedPackCase[] = [
  ...edits('prepared', [
    ['the hash of another snapshot', `record ${SNAPSHOT}`, set('snapshotSha256', HASH)],
    ['no hash of a snapshot', `record ${SNAPSHOT}`, drop('snapshotSha256')],
    ['of another review', `record ${SNAPSHOT}`, set('review', 'rev_2')],
    ['of no review', `record ${SNAPSHOT}`, drop('review')],
    ['of another type', `record ${SNAPSHOT}`, set('type', 'review.parked')],
    ['of another size', `record ${LOG}`, setIn('checkpoint', 'size', 2)],
    ['of a size that is true', `record ${LOG}`, setIn('checkpoint', 'size', true)],
    ['of another root', `record ${LOG}`, setIn('checkpoint', 'root', HASH)],
    ['no tree', `record ${LOG}`, drop('checkpoint')],
    ['a tree that is none', `record ${LOG}`, set('checkpoint', null)],
    ['a tree that is a list', `record ${LOG}`, set('checkpoint', [3])],
    ['a tree without a size', `record ${LOG}`, change((of) => delete within(of, 'checkpoint')['size'])],
    ['a tree with a member more', 'ok', setIn('checkpoint', 'z', 1)],
  ]),
  ...edits('sealed', [
    ['the hash of other outcomes', `record ${OUTCOMES}`, set('itemsSha256', HASH)],
    ['no hash of outcomes', `record ${OUTCOMES}`, drop('itemsSha256')],
    ['a hash that is a list', `record ${OUTCOMES}`, set('itemsSha256', [HASH])],
    ['of another review', `record ${OUTCOMES}`, set('review', 'rev_2')],
    ['of another type', `record ${OUTCOMES}`, set('type', 'review.parked')],
  ]),
  ...edits('other', [
    [
      'a second seal',
      `record ${OUTCOMES}`,
      change((of) => Object.assign(of, { review: 'rev_1', type: 'review.sealed' })),
    ],
    [
      'a second preparation',
      `record ${SNAPSHOT}`,
      change((of) => Object.assign(of, { review: 'rev_1', type: 'review.prepared' })),
    ],
  ]),
  ...edits('packed', [
    ['of another review', `manifest ${PROOF}`, set('review', 'rev_2')],
    ['of another type', `manifest ${PROOF}`, set('type', 'review.parked')],
    ['the hash of another manifest', `manifest ${MANIFEST}`, set('manifestSha256', HASH)],
    ['no hash of a manifest', `manifest ${MANIFEST}`, drop('manifestSha256')],
    ...['true', '"5"', 'null', '4', '6'].map(
      (text) => [`${text} files`, `manifest ${MANIFEST}`, put(/"files":5/, `"files":${text}`)] as const,
    ),
  ]),
  ...edits(SNAPSHOT, [['another one', `record ${SNAPSHOT}`, () => '{"a":2}\n']]),
  ...edits(OUTCOMES, [['others', `record ${OUTCOMES}`, () => '{"b":2}\n']]),
  ...edits(MANIFEST, [
    ['no snapshot', `record ${SNAPSHOT}`, withoutFile(SNAPSHOT)],
    ['no outcomes', `record ${OUTCOMES}`, withoutFile(OUTCOMES)],
    ['no sample', `format ${SAMPLE}`, withoutFile(SAMPLE)],
    ['no events', `format ${EVENTS}`, withoutFile(EVENTS)],
    ['no checkpoints', `format ${LOG}`, withoutFile(LOG)],
    ['no files', `format ${LOG}`, set('files', [])],
  ]),
]
function withoutFile(name: string): Edit {
  return change((of) => (of['files'] = (of['files'] as Members[]).filter((one) => one['name'] !== name)))
}

/** The two trees, and the proof between them. */
const TREES: readonly SignedPackCase[] = [
  ...ofForm(LOG, LOG),
  ...at(LOG, LOG, [
    ...NO_COUNTS.flatMap(([name, text]) => [
      [`a start of size ${name}`, 'format', put(/"size":3\}\}/, `"size":${text}}}`)] as const,
      [`an end of size ${name}`, 'format', put(/"size":7\}/, `"size":${text}}`)] as const,
    ]),
    ...NO_HASHES.flatMap((hash) => [
      [`a start of root ${JSON.stringify(hash)}`, 'format', setIn('start', 'root', hash)] as const,
      [`an end of root ${JSON.stringify(hash)}`, 'format', setIn('end', 'root', hash)] as const,
    ]),
    ['a start of nothing', 'proof', setIn('start', 'size', 0)],
    ['a start that is older', 'proof', setIn('start', 'size', 2)],
    ['a start that is the end', 'proof', setIn('start', 'size', 7)],
    ['a start behind the end', 'proof', setIn('start', 'size', 8)],
    ['a start of the largest size', 'proof', setIn('start', 'size', 2 ** 53 - 1)],
    ['a start of another root', 'proof', setIn('start', 'root', HASH)],
    ['an end of another root', 'root', setIn('end', 'root', HASH)],
    ['an end of another size', 'root', setIn('end', 'size', 8)],
    ['a member more of the start', 'format', setIn('start', 'z', 1)],
    ['a member more of the end', 'format', setIn('end', 'z', 1)],
    ['no start', 'format', drop('start')],
    ['a start that is a list', 'format', set('start', [])],
    ['no end', 'format', set('end', null)],
    ['no proof', 'proof', set('consistency', [])],
    ['a proof that is an object', 'format', set('consistency', {})],
    ['a proof that is a text', 'format', set('consistency', B64)],
    ['a hash more', 'proof', change((of) => (of['consistency'] as string[]).push(B64))],
    ['a hash less', 'proof', change((of) => (of['consistency'] as string[]).pop())],
    ['another hash', 'proof', change((of) => ((of['consistency'] as string[])[0] = B64))],
    ...[null, 5, true, [B64], 'abc', B64.slice(0, -1), B64.replace('=', ''), ` ${B64}`].map(
      (one) => [`a hash that is ${JSON.stringify(one)}`, 'proof', set('consistency', [one])] as const,
    ),
    ['a note that is none', 'format', setIn('end', 'note', 5)],
  ]),
  ...at('note', LOG, [
    ['of another key', 'signature', (note) => NEXT.note(note.slice(0, note.indexOf('\n\n') + 1))],
    ['a witness as well', 'signature', (note) => `${note}— wit.test YWJjZGVmZ2g=\n`],
    ['nothing', 'signature', () => ''],
    ['of another tree', 'root', () => OWN.note(checkpointText(OWN.name, [leafHash('x')]))],
    [
      'of another origin',
      'signature',
      (note) => OWN.note(note.slice(0, note.indexOf('\n\n') + 1).replace('log.', 'lag.')),
    ],
  ]),
]

const LINES: readonly SignedPackCase[] = [
  ...at(
    'line',
    EVENTS,
    NOT_PLAIN.filter(([name]) => !['no line feed', 'a line that ends as on Windows'].includes(name)).map(
      ([name, edit]) => [
        name,
        'format',
        (text) => {
          const made = edit(`${text}\n`)
          return typeof made === 'string' ? made.replace(/\n$/, '') : made.subarray(0, -1)
        },
      ],
    ),
  ),
  ...at('line', EVENTS, [
    ...NO_COUNTS.map(
      ([name, text]) => [`index ${name}`, 'format', put(/"index":\d+/, `"index":${text}`)] as const,
    ),
    ['another index', 'proof', set('index', 6)],
    ['an index behind the tree', 'proof', set('index', 7)],
    ['the largest index', 'proof', set('index', 2 ** 53 - 2)],
    ['the index of the line before', 'order', set('index', 4)],
    ['an index before that', 'order', set('index', 0)],
    ['a body that is none', 'format', set('body', 5)],
    ['another body', 'proof', set('body', anEvent(9))],
    ['a hash more', 'proof', change((of) => (of['proof'] as string[]).push(B64))],
    ['a hash less', 'proof', change((of) => (of['proof'] as string[]).pop())],
    ['another hash', 'proof', change((of) => ((of['proof'] as string[])[0] = B64))],
    ['a proof that is a text', 'format', set('proof', 'abc')],
    ['a proof that is null', 'format', set('proof', null)],
    ...[null, 5, true, [B64], {}, 'abc', B64.replace('=', ''), `${B64}\n`].map(
      (one) => [`a hash that is ${JSON.stringify(one)}`, 'proof', set('proof', [one])] as const,
    ),
    ['a hash in the other alphabet', 'proof', change((of) => (of['proof'] = [`_-${B64.slice(2)}`]))],
    ['no proof', 'format', drop('proof')],
  ]),
  ...at(EVENTS, EVENTS, [
    ['unsigned words behind the last line', 'format', (text) => `${text}{"review":"hidden"`],
    ['no line feed at the end', 'format', (text) => text.trimEnd()],
    ['a line that is empty', 'format', (text) => `${text}\n`],
    ['an empty line first', 'format', (text) => `\n${text}`],
    ['lines that end as on Windows', 'format', (text) => text.replaceAll('\n', '\r\n')],
    ['lines in another order', 'order', reversed],
    ['lines in another order, then garbage', 'order', (text) => `${reversed(text)}{garbage\n`],
    ['garbage at the end', 'format', (text) => `${text}{garbage\n`],
    ['a line twice', 'order', (text) => text.replace(/^.*\n/, (line) => line + line)],
  ]),
  ...at(EVENTS, OUTCOMES, [['no seal', 'record', (text) => text.replace(/[^\n]*\n$/, '')]]),
  ...at(EVENTS, SNAPSHOT, [
    ['no preparation', 'record', (text) => text.replace(/^.*\n/, '')],
    ['nothing', 'record', () => ''],
  ]),
  ...at(SAMPLE, SAMPLE, [
    ['unsigned words behind the last line', 'format', (text) => `${text}junk`],
    ['nothing', 'ok', () => ''],
    ['another event', 'proof', put('process.start', 'process.stops')],
    ['a member more', 'format', moreLine('1')],
  ]),
]
function reversed(text: string): string {
  return text
    .split('\n')
    .slice(0, -1)
    .toReversed()
    .map((line) => `${line}\n`)
    .join('')
}

const file = (name: string, value: unknown) =>
  change((of) => ((within(of, 'files')[0] as Members)[name] = value))
const named = (name: string) =>
  change((of) => (of['files'] as Members[]).push({ bytes: 0, name, sha256: EMPTY }))
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

const MANIFESTS: readonly SignedPackCase[] = [
  ...ofForm(MANIFEST, MANIFEST),
  ...ofForm(PROOF, PROOF),
  ...at(MANIFEST, MANIFEST, [
    ...NO_COUNTS.map(
      ([name, text]) => [`${name} bytes`, 'format', put(/"bytes":\d+/, `"bytes":${text}`)] as const,
    ),
    ...NO_HASHES.map((hash) => [`a sum ${JSON.stringify(hash)}`, 'format', file('sha256', hash)] as const),
    ['a member more of a file', 'format', file('z', 1)],
    ['a file that is none', 'format', set('files', [null])],
    ['files that are an object', 'format', set('files', {})],
    ['a format that is not', 'format', set('format', 'stint-pack@v9')],
    ['a review that is a number', 'format', set('review', 5)],
    ['a key that is a number', 'format', set('key', 5)],
    ['the files in another order', 'format', change((of) => (of['files'] as unknown[]).reverse())],
    [
      'a file twice',
      'format',
      change((of) => (of['files'] as unknown[]).unshift((of['files'] as unknown[])[0])),
    ],
    ...[
      '',
      'z',
      'z..txt',
      '../z.txt',
      '/z.txt',
      'z/z.txt',
      'Z.txt',
      'z.TXT',
      'é.txt',
      'z\u{1f600}.txt',
      'z.txt\n',
      'z txt.z',
    ].map((name) => [`a file ${JSON.stringify(name)}`, 'format', named(name)] as const),
    ['a file whose name no header holds', 'format', named(`${'z'.repeat(97)}.txt`)],
    ['a file more', 'ok', named('zz.txt')],
    ['a file whose name fills its header', 'ok', named(`${'z'.repeat(96)}.txt`)],
    [
      'a second manifest',
      'format',
      change((of) => (of['files'] as unknown[]).unshift({ bytes: 0, name: MANIFEST, sha256: EMPTY })),
    ],
    [
      'a second proof',
      'format',
      change((of) => (of['files'] as unknown[]).unshift({ bytes: 0, name: PROOF, sha256: EMPTY })),
    ],
  ]),
  ...at(MANIFEST, OUTCOMES, [
    ['another sum', 'file', file('sha256', HASH)],
    ['another number of bytes', 'file', file('bytes', 9)],
  ]),
  ...at(MANIFEST, LOG, [
    ['another key', 'signature', set('key', NEXT.vkey)],
    ['a key with a space', 'key', set('key', ` ${OWN.vkey}`)],
    ['a key that is none', 'key', set('key', '')],
  ]),
  ...at(PROOF, PROOF, [
    ['another key', 'signature', set('key', NEXT.vkey)],
    ['a key that is none', 'key', set('key', 'junk')],
    ['a key that is a number', 'format', set('key', 5)],
    ['a note that is none', 'format', set('note', null)],
    ...NO_COUNTS.map(
      ([name, text]) => [`index ${name}`, 'format', put(/"index":\d+/, `"index":${text}`)] as const,
    ),
    ['another index', 'proof', set('index', 6)],
    ['a hash that is none', 'proof', set('proof', [null])],
    ['no key', 'format', drop('key')],
  ]),
  ...at('packed note', PROOF, [
    ['a witness as well', 'signature', (note) => `${note}— wit.test YWJjZGVmZ2g=\n`],
    ['of another tree', 'proof', () => OWN.note(checkpointText(OWN.name, [leafHash('x')]))],
  ]),
  ...at('archive', '', [
    ['a byte more', 'format', (text) => `${text}\0`],
    ['a byte in the end', 'format', (text) => `${text.slice(0, -1)}x`],
  ]),
]

/** What whoever gave keys is told. */
const given = (name: string, expect: string, keys: readonly string[]): SignedPackCase => ({
  ...{ name, of: '', edit: (text) => text, keys, expect },
})
const GIVEN: readonly SignedPackCase[] = [
  given('the key, given', 'ok', [OWN.vkey]),
  given('another key, given', `signature ${PROOF}`, [NEXT.vkey]),
  given('a key that is none, given', `key ${PROOF}`, [` ${OWN.vkey}`]),
  {
    ...given('names a key of which the other signed, both given', `signature ${PROOF}`, [
      OWN.vkey,
      NEXT.vkey,
    ]),
    ...{ of: PROOF, edit: set('key', NEXT.vkey) },
  },
]

export const SIGNED_PACKS: readonly SignedPackCase[] = [
  { name: 'as it is', of: '', edit: (text) => text, expect: 'ok' },
  ...GIVEN,
  ...EVENT_CASES,
  ...RECORD,
  ...TREES,
  ...LINES,
  ...MANIFESTS,
]
