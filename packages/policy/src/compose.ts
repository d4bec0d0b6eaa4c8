import type { PolicyDocument, Statement } from './document.ts'
import { POLICY_VERSION } from './document.ts'

/**
 * One document of the statements of several: the union of what each says, as IAM itself joins policies, so a Deny of
 * one counts for all. Equal statements stand once; the order is that of the parts.
 */
export function composePolicies(parts: readonly (readonly Statement[])[]): PolicyDocument {
  const statements = new Map(parts.flat().map((statement) => [identity(statement), statement] as const))
  return { Version: POLICY_VERSION, Statement: [...statements.values()] }
}

/** Lists of a statement are sets: their order means nothing, to IAM as to MinIO. */
function identity({ Effect, Action, Resource, Condition }: Statement): string {
  const conditions = Object.entries(Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => [operator, key, ...values.toSorted()]),
  )
  return JSON.stringify([
    Effect,
    Action.toSorted(),
    Resource.toSorted(),
    conditions.map((row) => JSON.stringify(row)).toSorted(),
  ])
}
