import type { Actor } from '../../audit-event.ts'
import { personKey } from '../../person.ts'
import type { ItemKind, ItemStanding, Verdict } from '../item.ts'
import { settledBy } from '../settled.ts'
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
  /** As the first two forms told it: by the last decision, and by persons whose names differ in case alone. */
  readonly earlier: {
    readonly remedies: ItemFacts['remedies']
    readonly duties: ItemFacts['duties']
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer I)[] ? I[] : T[K] }

/** Gathers it, an item at a time. */
export function createItemFacts(): {
  readonly facts: ItemFacts
  add(item: ReviewItem, standing: ItemStanding): void
} {
  const earlier: Writable<ItemFacts['earlier']> = { remedies: [], duties: [] }
  const facts: Omit<Writable<ItemFacts>, 'earlier'> & { readonly earlier: ItemFacts['earlier'] } = {
    silent: [],
    remedies: [],
    exceptions: [],
    keys: [],
    findings: [],
    duties: [],
    earlier,
  }
  return {
    facts,
    add(item, standing) {
      const of = { n: item.n, kind: item.kind, name: item.name }
      if (SILENT.has(standing.state) || standing.suspended !== null) facts.silent.push(silent(item, standing))
      facts.remedies.push(...remedies(of, standing, settledBy(standing.decisions)))
      const last = standing.decisions.findLast(({ verdict }) => verdict !== 'defer') ?? null
      earlier.remedies.push(...remedies(of, standing, last))
      if (item.kind === 'issuer' || item.kind === 'target') facts.keys.push({ ...of, since: item.keySince })
      facts.findings.push(...item.findings.map((finding) => ({ ...of, finding })))
      facts.exceptions.push(...exceptions(item, standing))
      facts.duties.push(...duties(item, standing, RULES))
      earlier.duties.push(...duties(item, standing, EARLIER))
    },
  }
}

function remedies(
  of: Named,
  { state, remediation, proof }: ItemStanding,
  said: { readonly verdict: string; readonly at: string } | null,
): ItemFacts['remedies'] {
  const isWanted = said?.verdict === 'revoke' || said?.verdict === 'narrow'
  if (remediation === null && !isWanted) return []
  const decided = { verdict: said?.verdict ?? null, decidedAt: said?.at ?? null }
  return [{ ...of, state, ...decided, remediation, proof }]
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

type DutyRules = {
  readonly keyOf: (person: string) => string
  /** Whether two decisions of one person are one too many. */
  readonly isAlike: (one: Verdict, other: Verdict) => boolean
}
/** As the flow has it: nobody votes twice over a version, whatever they say. To put off is no vote. */
const RULES: DutyRules = {
  keyOf: personKey,
  isAlike: (one, other) => (one === 'defer') === (other === 'defer'),
}
const EARLIER: DutyRules = {
  keyOf: (person) => person.toLowerCase(),
  isAlike: (one, other) => one === other,
}

/**
 * The check of duties again, from what is recorded alone: a person is who the events say, so it comes to the same in ten
 * years, whoever has left by then.
 */
function duties(
  { n, kind, name, makers }: ReviewItem,
  { decisions }: ItemStanding,
  { keyOf, isAlike }: DutyRules,
): ItemFacts['duties'] {
  const isSame = (a: Actor, b: Actor) =>
    (a.issuer === b.issuer && a.sub === b.sub) || keyOf(a.person) === keyOf(b.person)
  return decisions.map(({ by, seq, verdict, seenVersion }, at) => {
    const author = makers.some((one) => isSame(one.author, by))
    const approver = makers
      .filter((one) => one.approver !== null)
      .toSorted((a, b) => b.version - a.version)[0]?.approver
    const again = decisions
      .slice(0, at)
      .some((one) => isAlike(one.verdict, verdict) && one.seenVersion === seenVersion && isSame(one.by, by))
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
