import { tarEnd, tarFile } from '../../apps/vendor/src/audit/tar.ts'
import { canonicalize } from '../../apps/vendor/src/domain/canonical.ts'
import { checkpointText, leafHash, type Signer, signerOf, subtreesOf } from './signed-log.ts'

export const OWN = signerOf('log.test/log', 'one')
export const NEXT = signerOf('log.test/log', 'two')

/** Made by whoever has the key: every hash and signature follows from the events. */
export type SignedBundle = {
  readonly events: readonly string[]
  readonly from: number
  readonly to: number
  /** Sizes, and who signs them. The last one is the bundle's. */
  readonly signed: readonly (readonly [size: number, by: Signer])[]
  readonly anchored: readonly number[]
  /** Sequences of events whose body is not there, and of those that stand alone behind the part. */
  readonly pruned: readonly number[]
  readonly later: readonly number[]
  readonly keys: readonly string[]
}

/** What is written, before it is hashed or signed where it will be: an event by its sequence, a note, or a file. */
export type BundleText = number | 'note' | 'anchor' | 'archive' | (string & {})
export type Edit = (text: string) => string | Buffer
const same: Edit = (text) => text

export function anEvent(n: number, more: object = {}): string {
  const at = `2026-10-01T00:00:${String(n % 60).padStart(2, '0')}.000Z`
  return canonicalize({ at, boot: 'b1', n, type: 'process.start', ...more })
}

const plain = Array.from({ length: 9 }, (_, at) => anEvent(at + 1))
const withEvent = (seq: number, more: object) => plain.with(seq - 1, anEvent(seq, more))
const base = {
  ...{ events: plain, from: 0, to: 9, signed: [[9, OWN]], anchored: [], pruned: [], later: [] },
  keys: [OWN.vkey],
} satisfies SignedBundle

const ROTATED = { type: 'log.key_rotated', replaces: OWN.vkey, vkey: NEXT.vkey, handover: true }
const pruning = (from: number, to: number) => ({ type: 'log.pruned', runs: [{ from, to }] })

/** Good ones. */
export const BUNDLES = {
  whole: base,
  part: { ...base, from: 3, to: 6 },
  empty: { ...base, from: 9 },
  none: { ...base, events: [], to: 0, signed: [[0, OWN]] },
  anchored: {
    ...base,
    signed: [
      [3, OWN],
      [9, OWN],
    ],
    anchored: [3, 7],
  },
  rotated: {
    ...base,
    events: withEvent(5, ROTATED),
    signed: [
      [5, OWN],
      [9, NEXT],
    ],
    keys: [OWN.vkey, NEXT.vkey],
  },
  forked: {
    ...base,
    events: withEvent(5, {
      ...{ type: 'log.forked', replaces: OWN.vkey, vkey: NEXT.vkey, size: 4 },
      accepted: [{ anchor: 'file:/a', reason: 'ahead', sha256: 'a'.repeat(64), size: 7 }],
    }),
    signed: [
      [3, OWN],
      [5, NEXT],
      [9, NEXT],
    ],
    keys: [NEXT.vkey, OWN.vkey],
  },
  pruned: { ...base, events: withEvent(5, pruning(1, 3)), pruned: [1, 2, 3] },
  later: { ...base, events: withEvent(7, pruning(1, 2)), to: 4, pruned: [1, 2], later: [7] },
} as const satisfies Readonly<Record<string, SignedBundle>>
export type BundleName = keyof typeof BUNDLES

/** The archive, with one text of it edited. What is hashed or signed of that text is so after the edit. */
export function bundleOf(bundle: SignedBundle, of: BundleText = '', edit: Edit = same): Buffer {
  const edited = (name: BundleText, content: string | Buffer): Buffer => {
    if (of !== name) return Buffer.from(content)
    const encoding = BINARY.test(String(name)) ? 'latin1' : 'utf8'
    const next = edit(Buffer.from(content).toString(encoding))
    return typeof next === 'string' ? Buffer.from(next, encoding) : next
  }
  const bodies = bundle.events.map((event, at) => edited(at + 1, event))
  const leaves = bodies.map(leafHash)
  const { from, to, later, signed, keys } = bundle
  const [size = 0, newest = OWN] = signed.at(-1) ?? []
  const kept = (name: 'note' | 'anchor', made: number, by: Signer) => {
    const note = by.note(checkpointText(by.name, leaves.slice(0, made)))
    const text = name === 'anchor' || made === size ? edited(name, note).toString() : note
    return `${JSON.stringify({ note: text, size: made })}\n`
  }
  const format = `stint-bundle@v${later.length > 0 ? 2 : 1}`
  const ends = [to, ...later, size + 1]
  const right = ends
    .slice(1)
    .flatMap((end, at) => [
      ...subtreesOf(leaves, ends[at] ?? 0, end - 1),
      ...leaves.slice(end - 1, end <= size ? end : 0),
    ])
  const files: (readonly [string, string | Buffer])[] = [
    ['stint-bundle.json', `${canonicalize({ format, from, origin: newest.name, size, to })}\n`],
    ['keys', keys.map((key) => `${key}\n`).join('')],
    ['checkpoints.jsonl', signed.map(([made, by]) => kept('note', made, by)).join('')],
    ['anchors.jsonl', bundle.anchored.map((made) => kept('anchor', made, OWN)).join('')],
    ['left', Buffer.concat(subtreesOf(leaves, 0, from))],
  ]
  if (later.length > 0)
    files.push([
      'later',
      lines(later.map((seq) => Buffer.concat([Buffer.from(`${seq} `), bodies[seq - 1] ?? NONE]))),
    ])
  files.push(['right', Buffer.concat(right)])
  if (from < to) {
    const number = String(from).padStart(12, '0')
    const stored = bodies.map((body, at) => (bundle.pruned.includes(at + 1) ? NONE : body))
    files.push([`hashes/${number}`, Buffer.concat(leaves.slice(from, to))])
    files.push([`leaves/${number}.jsonl`, lines(stored.slice(from, to))])
  }
  const packed = files.map(([name, content]) => tarFile(name, edited(name, content)))
  return edited('archive', Buffer.concat([...packed, tarEnd()]))
}

const NONE = Buffer.alloc(0)
const NEWLINE = Buffer.from('\n')
const lines = (all: readonly Buffer[]) => Buffer.concat(all.flatMap((line) => [line, NEWLINE]))
/** Files whose bytes are no text. */
const BINARY = /^(?:left|right|archive$|hashes\/)/
