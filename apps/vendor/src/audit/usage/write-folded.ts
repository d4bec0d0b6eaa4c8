import type { Connection } from '../../storage/sqlite/open.ts'
import type { DayAdded, Folded, LifetimeAdded, MappingAdded, RefusalAdded, SeenAdded } from './fold.ts'

/** Subjects, and networks, told apart of a mapping in a quarter: beyond, there are "more". */
export const TOLD_APART = 1_000
/** Of one day: a verified caller is free to ask for roles that nobody has. */
const REFUSAL_ROWS = 1_000

const USED = `first_ms = min(coalesce(first_ms, excluded.first_ms), coalesce(excluded.first_ms, first_ms)),
  last_ms = max(coalesce(last_ms, excluded.last_ms), coalesce(excluded.last_ms, last_ms))`
const DAY = `INSERT INTO usage_day VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (day, kind, name, version) DO UPDATE SET issued = issued + excluded.issued,
    redelivered = redelivered + excluded.redelivered, refused = refused + excluded.refused,
    withheld = withheld + excluded.withheld, upstream_failed = upstream_failed + excluded.upstream_failed, ${USED}`
const MAPPING = `INSERT INTO usage_mapping VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (mapping, version) DO UPDATE SET
  role = CASE role WHEN '' THEN excluded.role ELSE role END, ${USED}`
const MAPPING_REFUSAL = `INSERT INTO usage_mapping_refusal VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (day, mapping, version, code) DO UPDATE SET count = count + excluded.count`
const LIFETIME = `INSERT INTO usage_lifetime VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (quarter, mapping, of, seconds) DO UPDATE SET count = count + excluded.count`
const GROW = 'count = count + ?, first_ms = min(first_ms, ?), last_ms = max(last_ms, ?)'

/** Adds what was folded to the tables; inside the transaction of the caller. */
export function createUsageWriter(connection: Connection): (folded: Folded) => void {
  const day = connection.prepare(DAY)
  const mapping = connection.prepare(MAPPING)
  const mappingRefusal = connection.prepare(MAPPING_REFUSAL)
  const lifetime = connection.prepare(LIFETIME)
  const addRefusal = refusalWriter(connection)
  const addSeen = seenWriter(connection)
  const addDay = ({ day: at, kind, name, version, counts, used }: DayAdded) => {
    const { issued, redelivered, refused, withheld, upstream_failed } = counts
    const [firstMs, lastMs] = [used?.firstMs ?? null, used?.lastMs ?? null]
    day.run(at, kind, name, version, issued, redelivered, refused, withheld, upstream_failed, firstMs, lastMs)
  }
  const addMapping = ({ mapping: name, version, issuer, role, used }: MappingAdded) =>
    mapping.run(name, version, issuer, role, used?.firstMs ?? null, used?.lastMs ?? null)
  const addLifetime = ({ quarter, mapping: name, of, seconds, count }: LifetimeAdded) =>
    lifetime.run(quarter, name, of, seconds, count)
  return (folded) => {
    for (const one of folded.days) addDay(one)
    for (const one of folded.mappings) addMapping(one)
    for (const one of folded.refusals) addRefusal(one)
    for (const { day: at, mapping: name, version, code, count } of folded.mappingRefusals)
      mappingRefusal.run(at, name, version, code, count)
    addSeen(folded.subjects, folded.networks)
    for (const one of folded.lifetimes) addLifetime(one)
  }
}

/** Reasons are told apart by role up to a number a day, the first come; beyond, without their role. */
function refusalWriter(connection: Connection): (added: RefusalAdded) => void {
  const update = connection.prepare(
    `UPDATE usage_refusal SET ${GROW} WHERE day = ? AND issuer = ? AND role = ? AND code = ?`,
  )
  const insert = connection.prepare('INSERT INTO usage_refusal VALUES (?, ?, ?, ?, ?, ?, ?)')
  const rows = connection.prepare<[number], { rows: number }>(
    'SELECT count(*) AS rows FROM usage_refusal WHERE day = ?',
  )
  return function add(added) {
    const { day, issuer, role, code, count, firstMs, lastMs } = added
    if (update.run(count, firstMs, lastMs, day, issuer, role, code).changes > 0) return
    if (role !== '' && (rows.get(day)?.rows ?? 0) >= REFUSAL_ROWS) add({ ...added, role: '' })
    else insert.run(day, issuer, role, code, count, firstMs, lastMs)
  }
}

