import { canonicalize } from '../../../domain/canonical.ts'
import type { PackFacts } from '../../../domain/review/pack/facts.ts'
import { type PackFormat, provedLine } from '../../../domain/review/pack/manifest.ts'
import { partJson, tableCsv } from '../../../domain/review/pack/part.ts'
import { partsOf } from '../../../domain/review/pack/parts.ts'
import { reportHtml } from '../../../domain/review/pack/report-html.ts'
import { type GatherDeps, type Gathered, itemsOf } from './gather.ts'

/** A file of a pack, a piece at a time: none is held whole. */
type PackFile = {
  readonly name: string
  lines(): Iterable<string> | AsyncIterable<string>
}

export const SNAPSHOT = '03-snapshot.jsonl'
export const OUTCOMES = '03-outcomes.jsonl'

const PAGE = 200

/** Everything behind the manifest, sorted by name. Names are ours: nothing that anybody wrote becomes a path. */
export function filesOf(
  deps: GatherDeps,
  { facts, events, sampled }: Gathered,
  format: PackFormat,
): readonly PackFile[] {
  const parts = partsOf(facts, format)
  const { review, log } = facts
  const files: PackFile[] = parts.flatMap((part) => [
    { name: `${part.name}.json`, lines: () => [partJson(part)] },
    ...part.tables.map((table) => ({
      name: `${part.name}${table.suffix}.csv`,
      lines: () => tableCsv(table, format),
    })),
  ])
  files.push(
    { name: SNAPSHOT, lines: () => snapshotLines(deps, review.id) },
    { name: OUTCOMES, lines: () => outcomeLines(deps, review.id) },
    { name: '10-sample-events.jsonl', lines: () => proved(deps, sampled, log.end.size) },
    { name: 'index.html', lines: () => reportHtml(headOf(facts), parts, format) },
    { name: 'log-checkpoints.json', lines: () => [checkpoints(log)] },
    { name: 'log-events.jsonl', lines: () => proved(deps, events, log.end.size) },
  )
  return files.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function checkpoints({ start, end, consistency }: PackFacts['log']): string {
  return `${canonicalize({ consistency, end, start })}\n`
}

function headOf({ review, population }: PackFacts) {
  const orphans = population.seen.filter(({ place }) => place === 'ORPHAN').length
  return {
    title: review.plan.title,
    review: review.id,
    lines: [
      `Of ${review.plan.period.from} to ${review.plan.period.to}, sealed ${review.sealed.at} as event ${review.sealed.seq} of the log.`,
      `${review.prepared.items} items; ${Object.entries(review.closed?.counts ?? {})
        .map(([state, count]) => `${count} ${state}`)
        .join(', ')}; ${orphans} orphans.`,
      'This page is for reading. What it says is proved by the files beside it, whose hashes are in the log: have the archive verified before you rest on it.',
    ],
  }
}

async function* snapshotLines(
  { audit }: GatherDeps,
  review: PackFacts['review']['id'],
): AsyncGenerator<string> {
  for (let from = 0; ; from += PAGE) {
    const lines = await audit.reviews.snapshot(review, { from, limit: PAGE })
    for (const line of lines) yield `${line}\n`
    if (lines.length < PAGE) return
  }
}

/** As `review.sealed` hashes them. */
async function* outcomeLines(deps: GatherDeps, review: PackFacts['review']['id']): AsyncGenerator<string> {
  for await (const { item, standing } of itemsOf(deps, review))
    yield `${canonicalize({ n: item.n, ...standing })}\n`
}

async function* proved({ audit }: GatherDeps, seqs: readonly number[], size: number): AsyncGenerator<string> {
  for (let at = 0; at < seqs.length; at += PAGE)
    for (const { seq, body } of await audit.packs.bodies(seqs.slice(at, at + PAGE)))
      yield provedLine({ body, index: seq - 1, proof: await audit.packs.inclusion(seq, size) })
}
