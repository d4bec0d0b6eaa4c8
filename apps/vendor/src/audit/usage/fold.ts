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
  const days = new Map<string, DayAdded>()
  const mappings = new Map<string, MappingAdded>()
  const refusals = new Map<string, RefusalAdded>()
  const mappingRefusals = new Map<string, MappingRefusalAdded>()
  const subjects = new Map<string, SeenAdded>()
  const networks = new Map<string, SeenAdded>()
  const lifetimes = new Map<string, LifetimeAdded>()

  function addDay(counted: Counted, kind: DayAdded['kind'], of: { name: string; version: number }): void {
    const { day, outcome, count } = counted
    const added = placed(days, `${day}/${kind}/${of.name}/${of.version}`, () => ({
      ...{ day, kind, ...of, used: null },
      counts: { issued: 0, redelivered: 0, refused: 0, withheld: 0, upstream_failed: 0 },
    }))
    added.counts[outcome] += count
    if (isGiven(outcome)) added.used = joined(added.used, counted)
  }

  function addMapping(counted: Counted, sighting: Sighting, pin: Sighting['mappings'][number]): void {
    const { mapping, version } = pin
    const [issuer, role] = [sighting.issuer ?? '', sighting.role ?? '']
    addDay(counted, 'mapping', { name: mapping, version })
    const known = placed(mappings, `${mapping}/${version}`, () => ({ ...pin, issuer, role, used: null }))
    if (known.role === '') known.role = role
    if (counted.outcome === 'refused') {
      const { day, code, count } = counted
      const place = `${day}/${mapping}/${version}/${code}`
      placed(mappingRefusals, place, () => ({ day, ...pin, code, count: 0 })).count += count
    }
    if (!isGiven(counted.outcome)) return
    known.used = joined(known.used, counted)
    addSeen(counted, sighting, mapping)
  }

  function addSeen(counted: Counted, sighting: Sighting, mapping: string): void {
    const quarter = quarterOf(counted.day)
    const { issuer, network, tail: sub, given, asked } = sighting
    const seen = { quarter, mapping, issuer: issuer ?? '', sub, network }
    grow(
      placed(subjects, `${quarter}/${mapping}/${seen.issuer}/${sub}`, () => ({ ...seen, ...none() })),
      counted,
    )
    grow(
      placed(networks, `${quarter}/${mapping}/${network}`, () => ({ ...seen, ...none() })),
      counted,
    )
    if (counted.outcome !== 'issued') return
    for (const [of, exact] of [['given', given] as const, ['asked', asked] as const]) {
      if (exact === null) continue
      const seconds = lifetimeStep(exact)
      const place = `${quarter}/${mapping}/${of}/${seconds}`
      placed(lifetimes, place, () => ({ quarter, mapping, of, seconds, count: 0 })).count += counted.count
    }
  }

  for (const counted of tally) {
    const sighting = readSighting(counted.sighting)
    for (const pin of sighting.mappings) addMapping(counted, sighting, pin)
    for (const kind of ['role', 'issuer', 'target'] as const) {
      const name = sighting[kind]
      if (name !== null) addDay(counted, kind, { name, version: 0 })
    }
    if (counted.outcome !== 'refused') continue
    const { day, code } = counted
    const [issuer, role] = [sighting.issuer ?? '', sighting.role ?? sighting.tail]
    grow(
      placed(refusals, `${day}/${issuer}/${role}/${code}`, () => ({ day, issuer, role, code, ...none() })),
      counted,
    )
  }
  return {
    days: days.values(),
    mappings: mappings.values(),
    refusals: refusals.values(),
    mappingRefusals: mappingRefusals.values(),
    subjects: subjects.values(),
    networks: networks.values(),
    lifetimes: lifetimes.values(),
  }
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
