import type { Detector, Sighting } from './detector.ts'
import { daysBetween } from './detector.ts'
import type { AccessUse } from './evidence.ts'

const MOST_NAMED = 10

/** What a role grants and nobody exercises, where the store tells. */
export const ACCESS_DETECTOR: Detector = {
  id: 'S04',
  rule: 'grant-unused',
  severity: 'notice',
  about: 'actions or places of a role that no session ever used in 90 days (35 in the profile `high`)',
  restsOn:
    'the store’s own audit log as it comes to `/v1/intake`; where no store tells, of what its entries do not name, and of a role that was edited within that time, nothing is said',
  fix: 'take them out of the policy: a shadow mapping shows beforehand whether something is missed',
  folds: [],
  find: ({ evidence: { access, nowMs, thresholds }, roles, history }) =>
    [...(access?.roles ?? [])].flatMap(([name, used]) => {
      // What was granted a week ago need not have been used yet.
      const sinceMs = Math.max(used.sinceMs, history('role', name)?.changedMs ?? 0)
      const days = daysBetween(sinceMs, nowMs)
      const isTelling = days >= thresholds.unusedGrantDays && used.calls >= thresholds.leastSessions
      return roles.has(name) && isTelling ? unusedOf(name, used, days) : []
    }),
}

function unusedOf(name: string, used: AccessUse, days: number): readonly Sighting[] {
  const actions = listed(used.neverActions)
  const places = listed(used.neverPlaces)
  const says = [
    ...(actions === '' ? [] : [`actions ${actions}`]),
    ...(places === '' ? [] : [`places ${places}`]),
  ]
  if (says.length === 0) return []
  return [
    {
      kind: 'role',
      name,
      at: ['policies'],
      says: `never used in ${days} days: ${says.join(' and ')}`,
      evidence: { actions, places, calls: used.calls, days },
    },
  ]
}

function listed(all: readonly string[]): string {
  const names = all.toSorted()
  const more = names.length - MOST_NAMED
  return names.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
