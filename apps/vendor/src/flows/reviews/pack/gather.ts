import type { AuditEvent, RecordedEvent } from '../../../domain/audit-event.ts'
import { ITEM_KINDS } from '../../../domain/review/item.ts'
import type { ChangeRow, PackFacts, Sample, SealedReview } from '../../../domain/review/pack/facts.ts'
import { createItemFacts } from '../../../domain/review/pack/item-facts.ts'
import {
  type ConfigurationReplay,
  countReplayed,
  createConfigurationReplay,
  placeOf,
  unlikeTheLog,
} from '../../../domain/review/pack/population.ts'
import { createDraw, type Draw } from '../../../domain/review/pack/sample.ts'
import { type ReportRow, reportRow } from '../../../domain/review/report.ts'
import type { ReviewId } from '../../../ids.ts'
import type { ReviewedItem } from '../../../ports/reviews.ts'
import type { ReviewDeps } from '../deps.ts'

export type GatherDeps = Pick<ReviewDeps, 'audit' | 'breathe' | 'sha256' | 'log'>
type End = PackFacts['log']['end']

/** So many events of exchanges are looked at before everything else that waits has its turn. */
const SPAN = 2_000
const PAGE = 200
const TOLD_EVERY = 100_000

/** Every item as it was sealed. */
export async function* itemsOf(
  { audit, breathe }: Pick<GatherDeps, 'audit' | 'breathe'>,
  review: ReviewId,
): AsyncGenerator<ReviewedItem> {
  const query = { review, states: null, kind: null, risk: 0, reviewer: null, limit: PAGE }
  for (let after = 0; ; after += PAGE) {
    const page = await audit.reviews.items({ ...query, after })
    yield* page
    if (page.length < PAGE) return
    await breathe()
  }
}

/** What the ten parts of a pack are of, and the events that belong to it. Of the log alone, up to the seal. */
export async function gather(
  deps: GatherDeps,
  review: SealedReview,
  end: End,
): Promise<{
  readonly facts: PackFacts
  readonly events: readonly number[]
  readonly sampled: readonly number[]
}> {
  const { packs } = deps.audit
  const { prepared, sealed } = review
  const replay = createConfigurationReplay(prepared.generation)
  await replayUpTo(deps, prepared.seq, replay)
  const standing = replay.standing()
  const rows: ReportRow[] = []
  const unlike: string[] = []
  const snapshot = new Map<string, number>(ITEM_KINDS.map((kind) => [kind, 0]))
  const mappings = new Set<string>()
  const { facts: items, add } = createItemFacts()
  const generations = new Set<number>()
  const revocations = new Set<string>()
  for await (const { item, standing: became } of itemsOf(deps, review.id)) {
    rows.push(reportRow(item, became))
    add(item, became)
    snapshot.set(item.kind, (snapshot.get(item.kind) ?? 0) + 1)
    if (item.kind === 'mapping') mappings.add(item.name)
    if (unlikeTheLog(item, standing)) unlike.push(`${item.kind}/${item.name}`)
    const { remediation } = became
    if (remediation?.generation != null) generations.add(remediation.generation)
    if (remediation?.revocation != null) revocations.add(remediation.revocation)
  }
  const period = { fromMs: Date.parse(review.plan.period.from), toMs: Date.parse(review.plan.period.to) }
  const { seen, grants } = await exchanges(deps, review, { root: end.root, period })
  const removals = createDraw(end.root, deps.sha256)
  for (const seq of await packs.removals({ ...period, upTo: sealed.seq })) removals.offer(seq)
  const samples = [await sample(deps, 'grant', grants), await sample(deps, 'removal', removals)]
  const of = {
    upTo: sealed.seq,
    generations: [...generations].filter((one) => one > prepared.generation),
    revocations: [...revocations],
  }
  const events = await packs.eventsOf(review.id, of)
  return {
    facts: {
      review,
      rows,
      items,
      population: {
        kinds: ITEM_KINDS.map((kind) => ({
          kind,
          configuration: prepared.population[kind],
          snapshot: snapshot.get(kind) ?? 0,
          log: countReplayed(standing, kind),
        })),
        unlike,
        seen: seen.map((one) => ({ ...one, place: placeOf(one.mapping, { snapshot: mappings, standing }) })),
      },
      changes: await changesBetween(deps, prepared.seq, sealed.seq),
      log: {
        start: prepared.checkpoint,
        end,
        consistency: await packs.consistency(prepared.checkpoint.size, end.size),
        events: await typesOf(deps, events),
      },
      samples,
    },
    events,
    sampled: await withIntents(deps, samples),
  }
}

async function* configurationEvents(
  { audit, breathe }: GatherDeps,
  span: { readonly after: number; readonly upTo: number },
): AsyncGenerator<{ readonly seq: number; readonly event: RecordedEvent }> {
  for (let after = span.after; ; ) {
    const lines = await audit.packs.configurationEvents({ after, upTo: span.upTo }, PAGE)
    for (const { seq, body } of lines) yield { seq, event: read(body) }
    const last = lines.at(-1)
    if (last === undefined || lines.length < PAGE) return
    after = last.seq
    await breathe()
  }
}

/** An event of our own log. */
function read(body: string): RecordedEvent {
  return JSON.parse(body) as RecordedEvent
}

async function replayUpTo(deps: GatherDeps, upTo: number, replay: ConfigurationReplay): Promise<void> {
  for await (const { event } of configurationEvents(deps, { after: 0, upTo })) replay.hear(event)
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
async function exchanges({ audit, breathe, sha256, log }: GatherDeps, review: SealedReview, asked: Asked) {
  const { prepared, sealed } = review
  const grants = createDraw(asked.root, sha256)
  const seen = new Map<string, { issuer: string; mapping: string; events: number }>()
  for (let after = 0; after < sealed.seq; ) {
    const border = after < prepared.seq ? prepared.seq : sealed.seq
    const upTo = Math.min(after + SPAN, border)
    const found = await audit.packs.used({ after, upTo }, asked.period)
    for (const seq of found.issued) grants.offer(seq)
    // What was made and used later is told by the changes between snapshot and seal.
    for (const { issuer, mapping, events } of after < prepared.seq ? found.seen : []) {
      const key = `${issuer}\n${mapping}`
      const had = seen.get(key) ?? { issuer, mapping, events: 0 }
      seen.set(key, { ...had, events: had.events + events })
    }
    if (Math.floor(after / TOLD_EVERY) < Math.floor(upTo / TOLD_EVERY))
      log.info('review.packing', { review: review.id, events: upTo, of: sealed.seq })
    after = upTo
    await breathe()
  }
  const sorted = [...seen].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
  return { seen: sorted, grants }
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
    await deps.breathe()
  }
  return types
}
