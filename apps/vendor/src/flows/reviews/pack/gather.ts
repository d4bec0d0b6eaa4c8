import type { AuditEvent, RecordedEvent } from '../../../domain/audit-event.ts'
import { ITEM_KINDS } from '../../../domain/review/item.ts'
import type { ChangeRow, PackFacts, Sample, SealedReview } from '../../../domain/review/pack/facts.ts'
import { createItemFacts } from '../../../domain/review/pack/item-facts.ts'
import {
  type ConfigurationReplay,
  countReplayed,
  createConfigurationReplay,
  placeOf,
  type ReplayedConfiguration,
  unlikeTheLog,
} from '../../../domain/review/pack/population.ts'
import { createDraw, type Draw } from '../../../domain/review/pack/sample.ts'
import { periodMs } from '../../../domain/review/period.ts'
import { type ReportRow, reportRow, rowOfLast } from '../../../domain/review/report.ts'
import type { ReviewItem } from '../../../domain/review/snapshot.ts'
import type { Sha256 } from '../../../domain/session-name.ts'
import type { ReviewId } from '../../../ids.ts'
import type { PackLog, PackProgress } from '../../../ports/packs.ts'
import type { ReviewedItem, ReviewStore } from '../../../ports/reviews.ts'

export type GatherDeps = {
  readonly audit: { readonly packs: PackLog; readonly reviews: Omit<ReviewStore, 'stage'> }
  readonly sha256: Sha256
  readonly onProgress: (progress: PackProgress) => void
}
type End = PackFacts['log']['end']

/** So many events of exchanges are looked at before whoever waits hears how far it is. */
const SPAN = 20_000
const PAGE = 200

/** Every item as it was sealed. */
export async function* itemsOf(
  { audit }: Pick<GatherDeps, 'audit'>,
  review: ReviewId,
): AsyncGenerator<ReviewedItem> {
  const query = { review, states: null, kind: null, risk: 0, reviewer: null, limit: PAGE }
  for (let after = 0; ; after += PAGE) {
    const page = await audit.reviews.items({ ...query, after })
    yield* page
    if (page.length < PAGE) return
  }
}

export type Gathered = {
  readonly facts: PackFacts
  /** Events that come with proofs: those of the review, and those of the sample. */
  readonly events: readonly number[]
  readonly sampled: readonly number[]
}

/** What the ten parts of a pack are of, and the events that belong to it. Of the log alone, up to the seal. */
export async function gather(deps: GatherDeps, review: SealedReview, end: End): Promise<Gathered> {
  const { packs } = deps.audit
  const { prepared, sealed, plan } = review
  const replay = createConfigurationReplay(prepared.generation)
  const prunedConfiguration = await replayUpTo(deps, prepared.seq, replay)
  const standing = replay.standing()
  const { rows, earlierRows, items, inSnapshot, changedBy } = await gatherItems(deps, review)
  const period = periodMs(plan.period)
  const { seen, pruned, grants } = await exchanges(deps, review, { root: end.root, period })
  const removals = createDraw(end.root, deps.sha256)
  for (const seq of await packs.removals({ ...period, upTo: sealed.seq })) removals.offer(seq)
  const samples = [await sample(deps, 'grant', grants), await sample(deps, 'removal', removals)]
  const events = await packs.eventsOf(review.id, { upTo: sealed.seq, ...changedBy })
  const population = populationFacts({ review, inSnapshot, standing, seen, pruned, prunedConfiguration })
  const log = {
    start: prepared.checkpoint,
    end,
    consistency: await packs.consistency(prepared.checkpoint.size, end.size),
    events: await typesOf(deps, events),
  }
  const changes = await changesBetween(deps, prepared.seq, sealed.seq)
  const facts = { review, rows, earlierRows, items, population, changes, log, samples }
  return { facts, events, sampled: await withIntents(deps, samples) }
}

/** One walk over the items. */
async function gatherItems(deps: GatherDeps, review: SealedReview) {
  const [rows, earlierRows]: [ReportRow[], ReportRow[]] = [[], []]
  const inSnapshot: Pick<ReviewItem, 'kind' | 'name' | 'resource' | 'version' | 'sha256'>[] = []
  const { facts: items, add } = createItemFacts()
  const generations = new Set<number>()
  const revocations = new Set<string>()
  for await (const { item, standing } of itemsOf(deps, review.id)) {
    rows.push(reportRow(item, standing))
    earlierRows.push(rowOfLast(item, standing))
    add(item, standing)
    const { kind, name, resource, version, sha256 } = item
    inSnapshot.push({ kind, name, resource, version, sha256 })
    const { remediation } = standing
    // What was off already when the review was prepared was changed by nothing of it.
    if (remediation?.generation != null && remediation.generation > review.prepared.generation)
      generations.add(remediation.generation)
    if (remediation?.revocation != null) revocations.add(remediation.revocation)
  }
  return {
    rows,
    earlierRows,
    items,
    inSnapshot,
    changedBy: { generations: [...generations], revocations: [...revocations] },
  }
}

type PopulationInput = {
  readonly review: SealedReview
  readonly inSnapshot: Awaited<ReturnType<typeof gatherItems>>['inSnapshot']
  readonly standing: ReplayedConfiguration
  readonly seen: readonly { readonly issuer: string; readonly mapping: string; readonly events: number }[]
  readonly pruned: number
  readonly prunedConfiguration: number
}

