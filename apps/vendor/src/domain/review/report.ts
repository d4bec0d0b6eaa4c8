import type { Actor } from '../audit-event.ts'
import { csvLine } from '../csv.ts'
import { lastApprover } from './duty.ts'
import type { ItemDecision, ItemKind, ItemStanding, ItemState } from './item.ts'
import { settledBy } from './settled.ts'
import type { ItemFinding, ReviewItem } from './snapshot.ts'

/** One row of a report: what an auditor asks of each item. */
export type ReportRow = {
  readonly n: number
  readonly kind: ItemKind
  readonly name: string
  readonly version: number
  readonly owner: string | null
  readonly purpose: string | null
  readonly risk: number
  readonly recommendation: string
  readonly because: readonly string[]
  readonly lastUsed: string | null
  readonly issued: number | null
  readonly refused: number | null
  readonly findings: readonly Pick<ItemFinding, 'detector' | 'rule'>[]
  readonly state: ItemState
  readonly verdict: string | null
  readonly rationale: string | null
  readonly evidence: string | null
  readonly reviewer: Actor | null
  readonly decidedAt: string | null
  readonly acr: string | null
  readonly authTime: string | null
  readonly secondReviewer: Actor | null
  readonly seenVersion: number | null
  readonly appliedAt: string | null
  readonly generation: number | null
  readonly revocation: string | null
  readonly provedAt: string | null
  readonly proof: string | null
  /** From the decision until it was proved. */
  readonly hoursToProof: number | null
  readonly suspendedAt: string | null
  readonly restoredAt: string | null
}

const HOUR_MS = 3_600_000

type Said = {
  readonly verdict: string | null
  readonly at: string | null
  readonly by: ItemDecision | null
  readonly second: ItemDecision | null
}

export function reportRow(item: ReviewItem, standing: ItemStanding): ReportRow {
  return rowOf(item, standing, settledBy(standing.decisions) ?? NOBODY)
}

/**
 * As the first two forms of packs have it, for ever: the last decision for that of the item, and the first of all for the
 * second person’s, whatever version it was over.
 */
export function rowOfLast(item: ReviewItem, standing: ItemStanding): ReportRow {
  const decisions = standing.decisions.filter(({ verdict }) => verdict !== 'defer')
  const by = decisions.at(-1) ?? null
  const second = decisions.length > 1 ? (decisions[0] ?? null) : null
  return rowOf(item, standing, { verdict: by?.verdict ?? null, at: by?.at ?? null, by, second })
}

const NOBODY: Said = { verdict: null, at: null, by: null, second: null }

function rowOf(item: ReviewItem, standing: ItemStanding, { verdict, at, by, second }: Said): ReportRow {
  const { remediation, proof } = standing
  const hours = at === null || proof === null ? null : (Date.parse(proof.at) - Date.parse(at)) / HOUR_MS
  return {
    n: item.n,
    kind: item.kind,
    name: item.name,
    version: item.version,
    owner: item.owner,
    purpose: item.purpose,
    risk: item.risk,
    recommendation: item.recommendation,
    because: item.because,
    lastUsed: item.usage?.last ?? null,
    issued: item.usage?.issued ?? null,
    refused: item.usage?.refused ?? null,
    findings: item.findings.map(({ detector, rule }) => ({ detector, rule })),
    state: standing.state,
    verdict,
    rationale: by?.rationale ?? standing.restored?.rationale ?? null,
    evidence: by?.evidence ?? null,
    reviewer: by?.by ?? null,
    decidedAt: at,
    acr: by?.signedIn.acr ?? null,
    authTime: by?.signedIn.authTime ?? null,
    secondReviewer: second?.by ?? null,
    seenVersion: by?.seenVersion ?? null,
    appliedAt: remediation?.at ?? null,
    generation: remediation?.generation ?? null,
    revocation: remediation?.revocation ?? null,
    provedAt: proof?.at ?? null,
    proof: proof?.by ?? null,
    hoursToProof: hours === null ? null : Math.round(hours * 100) / 100,
    suspendedAt: standing.suspended?.at ?? null,
    restoredAt: standing.restored?.at ?? null,
  }
}

export const REPORT_COLUMNS: readonly (keyof ReportRow)[] = [
  ...(['n', 'kind', 'name', 'version', 'owner', 'purpose', 'risk', 'recommendation', 'because'] as const),
  ...(['lastUsed', 'issued', 'refused', 'findings', 'state', 'verdict', 'rationale', 'evidence'] as const),
  ...(['reviewer', 'decidedAt', 'acr', 'authTime', 'secondReviewer', 'seenVersion', 'appliedAt'] as const),
  ...([
    'generation',
    'revocation',
    'provedAt',
    'proof',
    'hoursToProof',
    'suspendedAt',
    'restoredAt',
  ] as const),
]

/** RFC 4180, with a head. */
export function reportCsvHead(): string {
  return csvLine(REPORT_COLUMNS)
}

export function reportCsvLine(row: ReportRow): string {
  return csvLine(reportCells(row))
}

/** What stands in each column. */
export function reportCells(row: ReportRow): readonly string[] {
  return REPORT_COLUMNS.map((name) => cell(row[name]))
}

function cell(value: ReportRow[keyof ReportRow]): string {
  if (value === null) return ''
  if (typeof value !== 'object') return String(value)
  if ('issuer' in value) return `${value.person} (${value.issuer} ${value.sub})`
  return value.map((one) => (typeof one === 'string' ? one : named(one))).join('; ')
}

/** `S06 mutable-name`; of what no detector found the rule alone. */
function named({ detector, rule }: Pick<ItemFinding, 'detector' | 'rule'>): string {
  return detector === null ? rule : `${detector} ${rule}`
}

/** Persons who may not have decided and did, by what the snapshot says of who made it: empty, or somebody went around the flow. */
export function dutyBreaches(
  items: readonly { readonly item: ReviewItem; readonly standing: ItemStanding }[],
  same: (a: Actor, b: Actor) => boolean,
): readonly { readonly n: number; readonly reviewer: Actor }[] {
  return items.flatMap(({ item: { n, makers }, standing }) => {
    const last = lastApprover(makers)
    const barred = [...makers.map(({ author }) => author), ...(last === null ? [] : [last])]
    return standing.decisions.flatMap(({ by }) =>
      barred.some((one) => same(one, by)) ? [{ n, reviewer: by }] : [],
    )
  })
}
