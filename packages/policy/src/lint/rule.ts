import { namesOf } from '../action-set.ts'
import type { ResourceKind } from '../action-table.ts'
import { parseS3Arn } from '../arn.ts'
import type { Dialect, DialectName } from '../dialects/dialect.ts'
import type { Statement } from '../document.ts'
import type { Placeholders } from '../placeholder.ts'

/** A document in normal form, with its placeholders, as one dialect reads it. */
export type PolicyLintInput = {
  readonly statements: readonly Statement[]
  readonly placeholders: Placeholders
  readonly dialect: Dialect
}

/** Where in the document, and in what words. */
export type PolicyHit = { readonly at: readonly (string | number)[]; readonly says: string }

/** A rule over a valid document: `warning` is dangerous or does nothing, `notice` somebody should know. */
export type PolicyRule = {
  readonly id: string
  readonly severity: 'warning' | 'notice'
  /** What it looks for and why it matters. */
  readonly about: string
  readonly fix: string
  /** The dialects that it is about; left out: all. */
  readonly dialects?: readonly DialectName[]
  readonly find: (input: PolicyLintInput) => readonly PolicyHit[]
}

/** A statement with its place. */
export type PlacedStatement = { readonly statement: Statement; readonly index: number }

export function statementsOf(
  { statements }: PolicyLintInput,
  effect: Statement['Effect'],
): readonly PlacedStatement[] {
  return statements.flatMap((statement, index) => (statement.Effect === effect ? [{ statement, index }] : []))
}

/** The names that a statement allows or denies. */
export function actionsOf({ dialect }: PolicyLintInput, { Action }: Statement): ReadonlySet<string> {
  return namesOf(dialect, Action, dialect.reading)
}

/** Every text of `Action` of an Allow that names one of these, with the names. */
export function allowing(input: PolicyLintInput, wanted: ReadonlySet<string>) {
  return statementsOf(input, 'Allow').flatMap(({ statement, index }) =>
    statement.Action.flatMap((text, place) => {
      const names = [...namesOf(input.dialect, [text], input.dialect.reading)].filter((name) =>
        wanted.has(name),
      )
      return names.length === 0 ? [] : [{ at: ['Statement', index, 'Action', place], names, statement }]
    }),
  )
}

/** A rule that warns of each of these actions where it is allowed. */
export function forbidding(
  rule: Omit<PolicyRule, 'find'>,
  actions: readonly string[],
  says: string,
): PolicyRule {
  const wanted = new Set(actions.map((name) => `s3:${name}`))
  return {
    ...rule,
    find: (input) =>
      allowing(input, wanted).map(({ at, names }) => ({ at, says: `${listed(names)} ${says}` })),
  }
}

const SHOWN = 3

/** A few names, and how many more. */
export function listed(names: readonly string[]): string {
  const some = names.slice(0, SHOWN).map((name) => `\`${name}\``)
  return names.length > SHOWN ? `${some.join(', ')} and ${names.length - SHOWN} more` : some.join(' and ')
}

export function kindOf({ dialect }: PolicyLintInput, action: string): ResourceKind | undefined {
  return dialect.actions.kinds.get(action)
}

/** Every condition of a statement, one key at a time. */
export function conditionsOf({ Condition }: Statement) {
  return Object.entries(Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({
      operator,
      key,
      values,
      at: ['Condition', operator, key],
    })),
  )
}

/** The segments of a key's pattern; null for a bucket or anything else. */
export function keySegments(resource: string): readonly string[] | null {
  const key = parseS3Arn(resource)?.key ?? null
  return key === null ? null : key.split('/')
}
