import type {
  MappingRefusals,
  MappingUsage,
  NewNetwork,
  ObservedNetwork,
  ObservedSubject,
  RefusalUse,
  SharedSubject,
  UsageOf,
  UsagePeriod,
  UsagePoint,
  UsageStep,
  UsedBetween,
} from '../domain/usage.ts'

/**
 * How mappings, roles, issuers and targets were used: from rollups that are derived from the events, by UTC day. Every
 * answer counts everything that was on disk when the question was asked. Reads throw `audit_unavailable`.
 */
export type UsageReader = {
  /**
   * Every mapping that any event ever named, by name, with its use in the period: one pass, in slices, so that nothing
   * waits for it. A mapping that is not in it was never named by an exchange.
   */
  population(period: UsagePeriod): Promise<ReadonlyMap<string, MappingUsage>>
  /** One of these, or null where no event ever named it. */
  usage(mapping: string, period: UsagePeriod): Promise<MappingUsage | null>
  /** Oldest first. */
  series(of: UsageOf, period: UsagePeriod, step: UsageStep): Promise<readonly UsagePoint[]>
  /** All refusals by reason, oldest first; at most 10,000, the most frequent. */
  refusals(period: UsagePeriod, step: UsageStep): Promise<readonly RefusalUse[]>
  /** Those of decisions that name mappings, oldest first; at most 100,000, the most frequent. */
  mappingRefusals(period: UsagePeriod, step: UsageStep): Promise<readonly MappingRefusals[]>
  /** First and last use of every mapping that ever gave anything. */
  lastUsed(): Promise<ReadonlyMap<string, UsedBetween>>
  /** Whom a mapping admitted, last seen first; at most 1,000 of a UTC quarter are kept. */
  subjects(mapping: string, limit: number): Promise<readonly ObservedSubject[]>
  /** Where they came from, last seen first; at most 1,000 of a UTC quarter are kept. */
  networks(mapping: string, limit: number): Promise<readonly ObservedNetwork[]>
  /** Networks first seen since then at mappings that had been used before then, by mapping. */
  newNetworks(sinceMs: number, limit: number): Promise<readonly NewNetwork[]>
  /** Subjects that mappings of different roles admitted since then, last seen first. */
  sharedSubjects(sinceMs: number, limit: number): Promise<readonly SharedSubject[]>
}
