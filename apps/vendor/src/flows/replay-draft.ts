import type { Amendment, Compiled, Configuration } from '../domain/configuration.ts'
import { collectAmendment } from '../domain/configuration.ts'
import type { ImmuneTargets } from '../domain/probe/rule-7.ts'
import { recordedPaths } from '../domain/recorded-paths.ts'
import type { LookedFor } from '../domain/replay/recorded-decision.ts'
import type { Replay } from '../domain/replay/replay.ts'
import { createReplay } from '../domain/replay/replay.ts'
import type { Resource } from '../domain/resource.ts'
import type { ClaimPath } from '../domain/subject.ts'
import { VendorError } from '../errors.ts'
import type { DecisionReader, ReplayAsk, ReplayProgress, ReplayReport } from '../ports/replay.ts'
import type { ResourceState } from '../ports.ts'
import { ConfigurationInvalid } from './configuration.ts'
import type { DraftTools } from './configuration-draft.ts'
import { draftConfiguration, hasError } from './configuration-draft.ts'

export type ReplayDraftDeps = {
  readonly tools: DraftTools
  readonly account: string
  readonly state: ResourceState & { readonly immune: ImmuneTargets }
  /** What stood at a generation, of the mappings those of that issuer. */
  readonly stoodAt: (generation: number, issuer: string) => readonly Resource[]
  readonly amend: (
    previous: Configuration,
    amendment: Amendment,
    stamp: { generation: number; hash: string },
  ) => Compiled
  readonly reader: DecisionReader
  readonly onProgress: (progress: ReplayProgress) => void
}

/** Few enough to be gone before the collector keeps them. */
const EVENTS_AT_ONCE = 1_024
/** Generations whose claims are looked up, the newest first come; of decisions under others what is missing is unknown. */
const MAX_GENERATIONS = 64
/** The counted end of each list. */
const LISTED = ['refuses', 'allows', 'differs', 'cannot_tell'] as const

/**
 * Replays the recorded decisions since `fromMs` under a draft and under what stands. Synchronous, for a thread of its own.
 * Throws what reading the draft throws, and `configuration_invalid` with its problems.
 */
export function replayDraft(deps: ReplayDraftDeps, ask: ReplayAsk): ReplayReport {
  const { state, tools, reader, account } = deps
  const { fromMs, nowMs, limit } = ask
  const { present, draft, hashAfter } = configurationsOf(deps, ask)
  const replay = createReplay({
    ...{ present, draft, account, nowMs, sha256: tools.sha256 },
    lookedFor: lookedForBy(deps.stoodAt),
  })
  const summarised = readAll(replay, reader, { fromMs, onProgress: deps.onProgress })
  const counts = replay.tally.counts()
  const skipped = replay.skipped()
  const list = (effect: (typeof LISTED)[number]) => replay.tally.items(effect, limit)
  return {
    ...{ generation: state.generation, hashAfter, fromMs, toMs: nowMs, counts },
    decisions: Object.values(counts).reduce((sum, count) => sum + count, 0),
    lists: {
      refuses: list('refuses'),
      allows: list('allows'),
      differs: list('differs'),
      cannot_tell: list('cannot_tell'),
    },
    notReplayed: { ...skipped, pruned: skipped.pruned + summarised.pruned, summarised: summarised.count },
  }
}

/** Both, the draft made of what stands, so that what it leaves alone is the same object. */
function configurationsOf({ state, tools, amend }: ReplayDraftDeps, ask: ReplayAsk) {
  const { plan, changed } = draftConfiguration(tools, state, ask.draft)
  if (hasError(plan.problems)) throw new ConfigurationInvalid(plan)
  const { generation, hashBefore, hashAfter } = plan
  const present = tools.compile(state.resources, { generation, hash: hashBefore }).configuration
  if (present === null) throw new VendorError('config_unavailable', { facts: { reason: 'does not compile' } })
  const amendment = collectAmendment()
  amendment.add(changed)
  const { configuration: draft, problems } = amend(present, amendment.whole(), {
    generation: generation + 1,
    hash: hashAfter,
  })
  if (draft === null) throw new ConfigurationInvalid({ problems, moreProblems: 0 })
  return { present, draft, hashAfter }
}

type Reading = { readonly fromMs: number; readonly onProgress: ReplayDraftDeps['onProgress'] }

/** The newest first: what is listed of each is the newest, and its claims are the likeliest to be known. */
function readAll(replay: Replay, reader: DecisionReader, { fromMs, onProgress }: Reading) {
  const { after: first, newest } = reader.since(fromMs)
  const summarised = { count: 0, pruned: 0 }
  onProgress({ done: 0, of: newest - first })
  for (let until = newest; until > first; until -= EVENTS_AT_ONCE) {
    const range = { after: Math.max(first, until - EVENTS_AT_ONCE), until, fromMs }
    for (const row of reader.decisions(range)) replay.see(row)
    const { count, pruned } = reader.summarised(range)
    summarised.count += count
    summarised.pruned += pruned
    onProgress({ done: newest - range.after, of: newest - first })
  }
  return summarised
}

/** The claims of an issuer's tokens that a generation looked for, read when a decision is first found without one. */
function lookedForBy(stoodAt: ReplayDraftDeps['stoodAt']): (issuer: string, generation: number) => LookedFor {
  const known = new Map<string, LookedFor>()
  let read = 0
  return (issuer, generation) => {
    const place = `${generation} ${issuer}`
    const found = known.get(place)
    if (found !== undefined) return found
    let paths: ReadonlySet<string> | null = null
    const looked: LookedFor = {
      has(path) {
        if (paths === null) {
          read += 1
          const resources = read > MAX_GENERATIONS ? [] : stoodAt(generation, issuer)
          paths = new Set(recordedPaths(resources, issuer).map(placeOf))
        }
        return paths.has(placeOf(path))
      },
    }
    known.set(place, looked)
    return looked
  }
}

function placeOf(path: ClaimPath): string {
  return JSON.stringify(path)
}