function populationFacts(input: PopulationInput): PackFacts['population'] {
  const { review, inSnapshot, standing, seen, pruned, prunedConfiguration } = input
  const mappings = inSnapshot.flatMap(({ kind, name }) => (kind === 'mapping' ? [name] : []))
  const snapshot = new Set(mappings)
  return {
    kinds: ITEM_KINDS.map((kind) => ({
      kind,
      configuration: review.prepared.population[kind],
      snapshot: inSnapshot.filter((item) => item.kind === kind).length,
      log: countReplayed(standing, kind),
    })),
    unlike: inSnapshot.flatMap((item) => (unlikeTheLog(item, standing) ? [`${item.kind}/${item.name}`] : [])),
    seen: seen.map((one) => ({ ...one, place: placeOf(one.mapping, { snapshot, standing }) })),
    pruned,
    prunedConfiguration,
  }
}

async function* configurationEvents(
  { audit }: GatherDeps,
  span: { readonly after: number; readonly upTo: number },
): AsyncGenerator<{ readonly seq: number; readonly event: RecordedEvent }> {
  for (let after = span.after; ; ) {
    const lines = await audit.packs.configurationEvents({ after, upTo: span.upTo }, PAGE)
    for (const { seq, body } of lines) yield { seq, event: read(body) }
    const last = lines.at(-1)
    if (last === undefined || lines.length < PAGE) return
    after = last.seq
  }
}

/** An event of our own log. */
function read(body: string): RecordedEvent {
  return JSON.parse(body) as RecordedEvent
}

/** How many of them were pruned by their age. */
async function replayUpTo(deps: GatherDeps, upTo: number, replay: ConfigurationReplay): Promise<number> {
  let pruned = 0
  for await (const { event } of configurationEvents(deps, { after: 0, upTo })) {
    // What was pruned is an object without members.
    if (event.type === undefined) pruned += 1
    replay.hear(event)
  }
  return pruned
}

async function changesBetween(deps: GatherDeps, after: number, upTo: number): Promise<readonly ChangeRow[]> {
  const rows: ChangeRow[] = []
  for await (const { seq, event } of configurationEvents(deps, { after, upTo })) {
    if (event.type !== 'config.changing') continue
    const { at, generation, actor: author, approval, changes } = event
    const by = { seq, at, generation, author, approver: approval?.approver ?? null }
    for (const { kind, name, action, version } of changes) rows.push({ ...by, kind, name, action, version })
  }
  return rows
}

type Asked = {
  readonly root: string
  readonly period: { readonly fromMs: number; readonly toMs: number }
}

/** What was used up to the snapshot, and a draw of what was given up to the seal. */
async function exchanges({ audit, sha256, onProgress }: GatherDeps, review: SealedReview, asked: Asked) {
  const { prepared, sealed } = review
  const grants = createDraw(asked.root, sha256)
  let pruned = 0
  const seen = new Map<string, { issuer: string; mapping: string; events: number }>()
  for (let after = 0; after < sealed.seq; ) {
    const border = after < prepared.seq ? prepared.seq : sealed.seq
    const upTo = Math.min(after + SPAN, border)
    const found = await audit.packs.used({ after, upTo }, asked.period)
    for (const seq of found.issued) grants.offer(seq)
    pruned += found.pruned
    // What was made and used later is told by the changes between snapshot and seal.
    for (const { issuer, mapping, events } of after < prepared.seq ? found.seen : []) {
      const key = `${issuer}\n${mapping}`
      const had = seen.get(key) ?? { issuer, mapping, events: 0 }
      seen.set(key, { ...had, events: had.events + events })
    }
    after = upTo
    onProgress({ done: after, of: sealed.seq })
  }
  const sorted = [...seen].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
  return { seen: sorted, pruned, grants }
}

async function sample({ audit }: GatherDeps, of: Sample['of'], draw: Draw): Promise<Sample> {
  const drawn = draw.drawn()
  const lines = await audit.packs.bodies(drawn.map(({ seq }) => seq))
  const events = new Map(lines.map(({ seq, body }) => [seq, read(body)]))
  return {
    of,
    population: draw.of,
    drawn: drawn.flatMap((one) => {
      const event = events.get(one.seq)
      return event === undefined ? [] : [{ ...one, at: event.at, type: event.type, what: whatOf(event) }]
    }),
  }
}

function whatOf(event: AuditEvent): string {
  switch (event.type) {
    case 'assume.issued':
      return event.assumption
    case 'revoke.begun':
      return event.revocation
    case 'config.changing':
      return event.changes
        .flatMap(({ action, kind, name }) => (action === 'disable' ? [`${kind}/${name}`] : []))
        .join(', ')
    default:
      return ''
  }
}

/** A grant says what was given, its intent to whom and why. */
async function withIntents({ audit }: GatherDeps, samples: readonly Sample[]): Promise<readonly number[]> {
  const seqs = new Set<number>()
  for (const { of, drawn } of samples)
    for (const { seq, what } of drawn) {
      seqs.add(seq)
      const intent = of === 'grant' ? await audit.packs.intentOf(what) : null
      if (intent !== null) seqs.add(intent)
    }
  return [...seqs].toSorted((a, b) => a - b)
}

async function typesOf(deps: GatherDeps, events: readonly number[]): Promise<ReadonlyMap<string, number>> {
  const types = new Map<string, number>()
  for (let at = 0; at < events.length; at += PAGE) {
    for (const { body } of await deps.audit.packs.bodies(events.slice(at, at + PAGE))) {
      const { type } = read(body)
      types.set(type, (types.get(type) ?? 0) + 1)
    }
  }
  return types
}
