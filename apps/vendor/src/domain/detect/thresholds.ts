/** How strict the detectors are. `high`: what FedRAMP High asks of inactive accounts (AC-2(3): 35 days instead of 90). */
export const PROFILES = ['standard', 'high'] as const
export type ProfileName = (typeof PROFILES)[number]

/** Every number that a detector goes by. What differs between the profiles stands first. */
export type Thresholds = {
  /** Without a use for so long, a mapping is unused. */
  readonly unusedDays: number
  /** A mapping that is younger than this need not have been used yet. */
  readonly graceDays: number
  /** A target's key or secret is to be replaced after this. */
  readonly rotationDays: number
  /** Somebody looks at an exception again before it is this old. */
  readonly exceptionDays: number
  /** What is granted and was not used for so long, is not needed. */
  readonly unusedGrantDays: number
  readonly keysUnchangedDays: number
  /** Something is much longer than what is used of it where it is this many times as long. */
  readonly lifetimeFactor: number
  /** Sessions up to this long are not worth a finding. */
  readonly shortSeconds: number
  /** So many sessions before it is said what is usual. */
  readonly leastSessions: number
  /** A spike: at least so many refusals in a day … */
  readonly leastRefusals: number
  /** … and so many deviations above the median of the days before. */
  readonly spikeDeviations: number
  readonly spikeBaselineDays: number
  /** A mapping that was used from more networks than this says nothing by another one: its runners are everywhere. */
  readonly mostKnownNetworks: number
  /** Nor does one that has had fewer sessions than this from each of at least four networks: every run is another runner. */
  readonly sessionsPerNetwork: number
  readonly fewNetworks: number
  /** An end at the store that is overdue by this is not on its way. */
  readonly overdueMinutes: number
  /** The log signs every ten seconds while it grows. */
  readonly checkpointMinutes: number
  readonly anchorMinutes: number
  /** Wall clock against monotonic clock between two events of one process. */
  readonly clockStepSeconds: number
  /** How far back the log itself is looked at. */
  readonly logDays: number
  /** How full a packed policy may be, in percent, as AWS said it. */
  readonly packedPercent: number
}

const STANDARD: Thresholds = {
  unusedDays: 90,
  graceDays: 14,
  rotationDays: 365,
  exceptionDays: 180,
  unusedGrantDays: 90,
  keysUnchangedDays: 365,
  lifetimeFactor: 4,
  shortSeconds: 3_600,
  leastSessions: 20,
  leastRefusals: 20,
  spikeDeviations: 6,
  spikeBaselineDays: 28,
  mostKnownNetworks: 20,
  sessionsPerNetwork: 2,
  fewNetworks: 3,
  overdueMinutes: 15,
  checkpointMinutes: 15,
  anchorMinutes: 60,
  clockStepSeconds: 10,
  logDays: 92,
  packedPercent: 90,
}

export const THRESHOLDS: Readonly<Record<ProfileName, Thresholds>> = {
  standard: STANDARD,
  high: {
    ...STANDARD,
    unusedDays: 35,
    graceDays: 7,
    rotationDays: 90,
    exceptionDays: 90,
    unusedGrantDays: 35,
  },
}
