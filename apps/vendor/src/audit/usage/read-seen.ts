import type { NewNetwork, ObservedNetwork, ObservedSubject, SharedSubject } from '../../domain/usage.ts'
import { dayOf, quarterOf } from '../../domain/usage-time.ts'
import type { Connection } from '../../storage/sqlite/open.ts'

const OF_MAPPING = 'quarter IN (SELECT DISTINCT quarter FROM usage_quarter) AND mapping = ? ORDER BY quarter'
const SUBJECTS = `SELECT issuer, sub, first_ms AS firstMs, last_ms AS lastMs, count, first_network AS firstNetwork
  FROM usage_subject WHERE ${OF_MAPPING}`
const NETWORKS = `SELECT network, first_ms AS firstMs, last_ms AS lastMs, count, first_issuer AS issuer, first_sub AS sub
  FROM usage_network WHERE ${OF_MAPPING}`
const NEW_NETWORKS = `SELECT n.mapping, network, n.first_ms AS firstMs, n.last_ms AS lastMs, count,
    first_issuer AS issuer, first_sub AS sub
  FROM usage_network AS n
  WHERE quarter >= @quarter AND n.first_ms >= @sinceMs
    AND EXISTS (SELECT 1 FROM usage_mapping AS m WHERE m.mapping = n.mapping AND m.first_ms < @sinceMs)
    AND NOT EXISTS (SELECT 1 FROM usage_network AS o WHERE o.quarter IN (SELECT DISTINCT quarter FROM usage_quarter)
      AND o.mapping = n.mapping AND o.network = n.network AND o.first_ms < @sinceMs)
  ORDER BY n.mapping, n.first_ms LIMIT @limit`
const SHARED = `SELECT s.issuer, s.sub, s.mapping, max(s.last_ms) AS lastMs,
    (SELECT role FROM usage_mapping AS m WHERE m.mapping = s.mapping ORDER BY version DESC LIMIT 1) AS role
  FROM usage_subject AS s WHERE quarter >= @quarter AND last_ms >= @sinceMs
  GROUP BY s.issuer, s.sub, s.mapping`

type NetworkRow = Omit<ObservedNetwork, 'firstSubject'> & { issuer: string; sub: string }
type Seen = { readonly firstMs: number; readonly lastMs: number; readonly count: number }
type SharedRow = { issuer: string; sub: string; mapping: string; role: string; lastMs: number }

export function readSubjects(
  connection: Connection,
  mapping: string,
  limit: number,
): readonly ObservedSubject[] {
  const rows = connection.prepare<[string], ObservedSubject>(SUBJECTS).iterate(mapping)
  return newest(rows, ({ issuer, sub }) => `${issuer}\n${sub}`, limit)
}

export function readNetworks(
  connection: Connection,
  mapping: string,
  limit: number,
): readonly ObservedNetwork[] {
  const rows = connection.prepare<[string], NetworkRow>(NETWORKS).iterate(mapping)
  return newest(rows, ({ network }) => network, limit).map(networkOf)
}

/** One row of each, over its quarters from the oldest on: what was first seen stays. Last seen first. */
function newest<T extends Seen>(rows: Iterable<T>, placeOf: (row: T) => string, limit: number): readonly T[] {
  const found = new Map<string, T>()
  for (const row of rows) {
    const place = placeOf(row)
    const before = found.get(place)
    if (before === undefined) found.set(place, row)
    else {
      const [count, lastMs] = [before.count + row.count, Math.max(before.lastMs, row.lastMs)]
      found.set(place, { ...before, count, lastMs })
    }
  }
  return [...found.values()].toSorted((a, b) => b.lastMs - a.lastMs).slice(0, limit)
}

export function readNewNetworks(
  connection: Connection,
  sinceMs: number,
  limit: number,
): readonly NewNetwork[] {
  const bound = { sinceMs, limit, quarter: quarterOf(dayOf(sinceMs)) }
  const rows = connection.prepare<[typeof bound], NetworkRow & { mapping: string }>(NEW_NETWORKS).all(bound)
  return rows.map((row) => ({ mapping: row.mapping, ...networkOf(row) }))
}

export function readSharedSubjects(
  connection: Connection,
  sinceMs: number,
  limit: number,
): readonly SharedSubject[] {
  const bound = { sinceMs, quarter: quarterOf(dayOf(sinceMs)) }
  const rows = connection.prepare<[typeof bound], SharedRow>(SHARED).iterate(bound)
  const bySubject = new Map<string, SharedRow[]>()
  for (const row of rows) {
    const place = `${row.issuer}\n${row.sub}`
    const found = bySubject.get(place)
    if (found === undefined) bySubject.set(place, [row])
    else found.push(row)
  }
  return [...bySubject.values()]
    .filter((mine) => new Set(mine.map(({ role }) => role)).size > 1)
    .flatMap((mine) => {
      const [first] = mine
      if (first === undefined) return []
      const mappings = mine.map(({ mapping, role, lastMs }) => ({ mapping, role, lastMs }))
      const lastMs = Math.max(...mine.map((one) => one.lastMs))
      return [{ issuer: first.issuer, sub: first.sub, lastMs, mappings }]
    })
    .toSorted((a, b) => b.lastMs - a.lastMs)
    .slice(0, limit)
}

function networkOf({ network, firstMs, lastMs, count, issuer, sub }: NetworkRow): ObservedNetwork {
  return { network, firstMs, lastMs, count, firstSubject: { issuer, sub } }
}
