import type { Actor } from '../../audit-event.ts'
import type { ItemKind, ItemStanding } from '../item.ts'
import type { ItemFinding, ReviewItem } from '../snapshot.ts'

type Named = { readonly n: number; readonly kind: ItemKind; readonly name: string }

/** What of the items is told by itself beside the list of all of them. */
export type ItemFacts = {
  readonly silent: readonly (Named & {
    readonly owner: string | null
    readonly state: string
    readonly suspendedAt: string | null
    readonly restoredAt: string | null
    readonly restoredBy: Actor | null
    readonly rationale: string | null
    readonly overAt: string | null
  })[]
  readonly remedies: readonly (Named & {
    readonly state: string
    readonly verdict: string | null
    readonly decidedAt: string | null
    readonly remediation: ItemStanding['remediation']
    readonly proof: ItemStanding['proof']
  })[]
  readonly exceptions: readonly (Named & {
    readonly what: string
    readonly until: string | null
    readonly state: string
    readonly by: Actor | null
    readonly second: Actor | null
    readonly rationale: string | null
  })[]
  /** Of issuers and targets: since when their keys stand. */
  readonly keys: readonly (Named & { readonly since: string | null })[]
  readonly findings: readonly (Named & { readonly finding: ItemFinding })[]
  readonly duties: readonly (Named & {
    readonly seq: number
    readonly verdict: string
    readonly by: Actor
    /** Why this person may not have decided; null: nothing is against it. */
    readonly breach: string | null
  })[]
}

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer I)[] ? I[] : T[K] }

/** Gathers it, an item at a time. */
export function createItemFacts(): {
  readonly facts: ItemFacts
  add(item: ReviewItem, standing: ItemStanding): void
} {
  const facts: Writable<ItemFacts> = {
    silent: [],
    remedies: [],
    exceptions: [],
    keys: [],
    findings: [],
    duties: [],
  }
  return {
    facts,
    add(item, standing) {
      const of = { n: item.n, kind: item.kind, name: item.name }
      if (SILENT.has(standing.state) || standing.suspended !== null) facts.silent.push(silent(item, standing))
      const last = standing.decisions.findLast(({ verdict }) => verdict !== 'defer') ?? null
      const { state, remediation, proof } = standing
      const decided = { verdict: last?.verdict ?? null, decidedAt: last?.at ?? null }
      if (remediation !== null || last?.verdict === 'revoke' || last?.verdict === 'narrow')
        facts.remedies.push({ ...of, state, ...decided, remediation, proof })
      if (item.kind === 'issuer' || item.kind === 'target') facts.keys.push({ ...of, since: item.keySince })
      facts.findings.push(...item.findings.map((finding) => ({ ...of, finding })))
      facts.exceptions.push(...exceptions(item, standing))
      facts.duties.push(...duties(item, standing))
    },
  }
}

const SILENT: ReadonlySet<string> = new Set(['auto_suspended', 'auto_revoked', 'unanswered'])

function silent(item: ReviewItem, { state, suspended, restored, proof }: ItemStanding) {
  const { n, kind, name, owner } = item
  const back = {
    restoredAt: restored?.at ?? null,
    restoredBy: restored?.by ?? null,
    rationale: restored?.rationale ?? null,
  }
  return {
    n,
    kind,
    name,
    owner,
    state,
    suspendedAt: suspended?.at ?? null,
    ...back,
    overAt: proof?.at ?? null,
  }
}

function exceptions({ n, kind, name }: ReviewItem, standing: ItemStanding): ItemFacts['exceptions'] {
  const { state, deferral, decisions } = standing
  const last = decisions.at(-1) ?? null
  const of = { n, kind, name, state, rationale: last?.rationale ?? null }
  const accepted = { what: 'accepted code', until: null, by: last?.by ?? null, second: null }
  return [
    ...(kind === 'exception' ? [{ ...of, ...accepted }] : []),
    ...(deferral === null
      ? []
      : [{ ...of, what: 'deferral', until: deferral.until, by: deferral.by, second: deferral.confirmedBy }]),
  ]
}

/**
 * The check of duties again, from what is recorded alone: a person is who the events say, so it comes to the same in ten
 * years, whoever has left by then.
 */
function duties(item: ReviewItem, { decisions }: ItemStanding): ItemFacts['duties'] {
  const { n, kind, name, makers } = item
  return decisions.map(({ by, seq, verdict, seenVersion }, at) => {
    const author = makers.some((one) => isSame(one.author, by))
    const approver = makers
      .filter((one) => one.approver !== null)
      .toSorted((a, b) => b.version - a.version)[0]?.approver
    const again = decisions
      .slice(0, at)
      .some((one) => one.verdict === verdict && one.seenVersion === seenVersion && isSame(one.by, by))
    const breach = author
      ? 'wrote what stood'
      : approver !== undefined && approver !== null && isSame(approver, by)
        ? 'was the last to approve what stood'
        : again
          ? 'decided twice where two persons were wanted'
          : null
    return { n, kind, name, seq, verdict, by, breach }
  })
}

function isSame(a: Actor, b: Actor): boolean {
  return (a.issuer === b.issuer && a.sub === b.sub) || a.person.toLowerCase() === b.person.toLowerCase()
}
