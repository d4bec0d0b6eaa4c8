import { canonicalize } from '../../apps/vendor/src/domain/canonical.ts'
import {
  anEvent,
  BUNDLES,
  type BundleName,
  type BundleText,
  type Edit,
  NEXT,
  OWN,
  type SignedBundle,
} from '../support/signed-bundle.ts'
import { checkpointText, leafHash, signerOf } from '../support/signed-log.ts'

/** A bundle that somebody made who has the key, and what both verifiers say of it: `ok`, or the fault and its event. */
export type SignedBundleCase = {
  readonly name: string
  readonly bundle: SignedBundle
  readonly of: BundleText
  readonly edit: Edit
  readonly expect: string
}

const same: Edit = (text) => text
const good = (name: BundleName): SignedBundleCase => ({
  ...{ name: `${name}, as it is`, of: '', edit: same, expect: 'ok' },
  bundle: BUNDLES[name],
})
const made = (name: string, bundle: SignedBundle, expect: string): SignedBundleCase => ({
  ...{ name, bundle, of: '', edit: same, expect },
})
const edits = (
  bundle: SignedBundle,
  of: BundleText,
  rows: readonly (readonly [name: string, expect: string, edit: Edit])[],
): readonly SignedBundleCase[] =>
  rows.map(([name, expect, edit]) => ({ name: `${of}: ${name}`, bundle, of, edit, expect }))

/** Another text in the place of a member’s value, or of all of it. */
const value =
  (member: string, text: string): Edit =>
  (body) =>
    body.replace(new RegExp(`"${member}":(?:"[^"]*"|[0-9]+)`), () => `"${member}":${text}`)
const put =
  (from: string, to: string): Edit =>
  (text) =>
    text.replace(from, () => to)
const all =
  (text: string | Buffer): Edit =>
  () =>
    text
/** A member more, which sorts behind all others. */
const more =
  (text: string): Edit =>
  (body) =>
    body.replace(/\}$/, () => `,${text}}`)
const z = (text: string) => more(`"z":${text}`)
const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

