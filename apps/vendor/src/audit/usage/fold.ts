import { lifetimeStep } from '../../domain/usage-lifetime.ts'
import { quarterOf } from '../../domain/usage-time.ts'
import type { Sighting } from './sighting.ts'
import { readSighting } from './sighting.ts'
import type { Counted, UsageOutcome } from './tally.ts'

/** What is added to one row: how often, and between which instants. */
export type Added = { count: number; firstMs: number; lastMs: number }

export type DayAdded = {
  readonly day: number
  readonly kind: 'mapping' | 'role' | 'issuer' | 'target'
  readonly name: string
  readonly version: number
  readonly counts: Record<UsageOutcome, number>
  /** Of what was given; null: nothing. */
  used: { firstMs: number; lastMs: number } | null
}
export type MappingAdded = {
  readonly mapping: string
  readonly version: number
  readonly issuer: string
  role: string
  used: { firstMs: number; lastMs: number } | null
}
export type RefusalAdded = Added & {
  readonly day: number
  readonly issuer: string
  readonly role: string
  readonly code: string
}
export type MappingRefusalAdded = {
  readonly day: number
  readonly mapping: string
  readonly version: number
  readonly code: string
  count: number
}
export type SeenAdded = Added & {
  readonly quarter: number
  readonly mapping: string
  readonly issuer: string
  readonly sub: string
  readonly network: string
}
export type LifetimeAdded = {
  readonly quarter: number
  readonly mapping: string
  readonly of: 'given' | 'asked'
  readonly seconds: number
  count: number
}

/** What a tally adds to the rows of each table, each row once, in the order of first sight. */
export type Folded = {
  readonly days: Iterable<DayAdded>
  readonly mappings: Iterable<MappingAdded>
  readonly refusals: Iterable<RefusalAdded>
  readonly mappingRefusals: Iterable<MappingRefusalAdded>
  readonly subjects: Iterable<SeenAdded>
  readonly networks: Iterable<SeenAdded>
  readonly lifetimes: Iterable<LifetimeAdded>
}

/** Folds a tally, given in the order of first sight. Pure. */
export function foldTally(tally: readonly Counted[]): Folded {
  const rows = noRows()
  for (const counted of tally) {
    const sighting = readSighting(counted.sighting)
    for (const pin of sighting.mappings) addMapping(rows, counted, { ...sighting, ...pin })
    for (const kind of ['role', 'issuer', 'target'] as const) {
      const name = sighting[kind]
      if (name !== null) addDay(rows, counted, { kind, name, version: 0 })
    }
    if (counted.outcome === 'refused') addRefusal(rows, counted, sighting)
  }
  return {
    days: rows.days.values(),
    mappings: rows.mappings.values(),
    refusals: rows.refusals.values(),
    mappingRefusals: rows.mappingRefusals.values(),
    subjects: rows.subjects.values(),
    networks: rows.networks.values(),
    lifetimes: rows.lifetimes.values(),
  }
}

type Rows = ReturnType<typeof noRows>

function noRows() {
  return {
    days: new Map<string, DayAdded>(),
    mappings: new Map<string, MappingAdded>(),
    refusals: new Map<string, RefusalAdded>(),
    mappingRefusals: new Map<string, MappingRefusalAdded>(),
    subjects: new Map<string, SeenAdded>(),
    networks: new Map<string, SeenAdded>(),
    lifetimes: new Map<string, LifetimeAdded>(),
  }
}

function addDay({ days }: Rows, counted: Counted, of: Pick<DayAdded, 'kind' | 'name' | 'version'>): void {
  const { day, outcome, count } = counted
  const added = placed(days, `${day}/${of.kind}/${of.name}/${of.version}`, () => ({
    ...{ day, ...of, used: null },
    counts: { issued: 0, redelivered: 0, refused: 0, withheld: 0, upstream_failed: 0 },
  }))
  added.counts[outcome] += count
  if (isGiven(outcome)) added.used = joined(added.used, counted)
}

/** One mapping of a sighting. */
type Seen = Sighting & Sighting['mappings'][number]

function addMapping(rows: Rows, counted: Counted, seen: Seen): void {
  const { mapping, version } = seen
  const [issuer, role] = [seen.issuer ?? '', seen.role ?? '']
  addDay(rows, counted, { kind: 'mapping', name: mapping, version })
  const made = { mapping, version, issuer, role, used: null }
  const known = placed(rows.mappings, `${mapping}/${version}`, () => made)
  if (known.role === '') known.role = role
  if (counted.outcome === 'refused') {
    const { day, code, count } = counted
    const refusal = { day, mapping, version, code, count: 0 }
    placed(rows.mappingRefusals, `${day}/${mapping}/${version}/${code}`, () => refusal).count += count
  }
  if (!isGiven(counted.outcome)) return
  known.used = joined(known.used, counted)
  addSeen(rows, counted, seen)
}

function addSeen(rows: Rows, counted: Counted, seen: Seen): void {
  const quarter = quarterOf(counted.day)
  const { mapping, network, tail: sub, given, asked } = seen
  const issuer = seen.issuer ?? ''
  const place = `${quarter}/${mapping}`
  const who = () => ({ quarter, mapping, issuer, sub, network, ...none() })
  grow(placed(rows.subjects, `${place}/${issuer}/${sub}`, who), counted)
  if (network !== '') grow(placed(rows.networks, `${place}/${network}`, who), counted)
  if (counted.outcome !== 'issued') return
  for (const [of, exact] of [['given', given] as const, ['asked', asked] as const]) {
    if (exact === null) continue
    const seconds = lifetimeStep(exact)
    const lifetime = { quarter, mapping, of, seconds, count: 0 }
    placed(rows.lifetimes, `${place}/${of}/${seconds}`, () => lifetime).count += counted.count
  }
}

function addRefusal({ refusals }: Rows, counted: Counted, sighting: Sighting): void {
  const { day, code } = counted
  const [issuer, role] = [sighting.issuer ?? '', sighting.role ?? sighting.tail]
  const made = () => ({ day, issuer, role, code, ...none() })
  grow(placed(refusals, `${day}/${issuer}/${role}/${code}`, made), counted)
}

function isGiven(outcome: UsageOutcome): boolean {
  return outcome === 'issued' || outcome === 'redelivered'
}

function placed<T>(rows: Map<string, T>, place: string, make: () => T): T {
  const found = rows.get(place)
  if (found !== undefined) return found
  const made = make()
  rows.set(place, made)
  return made
}

function none(): Added {
  return { count: 0, firstMs: Number.MAX_SAFE_INTEGER, lastMs: 0 }
}

function grow(row: Added, { count, firstMs, lastMs }: Counted): void {
  row.count += count
  row.firstMs = Math.min(row.firstMs, firstMs)
  row.lastMs = Math.max(row.lastMs, lastMs)
}

function joined(
  used: { firstMs: number; lastMs: number } | null,
  { firstMs, lastMs }: Counted,
): { firstMs: number; lastMs: number } {
  if (used === null) return { firstMs, lastMs }
  return { firstMs: Math.min(used.firstMs, firstMs), lastMs: Math.max(used.lastMs, lastMs) }
}
