import type { ConditionBlock, Statement } from './document.ts'

/** A text with holes: literal pieces, and the names that stand between them (one fewer). */
export type Template = { readonly pieces: readonly string[]; readonly names: readonly string[] }

const HOLE = /\{\{([a-z][A-Za-z0-9_]{0,31})\}\}/g

/** Takes a text apart at its `{{name}}`s. A brace that belongs to no placeholder stays in a piece, for whoever checks. */
export function parseTemplate(text: string): Template {
  return apart(text.split(HOLE))
}

/** What `split` by a pattern with one group gives: pieces and names in turn. */
function apart(parts: readonly string[]): Template {
  return {
    pieces: parts.filter((_, index) => index % 2 === 0),
    names: parts.filter((_, index) => index % 2 === 1),
  }
}

/** Every text of a statement, with its place in the document. */
export function* statementTexts(
  statement: Statement,
  path: string,
): Generator<{
  readonly text: string
  readonly path: string
  readonly where: 'action' | 'resource' | 'key' | 'value'
}> {
  for (const [index, text] of statement.Action.entries())
    yield { text, path: `${path}.Action[${index}]`, where: 'action' }
  for (const [index, text] of statement.Resource.entries())
    yield { text, path: `${path}.Resource[${index}]`, where: 'resource' }
  for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
    const at = `${path}.Condition.${operator}`
    yield { text: operator, path: at, where: 'key' }
    for (const [key, values] of Object.entries(keys)) {
      yield { text: key, path: `${at}.${key}`, where: 'key' }
      for (const [index, text] of values.entries())
        yield { text, path: `${at}.${key}[${index}]`, where: 'value' }
    }
  }
}

/**
 * The statement with these values, or marks, in its holes; entries of a list that are now the same stand once, because
 * MinIO refuses a condition with a value twice and counts the rest only once.
 */
export function fillStatement(statement: Statement, values: ReadonlyMap<string, string>): Statement {
  const fill = (text: string) => text.replace(HOLE, (hole, name: string) => values.get(name) ?? hole)
  const list = (texts: readonly string[]) => [...new Set(texts.map(fill))]
  const { Effect, Action, Resource, Condition } = statement
  const filled = { Effect, Action: [...new Set(Action)], Resource: list(Resource) }
  if (Condition === undefined) return filled
  return {
    ...filled,
    Condition: mapValues(Condition, (keys) => mapValues(keys, list)) satisfies ConditionBlock,
  }
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)] as const))
}

const MARK = /(\uE000[^\uE001]*\uE001)/

/**
 * A mark that stands for a hole while a document is printed: two private characters around the hex of its id, so that
 * JSON writes it as it is. No checked text contains such characters, so a mark is never found where none was put.
 */
export function markOf(id: string): string {
  return `\uE000${[...id].map((sign) => sign.codePointAt(0)?.toString(16)).join('_')}\uE001`
}

/** Takes a text apart at its marks. */
export function parseMarks(text: string): Template {
  return apart(text.split(MARK))
}

/**
 * Whether two different texts with marks could become the same for some values. A value is at least one character, and
 * one mark has one value; what these facts do not tell apart counts as alike.
 */
export function mayBeAlike(one: Template, other: Template): boolean {
  if (one.names.length === 0 && other.names.length === 0) return one.pieces[0] === other.pieces[0]
  const [startA, startB] = [one.pieces[0] ?? '', other.pieces[0] ?? '']
  if (!startA.startsWith(startB) && !startB.startsWith(startA)) return false
  const [endA, endB] = [one.pieces.at(-1) ?? '', other.pieces.at(-1) ?? '']
  if (!endA.endsWith(endB) && !endB.endsWith(endA)) return false
  const [sizeA, sizeB] = [fixedSize(one), fixedSize(other)]
  if (one.names.toSorted().join() === other.names.toSorted().join()) return sizeA === sizeB
  if (one.names.length === 0) return sizeA >= sizeB + other.names.length
  if (other.names.length === 0) return sizeB >= sizeA + one.names.length
  return true
}

function fixedSize({ pieces }: Template): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0)
}
