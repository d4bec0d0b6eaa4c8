import type { Configuration } from '../configuration.ts'
import type { Role } from '../role.ts'
import type { ClaimPath } from '../subject.ts'
import type { Comparison } from './compare.ts'
import { createComparer } from './compare.ts'
import type { DeciderOptions } from './decide-again.ts'
import type { LookedFor, RecordedDecision } from './recorded-decision.ts'
import { sliceDecision, subjectOf } from './slice.ts'
import type { ReplayTally } from './tally.ts'
import { createReplayTally } from './tally.ts'

/** One `assume.intent` or `assume.refused` as it stands in the log. */
export type DecisionRow = {
  readonly atMs: number
  readonly assumption: string
  /** null: granted. */
  readonly code: string | null
  /** null: taken out by its age. */
  readonly body: string | null
}

export type Replay = {
  see(row: DecisionRow): void
  readonly tally: ReplayTally
  /** Decisions that were not decided again, by why. */
  skipped(): SkippedDecisions
}

export type SkippedDecisions = {
  /** Assumed from a session of ours: it rests on the decision of that session. */
  readonly chained: number
  /** No token was verified, so that no configuration of mappings makes a difference. */
  readonly unverified: number
  /** Refused by what is of the moment (a budget, a limit of use, a lock, a probe): decided again as if that were not. */
  readonly limited: number
  /** Taken out of the log by their age. */
  readonly pruned: number
}

export type ReplayOptions = DeciderOptions & {
  readonly present: Configuration
  readonly draft: Configuration
  /** What was looked for in the tokens of an issuer (by name) under a generation. */
  readonly lookedFor: (issuer: string, generation: number) => LookedFor
}

/** Refusals that are not of the configuration alone. */
const OF_THE_MOMENT = new Set([
  'locked',
  'probe_stale',
  'replayed',
  'uses_exhausted',
  'subject_budget_spent',
  'withheld',
])

/** Equal decisions are compared once; beyond so many different ones each is compared by itself. */
const MAX_MEMORY = 100_000

/** Replays decisions as they are read from the log. Pure but for its own maps. */
export function createReplay(options: ReplayOptions): Replay {
  const { present, draft, lookedFor } = options
  const comparer = createComparer({ present, draft }, options)
  const telling = tellingPaths([present, draft])
  const tally = createReplayTally()
  const memory = new Map<string, Comparison>()
  const skipped = { chained: 0, unverified: 0, limited: 0, pruned: 0 }
  const places = new Map<LookedFor, number>()

  function placeOf(looked: LookedFor): number {
    const found = places.get(looked)
    if (found !== undefined) return found
    places.set(looked, places.size)
    return places.size - 1
  }

  function compare(decision: RecordedDecision): Comparison {
    const place = keyOf(decision, telling, placeOf(decision.looked))
    const found = memory.get(place)
    if (found !== undefined) return found
    const made = comparer.compare(decision)
    if (memory.size < MAX_MEMORY) memory.set(place, made)
    return made
  }

  return {
    tally,
    skipped: () => ({ ...skipped }),
    see({ atMs, assumption, code, body }) {
      if (body === null) {
        skipped.pruned += 1
        return
      }
      const sliced = sliceDecision(body)
      if (sliced === null) {
        skipped.unverified += 1
        return
      }
      if (sliced.chained || code?.startsWith('chain_') === true) {
        skipped.chained += 1
        return
      }
      if (code !== null && OF_THE_MOMENT.has(code)) skipped.limited += 1
      const roleAsked: string | null = JSON.parse(sliced.roleAsked)
      const url = urlOf(sliced.subject)
      if (url !== null && !comparer.mayDiffer(url, roleAsked)) {
        tally.unchanged(1)
        return
      }
      const subject = subjectOf(sliced)
      const { askedSeconds, narrowed, generation } = sliced
      const looked = lookedFor(subject.issuer.name, generation)
      const decision = { code, subject, roleAsked, askedSeconds, narrowed, looked }
      const { sub, issuer } = subject
      tally.add({ atMs, assumption, code, issuer: issuer.name, sub, roleAsked }, compare(decision))
    },
  }
}

/** `issuer` stands after `claims` and before `jti`; where a claim says the same words, the whole subject is read. */
const ISSUER = /,"issuer":\{"name":"([a-z0-9-]+)","url":"([^"\\]+)"\},"jti":/g

function urlOf(subject: string): string | null {
  const found = [...subject.matchAll(ISSUER)]
  return found.length === 1 ? (found[0]?.[2] ?? null) : null
}

/** By issuer url the claims that mappings or roles of either configuration name: no other makes a difference. */
function tellingPaths(configurations: readonly Configuration[]): ReadonlyMap<string, ReadonlySet<string>> {
  const telling = new Map<string, Set<string>>()
  for (const { issuers, mappings, roles } of configurations) {
    for (const [url, { name }] of issuers) {
      const paths = telling.get(url) ?? new Set<string>()
      telling.set(url, paths)
      const add = ({ path }: { readonly path: ClaimPath }) => paths.add(placeOfPath(path))
      const mine = mappings.get(name)
      for (const { when, unless } of mine?.all ?? []) for (const one of [...when, ...unless]) add(one)
      for (const role of mine?.byRole.keys() ?? [])
        for (const path of pathsOfRole(roles.get(role))) add({ path })
    }
  }
  return telling
}

function pathsOfRole(role: Role | undefined): readonly ClaimPath[] {
  return role === undefined ? [] : [...role.never.map(({ path }) => path), ...role.sessionPolicy.claims]
}

/** What a decision rests on, as text: equal ones are decided alike. */
function keyOf(
  { subject, roleAsked, askedSeconds, narrowed, code }: RecordedDecision,
  telling: ReadonlyMap<string, ReadonlySet<string>>,
  looked: number,
): string {
  const paths = telling.get(subject.issuer.url)
  const claims = subject.claims.filter(({ path }) => isTelling(path, paths))
  const { issuer, sub, azp, jti, aud, token } = subject
  const always = [
    paths?.has('sub') === true ? sub : '',
    paths?.has('azp') === true ? azp : '',
    paths?.has('jti') === true ? jti : jti === null,
  ]
  return JSON.stringify([
    issuer.url,
    roleAsked,
    askedSeconds,
    narrowed && code === null,
    narrowed,
    looked,
    aud,
    token.alg,
    always,
    claims,
  ])
}

/** A recorded claim tells where it is named, is within what is named, or something named is within it. */
function isTelling(path: ClaimPath, telling: ReadonlySet<string> | undefined): boolean {
  if (telling === undefined) return false
  if (path.length === 1 && telling.has(path[0] ?? '')) return true
  const place = placeOfPath(path)
  for (const one of telling) {
    if (one === place || one.startsWith(`${place}\n`) || place.startsWith(`${one}\n`)) return true
  }
  return false
}

function placeOfPath(path: ClaimPath): string {
  return path.join('\n')
}
