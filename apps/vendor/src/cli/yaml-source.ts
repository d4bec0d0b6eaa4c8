import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { Problem } from '../domain/resource.ts'
import type { Chunk } from './yaml-chunks.ts'
import { cutYaml } from './yaml-chunks.ts'

/** A YAML file read: its content as JSON, and where each path of it stands. */
export type YamlSource =
  | { readonly ok: true; readonly content: unknown; readonly locate: (path: Problem['path']) => Position }
  | {
      readonly ok: false
      readonly problems: readonly { readonly position: Position; readonly message: string }[]
    }

export type Position = { readonly line: number; readonly column: number }

/** Few aliases are a convenience, many are a bomb. */
const MAX_ALIASES = 100

/** So many problems of form are said; a file with more has one thing wrong in many places. */
const MAX_PROBLEMS = 200
/** The document of a file of 30 MB takes 2.5 GB: from here on it is read in pieces where its form allows. */
const WHOLE_BYTES = 256 * 1024

export type ReadOptions = {
  /** How much of a large file is read, from 0 to 1. */
  readonly onProgress?: (share: number) => void
  readonly wholeBytes?: number
}

/** Reads YAML 1.2 strictly: a key that stands twice, a tag or a bad indent is a problem with its line. */
export function readYaml(text: string, options: ReadOptions = {}): YamlSource {
  const chunks = text.length > (options.wholeBytes ?? WHOLE_BYTES) ? cutYaml(text) : null
  return chunks === null ? readWhole(text) : readChunks(chunks, options)
}

function readWhole(text: string): YamlSource {
  const { document, at, problems } = parse(text)
  if (problems.length > 0) return { ok: false, problems: problems.slice(0, MAX_PROBLEMS) }
  try {
    const content: unknown = document.toJS({ maxAliasCount: MAX_ALIASES })
    return { ok: true, content: content ?? {}, locate: (path) => at(offsetOf(document.contents, path)) }
  } catch {
    return { ok: false, problems: [{ position: { line: 1, column: 1 }, message: 'too many aliases' }] }
  }
}

function parse(text: string) {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, version: '1.2', strict: true })
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const problems = document.errors.map((error) => ({
    position: at(error.pos[0]),
    message: error.message.split('\n')[0] ?? error.code,
  }))
  return { document, at, problems }
}

/** What a section holds so far, and which piece holds each of its entries. */
type Section = { readonly entries: [string, unknown][]; readonly pieces: Map<string, Chunk>; last: Chunk }

/** Piece by piece, each forgotten once it is read: a position is found by reading its piece again. */
function readChunks(chunks: readonly Chunk[], { onProgress }: ReadOptions): YamlSource {
  const problems: { position: Position; message: string }[] = []
  const sections = new Map<string, Section>()
  const plain = new Map<string, unknown>()
  for (const [nth, chunk] of chunks.entries()) {
    onProgress?.(nth / chunks.length)
    if (problems.length > MAX_PROBLEMS) break
    const { section } = chunk
    const read = parse(chunk.text)
    for (const { position, message } of read.problems)
      problems.push({ position: inFile(chunk, position), message })
    if (read.problems.length > 0) continue
    const twice = (path: readonly string[]) =>
      problems.push({
        position: inFile(chunk, read.at(offsetOf(read.document.contents, path))),
        message: 'Map keys must be unique',
      })
    const value: unknown = (read.document.toJS() as Record<string, unknown>)[section] // the chunk begins with its section
    const known = sections.get(section)
    const goesOn = known?.last.lineOf(1) === chunk.lineOf(1)
    if ((known !== undefined || plain.has(section)) && !goesOn) twice([section])
    else if (typeof value !== 'object' || value === null || Array.isArray(value)) plain.set(section, value)
    else {
      const held: Section = known ?? { entries: [], pieces: new Map(), last: chunk }
      for (const [name, entry] of Object.entries(value)) {
        if (held.pieces.has(name)) twice([section, name])
        held.pieces.set(name, chunk)
        held.entries.push([name, entry])
      }
      held.last = chunk
      sections.set(section, held)
    }
  }
  if (problems.length > 0) return { ok: false, problems: problems.slice(0, MAX_PROBLEMS) }
  const content = Object.fromEntries([
    ...plain,
    ...[...sections].map(([name, { entries }]) => [name, Object.fromEntries(entries)] as const),
  ])
  return { ok: true, content, locate: locatorOf(chunks, sections) }
}

/** Finds positions in pieces; the piece of the last one is kept, because problems come in the order of the file. */
function locatorOf(
  chunks: readonly Chunk[],
  sections: ReadonlyMap<string, Section>,
): (path: Problem['path']) => Position {
  let kept: { readonly chunk: Chunk; readonly read: ReturnType<typeof parse> } | null = null
  return (path) => {
    const [section, name] = path.map(String)
    const piece = sections.get(section ?? '')?.pieces.get(name ?? '')
    const chunk = piece ?? chunks.find((one) => one.section === section) ?? chunks[0]
    if (chunk === undefined) return { line: 1, column: 1 }
    if (kept?.chunk !== chunk) kept = { chunk, read: parse(chunk.text) }
    const { document, at } = kept.read
    return inFile(chunk, at(offsetOf(document.contents, path)))
  }
}

function inFile(chunk: Chunk, { line, column }: Position): Position {
  return { line: chunk.lineOf(line), column }
}

/** The offset of the deepest node of a path that is there: a missing member is shown where it should stand. */
function offsetOf(root: Node | null, path: Problem['path']): number {
  let node: unknown = root
  let offset = root?.range?.[0] ?? 0
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      )
      if (pair === undefined) return offset
      offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
      offset = hasRange(node) ? node.range[0] : offset
    } else return offset
  }
  return offset
}

function hasRange(node: unknown): node is { readonly range: readonly [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
}
