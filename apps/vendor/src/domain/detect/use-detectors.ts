import { durationWords } from '../duration-words.ts'
import type { Detector, Sighting } from './detector.ts'
import { dayOf, daysBetween } from './detector.ts'
import type { Scene, SeenMapping } from './scene.ts'

/** What a mapping is used for, or not. */
export const USE_DETECTORS: readonly Detector[] = [
  {
    id: 'S01',
    rule: 'unused',
    severity: 'warning',
    about: 'a mapping in force that gave sessions once, and none for 90 days (35 in the profile `high`)',
    restsOn:
      'the newest session of any version of the mapping; one that came in force within that time is left in peace',
    fix: 'revoke it; whoever needs it again asks for it again',
    folds: [],
    find: (scene) =>
      scene.mappings.flatMap((mapping) => {
        const { nowMs, thresholds } = scene.evidence
        const last = mapping.use?.ever?.lastMs
        if (!mapping.live || last === undefined) return []
        const sinceMs = Math.max(last, mapping.history?.inForceMs ?? last)
        const days = daysBetween(last, nowMs)
        return daysBetween(sinceMs, nowMs) < thresholds.unusedDays
          ? []
          : [of(mapping, `no session since ${dayOf(last)}, ${days} days ago`, { lastUsed: iso(last), days })]
      }),
  },
  {
    id: 'S02',
    rule: 'never-used',
    severity: 'warning',
    about:
      'a mapping in force that never gave a session, 14 days (7 in the profile `high`) after it came in force',
    restsOn: 'the sessions of all its versions since uses are counted, and since when it is in force',
    fix: 'ask its owner whether it is still wanted; take it away, or correct the conditions that match nobody',
    folds: [],
    find: (scene) =>
      scene.mappings.flatMap((mapping) => {
        const { nowMs, thresholds, use } = scene.evidence
        const { history } = mapping
        if (!mapping.live || history === null || (mapping.use?.ever ?? null) !== null) return []
        // Of what was before uses are counted, nobody can tell.
        const days = daysBetween(Math.max(history.inForceMs, use.sinceMs), nowMs)
        const inForce = dayOf(history.inForceMs)
        return days < thresholds.graceDays
          ? []
          : [of(mapping, `no session in ${days} days`, { inForce, days })]
      }),
  },
  {
    id: 'S03',
    rule: 'lifetime-unused',
    severity: 'notice',
    about: 'sessions may live much longer than they are needed: at least four times, and more than an hour',
    restsOn:
      'the longest session that was given in 90 days and, where the store tells, how long after it was given a session was last used; of 20 sessions or more',
    fix: 'lower `maxLifetime` of the mapping, or `lifetime` of the role, to what is used',
    folds: [],
    find: (scene) => scene.mappings.flatMap((mapping) => lifetimeOf(scene, mapping)),
  },
]

function lifetimeOf({ evidence }: Scene, mapping: SeenMapping): readonly Sighting[] {
  const { use, role, body } = mapping
  const { lifetimeFactor, shortSeconds, leastSessions } = evidence.thresholds
  if (!mapping.live || role === null || use === null || use.sessions < leastSessions) return []
  const may = Math.min(role.lifetime.maxSeconds, body.maxLifetimeSeconds ?? Number.POSITIVE_INFINITY)
  const longest = use.longestGivenSeconds
  const idle = evidence.access?.usedSeconds.get(mapping.name)
  const given = use.p95GivenSeconds
  if (idle !== undefined && given !== null && idle.sessions >= leastSessions) {
    const isLong = given > shortSeconds && given >= lifetimeFactor * Math.max(idle.p95, 1)
    const says = `95 of 100 sessions live up to ${durationWords(given)} and are used for ${durationWords(idle.p95)}`
    if (isLong)
      return [
        of(mapping, says, { givenSeconds: given, usedSeconds: idle.p95, sessions: idle.sessions }, 'used'),
      ]
  }
  if (longest === null || may <= shortSeconds || may < lifetimeFactor * longest) return []
  const says = `up to ${durationWords(may)} may be asked for, and nobody was given more than ${durationWords(longest)}`
  return [of(mapping, says, { maySeconds: may, longestSeconds: longest, sessions: use.sessions })]
}

function of({ name }: SeenMapping, says: string, evidence: Sighting['evidence'], part?: string): Sighting {
  return { kind: 'mapping', name, says, evidence, ...(part === undefined ? {} : { part }) }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
