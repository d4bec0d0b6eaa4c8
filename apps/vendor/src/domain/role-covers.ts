import { parsePolicy, type Statement } from '@stint/policy'
import { canonicalize } from './canonical.ts'
import type { PolicyBody, RoleBody } from './resource.ts'

/** A role's policies with the documents that it pins. */
export type RolePolicies = Pick<RoleBody, 'policies'> & {
  readonly documents: ReadonlyMap<string, PolicyBody>
}

/**
 * Whether all that `after` allows `before` allows already: every Allow of it stands within one Allow of before, and no
 * Deny of before is gone. What is not proved is not covered.
 */
export function rolePoliciesCover(before: RolePolicies, after: RolePolicies): boolean {
  const old = statementsOf(before)
  const now = statementsOf(after)
  if (old === null || now === null) return false
  const denies = now.filter(({ Effect }) => Effect === 'Deny')
  const allows = old.filter(({ Effect }) => Effect === 'Allow')
  return (
    old.every((one) => one.Effect === 'Allow' || denies.some((deny) => within(deny, one))) &&
    now.every((one) => one.Effect === 'Deny' || allows.some((allow) => within(allow, one)))
  )
}

function within(outer: Statement, inner: Statement): boolean {
  return (
    inner.Action.every((action) => outer.Action.includes(action)) &&
    inner.Resource.every((resource) => outer.Resource.includes(resource)) &&
    canonicalize(outer.Condition ?? {}) === canonicalize(inner.Condition ?? {})
  )
}

/** With each hole filled by what names its value: two roles speak of the same text where these are the same. */
function statementsOf(role: RolePolicies): readonly Statement[] | null {
  const statements: Statement[] = []
  for (const used of role.policies) {
    const body = role.documents.get(used.use)
    const parsed = body === undefined ? null : parsePolicy(body.document)
    if (body === undefined || !parsed?.ok) return null
    const fill = (text: string) =>
      text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => {
        const value = used.with[name]
        if (value === undefined) return whole
        return 'value' in value
          ? value.value
          : `{{${canonicalize({ claim: value.claim, of: body.placeholders[name] ?? null })}}}`
      })
    // Conditions are compared as one text, so they are filled as one.
    for (const statement of parsed.value.Statement) {
      const { Condition, ...rest } = statement
      statements.push({
        ...rest,
        Resource: statement.Resource.map(fill),
        ...(Condition === undefined ? {} : { Condition: JSON.parse(fillJson(Condition, fill)) }),
      })
    }
  }
  return statements
}

function fillJson(value: unknown, fill: (text: string) => string): string {
  return JSON.stringify(value, (_name, one: unknown) => (typeof one === 'string' ? fill(one) : one))
}