const INSTANTS = [
  ...['2026-02-30', '2026-02-29', '2026-04-31', '0000-01-01', '2026-10-00', '2026-13-01', '2026-00-10'].map(
    (day) => `${day}T00:00:00.000Z`,
  ),
  ...[
    '24:00:00.000Z',
    '00:60:00.000Z',
    '00:00:60.000Z',
    '00:00:00.00Z',
    '00:00:00.0000Z',
    '00:00:00.000z',
  ].map((time) => `2026-10-01T${time}`),
  ...[
    '2026-10-01 00:00:00.000Z',
    '2026-10-01T00:00:00.000+00:00',
    '2026-10-01',
    '',
    ' 2026-10-01T00:00:00.000Z',
  ],
  '٢٠٢٦-10-01T00:00:00.000Z',
]
const NUMBERS = [
  '5.0',
  '5e0',
  '50e-1',
  '9007199254740993',
  '9007199254740992',
  '-3',
  '-0',
  '05',
  '+5',
  '.5',
  '5.',
  '5.5',
]
const NOT_NUMBERS = ['true', 'null', '"5"', '[5]', '{}', 'NaN', 'Infinity', '1'.repeat(5000)]
/** JSON that RFC 8785 writes in another way, and no JSON at all. */
const NOT_PLAIN = [
  ...[
    '1.0',
    '1e3',
    '1E21',
    '1e+20',
    '1e21',
    '0.0000001',
    '1e-6',
    '1.50',
    '-0',
    '-0.0',
    '01',
    '.5',
    '1e999',
    '9'.repeat(400),
  ],
  ...['1152921504606846976', '0.1e1', 'NaN', '-Infinity', 'undefined', 'True', "'a'", ''],
  ...[
    '"\\u0041"',
    '"\\/"',
    '"\\ud800"',
    '"\\uD83D\\uDE00"',
    '"\\u000a"',
    '"\\u001F"',
    '"\\u007f"',
    '"\\x41"',
    '"a',
  ],
  ...[
    '"\t"',
    '"\x00"',
    '[1, 2]',
    '[1,]',
    '{"b":1,"a":2}',
    '{"a":1,"a":1}',
    '{"\uff5e":1,"\u{1f600}":2}',
    '{ }',
    deep(64),
  ],
  ...[deep(900), deep(2_000), deep(200_000), `${'{"a":'.repeat(70)}1${'}'.repeat(70)}`],
]
const PLAIN = [
  ...[
    '0',
    '1.5',
    '-1',
    '1e+21',
    '1e-7',
    '0.000001',
    '100000000000000000000',
    '1152921504606847000',
    '5e-324',
    '-1.5e+300',
  ],
  ...[
    '9007199254740993.5',
    '123456789012345680',
    '1.7976931348623157e+308',
    '333333333.3333333',
    '4.5',
    '0.002',
  ].filter((text) => JSON.stringify(JSON.parse(text)) === text),
  ...[
    '"\u007f"',
    '"\u2028\ufeff\u0085"',
    '"\\u0000\\b\\t\\n\\f\\r\\u001f\\"\\\\/"',
    '"\u{1f600}"',
    deep(63),
    '{"":1}',
  ],
  ...[
    '{"10":1,"9":2}',
    '{"\u{1f600}":1,"\uff5e":2}',
    '{"__proto__":{"type":"x"}}',
    'null',
    'true',
    '[]',
    '{}',
  ],
]
const BODIES: readonly (readonly [string, Edit])[] = [
  ...INSTANTS.map((at) => [`at ${at}`, value('at', JSON.stringify(at))] as const),
  ...['5', 'null', 'true', '[]'].map((text) => [`at ${text}`, value('at', text)] as const),
  ...[...NUMBERS, ...NOT_NUMBERS].map((n) => [`n ${n.slice(0, 20)}`, value('n', n)] as const),
  ...['5', 'null', '[]', '{}', '["b1"]'].flatMap((text) => [
    [`boot ${text}`, value('boot', text)] as const,
    [`type ${text}`, value('type', text)] as const,
  ]),
  ...NOT_PLAIN.map((text) => [`a member ${JSON.stringify(text.slice(0, 24))}`, z(text)] as const),
  ...['at', 'boot', 'n', 'type'].map(
    (name) => [`no ${name}`, (body: string) => without(body, name)] as const,
  ),
  ['n twice', put('"n":5', '"n":99,"n":5')],
  ['a member before one that sorts first', put('"at"', '"b":1,"at"')],
  ...[' ', '\t', '\r', '\u00a0', '\ufeff', '\u000b', '\u000c', '\u0085', '\u2028'].flatMap((space) => [
    [`U+${hex(space)} before it`, (body: string) => space + body] as const,
    [`U+${hex(space)} behind it`, (body: string) => body + space] as const,
    [`U+${hex(space)} in it`, (body: string) => body.replace(':', `:${space}`)] as const,
  ]),
  ...['[]', '"at"', 'null', '5', '{}', '{', '{bad', '[{}]', '}{'].map((text) => [text, all(text)] as const),
  ['a byte that is no UTF-8', (body) => Buffer.from(body.replace('b1', '\xff'), 'latin1')],
  ['a surrogate in UTF-8', (body) => Buffer.from(body.replace('b1', '\xed\xa0\x80'), 'latin1')],
  ['a long form in UTF-8', (body) => Buffer.from(body.replace('b1', '\xc0\x80'), 'latin1')],
]
function without(body: string, name: string): string {
  const { [name]: _one, ...rest } = JSON.parse(body) as Record<string, unknown> // an event
  return canonicalize(rest)
}
function hex(char: string): string {
  return (char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')
}

const { whole, rotated, forked, pruned, later, anchored, part } = BUNDLES

/** What is read of the log's own types, and what it is in a lie. */
const LOG_EVENTS = [
  ...[
    'null',
    'true',
    '5',
    '{}',
    '[]',
    '""',
    '"junk"',
    `" ${NEXT.vkey}"`,
    `"${NEXT.vkey}\\n"`,
    `["${NEXT.vkey}"]`,
  ].flatMap((text) =>
    ['vkey', 'replaces'].flatMap((member) => [
      ...edits(rotated, 5, [[`${member} ${text}`, 'body 5', value(member, text)]]),
      ...edits(forked, 5, [[`${member} ${text}`, 'body 5', value(member, text)]]),
    ]),
  ),
  ...['null', '1', '"true"', '[]', '{}'].flatMap((text) =>
    edits(rotated, 5, [[`handover ${text}`, 'body 5', put('"handover":true', `"handover":${text}`)]]),
  ),
  ...['vkey', 'replaces', 'handover'].flatMap((name) =>
    edits(rotated, 5, [[`no ${name}`, 'body 5', (body) => without(body, name)]]),
  ),
  ...[
    ...[
      'null',
      '5',
      '"abc"',
      '{}',
      '[null]',
      '[1]',
      '[[]]',
      '[{}]',
      '[{"sha256":null}]',
      '[{"sha256":["a"]}]',
    ],
    ...[
      `[{"sha256":"${'A'.repeat(64)}"}]`,
      `[{"sha256":"${'a'.repeat(63)}"}]`,
      `[{"sha256":"${'a'.repeat(64)}\\n"}]`,
    ],
  ].flatMap((text) =>
    edits(forked, 5, [
      [
        `accepted ${text}`,
        'body 5',
        (body) => body.replace(/"accepted":\[[^\]]*\]/, () => `"accepted":${text}`),
      ],
    ]),
  ),
  ...[
    ...['null', '5', '"ab"', '{}', 'true', '[null]', '["ab"]', '[[1,2]]', '[{}]', '[{"from":"1","to":"2"}]'],
    ...[
      '[{"from":1}]',
      '[{"from":1.5,"to":2}]',
      '[{"from":true,"to":2}]',
      '[{"from":3,"to":1}]',
      '[{"from":0,"to":3}]',
    ],
    ...[
      '[{"from":-1,"to":3}]',
      '[{"from":6,"to":7}]',
      '[{"from":1,"to":5}]',
      '[{"from":1,"to":9007199254740992}]',
    ],
  ].flatMap((text) =>
    [pruned, later].flatMap((bundle) => {
      const seq = bundle === pruned ? 5 : 7
      const isOver = bundle === later && text === '[{"from":1,"to":5}]'
      const edit: Edit = (body) => body.replace(/"runs":\[.*?\]/, () => `"runs":${text}`)
      return edits(bundle, seq, [[`runs ${text}`, isOver ? 'ok' : `body ${seq}`, edit]])
    }),
  ),
  ...edits(pruned, 5, [
    ['names fewer', 'pruned 2', put('"to":3', '"to":1')],
    ['names others', 'pruned 1', put('"from":1', '"from":2')],
    ['names none', 'pruned 1', put('[{"from":1,"to":3}]', '[]')],
    [
      'names them in pieces that overlap',
      'ok',
      put('[{"from":1,"to":3}]', '[{"from":2,"to":3},{"from":1,"to":2}]'),
    ],
    ['is of another type', 'pruned 1', put('log.pruned', 'log.purged')],
  ]),
]

