import { ITEM_KINDS, ITEM_STATES } from './item.ts'
import type { Cell, Part } from './pack/part.ts'
import type { ReportHead } from './pack/report-html.ts'
import { periodWords } from './period.ts'
import { REPORT_COLUMNS, type ReportRow, reportCells } from './report.ts'
import type { Counts, Population, Review } from './review.ts'

/** What a report of a review says, in whichever form. */
export type ReportFacts = {
  readonly review: Review
  readonly counts: Counts
  readonly population: { readonly prepared: Population | null; readonly standing: Population }
  readonly snapshot: { readonly sha256: string; readonly holds: boolean }
  readonly breaches: readonly { readonly n: number; readonly reviewer: { readonly person: string } }[]
  readonly items: readonly ReportRow[]
}

/** What stands above the chapters. */
export function reportHead({ review, snapshot }: ReportFacts): ReportHead {
  const { id, plan, state, prepared, closed, sealed } = review
  const said = snapshot.holds ? 'is the one that the log has' : 'is not the one that the log has'
  return {
    title: plan.title,
    review: id,
    lines: [
      `It looks back on ${periodWords(plan.period)}, was due ${plan.dueAt}, and is ${state}.`,
      ...(prepared === null ? [] : [`Its snapshot ${snapshot.sha256} ${said}.`]),
      ...(closed === null
        ? []
        : [`Closed ${closed.at}${closed.reason === null ? '' : `: ${closed.reason}`}.`]),
      ...(sealed === null
        ? ['It is not sealed: what stands here may change.']
        : [`Sealed ${sealed.at}; what became of every item has the hash ${sealed.itemsSha256}.`]),
    ],
  }
}

/** The chapters: how far it is, of what, by whom, and every item. Pure: of the same facts the same words. */
export function reportParts(facts: ReportFacts): readonly Part[] {
  return [progress(facts), population(facts), duties(facts), items(facts)]
}

function progress({ counts, items: all }: ReportFacts): Part {
  const rows = ITEM_STATES.flatMap((state): (readonly Cell[])[] => {
    const count = counts[state] ?? 0
    return count === 0 ? [] : [[state, count]]
  })
  return {
    name: 'progress',
    title: 'How far it is',
    about: [`${all.length} items, by their state.`],
    tables: [
      {
        ...{ suffix: '', columns: ['state', 'items'], rows },
        chart: { title: 'Items by their state', label: 0, value: 1 },
      },
    ],
  }
}

function population({ population: { prepared, standing } }: ReportFacts): Part {
  const rows = ITEM_KINDS.map((kind): readonly Cell[] => {
    const [then, now] = [prepared?.[kind], standing[kind]]
    return [
      kind,
      then?.enabled ?? null,
      then?.disabled ?? null,
      then?.inScope ?? null,
      now.enabled,
      now.disabled,
    ]
  })
  return {
    name: 'population',
    title: 'Of what',
    about: ['Counted when the snapshot was taken, and again in what stands now.'],
    tables: [
      {
        suffix: '',
        columns: ['kind', 'enabled then', 'disabled then', 'in scope', 'enabled now', 'disabled now'],
        rows,
      },
    ],
  }
}

function duties({ breaches }: ReportFacts): Part {
  return {
    name: 'duties',
    title: 'Duties',
    about: [
      breaches.length === 0
        ? 'Nobody decided over what they had a part in.'
        : `${breaches.length} decisions are by persons who had a part in what they decided on: somebody went around the service.`,
    ],
    tables:
      breaches.length === 0
        ? []
        : [
            {
              suffix: '',
              columns: ['item', 'reviewer'],
              rows: breaches.map(({ n, reviewer }) => [n, reviewer.person]),
            },
          ],
  }
}

function items({ items: all }: ReportFacts): Part {
  return {
    name: 'items',
    title: 'Items and decisions',
    about: ['Each with what was decided, why, by whom and when; the most dangerous first.'],
    tables: [{ suffix: '', columns: REPORT_COLUMNS, rows: all.map(reportCells) }],
  }
}