type Quarter = {
  subjects: number
  networks: number
  subjectsFirstMs: number | null
  subjectsLastMs: number | null
  networksFirstMs: number | null
  networksLastMs: number | null
}

const QUARTER = `SELECT subjects, networks, more_subjects_first_ms AS subjectsFirstMs,
  more_subjects_last_ms AS subjectsLastMs, more_networks_first_ms AS networksFirstMs,
  more_networks_last_ms AS networksLastMs FROM usage_quarter WHERE quarter = ? AND mapping = ?`

/** Whom and whence, the first so many of a quarter; beyond, when there were more. */
function seenWriter(
  connection: Connection,
): (subjects: Iterable<SeenAdded>, networks: Iterable<SeenAdded>) => void {
  const growSubject = connection.prepare(
    `UPDATE usage_subject SET ${GROW} WHERE quarter = ? AND mapping = ? AND issuer = ? AND sub = ?`,
  )
  const growNetwork = connection.prepare(
    `UPDATE usage_network SET ${GROW} WHERE quarter = ? AND mapping = ? AND network = ?`,
  )
  const subject = connection.prepare('INSERT INTO usage_subject VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const network = connection.prepare('INSERT INTO usage_network VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const get = connection.prepare<[number, string], Quarter>(QUARTER)
  const put = connection.prepare('INSERT OR REPLACE INTO usage_quarter VALUES (?, ?, ?, ?, ?, ?, ?, ?)')

  return (subjects, networks) => {
    const changed = new Map<string, { readonly at: SeenAdded; readonly row: Quarter }>()
    const quarterFor = (at: SeenAdded): Quarter => {
      const place = `${at.quarter}/${at.mapping}`
      const found = changed.get(place)
      if (found !== undefined) return found.row
      const row = get.get(at.quarter, at.mapping) ?? { ...EMPTY }
      changed.set(place, { at, row })
      return row
    }
    for (const one of subjects) {
      const { quarter, mapping, issuer, sub, count, firstMs, lastMs, network: from } = one
      if (growSubject.run(count, firstMs, lastMs, quarter, mapping, issuer, sub).changes > 0) continue
      const row = quarterFor(one)
      if (row.subjects >= TOLD_APART) {
        row.subjectsFirstMs = Math.min(row.subjectsFirstMs ?? firstMs, firstMs)
        row.subjectsLastMs = Math.max(row.subjectsLastMs ?? lastMs, lastMs)
        continue
      }
      row.subjects += 1
      subject.run(quarter, mapping, issuer, sub, firstMs, lastMs, count, from)
    }
    for (const one of networks) {
      const { quarter, mapping, issuer, sub, count, firstMs, lastMs, network: from } = one
      if (growNetwork.run(count, firstMs, lastMs, quarter, mapping, from).changes > 0) continue
      const row = quarterFor(one)
      if (row.networks >= TOLD_APART) {
        row.networksFirstMs = Math.min(row.networksFirstMs ?? firstMs, firstMs)
        row.networksLastMs = Math.max(row.networksLastMs ?? lastMs, lastMs)
        continue
      }
      row.networks += 1
      network.run(quarter, mapping, from, firstMs, lastMs, count, issuer, sub)
    }
    for (const { at, row } of changed.values()) {
      const { subjectsFirstMs, subjectsLastMs, networksFirstMs, networksLastMs } = row
      const more = [subjectsFirstMs, subjectsLastMs, networksFirstMs, networksLastMs]
      put.run(at.quarter, at.mapping, row.subjects, row.networks, ...more)
    }
  }
}

const EMPTY: Quarter = {
  subjects: 0,
  networks: 0,
  subjectsFirstMs: null,
  subjectsLastMs: null,
  networksFirstMs: null,
  networksLastMs: null,
}