const RANGES: readonly SignedBundleCase[] = [
  made('an event that nothing names is pruned', { ...pruned, pruned: [1, 2, 3, 4] }, 'pruned 4'),
  made('every event but one is pruned', { ...pruned, pruned: [1, 2, 3, 6, 7] }, 'pruned 6'),
  made(
    'the counter of a process goes back',
    { ...whole, events: whole.events.with(4, anEvent(4)) },
    'order 5',
  ),
  made(
    'two events change places',
    { ...whole, events: whole.events.with(3, anEvent(5)).with(4, anEvent(4)) },
    'order 5',
  ),
  made(
    'a second process begins at one',
    { ...whole, events: whole.events.with(4, anEvent(1, { boot: 'b2' })) },
    'ok',
  ),
  made(
    'the old key signs on',
    {
      ...rotated,
      signed: [
        [5, OWN],
        [9, OWN],
      ],
    },
    'signature 9',
  ),
  made(
    'the old key never signed for the new one',
    { ...rotated, signed: [[9, NEXT]], keys: [OWN.vkey] },
    'signature 9',
  ),
  made(
    'the new key signs before its time',
    {
      ...rotated,
      keys: [OWN.vkey],
      signed: [
        [4, NEXT],
        [9, NEXT],
      ],
    },
    'signature 4',
  ),
  made('the key is handed on, and only the old one trusted', { ...rotated, keys: [OWN.vkey] }, 'ok'),
  made('no checkpoint', { ...whole, signed: [] }, 'format 0'),
  made(
    'checkpoints that fall',
    {
      ...whole,
      signed: [
        [9, OWN],
        [4, OWN],
        [9, OWN],
      ],
    },
    'format 0',
  ),
  made(
    'a checkpoint twice',
    {
      ...whole,
      signed: [
        [9, OWN],
        [9, OWN],
      ],
    },
    'format 0',
  ),
  made(
    'a checkpoint of nothing before it',
    {
      ...whole,
      signed: [
        [0, OWN],
        [9, OWN],
      ],
    },
    'ok',
  ),
  made('a key twice', { ...whole, keys: [OWN.vkey, OWN.vkey] }, 'ok'),
  made('no key', { ...whole, keys: [] }, 'format 0'),
  made('the key of another', { ...whole, keys: [NEXT.vkey] }, 'signature 9'),
  made('a key of another type', { ...whole, keys: [OWN.vkey, ofType(2)] }, 'key 0'),
  ...[' ', '\u001c', '\u0085', '\u00a0', '\ufeff', '\u180e', '\u2028', '\0', '\r', '\t'].flatMap((char) => [
    made(`U+${hex(char)} around a key`, { ...whole, keys: [OWN.vkey, `${char}${OWN.vkey}${char}`] }, 'key 0'),
    // What JSON escapes cannot stand in the head either, which is read first.
    made(`U+${hex(char)} in the name of a key`, ofName(`log${char}x`), char < ' ' ? 'format 0' : 'key 0'),
    ...edits(whole, 'stint-bundle.json', [
      [`U+${hex(char)} in the origin`, 'format 0', put('test/log', `test${char}/log`)],
    ]),
    ...edits(whole, 'note', [
      [`a name with U+${hex(char)}`, 'signature 9', (note) => `${note}— wit${char}test YWJjZGVmZ2g=\n`],
    ]),
  ]),
  ...['é', '\u{1f600}'].map((char) => made(`${char} in the name of a key`, ofName(`log${char}x`), 'key 0')),
  made('a plus in the name of a key', ofName('log+x'), 'format 0'),
  made('every printable character in the name of a key', ofName(PRINTABLE()), 'ok'),
]
function ofName(name: string): SignedBundle {
  const by = signerOf(name, 'one')
  return { ...whole, keys: [by.vkey], signed: [[9, by]] }
}
function PRINTABLE(): string {
  const codes = Array.from({ length: 0x7e - 0x20 }, (_, at) => String.fromCharCode(0x21 + at))
  return codes.filter((char) => !'+"\\'.includes(char)).join('')
}
function ofType(type: number): string {
  const raw = Buffer.from(OWN.vkey.split('+').slice(2).join('+'), 'base64')
  raw[0] = type
  const id = leafHash('').subarray(0, 4).toString('hex')
  return `log.test/log+${id}+${raw.toString('base64')}`
}

