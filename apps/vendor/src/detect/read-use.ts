import type { MappingUse, RefusalDays, Use } from '../domain/detect/evidence.ts'
import type { Thresholds } from '../domain/detect/thresholds.ts'
import { quarterOf } from '../domain/detect/traffic-detectors.ts'
import type { MappingUsage } from '../domain/usage.ts'
import type { UsageReader } from '../ports/usage.ts'

/** What of the use of mappings detectors go by, out of the rollups. */
export type UseFacts = Omit<Use, 'sinceMs' | 'subjects' | 'packedPercent'>

const DAY_MS = 86_400_000
const YEAR_DAYS = 366
const MOST_NETWORKS = 10_000
const MOST_SHARED = 1_000

type Reader = Pick<
  UsageReader,
  'population' | 'refusals' | 'mappingRefusals' | 'newNetworks' | 'sharedSubjects'
>

export async function readUse(
  reader: Reader,
  { nowMs, thresholds }: { readonly nowMs: number; readonly thresholds: Thresholds },
): Promise<UseFacts> {
  const sinceMs = nowMs - thresholds.unusedDays * DAY_MS
  const population = await reader.population({ fromMs: sinceMs, toMs: nowMs })
  const refused = { fromMs: nowMs - (thresholds.spikeBaselineDays + 2) * DAY_MS, toMs: nowMs }
  const ofMappings = await reader.mappingRefusals(refused, 'day')
  // What names a mapping is told by the mapping: the role has the rest, such as what no mapping matched.
  const named = new Set(ofMappings.map(({ code }) => code))
  const ofRoles = (await reader.refusals(refused, 'day')).flatMap(({ role, code, from, count }) =>
    role === null || named.has(code) ? [] : [{ name: role, code, from, count }],
  )
  const quarterMs = quarterOf(nowMs)
  const newNetworks = await reader.newNetworks(quarterMs, MOST_NETWORKS)
  // Only where there is something new is it asked what was there before.
  const year = { fromMs: quarterMs - YEAR_DAYS * DAY_MS, toMs: quarterMs - 1 }
  const before = newNetworks.length === 0 ? null : await reader.population(year)
  const shared = await reader.sharedSubjects(sinceMs, MOST_SHARED)
  return {
    mappings: new Map(
      [...population].map(([name, usage]) => [name, mappingUse(usage, before?.get(name) ?? null)] as const),
    ),
    refusals: [
      ...byDay(
        'mapping',
        ofMappings.map(({ mapping, ...one }) => ({ name: mapping, ...one })),
      ),
      ...byDay('role', ofRoles),
    ],
    newNetworks: newNetworks.map(({ mapping, network, firstMs }) => ({ mapping, network, firstMs })),
    shared: shared.map(({ mappings }) => mappings.map(({ mapping }) => mapping).toSorted()),
  }
}

function mappingUse({ ever, counts, given }: MappingUsage, before: MappingUsage | null): MappingUse {
  return {
    ever,
    sessions: counts.issued,
    longestGivenSeconds: given.mostSeconds,
    p95GivenSeconds: given.p95Seconds,
    before: { sessions: before?.counts.issued ?? 0, networks: before?.networks.count ?? 0 },
  }
}

type Refused = { readonly name: string; readonly code: string; readonly from: string; readonly count: number }

function byDay(kind: RefusalDays['kind'], all: readonly Refused[]): readonly RefusalDays[] {
  return [...Map.groupBy(all, ({ name }) => name)].map(([name, own]) => {
    const days = new Map<number, number>()
    const codes = new Map<string, number>()
    const newest = own
      .map(({ from }) => from)
      .toSorted()
      .at(-1)
    for (const { from, code, count } of own) {
      const day = Math.floor(Date.parse(from) / DAY_MS)
      days.set(day, (days.get(day) ?? 0) + count)
      if (from === newest) codes.set(code, (codes.get(code) ?? 0) + count)
    }
    const [commonest] = [...codes].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    return { kind, name, days, code: commonest?.[0] ?? 'refused' }
  })
}
