import type { MappingUsage, ToldApart, UsagePeriod, VersionUsage } from '../../domain/usage.ts'
import { lifetimeUse } from '../../domain/usage-lifetime.ts'
import type { Connection } from '../../storage/sqlite/open.ts'
import { type CountColumns, countsOf, joinUsed, sumCounts, usedOf } from './columns.ts'
import { type Days, daysOf } from './days.ts'
import { TOLD_APART } from './write-folded.ts'

/** Mappings by name, both ends among them: what one turn of the event loop reads. */
export type Slice = { readonly first: string; readonly last: string }

type Bound = Slice & Days
type VersionRow = {
  mapping: string
  version: number
  issuer: string
  role: string
  firstMs: number | null
  lastMs: number | null
}
type DayRow = CountColumns & { name: string; version: number }
type SeenRow = { mapping: string; count: number }
type MoreRow = { mapping: string; subjects: number; networks: number }
type LifetimeRow = { mapping: string; of: 'given' | 'asked'; seconds: number; count: number }

const RANGE = 'mapping BETWEEN @first AND @last'
const QUARTERS = 'quarter IN (SELECT value FROM json_each(@quarters))'
const VERSIONS = `SELECT mapping, version, issuer, role, first_ms AS firstMs, last_ms AS lastMs FROM usage_mapping
  WHERE ${RANGE} ORDER BY mapping, version DESC`
/** Day by day, because that is how they lie: a seek a day, and then only rows that count. */
const DAYS = `SELECT d.name, d.version, sum(d.issued) AS issued, sum(d.redelivered) AS redelivered,
    sum(d.refused) AS refused, sum(d.withheld) AS withheld, sum(d.upstream_failed) AS upstreamFailed,
    min(d.first_ms) AS firstMs, max(d.last_ms) AS lastMs
  FROM json_each(@days) AS one CROSS JOIN usage_day AS d
    ON d.day = one.value AND d.kind = 'mapping' AND d.name BETWEEN @first AND @last
  GROUP BY d.name, d.version`
const SEEN = (table: string, what: string) => `SELECT mapping, count(DISTINCT ${what}) AS count FROM ${table}
  WHERE ${QUARTERS} AND ${RANGE} AND last_ms >= @fromMs AND first_ms <= @toMs GROUP BY mapping`
const MORE = `SELECT mapping,
    max(more_subjects_first_ms <= @toMs AND more_subjects_last_ms >= @fromMs) AS subjects,
    max(more_networks_first_ms <= @toMs AND more_networks_last_ms >= @fromMs) AS networks
  FROM usage_quarter WHERE ${QUARTERS} AND ${RANGE}
    AND (more_subjects_first_ms IS NOT NULL OR more_networks_first_ms IS NOT NULL) GROUP BY mapping`
const LIFETIMES = `SELECT mapping, of, seconds, sum(count) AS count FROM usage_lifetime
  WHERE ${QUARTERS} AND ${RANGE} GROUP BY mapping, of, seconds`

/** Reads the use of all mappings of a slice in a period. */
export function createPopulationReader(
  connection: Connection,
): (slice: Slice, period: UsagePeriod) => readonly MappingUsage[] {
  const versions = connection.prepare<[Slice], VersionRow>(VERSIONS)
  const days = connection.prepare<[Bound], DayRow>(DAYS)
  const subjects = connection.prepare<[Bound], SeenRow>(SEEN('usage_subject', 'issuer || char(10) || sub'))
  const networks = connection.prepare<[Bound], SeenRow>(SEEN('usage_network', 'network'))
  const more = connection.prepare<[Bound], MoreRow>(MORE)
  const lifetimes = connection.prepare<[Bound], LifetimeRow>(LIFETIMES)
  return (slice, period) => {
    const between = daysOf(period)
    const bound = { ...slice, ...between }
    const counted = new Map(days.all(bound).map((row) => [`${row.name}/${row.version}`, row] as const))
    const seen = {
      subjects: countsBy(subjects.all(bound)),
      networks: countsBy(networks.all(bound)),
      more: new Map(more.all(bound).map((row) => [row.mapping, row] as const)),
    }
    const lived = Map.groupBy(lifetimes.all(bound), ({ mapping }) => mapping)
    return [...Map.groupBy(versions.all(slice), ({ mapping }) => mapping)].map(([mapping, known]) => {
      const used = known.flatMap((one) => versionUsage(one, counted) ?? [])
      const beyond = seen.more.get(mapping)
      return {
        mapping,
        counts: sumCounts(used.map(({ counts }) => counts)),
        used: joinUsed(used.map((one) => one.used)),
        ever: joinUsed(known.map(usedOf)),
        versions: used,
        subjects: toldApart(seen.subjects.get(mapping), beyond?.subjects === 1),
        networks: toldApart(seen.networks.get(mapping), beyond?.networks === 1),
        given: lifetimeUse((lived.get(mapping) ?? []).filter(({ of }) => of === 'given')),
        asked: lifetimeUse((lived.get(mapping) ?? []).filter(({ of }) => of === 'asked')),
      }
    })
  }
}

function versionUsage(
  { mapping, version, issuer, role }: VersionRow,
  counted: ReadonlyMap<string, DayRow>,
): VersionUsage | null {
  const row = counted.get(`${mapping}/${version}`)
  return row === undefined ? null : { version, issuer, role, counts: countsOf(row), used: usedOf(row) }
}

function countsBy(rows: readonly SeenRow[]): ReadonlyMap<string, number> {
  return new Map(rows.map(({ mapping, count }) => [mapping, count] as const))
}

/** Several quarters together may know more than one of them tells apart. */
function toldApart(count: number | undefined, more: boolean): ToldApart {
  const told = count ?? 0
  return { count: Math.min(told, TOLD_APART), more: more || told > TOLD_APART }
}
