import type { PolicyDocument } from '@stint/policy'
import { parsePolicy } from '@stint/policy'
import type { Configuration } from '../configuration.ts'
import type { Role } from '../role.ts'
import { roleTries } from './role-tries.ts'
import { roleValues } from './role-values.ts'
import type { ProbeTry } from './try.ts'

export type RoleProbe =
  | { readonly ok: true; readonly tries: readonly ProbeTry[] }
  /** The value that is missing, cannot stand there, or is for no placeholder. */
  | { readonly ok: false; readonly member: string }

/** What is tried of a role that stands, with these values for its placeholders and the probe’s own for the rest. */
export function roleProbe(
  configuration: Configuration,
  role: Role,
  given: Readonly<Record<string, string>>,
): RoleProbe {
  const { others } = configuration.standing
  const policies = new Map(
    others.flatMap((one) => (one.kind === 'policy' ? [[one.name, one.body] as const] : [])),
  )
  const found = others.find((one) => one.kind === 'role' && one.name === role.name)
  if (found?.kind !== 'role') return { ok: false, member: 'name' }
  const values = roleValues(found.body, policies, { claims: role.sessionPolicy.claims, given })
  const wrong = values.missing[0] ?? values.unknown[0]
  if (wrong !== undefined) return { ok: false, member: `with.${wrong}` }
  const [plain, longest] = [rendered(role, values.plain), rendered(role, values.longest)]
  if ('refused' in plain) return { ok: false, member: `with (${plain.refused})` }
  if ('refused' in longest) return { ok: false, member: `with (${longest.refused})` }
  const { defaultSeconds, maxSeconds } = role.lifetime
  return { ok: true, tries: roleTries({ plain, longest, defaultSeconds, maxSeconds }) }
}

/** The document as the store gets it: what is tried is what would be given; or the claim whose value cannot stand. */
function rendered(role: Role, values: readonly string[]): PolicyDocument | { readonly refused: string } {
  const text = role.sessionPolicy.render(values)
  if (!text.ok) return { refused: text.claim.join('.') }
  const parsed = parsePolicy(JSON.parse(text.text))
  return parsed.ok ? parsed.value : { refused: '$' }
}
