import { matchesPattern } from '@stint/policy'
import type { ResourceOf } from '../resource.ts'
import { roleStatements } from '../role-covers.ts'
import type { Detector, Sighting } from './detector.ts'
import { daysBetween } from './detector.ts'
import type { AccessUse } from './evidence.ts'
import type { Scene } from './scene.ts'

/** What a role grants and nobody exercises, where the store tells. */
export const ACCESS_DETECTOR: Detector = {
  id: 'S04',
  rule: 'grant-unused',
  severity: 'notice',
  about: 'actions or places of a role that no session ever used in 90 days (35 in the profile `high`)',
  restsOn: 'the store’s own audit log as it comes to `/v1/intake`; where no store tells, nothing is said',
  fix: 'take them out of the policy: `stint probe` and a shadow mapping show whether something is missed',
  folds: [],
  find: (scene) =>
    [...scene.roles.values()].flatMap((role) => {
      const used = scene.evidence.access?.roles.get(role.name)
      return used === undefined ? [] : unusedOf(scene, role, used)
    }),
}

const MOST_NAMED = 10

function unusedOf(
  { evidence: { nowMs, thresholds }, policies }: Scene,
  role: ResourceOf<'role'>,
  used: AccessUse,
): readonly Sighting[] {
  const days = daysBetween(used.sinceMs, nowMs)
  if (days < thresholds.unusedGrantDays || used.calls < thresholds.leastSessions) return []
  const documents = new Map([...policies].map(([name, { body }]) => [name, body] as const))
  const statements = roleStatements({ policies: role.body.policies, documents }, () => '*')
  const allows = (statements ?? []).filter(({ Effect }) => Effect === 'Allow')
  const actions = new Set(
    allows.flatMap(({ Action }) => Action).filter((pattern) => !isSeen(pattern, used.actions, true)),
  )
  const places = new Set(
    allows.flatMap(({ Resource }) => Resource).filter((pattern) => !isSeen(pattern, used.resources, false)),
  )
  if (actions.size === 0 && places.size === 0) return []
  const named = { actions: listed(actions), places: listed(places) }
  const says = [
    ...(actions.size > 0 ? [`actions ${named.actions}`] : []),
    ...(places.size > 0 ? [`places ${named.places}`] : []),
  ].join(' and ')
  const evidence = { ...named, calls: used.calls, days }
  return [
    {
      kind: 'role',
      name: role.name,
      at: ['policies'],
      says: `never used in ${days} days: ${says}`,
      evidence,
    },
  ]
}

/** Stores and policies write actions in any case; places never. */
function isSeen(pattern: string, seen: readonly string[], anyCase: boolean): boolean {
  const wanted = anyCase ? pattern.toLowerCase() : pattern
  return seen.some((one) => matchesPattern(wanted, anyCase ? one.toLowerCase() : one))
}

function listed(all: ReadonlySet<string>): string {
  const names = [...all].toSorted()
  const more = names.length - MOST_NAMED
  return names.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
