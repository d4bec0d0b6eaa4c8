import type { Dialect } from '../dialects/dialect.ts'
import { parsePolicy } from '../parse.ts'
import { parsePlaceholders } from '../placeholder.ts'
import { BREADTH_RULES } from './breadth-rules.ts'
import { CONDITION_RULES } from './condition-rules.ts'
import type { PolicyRule } from './rule.ts'
import { STATEMENT_RULES } from './statement-rules.ts'
import { UNDOING_RULES } from './undoing-rules.ts'

const RULES: readonly PolicyRule[] = [
  ...BREADTH_RULES,
  ...UNDOING_RULES,
  ...CONDITION_RULES,
  ...STATEMENT_RULES,
]

/** Every rule, for the documents. */
export const POLICY_LINT_RULES = RULES.map(({ id, severity, about, fix }) => ({ id, severity, about, fix }))

/** One thing to think about in a policy that is valid. */
export type PolicyFinding = {
  readonly rule: string
  readonly severity: 'warning' | 'notice'
  /** The steps to it in the document. */
  readonly at: readonly (string | number)[]
  readonly message: string
  readonly fix: string
}

/**
 * What somebody should think about in a document, as one dialect reads it. A document that cannot be read has none: what
 * is wrong with it is said when a role is compiled. Pure; quadratic in the statements.
 */
export function lintPolicy(
  document: unknown,
  placeholders: unknown,
  dialect: Dialect,
): readonly PolicyFinding[] {
  const parsed = parsePolicy(document)
  const declared = parsePlaceholders(placeholders ?? {})
  if (!parsed.ok || !declared.ok) return []
  const input = { statements: parsed.value.Statement, placeholders: declared.value, dialect }
  return RULES.flatMap(({ id, severity, fix, dialects, find }) =>
    dialects !== undefined && !dialects.includes(dialect.name)
      ? []
      : find(input).map(({ at, says }) => ({ rule: id, severity, at, message: says, fix })),
  )
}
