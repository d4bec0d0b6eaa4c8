import { closeSync, openSync } from 'node:fs'
import type { Entry } from './entry.ts'
import { hashLeaf, readEvent } from './entry.ts'
import { LogFault } from './fault.ts'
import { subtreesBetween } from './growing-root.ts'
import type { Kept, LogSource } from './source.ts'
import { tarReader } from './tar-reader.ts'

/** Events in one file of a bundle. */
const CHUNK = 4096
const HASH = 32

/**
 * A bundle (docs/LOG.md): a tar of files in one order, with headers of which every byte is known beforehand. Whatever differs
 * is `format`, at the first event that was not read.
 */
export function openBundle(path: string): LogSource {
  const descriptor = openSync(path, 'r')
  try {
    return readBundle(descriptor)
  } catch (thrown) {
    closeSync(descriptor)
    throw thrown
  }
}

function readBundle(descriptor: number): LogSource {
  const tar = tarReader(descriptor)
  const text = (name: string) => utf8(tar.next(name, 0))
  const { version, from, origin, to, size } = readHead(text('stint-bundle.json'))
  const keys = linesOf(text('keys'))
  const checkpoints = linesOf(text('checkpoints.jsonl')).map(readKept)
  const anchors = linesOf(text('anchors.jsonl')).map(readKept)
  const left = hashesOf(tar.next('left', 0), subtreesBetween(0, from).length, 0)
  const islands = version === 2 ? linesOf(text('later')).map(readIsland) : []
  const { widths, places } = around(islands, { to, size })
  const right = hashesOf(tar.next('right', 0), widths.length, 0)
  const isSorted = checkpoints.every((one, at) => at === 0 || one.size > (checkpoints[at - 1]?.size ?? 0))
  const isNamed = keys.some((key) => key.startsWith(`${origin}+`))
  if (!isSorted || checkpoints.at(-1)?.size !== size || !isNamed) throw new LogFault('format', 0)

  function* entries(): Generator<Entry> {
    for (let first = from; first < to; first += CHUNK) {
      const wanted = Math.min(CHUNK, to - first)
      const number = String(first).padStart(12, '0')
      const hashes = hashesOf(tar.next(`hashes/${number}`, first + 1), wanted, first + 1)
      const bodies = splitLines(tar.next(`leaves/${number}.jsonl`, first + 1))
      const both = Math.min(wanted, bodies.length)
      for (let at = 0; at < both; at++) {
        const [body, leaf] = [bodies[at], hashes[at]]
        if (body !== undefined && leaf !== undefined) yield { seq: first + at + 1, body, leaf, row: null }
      }
      if (bodies.length !== wanted) throw new LogFault('count', first + both + 1)
    }
  }

  return {
    ...{ from, to, size, keys, checkpoints, anchors, left, right, widths },
    get later() {
      return islands.map((island, at) => laterEvent(island, right[places[at] ?? 0]))
    },
    entries,
    node: () => undefined,
    finish: () => tar.end(to + 1),
    close: () => closeSync(descriptor),
  }
}

type Head = {
  readonly version: number
  readonly from: number
  readonly origin: string
  readonly size: number
  readonly to: number
}

/** Only its one canonical form is taken. */
function readHead(text: string): Head {
  const { origin, ...counts } = HEAD.exec(text)?.groups ?? {}
  const [version = 0, from = 0, size = 0, to = 0] = HEAD_COUNTS.map((name) => Number(counts[name]))
  if (origin === undefined || from > to || to > size) throw new LogFault('format', 0)
  return { version, from, origin, size, to }
}

type Island = { readonly seq: number; readonly body: Buffer }

/** An event that stands alone behind the part: its sequence, and its bytes. */
function readIsland(line: string): Island {
  const [, seq, body] = ISLAND.exec(line) ?? []
  if (seq === undefined || body === undefined) throw new LogFault('format', 0)
  return { seq: Number(seq), body: Buffer.from(body) }
}

/** The subtrees behind the part, with a leaf for each event that stands alone there, and where among them those are. */
function around(
  islands: readonly Island[],
  { to, size }: Pick<Head, 'to' | 'size'>,
): { readonly widths: readonly number[]; readonly places: readonly number[] } {
  const ends = [to, ...islands.map(({ seq }) => seq), size + 1]
  if (ends.some((end, at) => at > 0 && end <= (ends[at - 1] ?? 0))) throw new LogFault('format', 0)
  const widths: number[] = []
  const places: number[] = []
  for (const [at, end] of ends.slice(1).entries()) {
    widths.push(...subtreesBetween(ends[at] ?? 0, end - 1))
    if (at < islands.length) places.push(widths.push(1) - 1)
  }
  return { widths, places }
}

/** Holds it against the leaf that stands at its place. */
function laterEvent({ seq, body }: Island, leaf: Uint8Array | undefined) {
  if (leaf === undefined || Buffer.compare(hashLeaf(body), leaf) !== 0) throw new LogFault('leaf', seq)
  return { seq, body: readEvent(body, seq) }
}

const COUNT = '(0|[1-9][0-9]{0,14})'
const ISLAND = new RegExp(`^${COUNT} (\\{.+)$`, 's')
const HEAD_COUNTS = ['version', 'from', 'size', 'to']
const HEAD = new RegExp(
  `^\\{"format":"stint-bundle@v(?<version>[12])","from":(?<from>${COUNT}),"origin":"(?<origin>[^"\\\\+]+)","size":(?<size>${COUNT}),"to":(?<to>${COUNT})\\}\\n$`,
)

/** JSON of a fixed form, whose text needs no more of JSON's escapes than a note can. */
const KEPT =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has none inside its quotes
  /^\{"note":("(?:[^"\\\x00-\x1f]|\\["\\bfnrt]|\\u00[01][0-9a-f])*"),"size":(0|[1-9][0-9]{0,14})\}$/

function readKept(line: string): Kept {
  const [, note, size] = KEPT.exec(line) ?? []
  if (note === undefined) throw new LogFault('format', 0)
  return { note: JSON.parse(note), size: Number(size) }
}

function linesOf(text: string): readonly string[] {
  if (text !== '' && !text.endsWith('\n')) throw new LogFault('format', 0)
  return text.split('\n').slice(0, -1)
}

function hashesOf(bytes: Buffer, wanted: number, seq: number): readonly Buffer[] {
  if (bytes.length !== wanted * HASH) throw new LogFault('format', seq)
  return Array.from({ length: wanted }, (_, at) => bytes.subarray(at * HASH, (at + 1) * HASH))
}

/** A last line without its end is a line all the same: what it holds is judged, and then that there is one too many or few. */
function splitLines(bytes: Buffer): readonly Buffer[] {
  const lines: Buffer[] = []
  let start = 0
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, end))
    start = end + 1
  }
  if (start < bytes.length) lines.push(bytes.subarray(start))
  return lines
}

function utf8(bytes: Buffer): string {
  const text = bytes.toString()
  if (Buffer.compare(Buffer.from(text), bytes) !== 0) throw new LogFault('format', 0)
  return text
}
