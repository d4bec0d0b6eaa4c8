import type { Resource, ResourceKind } from '../resource.ts'
import type { Claims } from '../subject.ts'
import type { Thresholds } from './thresholds.ts'

/**
 * Everything that detectors look at, as it stood at one instant: the same evidence gives the same findings. Facts that
 * nobody has are null or absent, and a detector that needs one then says nothing.
 */
export type Evidence = {
  readonly nowMs: number
  readonly thresholds: Thresholds
  /** Whether what widens waits for a second person. */
  readonly twoPersons: boolean
  /** All current versions, disabled ones too. */
  readonly resources: readonly Resource[]
  /** By `kind/name`; absent: nothing is known of its history. */
  readonly history: ReadonlyMap<string, History>
  readonly use: Use
  /** Keys of issuers, as they were seen and refused. */
  readonly issuerKeys: readonly IssuerKey[]
  readonly secrets: readonly TargetSecret[]
  /** What the store’s own log says of sessions; null: no store tells. */
  readonly access: Access | null
  readonly log: LogFacts
}

/** How a resource came to be as it is. */
export type History = {
  /** Since when it is enabled and, as a mapping, in force, without a break. */
  readonly inForceMs: number
  /** When its content came; a version that only disables or enables it says nothing new. */
  readonly changedMs: number
  /** The version that brought its content; 1: it was never edited, or not since it was written as it is. */
  readonly contentVersion: number
  /** A second person said yes to exactly this content. */
  readonly approved: boolean
  /** When a review last attested it; null: none did. */
  readonly attestedMs: number | null
  /** By code of `accept`, when a review last attested that exception; absent: none did. */
  readonly exceptionsAttestedMs: Readonly<Record<string, number>>
  /** By code, since when `accept` names it without a break; empty for kinds that accept nothing. */
  readonly acceptedMs: Readonly<Record<string, number>>
}

export type Use = {
  /** From when on uses are counted: of what was before, nobody can tell. */
  readonly sinceMs: number
  /** By mapping; absent: no exchange ever named it. */
  readonly mappings: ReadonlyMap<string, MappingUse>
  /** Refusals by what they are of and UTC day. */
  readonly refusals: readonly RefusalDays[]
  readonly newNetworks: readonly NetworkUse[]
  /** Subjects that were seen lately with the claims that were recorded of them. */
  readonly subjects: readonly SeenSubject[]
  /** Mappings of different roles that gave one subject sessions. */
  readonly shared: readonly (readonly string[])[]
  /** By role, the fullest that AWS said a packed policy was, in percent. */
  readonly packedPercent: ReadonlyMap<string, number>
}

export type MappingUse = {
  /** null: it never gave a session. */
  readonly ever: { readonly firstMs: number; readonly lastMs: number } | null
  /** In the period that is looked at. */
  readonly sessions: number
  readonly longestGivenSeconds: number | null
  readonly p95GivenSeconds: number | null
  /** In the year before this quarter (UTC) began. */
  readonly before: { readonly sessions: number; readonly networks: number }
}

export type RefusalDays = {
  readonly kind: 'mapping' | 'role'
  readonly name: string
  /** Days since 1970, UTC; days without any are absent. */
  readonly days: ReadonlyMap<number, number>
  /** The commonest code of the newest of these days. */
  readonly code: string
}

export type NetworkUse = {
  readonly mapping: string
  readonly network: string
  readonly firstMs: number
}

export type SeenSubject = {
  /** By name. */
  readonly issuer: string
  readonly claims: Claims
  /** Where it was seen: whoever may read the log finds it there. */
  readonly assumption: string
}

/** One key of an issuer: seen good, or refused for a reason. */
export type IssuerKey = {
  readonly issuer: string
  readonly kid: string | null
  /** null where it was refused before it had one. */
  readonly thumbprint: string | null
  readonly refused: string | null
  readonly firstMs: number
  readonly lastMs: number
  readonly goneMs: number | null
}

export type TargetSecret = {
  readonly target: string
  readonly what: 'signing key' | 'user secret' | 'admin secret'
  readonly sinceMs: number
}

export type Access = {
  /** By role. */
  readonly roles: ReadonlyMap<string, AccessUse>
  /** By mapping: how long after it was given a session was last used, 95 of 100. */
  readonly usedSeconds: ReadonlyMap<string, { readonly sessions: number; readonly p95: number }>
}

export type AccessUse = {
  /** From when on the store told. */
  readonly sinceMs: number
  readonly calls: number
  /** Granted, and never used since then: actions as IAM names them, places as the role writes them. */
  readonly neverActions: readonly string[]
  readonly neverPlaces: readonly string[]
}

export type LogFacts = {
  /** Intents whose session at the store should be over and is not known to be. */
  readonly open: readonly OpenEnd[]
  readonly gaps: readonly LogGap[]
  readonly clockSteps: readonly ClockStep[]
  /** When the oldest event was written that no checkpoint covers; null: all are covered. */
  readonly uncoveredMs: number | null
  /** Anchors that could not be written, and since when. */
  readonly anchorsBehind: readonly { readonly anchor: string; readonly sinceMs: number }[]
  /** Starts on a configuration that was not the log's last, by somebody's word (`config.exception`). */
  readonly exceptions: readonly { readonly seq: number; readonly atMs: number }[]
}

export type OpenEnd = {
  readonly target: string
  readonly storeTokenExpiresMs: number
  readonly latestExpiryMs: number
}

/** Events of one process that could not be written: its counter jumps there. */
export type LogGap = {
  readonly boot: string
  readonly afterSeq: number
  readonly missing: number
  readonly atMs: number
}

export type ClockStep = {
  readonly boot: string
  readonly afterSeq: number
  readonly seconds: number
  readonly atMs: number
}

export function historyKey(kind: ResourceKind, name: string): string {
  return `${kind}/${name}`
}
