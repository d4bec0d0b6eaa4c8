import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { Problem } from '../domain/resource.ts'

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

/** Reads YAML 1.2 strictly: a key that stands twice, a tag or a bad indent is a problem with its line. */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, version: '1.2', strict: true })
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      position: at(error.pos[0]),
      message: error.message.split('\n')[0] ?? error.code,
    }))
    return { ok: false, problems }
  }
  try {
    const content: unknown = document.toJS({ maxAliasCount: MAX_ALIASES })
    return { ok: true, content: content ?? {}, locate: (path) => at(offsetOf(document.contents, path)) }
  } catch {
    return { ok: false, problems: [{ position: { line: 1, column: 1 }, message: 'too many aliases' }] }
  }
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
