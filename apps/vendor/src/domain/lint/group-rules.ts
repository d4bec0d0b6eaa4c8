import type { ConditionBody, ResourceOf } from '../resource.ts'
import type { Hit, Severity } from './rule.ts'

type Mapping = ResourceOf<'mapping'>

/** A rule over the enforced mappings of one issuer and role. */
export type GroupRule = {
  readonly id: string
  readonly severity: Severity
  readonly about: string
  readonly fix: string
  readonly find: (group: readonly Mapping[]) => readonly (Hit & { readonly name: string })[]
}

/** Larger groups are compared for equals only: everything against everything would be a square. */
const MAX_COMPARED = 200

export const GROUP_RULES: readonly GroupRule[] = [
  {
    id: 'duplicate',
    severity: 'warning',
    about: 'two mappings of one role with the same conditions: ending one ends nothing',
    fix: 'keep one of them',
    find: (group) => {
      const first = new Map<string, string>()
      return group.flatMap(({ name, body }) => {
        const key = [keysOf(body.when), keysOf(body.unless)]
          .map((keys) => [...keys].toSorted().join('\n'))
          .join('\n\n')
        const other = first.get(key)
        if (other === undefined) first.set(key, name)
        return other === undefined ? [] : [{ name, at: [], says: `\`${other}\` has the same conditions` }]
      })
    },
  },
  {
    id: 'shadowed',
    severity: 'warning',
    about:
      'another mapping of the same role admits everybody that this one admits, and more: ending this one ends nothing',
    fix: 'narrow the other one, or take this one away',
    find: (group) => {
      if (group.length > MAX_COMPARED) return []
      const keyed = group.map(({ name, body }) => ({
        name,
        when: keysOf(body.when),
        unless: keysOf(body.unless),
      }))
      return keyed.flatMap((one) => {
        const wider = keyed.find(
          (other) =>
            other !== one &&
            other.when.size + other.unless.size < one.when.size + one.unless.size &&
            isWithin(other.when, one.when) &&
            isWithin(other.unless, one.unless),
        )
        return wider === undefined
          ? []
          : [{ name: one.name, at: [], says: `\`${wider.name}\` admits all of them` }]
      })
    },
  },
]

function isWithin(inner: ReadonlySet<string>, outer: ReadonlySet<string>): boolean {
  return [...inner].every((key) => outer.has(key))
}

function keysOf(conditions: readonly ConditionBody[]): ReadonlySet<string> {
  return new Set(conditions.map((condition) => JSON.stringify(condition)))
}
