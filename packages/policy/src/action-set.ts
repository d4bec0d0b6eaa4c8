import type { Dialect, Reading } from './dialects/dialect.ts'
import { hasWildcard, matchesPattern, patternCovers } from './pattern.ts'
import { patternsMeet } from './pattern-intersection.ts'

/** How an `Action` is read: by the store of a dialect, or as AWS reads what a caller sends. */
type ActionReading = Pick<Reading, 'actionsByCase' | 'starBeginsAll' | 'implies'>

/** The names of the dialect's table that these texts name, read in this way; with what they imply. */
export function namesOf(
  dialect: Dialect,
  texts: readonly string[],
  reading: ActionReading,
): ReadonlySet<string> {
  const names = new Set<string>()
  for (const text of texts) {
    const implied = reading.implies.get(text)
    if (implied !== undefined) names.add(implied)
    if (reading.starBeginsAll && text.startsWith('*')) return new Set(dialect.actions.kinds.keys())
    if (reading.actionsByCase) for (const name of dialect.actions.matching(text)) names.add(name)
    else for (const name of matchingAnyCase(dialect, text)) names.add(name)
  }
  return names
}

function matchingAnyCase({ actions }: Dialect, text: string): readonly string[] {
  if (!hasWildcard(text)) {
    const name = actions.canonical(text)
    return name === null ? [] : [name]
  }
  const pattern = text.toLowerCase()
  return [...actions.kinds.keys()].filter((name) => matchesPattern(pattern, name.toLowerCase()))
}

/**
 * Whether all that `inner` names stands in `outer`, both as the store reads them. A store that knows more actions than
 * the table is held to the texts.
 */
export function actionsCover(dialect: Dialect, outer: readonly string[], inner: readonly string[]): boolean {
  if (dialect.open) return inner.every((text) => outer.some((one) => patternCovers(lower(one), lower(text))))
  const names = namesOf(dialect, outer, dialect.reading)
  return [...namesOf(dialect, inner, dialect.reading)].every((name) => names.has(name))
}

/** Whether both could name one action. */
export function actionsMeet(dialect: Dialect, one: readonly string[], other: readonly string[]): boolean {
  if (dialect.open)
    return one.some((text) => other.some((wanted) => patternsMeet(lower(text), lower(wanted))))
  const names = namesOf(dialect, one, dialect.reading)
  return [...namesOf(dialect, other, dialect.reading)].some((name) => names.has(name))
}

function lower(text: string): string {
  return text.toLowerCase()
}
