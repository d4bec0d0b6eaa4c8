import { actionsMeet, namesOf } from './action-set.ts'
import { AWS } from './dialects/aws.ts'
import type { Dialect } from './dialects/dialect.ts'
import { hasWildcard, patternCovers } from './pattern.ts'
import { widest } from './pattern-intersection.ts'

/** Texts of `Action`, or the name that cannot be written without allowing more. */
export type Met = { readonly texts: readonly string[]; readonly unwritable: string | null }

/** The actions that both name: `outer` as the store reads it, `inner` as AWS reads what callers send. */
export function meetActions(dialect: Dialect, outer: readonly string[], inner: readonly string[]): Met {
  const given = namesOf(dialect, outer, dialect.reading)
  const asked = namesOf(dialect, inner, AWS.reading)
  const both = new Set([...given].filter((name) => asked.has(name)))
  if (dialect.open) return { texts: openTexts(dialect, { outer, inner, both }), unwritable: null }
  // As the role writes it, where the caller asks for all of it: what a pattern says in one text stays one.
  if (both.size === given.size) return { texts: outer, unwritable: null }
  const within = (text: string) => {
    const names = namesOf(dialect, [text], dialect.reading)
    return names.size > 0 && [...names].every((name) => both.has(name))
  }
  const texts = inner.filter((text) => within(text))
  const written = new Set(namesOf(dialect, texts, dialect.reading))
  const left = [...both].filter((name) => !written.has(name))
  const unwritable = left.find((name) => !within(name)) ?? null
  return { texts: [...texts, ...left], unwritable }
}

/** Where the store knows more than the table: texts that one side covers, and of what merely overlaps the known names. */
function openTexts(
  dialect: Dialect,
  at: {
    readonly outer: readonly string[]
    readonly inner: readonly string[]
    readonly both: ReadonlySet<string>
  },
): readonly string[] {
  const texts = at.outer.flatMap((one) =>
    at.inner.flatMap((asked) => {
      const [wide, narrow] = [one.toLowerCase(), asked.toLowerCase()]
      if (patternCovers(narrow, wide)) return [one]
      if (!patternCovers(wide, narrow)) return []
      // In the spelling of the table, or else by its names.
      if (!hasWildcard(asked)) return [dialect.actions.canonical(asked)].filter((name) => name !== null)
      return isOurSpelling(dialect, asked) ? [asked] : []
    }),
  )
  const written = namesOf(dialect, texts, dialect.reading)
  return widest([...new Set([...texts, ...[...at.both].filter((name) => !written.has(name))])])
}

/** What a Deny of the caller takes away of these actions: never less than it says of them. */
export function deniedActions(
  dialect: Dialect,
  denied: readonly string[],
  of: readonly string[],
): readonly string[] {
  const ours = namesOf(dialect, of, dialect.reading)
  const theirs = namesOf(dialect, denied, AWS.reading)
  const both = [...ours].filter((name) => theirs.has(name))
  if (!dialect.open) return both.length === ours.size ? of : both
  if (of.every((text) => denied.some((one) => patternCovers(one.toLowerCase(), text.toLowerCase()))))
    return of
  const texts = denied.flatMap((text) => {
    if (!actionsMeet(dialect, [text], of)) return []
    if (!hasWildcard(text)) return [dialect.actions.canonical(text) ?? text]
    // In another case it is not ours to write: all that it could speak of is denied rather than too little.
    return isOurSpelling(dialect, text) ? [text] : of
  })
  return widest([...new Set(texts)])
}

/** Whether the pattern names the same by case as without. */
function isOurSpelling(dialect: Dialect, pattern: string): boolean {
  return dialect.actions.matching(pattern).length === namesOf(dialect, [pattern], AWS.reading).size
}
