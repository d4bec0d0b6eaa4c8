import { byWeight } from '../domain/lint/findings.ts'
import { lintConfiguration } from '../domain/lint/lint.ts'
import type { Finding } from '../domain/lint/rule.ts'
import type { Resource } from '../domain/resource.ts'
import type { Clock } from '../ports.ts'

export type FindingsDeps = {
  readonly generation: () => number
  /** What stands, from the store: the process keeps no bodies of mappings in memory. */
  readonly standing: () => Promise<{ readonly generation: number; readonly resources: readonly Resource[] }>
  /** What the probes of what stands say now. */
  readonly probed: (nowMs: number) => readonly Finding[]
  /** What stores tell of sessions that are none of ours. */
  readonly ghosts: () => readonly Finding[]
  readonly clock: Clock
}
export type Findings = { readonly generation: number; readonly findings: readonly Finding[] }

/** What has expired, or is about to, is another thing tomorrow; within a minute it is the same. */
const KEPT_MS = 60_000

/** The findings of the configuration that stands, made anew for each generation and each minute in which they are asked for. */
export function createFindings({
  generation,
  standing,
  probed,
  ghosts,
  clock,
}: FindingsDeps): () => Promise<Findings> {
  let kept: (Findings & { readonly atMs: number }) | null = null
  return async () => {
    const atMs = clock.nowMs()
    if (kept?.generation !== generation() || Math.abs(atMs - kept.atMs) >= KEPT_MS) {
      const now = await standing()
      kept = { generation: now.generation, atMs, findings: lintConfiguration(now.resources, atMs) }
    }
    // A probe may have ended a moment ago, and these are few.
    return { ...kept, findings: [...kept.findings, ...probed(atMs), ...ghosts()].toSorted(byWeight) }
  }
}
