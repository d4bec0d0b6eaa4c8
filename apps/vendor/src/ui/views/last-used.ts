import type { ShownFinding } from '../data.ts'
import type { MappingRow } from './mapping-list.ts'

const DAY_MS = 86_400_000

/** Steps of the histogram; a line stands behind those at which access counts as inactive (FedRAMP AC-2(3)). */
const STEPS = [
  { label: 'today', days: 1 },
  { label: '2 to 7 days ago', days: 7 },
  { label: '8 to 35 days ago', days: 35, line: '35 days: inactive at the high baseline' },
  { label: '36 to 90 days ago', days: 90, line: '90 days: inactive at the moderate baseline' },
  { label: '91 to 180 days ago', days: 180 },
  { label: 'longer ago', days: Number.POSITIVE_INFINITY },
] as const

export type LastUsedStep = {
  readonly label: string
  readonly count: number
  readonly tone: 'good' | 'warn' | 'bad'
  readonly lineBelow: string | null
}

/** How many mappings in force were used last when. */
export function lastUsedSteps(
  rows: readonly Pick<MappingRow, 'standing' | 'lastUsedMs'>[],
  nowMs: number,
): readonly LastUsedStep[] {
  const inForce = rows.filter(({ standing }) => standing === 'enforce')
  const ages = inForce.map(({ lastUsedMs }) => (lastUsedMs === null ? null : (nowMs - lastUsedMs) / DAY_MS))
  const steps = STEPS.map((step, at) => {
    const from = STEPS[at - 1]?.days ?? Number.NEGATIVE_INFINITY
    const count = ages.filter((age) => age !== null && age > from && age <= step.days).length
    return {
      label: step.label,
      count,
      tone: step.days <= 35 ? ('good' as const) : step.days <= 90 ? ('warn' as const) : ('bad' as const),
      lineBelow: 'line' in step ? step.line : null,
    }
  })
  const never = ages.filter((age) => age === null).length
  return [...steps, { label: 'never', count: never, tone: 'bad', lineBelow: null }]
}

/** What says that nobody uses a mapping, by the time of grace and the days of the profile that the service goes by. */
const UNUSED: ReadonlySet<string | null | undefined> = new Set(['S01', 'S02'])

export function saysUnused({ detector }: Pick<ShownFinding, 'detector'>): boolean {
  return UNUSED.has(detector)
}

/** The mappings that are found to be unused, by name. */
export function unusedIn(findings: readonly Pick<ShownFinding, 'detector' | 'name'>[]): ReadonlySet<string> {
  return new Set(findings.filter(saysUnused).map(({ name }) => name))
}
