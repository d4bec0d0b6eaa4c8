import type { ReplayEffect } from '../domain/replay/compare.ts'
import type { DecisionRow, SkippedDecisions } from '../domain/replay/replay.ts'
import type { ReplayCounts, ReplayItem } from '../domain/replay/tally.ts'
import type { DraftAsk } from '../ports.ts'

/** What a draft would have made of the decisions of a period, had it stood in the place of what stands. */
export type ReplayReport = {
  /** What stands, and what the draft was planned on. */
  readonly generation: number
  readonly hashAfter: string
  readonly fromMs: number
  readonly toMs: number
  /** Decisions that were decided again. */
  readonly decisions: number
  readonly counts: ReplayCounts
  readonly lists: Readonly<
    Record<
      Exclude<ReplayEffect, 'unchanged'>,
      { readonly items: readonly ReplayItem[]; readonly more: number }
    >
  >
  /** `summarised`: refusals that a flood collapsed into a count. `pruned` has such a count as one. */
  readonly notReplayed: SkippedDecisions & { readonly summarised: number }
}

export type ReplayAsk = {
  readonly draft: DraftAsk
  readonly fromMs: number
  readonly nowMs: number
  /** Items of each list, 1–1,000. */
  readonly limit: number
}

export type ReplayProgress = { readonly done: number; readonly of: number }

/** Where drafts are replayed: away from the thread that gives sessions. */
export type ReplayDesk = {
  /**
   * Replays the recorded decisions from `fromMs` on under the draft and under what stands. One at a time, two may wait;
   * `signal` stops it. Throws what planning throws, `configuration_invalid` with its problems, `audit_unavailable`,
   * `config_unavailable`, `overloaded`.
   */
  replay(
    ask: ReplayAsk,
    on: { readonly progress: (progress: ReplayProgress) => void; readonly signal: AbortSignal | null },
  ): Promise<ReplayReport>
  close(): Promise<void>
}

type EventRange = { readonly after: number; readonly until: number; readonly fromMs: number }

/** Reads recorded decisions, synchronously: for a thread that does nothing else. Throws SQLite's errors. */
export type DecisionReader = {
  /** The sequences between which events of that time and later stand. */
  since(fromMs: number): { readonly after: number; readonly newest: number }
  /** Decisions of that range and no earlier than `fromMs`, oldest first. */
  decisions(range: EventRange): readonly DecisionRow[]
  /** How many refusals of that range were only counted, and how many of these counts were taken out by their age. */
  summarised(range: EventRange): { readonly count: number; readonly pruned: number }
}
