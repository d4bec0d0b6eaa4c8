import type { Statement } from './document.ts'

/** A text with holes: literal pieces, and the names that stand between them (one fewer). */
export type Template = { readonly pieces: readonly string[]; readonly names: readonly string[] }

const HOLE = /\{\{([a-z][A-Za-z0-9_]{0,31})\}\}/g

/** Takes a text apart at its `{{name}}`s. A brace that belongs to no placeholder stays in a piece, for whoever checks. */
export function parseTemplate(text: string): Template {
  const parts = text.split(HOLE)
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
