import { segmentsCollide } from '@stint/policy'
import type { RoleInput } from './role-rules.ts'
import type { Hit, Severity } from './rule.ts'

export type NamedRole = { readonly name: string; readonly role: RoleInput }

/** A rule over all roles together. */
export type RoleGroupRule = {
  readonly id: string
  readonly severity: Severity
  readonly about: string
  readonly fix: string
  readonly find: (roles: readonly NamedRole[]) => readonly (Hit & { readonly name: string })[]
}

/** Larger groups are not compared: everything against everything would be a square. */
const MAX_COMPARED = 300

export const ROLE_GROUP_RULES: readonly RoleGroupRule[] = [
  {
    id: 'roles-collide',
    severity: 'warning',
    about:
      'two roles of one store whose places a value can make one: `{{repository}}/*` of one issuer and `{{project_path}}/*` of another are the same place where somebody takes the same name at both',
    fix: 'put a fixed segment of its own before each',
    find: (roles) => {
      const places = roles.flatMap(({ name, role }) => placesOf(name, role))
      const byBucket = Map.groupBy(places, ({ target, segments }) => `${target} ${segments[0] ?? ''}`)
      const found = new Map<string, Hit & { readonly name: string }>()
      for (const group of byBucket.values()) {
        if (group.length > MAX_COMPARED) continue
        for (const [at, one] of group.entries()) {
          for (const other of group.slice(0, at)) {
            if (other.name === one.name || !segmentsCollide(other.marked, one.marked)) continue
            const says = `\`${one.segments.join('/')}\` here, \`${other.segments.join('/')}\` of \`${other.name}\``
            const key = `${one.name} ${other.name}`
            if (!found.has(key)) found.set(key, { name: one.name, at: ['policies', one.policy], says })
          }
        }
      }
      return [...found.values()]
    },
  },
]

type Place = {
  readonly name: string
  readonly target: string
  readonly policy: number
  readonly segments: readonly string[]
  /** With names that a template has, whatever the claim is called. */
  readonly marked: readonly string[]
}

const ARN = 'arn:aws:s3:::'

function placesOf(name: string, { body, statements }: RoleInput): readonly Place[] {
  const all = statements.flatMap(({ statement, policy }) =>
    statement.Effect === 'Deny'
      ? []
      : statement.Resource.filter((text) => text.startsWith(ARN) && text.includes('/')).map((text) => {
          const segments = text.slice(ARN.length).split('/')
          return { name, target: body.target, policy, segments, marked: segments.map(marked) }
        }),
  )
  return [...new Map(all.map((one) => [one.segments.join('/'), one] as const)).values()]
}

function marked(segment: string): string {
  return segment.replace(
    /\{\{([^{}]*)\}\}/g,
    (_, claim: string) => `{{c${claim.replace(/[^A-Za-z0-9]/g, '_').slice(0, 30)}}}`,
  )
}
