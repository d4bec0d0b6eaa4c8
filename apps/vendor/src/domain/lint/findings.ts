import type { ResourceKind } from '../resource.ts'
import type { Finding, Rule } from './rule.ts'

/** What one rule finds in one resource. */
export function findings<Input>(
  { id, severity, fix, find }: Rule<Input>,
  input: Input,
  of: { readonly kind: ResourceKind; readonly name: string },
): readonly Finding[] {
  return find(input).map(({ at, says }) => ({ rule: id, severity, ...of, at, message: says, fix }))
}

/** Warnings before notices, then by kind, name and rule. */
export function byWeight(a: Finding, b: Finding): number {
  return (
    Number(b.severity === 'warning') - Number(a.severity === 'warning') ||
    compare(a.kind, b.kind) ||
    compare(a.name, b.name) ||
    compare(a.rule, b.rule)
  )
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
