export const POLICY_VERSION = '2012-10-17'

export type Effect = 'Allow' | 'Deny'
/** Operator → key → values; values are texts on the wire of every store. */
export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

/** One statement in normal form: actions, resources and condition values are always lists. */
export type Statement = {
  readonly Effect: Effect
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
  readonly Condition?: ConditionBlock
}

/** An IAM policy document in normal form (AWS IAM User Guide, "Grammar of the IAM JSON policy language"). */
export type PolicyDocument = {
  readonly Version: typeof POLICY_VERSION
  readonly Statement: readonly Statement[]
}
