import type { ItemUsage } from '../../domain/review/snapshot.ts'
import type { MappingUsage, UsagePeriod } from '../../domain/usage.ts'
import type { UsageReader } from '../../ports/usage.ts'
import type { ReviewDeps } from './deps.ts'

/** Use of mappings as a review shows it; nobody counts: null, and then nothing is called unused. */
export function createReviewUsage(reader: Pick<UsageReader, 'population'> | null): ReviewDeps['usage'] {
  return async (period: UsagePeriod) => {
    if (reader === null) return null
    const population = await reader.population(period)
    return new Map([...population].map(([mapping, usage]) => [mapping, itemUsageOf(usage)] as const))
  }
}

function itemUsageOf({ counts, ever, subjects, networks, given }: MappingUsage): ItemUsage {
  return {
    first: ever === null ? null : instant(ever.firstMs),
    last: ever === null ? null : instant(ever.lastMs),
    issued: counts.issued + counts.redelivered,
    refused: counts.refused,
    subjects: subjects.count,
    networks: networks.count,
    more: subjects.more || networks.more,
    p95LifetimeSeconds: given.p95Seconds,
  }
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}
