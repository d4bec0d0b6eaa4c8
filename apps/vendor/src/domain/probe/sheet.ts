import type { ProbeId } from '../../ids.ts'
import type { Actor, Pin } from '../audit-event.ts'
import type { TargetBody } from '../resource.ts'
import type { Judged, StepAnswer } from './answer.ts'
import type { ProbeGroup, ProbeStep, ProbeTry } from './try.ts'
import { NEEDS } from './try.ts'

/** One line of the transcript: what was asked, what was expected, what came. */
export type SheetStep = Pick<ProbeStep, 'says' | 'is' | 'expect'> & StepAnswer

export type SheetTry = Pick<ProbeTry, 'id' | 'title' | 'expected' | 'bears'> &
  Judged & {
    readonly group: ProbeGroup
    readonly steps: readonly SheetStep[]
    readonly ms: number
  }

/** What can be learnt of a store without administering it. */
export type StoreIdentity = {
  /** Its `Server` header; null where it has none, or it is no plain text. */
  readonly server: string | null
  /** How it reads policies: tries that differ between versions, by id, `holds` or `fails`. */
  readonly reads: Readonly<Record<string, 'holds' | 'fails'>>
}

/** Why a probe was made. */
export type ProbeTrigger = 'asked' | 'new_target' | 'schedule'

/** Where the probe looked: what of a target makes it that store and no other. */
export type ProbedStore = Pick<TargetBody, 'kind' | 'mode' | 'endpoint' | 'region'>

/** What became of the sessions that a probe minted. */
export type ProbeSessions = {
  readonly minted: number
  /** Proved to be over by their own key ids. */
  readonly proved: number
  readonly unproved: readonly {
    readonly assumption: string
    readonly detail: string
    readonly latestExpiry: string
  }[]
}

/**
 * The dated capability sheet of one target, or of one role at its target. `completed`: every try has its verdict.
 * `failed`: no session could be had at all, by the code. `cut`: the process stopped.
 */
export type Sheet = {
  readonly probe: ProbeId
  readonly target: Pin
  readonly role: Pin | null
  readonly store: ProbedStore
  readonly trigger: ProbeTrigger
  /** null where nobody asked. */
  readonly actor: Actor | null
  readonly began: string
  readonly ended: string
  readonly outcome: 'completed' | 'failed' | 'cut'
  readonly code: string | null
  readonly identity: StoreIdentity | null
  readonly tries: readonly SheetTry[]
  readonly sessions: ProbeSessions
  /** Objects of the probe’s own that it could not delete again. */
  readonly left: readonly string[]
}

/** A sheet without its tries: what a list shows, and what decisions need. */
export type SheetHead = Omit<Sheet, 'tries'> & {
  readonly holds: number
  readonly fails: number
  readonly notTried: number
  /** Guarantees that Stint rests on and that the store did not keep, by id. */
  readonly broken: readonly string[]
  /** It has a bucket for the probe, and the probe could not use it. */
  readonly blind: boolean
  /** It withstood every condition that a caller could answer himself (DESIGN rule 7). */
  readonly immune: boolean
}

/** A whole sheet, as it is shown: with what its head says of it. */
export type ShownSheet = SheetHead & Pick<Sheet, 'tries'>

/** A sheet is the truth of its day; after these it is a memory. */
export const SHEET_DAYS = 30
const DAY_MS = 86_400_000

/** The head of a sheet. */
export function headOf({ tries, ...rest }: Sheet): SheetHead {
  const count = (verdict: Judged['verdict']) => tries.filter((one) => one.verdict === verdict).length
  const forged = tries.filter(({ group }) => group === 'forged')
  return {
    ...rest,
    holds: count('holds'),
    fails: count('fails'),
    notTried: count('not_tried'),
    broken: tries.flatMap(({ id, bears, verdict }) =>
      bears === 'guarantee' && verdict === 'fails' ? [id] : [],
    ),
    blind: tries.some(({ reason }) => reason === NEEDS.open_bucket),
    immune:
      rest.outcome === 'completed' &&
      rest.role === null &&
      forged.length > 0 &&
      forged.every(({ verdict }) => verdict === 'holds'),
  }
}

/** Whether a sheet is young enough to rest on. */
export function isFresh({ ended }: Pick<Sheet, 'ended'>, nowMs: number): boolean {
  const age = nowMs - Date.parse(ended)
  return age >= 0 && age < SHEET_DAYS * DAY_MS
}

/** Until when a sheet can be rested on. */
export function freshUntil({ ended }: Pick<Sheet, 'ended'>): string {
  return new Date(Date.parse(ended) + SHEET_DAYS * DAY_MS).toISOString()
}

/** What of a target was probed: a target that names another store has not been. */
export function storeOf({ kind, mode, endpoint, region }: ProbedStore): ProbedStore {
  return { kind, mode, endpoint, region }
}

export function isSameStore(a: ProbedStore, b: ProbedStore): boolean {
  return a.kind === b.kind && a.mode === b.mode && a.endpoint === b.endpoint && a.region === b.region
}

/** What shows that the store is another one, or of another version, than before; null: nothing does. */
export function whatChanged(before: StoreIdentity | null, now: StoreIdentity | null): string | null {
  if (before === null || now === null) return null
  if (before.server !== now.server)
    return `its Server header is ${now.server ?? 'gone'}, and was ${before.server ?? 'none'}`
  const turned = Object.keys(now.reads).filter(
    (id) => id in before.reads && before.reads[id] !== now.reads[id],
  )
  return turned.length === 0 ? null : `it decides otherwise in ${turned.join(', ')}`
}

/** What is known of a target by its probes. */
export type ProbeRecord = {
  /** The newest one, whatever became of it; null: never probed. */
  readonly newest: SheetHead | null
  /** The newest that was completed. */
  readonly completed: SheetHead | null
  /** The completed one before that. */
  readonly before: SheetHead | null
  /** The newest completed probe of one of its roles: it had a session as well. */
  readonly ofRole: SheetHead | null
}

/** Whether this target's newest completed sheet shows it immune, is fresh, and is of this very store. */
export function liftsRule7({ completed }: ProbeRecord, store: ProbedStore, nowMs: number): boolean {
  if (completed === null) return false
  return completed.immune && isFresh(completed, nowMs) && isSameStore(completed.store, store)
}