const twice: Edit = (text) => text + text
const NOTES = edits(whole, 'note', [
  ['lines that end as on Windows', 'signature 9', (note) => note.replaceAll('\n', '\r\n')],
  ['a line feed more', 'signature 9', (note) => `${note}\n`],
  ['another root of the same bytes', 'signature 9', (note) => note.replace(/.=\n\n/, 'B=\n\n')],
  ['a signature without its padding', 'signature 9', (note) => note.replace(/=+\n$/, '\n')],
  [
    'a signature in the other alphabet',
    'signature 9',
    (note) => note.replace(/— (.*)/, (line) => line.replaceAll('/', '_').replaceAll('+', '-')),
  ],
  ['a zero before the size', 'signature 9', put('\n9\n', '\n09\n')],
  ['another size, signed', 'signature 9', all(OWN.note(put('\n9\n', '\n8\n')(rootText(9)).toString()))],
  [
    'another root, signed',
    'root 1',
    all(OWN.note(checkpointText(OWN.name, [leafHash('x')]).replace('\n1\n', '\n9\n'))),
  ],
  ['another origin, signed', 'signature 9', all(OWN.note(rootText(9).replace(OWN.name, 'other.test/log')))],
  ['a line more, signed', 'signature 9', all(OWN.note(`${rootText(9)}extension\n`))],
  ['half a signature', 'signature 9', (note) => note.replace(/— (\S+) (.{40}).*/, '— $1 $2')],
  ['its signature twice', 'ok', (note) => `${note}${note.slice(note.indexOf('—'))}`],
  ['a witness as well', 'ok', (note) => `${note}— wit.test YWJjZGVmZ2g=\n`],
  [
    'a witness whose signature is no longer than a key id',
    'signature 9',
    (note) => `${note}— wit.test YWJjZA==\n`,
  ],
  ['a witness whose signature is empty', 'signature 9', (note) => `${note}— wit.test \n`],
  ['a witness whose signature is no base64', 'signature 9', (note) => `${note}— wit.test YWJjZGVmZ2\n`],
  ['sixteen signatures', 'ok', (note) => note + '— wit.test YWJjZGVmZ2g=\n'.repeat(15)],
  ['seventeen signatures', 'signature 9', (note) => note + '— wit.test YWJjZGVmZ2g=\n'.repeat(16)],
  ['a line that is no signature', 'signature 9', (note) => `${note}— wit test YWJjZGVmZ2g=\n`],
  ['a line without its dash', 'signature 9', (note) => `${note}wit.test YWJjZGVmZ2g=\n`],
  ['nothing', 'signature 9', all('')],
  ['two of it', 'signature 9', twice],
])
function rootText(size: number): string {
  return checkpointText(OWN.name, whole.events.slice(0, size).map(leafHash))
}

