import type { Detector, Sighting } from './detector.ts'
import { DAY_MS, dayOf } from './detector.ts'
import type { RefusalDays } from './evidence.ts'
import type { Scene } from './scene.ts'

/** What changed in who asks, from where, and how often it is refused. */
export const TRAFFIC_DETECTORS: readonly Detector[] = [
  {
    id: 'S15',
    rule: 'refusals-spike',
    severity: 'warning',
    about: 'a mapping or role is refused far more often than usual: a caller is configured wrong, or tries',
    restsOn:
      'refusals by UTC day. A day is a spike where it has 20 or more, and more than the median of the 28 days before by six deviations (1.4826 times the median deviation, at least the root of the median and 1); of today and yesterday the larger counts',
    fix: 'look why: `stint why <request>`; mend the caller, or the mapping',
    folds: [],
    find: (scene) => scene.evidence.use.refusals.flatMap((one) => spikeOf(scene, one)),
  },
  {
    id: 'S16',
    rule: 'new-network',
    severity: 'notice',
    about: 'a mapping was used from a network this quarter from which it never was before',
    restsOn:
      'source networks (/24, /48) of sessions, first seen since the quarter began (UTC), of mappings that were used in the year before it from 20 networks at most, and not from another one at every run: hosted runners come from everywhere',
    fix: 'ask its owner whether the work moved; if it did not, revoke the subject',
    folds: [],
    find: (scene) => newNetworks(scene),
  },
]

function spikeOf({ evidence }: Scene, { kind, name, days, code }: RefusalDays): readonly Sighting[] {
  const { leastRefusals, spikeDeviations, spikeBaselineDays } = evidence.thresholds
  const today = Math.floor(evidence.nowMs / DAY_MS)
  // A spike of last night is not over at midnight.
  const [day, count] = [today, today - 1]
    .map((one) => [one, days.get(one) ?? 0] as const)
    .reduce((a, b) => (b[1] > a[1] ? b : a))
  if (count < leastRefusals) return []
  const before = Array.from({ length: spikeBaselineDays }, (_, at) => days.get(today - 2 - at) ?? 0)
  const usual = median(before)
  const deviation = 1.4826 * median(before.map((one) => Math.abs(one - usual)))
  const limit = usual + spikeDeviations * Math.max(deviation, Math.sqrt(usual), 1)
  if (count <= limit) return []
  const date = dayOf(day * DAY_MS)
  const says = `${count} refusals on ${date}, mostly ${code}; usual are ${usual} a day`
  return [{ kind, name, says, evidence: { date, count, usual, limit: Math.round(limit), code } }]
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const high = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? 0) + high) / 2
}

function newNetworks({ evidence, mappings }: Scene): readonly Sighting[] {
  const quarterMs = quarterOf(evidence.nowMs)
  const fresh = evidence.use.newNetworks.filter(({ firstMs }) => firstMs >= quarterMs)
  const byMapping = Map.groupBy(fresh, ({ mapping }) => mapping)
  return mappings.flatMap(({ name, use }): Sighting[] => {
    const found = byMapping.get(name)?.toSorted((a, b) => a.firstMs - b.firstMs) ?? []
    const [first] = found
    if (first === undefined || use === null || use.ever === null || use.ever.firstMs >= quarterMs) return []
    const { networks: known, sessions } = use.before
    const { mostKnownNetworks, sessionsPerNetwork, fewNetworks } = evidence.thresholds
    if (known > mostKnownNetworks) return []
    if (known > fewNetworks && sessions < known * sessionsPerNetwork) return []
    const more = found.length > 1 ? ` and ${found.length - 1} more` : ''
    const says = `first used from ${first.network}${more} on ${dayOf(first.firstMs)}`
    return [
      {
        kind: 'mapping',
        name,
        says,
        evidence: { network: first.network, since: dayOf(first.firstMs), new: found.length, known },
      },
    ]
  })
}

/** The beginning of the quarter of an instant, UTC. */
export function quarterOf(nowMs: number): number {
  const date = new Date(nowMs)
  return Date.UTC(date.getUTCFullYear(), Math.floor(date.getUTCMonth() / 3) * 3, 1)
}
