/** What an operator compares, and so which values it takes. */
export type OperatorFamily =
  | 'string'
  | 'like'
  | 'arn'
  | 'binary'
  | 'ip'
  | 'null'
  | 'bool'
  | 'numeric'
  | 'date'

/** A condition operator taken apart: `ForAnyValue:StringNotEqualsIfExists` is four things. */
export type Operator = {
  /** Without qualifier and `IfExists`. */
  readonly base: string
  readonly family: OperatorFamily
  /** Its values act as NOR. */
  readonly negated: boolean
  readonly qualifier: 'ForAllValues' | 'ForAnyValue' | null
  readonly ifExists: boolean
}

/** AWS IAM User Guide, "IAM JSON policy elements: Condition operators". */
const FAMILIES: ReadonlyMap<string, OperatorFamily> = new Map([
  ['StringEquals', 'string'],
  ['StringNotEquals', 'string'],
  ['StringEqualsIgnoreCase', 'string'],
  ['StringNotEqualsIgnoreCase', 'string'],
  ['StringLike', 'like'],
  ['StringNotLike', 'like'],
  ['ArnEquals', 'arn'],
  ['ArnLike', 'arn'],
  ['ArnNotEquals', 'arn'],
  ['ArnNotLike', 'arn'],
  ['BinaryEquals', 'binary'],
  ['IpAddress', 'ip'],
  ['NotIpAddress', 'ip'],
  ['Null', 'null'],
  ['Bool', 'bool'],
  ['NumericEquals', 'numeric'],
  ['NumericNotEquals', 'numeric'],
  ['NumericLessThan', 'numeric'],
  ['NumericLessThanEquals', 'numeric'],
  ['NumericGreaterThan', 'numeric'],
  ['NumericGreaterThanEquals', 'numeric'],
  ['DateEquals', 'date'],
  ['DateNotEquals', 'date'],
  ['DateLessThan', 'date'],
  ['DateLessThanEquals', 'date'],
  ['DateGreaterThan', 'date'],
  ['DateGreaterThanEquals', 'date'],
])

const FORM = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/

/** Takes the name of an operator apart, or null where IAM has no such operator. */
export function parseOperator(text: string): Operator | null {
  const [, qualifier, base = '', ifExists] = FORM.exec(text) ?? []
  const family = FAMILIES.get(base)
  if (family === undefined || (base === 'Null' && ifExists !== undefined)) return null
  return {
    base,
    family,
    negated: base.includes('Not'),
    qualifier: qualifier === 'ForAllValues' || qualifier === 'ForAnyValue' ? qualifier : null,
    ifExists: ifExists !== undefined,
  }
}
