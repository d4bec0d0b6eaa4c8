/** What became of what a mapping decided, counted by events. */
export type UsageCounts = {
  /** Sessions given: `assume.issued`. One that was withheld afterwards is counted there as well. */
  readonly issued: number
  /** Given again to an identical request: `assume.redelivered`. */
  readonly redelivered: number
  /** `assume.refused` of decisions that name the mapping: a limit, a claim value, a lock, a `never` of the role. */
  readonly refused: number
  /** Minted and not handed out: `assume.withheld`. */
  readonly withheld: number
  readonly upstreamFailed: number
}

/** Whole UTC days: that of `fromMs` is the first, that of `toMs` is the last. */
export type UsagePeriod = { readonly fromMs: number; readonly toMs: number }

/** First and last instant at which something was issued or redelivered. */
export type UsedBetween = { readonly firstMs: number; readonly lastMs: number }

/** Told apart up to a thousand; `more`: there were more than these. */
export type ToldApart = { readonly count: number; readonly more: boolean }

/** Seconds; each the upper end of its step in `LIFETIME_STEPS`. null: there was none. */
export type LifetimeUse = {
  readonly count: number
  readonly p50Seconds: number | null
  readonly p95Seconds: number | null
  readonly mostSeconds: number | null
}

/** One version of a mapping in a period. */
export type VersionUsage = {
  readonly version: number
  /** The version's issuer and role, by name. */
  readonly issuer: string
  readonly role: string
  readonly counts: UsageCounts
  /** null: nothing was given in the period. */
  readonly used: UsedBetween | null
}

/** One mapping in a period, all its versions together and each of them. */
export type MappingUsage = {
  readonly mapping: string
  readonly counts: UsageCounts
  readonly used: UsedBetween | null
  /** Of all time, up to now; null: no version ever gave anything. */
  readonly ever: UsedBetween | null
  /** Newest first; those with anything in the period. */
  readonly versions: readonly VersionUsage[]
  /**
   * Subjects and source networks (/24, /48) of sessions that were given. Kept by UTC quarter with first and last sight: of a
   * period that ends within a quarter, one that was seen before and after it is counted as well.
   */
  readonly subjects: ToldApart
  readonly networks: ToldApart
  /** Of what was given, and of what was asked for where something was asked, in the UTC quarters that the period touches. */
  readonly given: LifetimeUse
  readonly asked: LifetimeUse
}

/** What a series is of. */
export type UsageOf = {
  readonly kind: 'mapping' | 'role' | 'issuer' | 'target'
  readonly name: string
}

export type UsageStep = 'day' | 'week' | 'month'

/** One step of a series; steps without anything are left out. */
export type UsagePoint = {
  /** The first day of the step, `2026-11-23`: a week begins on Monday (ISO 8601). */
  readonly from: string
  readonly counts: UsageCounts
  readonly used: UsedBetween | null
  /** Of `refused`: by code. */
  readonly refusals: Readonly<Record<string, number>>
}

/** Refusals of one reason, of one step: each refusal once. */
export type RefusalUse = {
  readonly from: string
  readonly code: string
  /** By name; null: no token was verified. */
  readonly issuer: string | null
  /** By name; null: none was asked for or decided, or there were too many to tell apart. */
  readonly role: string | null
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
}

/** Refusals whose decision names a mapping. Where it names several, each of them is counted. */
export type MappingRefusals = {
  readonly from: string
  readonly mapping: string
  readonly code: string
  readonly count: number
}

export type ObservedSubject = {
  /** By name. */
  readonly issuer: string
  readonly sub: string
  readonly firstMs: number
  readonly lastMs: number
  readonly count: number
  /** Of its first session. */
  readonly firstNetwork: string
}

export type ObservedNetwork = {
  /** `192.0.2.0/24` or `2001:db8:1::/48`. */
  readonly network: string
  readonly firstMs: number
  readonly lastMs: number
  readonly count: number
  /** Who came from it first. */
  readonly firstSubject: { readonly issuer: string; readonly sub: string }
}

/** A network that was not among those of a mapping before, although the mapping was in use. */
export type NewNetwork = ObservedNetwork & { readonly mapping: string }

/** One subject that was given sessions of several roles. */
export type SharedSubject = {
  readonly issuer: string
  readonly sub: string
  readonly lastMs: number
  readonly mappings: readonly { readonly mapping: string; readonly role: string; readonly lastMs: number }[]
}
