import { covers, type Dialect, describePolicy, ESCAPES, parsePolicy, type Statement } from '@stint/policy'
import { canonicalize } from './canonical.ts'
import type { PolicyBody, RoleBody } from './resource.ts'
import type { ClaimPath } from './subject.ts'

/** A role's policies with the documents that it pins. */
export type RolePolicies = Pick<RoleBody, 'policies'> & {
  readonly documents: ReadonlyMap<string, PolicyBody>
}

/** Whether all that `after` allows `before` allows already (`covers`). What is not proved is not covered. */
export function rolePoliciesCover(before: RolePolicies, after: RolePolicies): boolean {
  const old = roleStatements(before)
  const now = roleStatements(after)
  return old !== null && now !== null && covers(old, now)
}

/** What a role allows, in words: a hole stands by the claim that fills it. */
export function roleInWords(role: RolePolicies, dialect: Dialect | null): readonly string[] {
  const statements = roleStatements(role, (claim) => `{{${claim.join('.')}}}`)
  return statements === null ? [] : describePolicy(statements, dialect)
}

/** One name for one claim in one kind of hole: two roles speak of the same text where these are the same. */
function holeName(claim: ClaimPath, of: unknown): string {
  // Without braces, so that nobody takes a part of it for a sign of its own.
  return `{{${encodeURIComponent(canonicalize({ claim, of }))}}}`
}

/**
 * The statements of all policies of a role, each hole by a name for its claim; null where one cannot be read. A fixed
 * value stands as itself, its wildcards escaped, as the dialects that let it have any write it.
 */
export function roleStatements(
  role: RolePolicies,
  nameOf: (claim: ClaimPath, of: unknown) => string = holeName,
): readonly Statement[] | null {
  const statements: Statement[] = []
  for (const used of role.policies) {
    const body = role.documents.get(used.use)
    const parsed = body === undefined ? null : parsePolicy(body.document)
    if (body === undefined || !parsed?.ok) return null
    const fill = (text: string) =>
      text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => {
        const value = used.with[name]
        if (value === undefined) return whole
        return 'value' in value ? escaped(value.value) : nameOf(value.claim, body.placeholders[name] ?? null)
      })
    statements.push(...parsed.value.Statement.map((statement) => filled(statement, fill)))
  }
  return statements
}

function escaped(value: string): string {
  return value.replace(/[*?$]/g, (sign) => ESCAPES.get(sign) ?? sign)
}

function filled(statement: Statement, fill: (text: string) => string): Statement {
  const { Condition, Resource, ...rest } = statement
  const resources = { ...rest, Resource: Resource.map(fill) }
  if (Condition === undefined) return resources
  const operators = Object.entries(Condition).map(([operator, keys]) => [
    operator,
    Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, values.map(fill)])),
  ])
  return { ...resources, Condition: Object.fromEntries(operators) }
}
