/** A piece of a large file that is a document of its own: some entries of one top-level section under its header. */
export type Chunk = {
  readonly section: string
  /** YAML: the section's own line, then the entries. */
  readonly text: string
  /** The line of the file that stands at a line of `text`; both from 1. */
  readonly lineOf: (line: number) => number
}

const CHUNK_BYTES = 64 * 1024
const SECTION = /^([A-Za-z_][\w-]*):(.*)$/
const EMPTY = /^\s*(?:#.*)?$/
/** Anchors and aliases reach from chunk to chunk; documents and directives are no sections. */
const UNCUTTABLE = /^(?:---|\.\.\.|%)|(?:^|[\s[{,])[&*][A-Za-z0-9_]/m

/**
 * Cuts a file of block sections (`mappings:` and its entries, one indent deeper) between entries; null for a file of
 * any other form. In valid YAML a line at exactly the indent of a block mapping begins an entry of it: text, lists and
 * flow collections that go on are indented deeper. What is not valid stays so in its piece.
 */
export function cutYaml(text: string): readonly Chunk[] | null {
  if (UNCUTTABLE.test(text)) return null
  const lines = text.split('\n')
  const heads: { readonly at: number; readonly section: string; readonly inline: boolean }[] = []
  for (const [at, line] of lines.entries()) {
    // Items of a list may stand as deep as the key that they belong to.
    if (/^(?:\s|- )/.test(line) || EMPTY.test(line)) {
      if (heads.length === 0 && !EMPTY.test(line)) return null
      continue
    }
    const [, section, rest] = SECTION.exec(line.trimEnd()) ?? []
    if (section === undefined) return null
    heads.push({ at, section, inline: !EMPTY.test(rest ?? '') })
  }
  return heads.flatMap(({ at, section, inline }, nth) => {
    const end = heads[nth + 1]?.at ?? lines.length
    const cuts = inline ? [at + 1] : cutsOf(lines, at + 1, end)
    return cuts.map((from, piece) => ({
      section,
      text: `${[lines[at], ...lines.slice(from, cuts[piece + 1] ?? end)].join('\n')}\n`,
      lineOf: (line: number) => (line <= 1 ? at + 1 : from + line - 1),
    }))
  })
}

/** Where the pieces of a section begin: at its first line, and at entries from then on whenever a piece is full. */
function cutsOf(lines: readonly string[], from: number, to: number): readonly number[] {
  const cuts = [from]
  const first = lines.slice(from, to).find((line) => !EMPTY.test(line)) ?? ''
  const indent = /^ */.exec(first)?.[0].length ?? 0
  if (indent === 0 || /^[-?]/.test(first.slice(indent))) return cuts
  const entry = new RegExp(`^ {${indent}}[^\\s#]`)
  let bytes = 0
  for (let at = from; at < to; at++) {
    const line = lines[at] ?? ''
    if (bytes > CHUNK_BYTES && entry.test(line)) {
      cuts.push(at)
      bytes = 0
    }
    bytes += line.length
  }
  return cuts
}
