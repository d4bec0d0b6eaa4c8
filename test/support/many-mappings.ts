import type { configurationFor } from './vendor.ts'

type Base = ReturnType<typeof configurationFor>

/** How many mappings one role has beside each other. */
const A_ROLE = 100

/**
 * A configuration of so many mappings of one issuer, at most 100 a role. Those of the base stand among them; the others
 * admit repositories of their own.
 */
export function manyMappings(base: Base, count: number) {
  const names = Object.keys(base.mappings)
  const { 'app-main': like } = base.mappings
  const extra = Array.from({ length: Math.max(0, count - names.length) }, (_, at) => {
    const role = at < A_ROLE - 1 ? 'app-artifacts' : `role-${Math.floor(at / A_ROLE)}`
    const when = [
      { claim: ['repository_id'], equals: String(1_000_000 + at) },
      { claim: ['ref'], equals: 'refs/heads/main' },
    ]
    return [`many-${at}`, { ...like, role, when }] as const
  })
  const roles = new Set(extra.map(([, { role }]) => role))
  const role = base.roles['app-artifacts']
  return {
    ...base,
    roles: { ...Object.fromEntries([...roles].map((name) => [name, role])), ...base.roles },
    mappings: { ...base.mappings, ...Object.fromEntries(extra) },
  }
}
