import type { ConditionKeys } from '../condition-key.ts'
import { actionsTaking } from '../condition-key.ts'
import type { Operator, OperatorFamily } from '../condition-operator.ts'
import { parseOperator } from '../condition-operator.ts'
import { VALUE_FORMS } from '../condition-value.ts'
import type { Diagnostic, DiagnosticCode } from '../diagnostic.ts'
import { diagnose } from '../diagnostic.ts'
import type { ConditionBlock } from '../document.ts'
import { parseTemplate } from '../template.ts'
import type { StatementPlace } from './statement.ts'
import { besideWildcard } from './statement.ts'

/** What stores that follow AWS closely still say differently. */
export type ConditionRules = {
  readonly keys: ConditionKeys
  has(operator: Operator): boolean
  isForgeable(key: string): boolean
  /** Why these values cannot stand behind this operator, or null. */
  refuseValues(operator: Operator, values: readonly string[]): string | null
}

/** Checks the conditions of a statement that allows or denies these actions. */
export function checkConditionsBy(
  rules: ConditionRules,
  condition: ConditionBlock,
  at: StatementPlace,
): readonly Diagnostic[] {
  return Object.entries(condition).flatMap(([text, keys]) => {
    const path = `${at.path}.${text}`
    const operator = parseOperator(text)
    if (operator === null || !rules.has(operator))
      return [diagnose('condition_operator', path, `\`${text}\``)]
    return Object.entries(keys).flatMap(([key, values]) => {
      const here = `${path}.${key}`
      if (actionsTaking(rules.keys, key, at.actions) === 'none')
        return [diagnose('condition_key', here, `\`${key}\``)]
      const refused = rules.refuseValues(operator, values)
      return [
        ...(rules.isForgeable(key) ? [diagnose('condition_forgeable', here, `\`${key}\`:`)] : []),
        ...(refused === null ? [] : [diagnose('condition_value', here, refused)]),
        ...values.flatMap((value, index) => {
          const code = refuseValue(value, operator.family)
          return code === null ? [] : [diagnose(code, `${here}[${index}]`)]
        }),
      ]
    })
  })
}

function refuseValue(value: string, family: OperatorFamily): DiagnosticCode | null {
  const { names } = parseTemplate(value)
  if (family === 'string') return null
  if (family === 'like') return besideWildcard(value) ? 'placeholder_beside' : null
  // What is read as a number, a date, a network or an ARN has its form checked here, so no hole may stand in it.
  if (names.length > 0) return 'placeholder_position'
  if (family === 'arn') return /^arn:(?:[^:]*:){4}./.test(value) ? null : 'condition_value'
  return VALUE_FORMS[family](value) ? null : 'condition_value'
}
