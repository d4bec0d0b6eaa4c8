import type { Finding, Severity } from '../lint/rule.ts'
import type { ResourceKind } from '../resource.ts'
import type { Scene } from './scene.ts'

/** What a finding is of: a resource, or the log itself. */
export type FoundKind = ResourceKind | 'log'

/** Something that a detector found: of a finding of the lint it keeps rule, place and words. */
export type DetectorFinding = Omit<Finding, 'kind'> & {
  readonly kind: FoundKind
  readonly detector: string
  /** The same thing has the same key, whatever its words say by then. */
  readonly key: string
  /** What it rests on: numbers, instants, names. Never a claim value. */
  readonly evidence: EvidenceFacts
}

export type EvidenceFacts = Readonly<Record<string, string | number | boolean | null>>

/** One thing found. `part` tells apart what stands beside each other at one resource. */
export type Sighting = {
  readonly kind: FoundKind
  readonly name: string
  readonly at?: readonly (string | number)[]
  readonly part?: string
  readonly says: string
  /** Left out: the detector's. */
  readonly severity?: Severity
  /** Left out: the detector's. */
  readonly fix?: string
  readonly evidence: EvidenceFacts
}

/** A way to find one kind of stale or dangerous trust. */
export type Detector = {
  readonly id: string
  /** Its own rule, where it finds something that no rule of the lint does. */
  readonly rule: string
  readonly severity: Severity
  /** What it looks for, what it rests on, and what to do, for the documents. */
  readonly about: string
  readonly restsOn: string
  readonly fix: string
  /** Rules of the lint that are this: what they find stands once, under this detector. */
  readonly folds: readonly string[]
  /** Which of those findings are: left out, all. */
  readonly takes?: (finding: Finding, scene: Scene) => boolean
  readonly find: (scene: Scene) => readonly Sighting[]
}

export const DAY_MS = 86_400_000

/** Whole days between two instants. */
export function daysBetween(fromMs: number, toMs: number): number {
  return Math.floor((toMs - fromMs) / DAY_MS)
}

/** The day of an instant, for people. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