const FILES: readonly SignedBundleCase[] = [
  ...edits(whole, 'stint-bundle.json', [
    ['a size that no log has', 'format 0', put('"size":9', '"size":999999999999999')],
    ['a size of sixteen digits', 'format 0', put('"size":9', '"size":9999999999999999')],
    ['from below nothing', 'format 0', put('"from":0', '"from":-1')],
    ['a fraction', 'format 0', put('"from":0', '"from":0.0')],
    ['a member twice', 'format 0', put('"from":0', '"from":0,"from":0')],
    ['a line more', 'format 0', (text) => `${text}\n`],
    ['its line twice', 'format 0', twice],
    ['a line that ends as on Windows', 'format 0', put('\n', '\r\n')],
    ['no line feed', 'format 0', put('\n', '')],
    ['the name of no key', 'format 0', put('log.test/log', 'other.test/log')],
    ['a name that a key begins with', 'format 0', put('log.test/log', 'log.test/lo')],
    [
      'the name of a key with its id',
      'format 0',
      put('log.test/log', OWN.vkey.split('+').slice(0, 2).join('+')),
    ],
    ['to before from', 'format 0', put('"from":0', '"from":10')],
    ['no such version', 'format 0', put('@v1', '@v3')],
    ['the second version without what it has', 'format 0', put('@v1', '@v2')],
    ['a run that is not there', 'format 0', (text) => text.replaceAll(/:[09]/g, ':562949953421311')],
  ]),
  ...edits(whole, 'checkpoints.jsonl', [
    ['a member twice', 'format 0', put('{"note":', '{"note":"x","note":')],
    ['members in another order', 'format 0', (text) => text.replace(/\{(.*),("size":9)\}/, '{$2,$1}')],
    ['a space', 'format 0', put(',"size"', ', "size"')],
    ['another escape', 'format 0', put('\\n', '\\u000A')],
    ['a line that is empty', 'format 0', (text) => `${text}\n`],
    ['no line feed at the end', 'format 0', (text) => text.trimEnd()],
  ]),
  ...edits(whole, 'keys', [
    ['a line that is empty', 'key 0', (text) => `${text}\n`],
    ['lines that end as on Windows', 'key 0', put('\n', '\r\n')],
    ['no line feed at the end', 'format 0', (text) => text.trimEnd()],
    ['another id', 'key 0', (text) => text.replace(/\+[0-9a-f]{8}\+/, '+00000000+')],
    ['no UTF-8', 'format 0', (text) => Buffer.from(`${text}\xff\n`, 'latin1')],
  ]),
  ...edits(anchored, 'anchor', [
    ['garbage', 'signature 3', all('garbage')],
    [
      'of another tree',
      'anchor 3',
      all(OWN.note(checkpointText(OWN.name, whole.events.slice(1, 4).map(leafHash)))),
    ],
  ]),
  ...edits({ ...anchored, anchored: [3] }, 'anchors.jsonl', [
    ['of a log that is longer', 'truncated 10', put('"size":3', '"size":20')],
    ['of another size than it says', 'signature 9', put('"size":3', '"size":9')],
    ['a line that is none', 'format 0', () => '{}\n'],
  ]),
  ...edits({ ...part, anchored: [2] }, 'anchor', [
    ['garbage, of events that are not here', 'ok', all('garbage')],
  ]),
  ...edits(part, 'left', [
    ['another hash', 'root 4', flip],
    ['a hash less', 'format 0', (text) => text.slice(32)],
    ['a byte more', 'format 0', (text) => `${text}x`],
  ]),
  ...edits(part, 'right', [
    ['another hash', 'root 4', flip],
    ['a hash less', 'format 0', (text) => text.slice(32)],
  ]),
  ...edits(whole, 'hashes/000000000000', [
    ['two change places', 'leaf 1', (text) => text.slice(32, 64) + text.slice(0, 32) + text.slice(64)],
    ['a hash less', 'format 1', (text) => text.slice(32)],
  ]),
  ...edits(whole, 'leaves/000000000000.jsonl', [
    ['an event without its line feed', 'ok', (text) => text.trimEnd()],
    ['an event less', 'count 9', (text) => text.replace(/[^\n]+\n$/, '')],
    ['nothing', 'count 1', all('')],
    ['a line more', 'count 10', (text) => `${text}x\n`],
    ['an empty line more', 'count 10', (text) => `${text}\n`],
    ['an empty line in the place of an event', 'pruned 9', (text) => text.replace(/[^\n]+\n$/, '\n')],
  ]),
  ...edits(later, 'later', [
    // Its leaf stands in `right`, and what is signed is that leaf.
    ['another event than the one that was hashed', 'leaf 7', put('"from":1,"to":2', '"from":1,"to":3')],
    ['at another place', 'leaf 8', put('7 ', '8 ')],
    ['in the part itself', 'format 0', put('7 ', '4 ')],
    ['behind the end', 'format 0', put('7 ', '10 ')],
    ['a zero before its place', 'format 0', put('7 ', '07 ')],
    ['twice', 'format 0', twice],
    ['nothing', 'format 0', all('')],
    ['an array', 'format 0', put('{', '[{')],
    ['a space more', 'format 0', put('7 ', '7  ')],
  ]),
  ...edits(later, 'right', [
    ['another leaf there', 'leaf 7', (text) => text.slice(0, 32) + flip(text.slice(32, 64)) + text.slice(64)],
    ['another hash behind it', 'root 1', (text) => text.slice(0, -32) + flip(text.slice(-32))],
  ]),
  ...edits(later, 7, [
    ['no at', 'body 7', (body) => without(body, 'at')],
    ['no type', 'body 7', (body) => without(body, 'type')],
    ['no JSON', 'body 7', all('{bad')],
    ['a member twice', 'body 7', put('"n":7', '"n":7,"n":7')],
    ['another type', 'pruned 1', put('log.pruned', 'log.purged')],
  ]),
  ...edits({ ...later, later: [5, 7] }, '', [['a second one that prunes nothing', 'ok', same]]),
  ...edits(BUNDLES.none, 'note', [['another root of nothing', 'root 0', all(OWN.note(rootOfNothing()))]]),
  ...edits(whole, 'archive', [
    ['a byte more', 'format 10', (text) => `${text}\0`],
    ['a block more', 'format 10', (text) => text + '\0'.repeat(512)],
    ['no end', 'format 10', (text) => text.slice(0, -1024)],
    ['cut', 'format 1', (text) => text.slice(0, -2100)],
    ['nothing', 'format 0', all('')],
    ['compressed', 'format 0', (text) => `\x1f\x8b${text}`],
    [
      'a file of a size that nothing has',
      'format 0',
      (text) => `${text.slice(0, 124)}07777777777${text.slice(135)}`,
    ],
  ]),
]
function flip(text: string): string {
  return String.fromCharCode(text.charCodeAt(0) ^ 1) + text.slice(1)
}
function rootOfNothing(): string {
  return checkpointText(OWN.name, [leafHash('x')]).replace('\n1\n', '\n0\n')
}

export const SIGNED_BUNDLES: readonly SignedBundleCase[] = [
  ...Object.keys(BUNDLES).map((name) => good(name as BundleName)), // the names of a const table
  ...edits(
    whole,
    5,
    PLAIN.map((text) => [`a member ${JSON.stringify(text.slice(0, 24))}`, 'ok', z(text)]),
  ),
  ...edits(
    whole,
    5,
    BODIES.map(([name, edit]) => [name, 'body 5', edit]),
  ),
  ...LOG_EVENTS,
  ...RANGES,
  ...NOTES,
  ...FILES,
]
