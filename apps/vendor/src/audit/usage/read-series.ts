import type {
  MappingRefusals,
  RefusalUse,
  UsageOf,
  UsagePeriod,
  UsagePoint,
  UsageStep,
} from '../../domain/usage.ts'
import { dateOf, stepStart } from '../../domain/usage-time.ts'
import type { Connection } from '../../storage/sqlite/open.ts'
import { type CountColumns, countsOf, joinUsed, sumCounts, usedOf } from './columns.ts'
import { type Days, daysOf } from './days.ts'

const MAX_REFUSALS = 10_000
const MAX_MAPPING_REFUSALS = 100_000

type DayRow = CountColumns & { day: number }
type CodeRow = { day: number; code: string; count: number }
type RefusalRow = CodeRow & { issuer: string; role: string; firstMs: number; lastMs: number }
type MappingRow = CodeRow & { mapping: string }

const SERIES = `SELECT d.day, d.issued, d.redelivered, d.refused, d.withheld, d.upstream_failed AS upstreamFailed,
    d.first_ms AS firstMs, d.last_ms AS lastMs
  FROM json_each(@days) AS one CROSS JOIN usage_day AS d ON d.day = one.value AND d.kind = @kind AND d.name = @name`
const BETWEEN = 'day BETWEEN @from AND @to'
const REFUSED = `SELECT day, code, sum(count) AS count FROM usage_refusal WHERE ${BETWEEN}`
/** A refusal has no target: of a target only how many there were is known. */
const CODES: Readonly<Record<UsageOf['kind'], string | null>> = {
  mapping: `SELECT r.day, r.code, sum(r.count) AS count FROM json_each(@days) AS one
    CROSS JOIN usage_mapping_refusal AS r ON r.day = one.value AND r.mapping = @name GROUP BY r.day, r.code`,
  role: `${REFUSED} AND role = @name GROUP BY day, code`,
  issuer: `${REFUSED} AND issuer = @name GROUP BY day, code`,
  target: null,
}

/** The use of one mapping, role, issuer or target, step by step. */
export function readSeries(
  connection: Connection,
  of: UsageOf,
  { period, step }: { readonly period: UsagePeriod; readonly step: UsageStep },
): readonly UsagePoint[] {
  const bound = { ...of, ...daysOf(period) }
  const days = connection.prepare<[UsageOf & Days], DayRow>(SERIES).all(bound)
  const sql = CODES[of.kind]
  const codes = sql === null ? [] : connection.prepare<[UsageOf & Days], CodeRow>(sql).all(bound)
  const counted = Map.groupBy(days, ({ day }) => stepStart(day, step))
  const refused = Map.groupBy(codes, ({ day }) => stepStart(day, step))
  const starts = [...new Set([...counted.keys(), ...refused.keys()])].toSorted((a, b) => a - b)
  return starts.map((start) => {
    const rows = counted.get(start) ?? []
    const refusals = sumBy(refused.get(start) ?? [])
    const counts = sumCounts(rows.map(countsOf))
    // A role that was asked for and not decided was refused all the same.
    const told = Object.values(refusals).reduce((sum, one) => sum + one, 0)
    return {
      from: dateOf(start),
      counts: { ...counts, refused: Math.max(counts.refused, told) },
      used: joinUsed(rows.map(usedOf)),
      refusals,
    }
  })
}

function sumBy(rows: readonly CodeRow[]): Readonly<Record<string, number>> {
  const sums = new Map<string, number>()
  for (const { code, count } of rows) sums.set(code, (sums.get(code) ?? 0) + count)
  return Object.fromEntries([...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

export function readRefusals(
  connection: Connection,
  period: UsagePeriod,
  step: UsageStep,
): readonly RefusalUse[] {
  const sql = `SELECT day, issuer, role, code, count, first_ms AS firstMs, last_ms AS lastMs FROM usage_refusal
    WHERE ${BETWEEN}`
  const sums = new Map<string, RefusalRow>()
  for (const row of connection.prepare<[Days], RefusalRow>(sql).iterate(daysOf(period))) {
    const day = stepStart(row.day, step)
    const place = `${day}/${row.issuer}/${row.role}/${row.code}`
    const sum = sums.get(place)
    if (sum === undefined) sums.set(place, { ...row, day })
    else {
      sum.count += row.count
      sum.firstMs = Math.min(sum.firstMs, row.firstMs)
      sum.lastMs = Math.max(sum.lastMs, row.lastMs)
    }
  }
  return most([...sums.values()], MAX_REFUSALS).map(({ day, issuer, role, ...row }) => ({
    from: dateOf(day),
    ...row,
    issuer: issuer === '' ? null : issuer,
    role: role === '' ? null : role,
  }))
}

export function readMappingRefusals(
  connection: Connection,
  period: UsagePeriod,
  step: UsageStep,
): readonly MappingRefusals[] {
  const sql = `SELECT day, mapping, code, sum(count) AS count FROM usage_mapping_refusal WHERE ${BETWEEN}
    GROUP BY day, mapping, code`
  const sums = new Map<string, MappingRow>()
  for (const row of connection.prepare<[Days], MappingRow>(sql).iterate(daysOf(period))) {
    const day = stepStart(row.day, step)
    const place = `${day}/${row.mapping}/${row.code}`
    const sum = sums.get(place)
    if (sum === undefined) sums.set(place, { ...row, day })
    else sum.count += row.count
  }
  const all = most([...sums.values()], MAX_MAPPING_REFUSALS)
  return all.map(({ day, mapping, code, count }) => ({ from: dateOf(day), mapping, code, count }))
}

/** The most frequent, in the order of their days. */
function most<T extends CodeRow>(rows: readonly T[], limit: number): readonly T[] {
  const kept = rows.length <= limit ? rows : rows.toSorted((a, b) => b.count - a.count).slice(0, limit)
  return kept.toSorted((a, b) => a.day - b.day || b.count - a.count)
}
