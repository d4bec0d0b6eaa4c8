import type { Actor } from '../../domain/audit-event.ts'
import { canonicalize } from '../../domain/canonical.ts'
import { configurationHash } from '../../domain/configuration-plan.ts'
import type { StoredResource } from '../../domain/resource.ts'
import { assigner, holderOf } from '../../domain/review/assign.ts'
import { type Drafted, itemMaker, populationOf } from '../../domain/review/build-snapshot.ts'
import type { DutyFacts, Maker } from '../../domain/review/duty.ts'
import { logFindingFact } from '../../domain/review/log-finding.ts'
import { periodMs } from '../../domain/review/period.ts'
import type { Prepared, Review } from '../../domain/review/review.ts'
import type { ReviewItem, SnapshotHead } from '../../domain/review/snapshot.ts'
import { VendorError } from '../../errors.ts'
import type { StagedItem, StandingVersion } from '../../ports/reviews.ts'
import type { ReviewDeps } from './deps.ts'

/** So many items are made, or written, before everything else that waits has its turn. */
const SLICE = 100

/**
 * Takes the snapshot: everything in scope as it stands, with who made it, what it opens, how it was used and what is
 * known against it, staged line by line. Answers what the event says of it. Throws `review_empty`.
 */
export async function takeSnapshot(deps: ReviewDeps, review: Review): Promise<Prepared> {
  const { generation, resources } = await deps.store.current()
  const hash = configurationHash(resources, deps.sha256)
  const { population, subjects } = populationOf({ resources, plan: review.plan })
  if (subjects.length === 0) throw new VendorError('review_empty')
  const [input, ofLog] = await Promise.all([snapshotInput(deps, review, resources), deps.logFindings()])
  const make = itemMaker(input)
  const drafted: Drafted[] = []
  for (const [at, subject] of subjects.entries()) {
    if (at % SLICE === SLICE - 1) await deps.breathe()
    drafted.push(make(subject))
  }
  // The most dangerous first: whoever works through the queue has seen those before the time is over.
  const ordered = drafted.toSorted((a, b) => b.risk - a.risk)
  const head: SnapshotHead = {
    review: review.id,
    generation,
    configurationHash: hash,
    at: new Date(deps.clock.nowMs()).toISOString(),
    population,
    items: ordered.length,
    ofLog: ofLog.map(logFindingFact),
  }
  const snapshotSha256 = await stageAll(deps, review, { head, ordered })
  const checkpoint = await deps.checkpoint()
  return {
    generation,
    configurationHash: hash,
    population,
    items: ordered.length,
    snapshotSha256,
    checkpoint,
  }
}

async function snapshotInput(deps: ReviewDeps, review: Review, resources: readonly StoredResource[]) {
  const { plan } = review
  const { fromMs, toMs } = periodMs(plan.period)
  // Use is counted by days, and that of its end is none of a period that ends with the day before.
  const period = { fromMs, toMs: toMs - 1 }
  const [versions, makers, keys, findings, usage] = await Promise.all([
    deps.provenance.all(),
    deps.audit.reviews.makers(),
    deps.audit.reviews.keysSince(),
    deps.findings(),
    deps.usage(period),
  ])
  const standing = ({ kind, name }: Pick<StoredResource, 'kind' | 'name'>) =>
    versions.get(`${kind}/${name}`) ?? []
  return {
    plan,
    resources,
    configuration: deps.configuration(),
    makers: (one: Pick<StoredResource, 'kind' | 'name'>) => makersOf(standing(one), makers),
    since: (one: Pick<StoredResource, 'kind' | 'name'>) => standing(one).at(-1)?.atMs ?? deps.clock.nowMs(),
    findings,
    usage,
    keySince: (kind: 'issuer' | 'target', name: string) => keys.get(`${kind}/${name}`) ?? null,
    nowMs: deps.clock.nowMs(),
  }
}

type Made = ReadonlyMap<number, { readonly author: Actor; readonly approver: Actor | null }>

/** By the log; where it says nothing of a generation, by the file: then nobody is known to have said yes. */
export function makersOf(versions: readonly StandingVersion[], made: Made): readonly Maker[] {
  return versions.map(({ version, generation, author }) => {
    const known = made.get(generation)
    if (known !== undefined) return { version, ...known }
    const at = author.indexOf(' ')
    const sub = author.slice(at + 1)
    return { version, author: { issuer: author.slice(0, Math.max(0, at)), sub, person: sub }, approver: null }
  })
}

async function stageAll(
  deps: ReviewDeps,
  review: Review,
  { head, ordered }: { readonly head: SnapshotHead; readonly ordered: readonly Drafted[] },
): Promise<string> {
  const assign = assigner(review.plan, (person, facts) => mayReview(deps, person, facts))
  const digest = deps.digest()
  const first = canonicalize(head)
  digest.add(`${first}\n`)
  await deps.audit.reviews.stage(review.id, { first: true, head: first, items: [] })
  for (let from = 0; from < ordered.length; from += SLICE) {
    const items = ordered.slice(from, from + SLICE).map((one, at): StagedItem => {
      const { owner, required, makers } = one
      const reviewers = assign({ owner, required, makers, holder: holderOfItem(deps, one) })
      const item: ReviewItem = { n: from + at + 1, ...one, reviewers }
      return {
        n: item.n,
        kind: item.kind,
        name: item.name,
        version: item.version,
        risk: item.risk,
        reviewers,
        line: canonicalize(item),
      }
    })
    await deps.audit.reviews.stage(review.id, { first: false, head: null, items })
    for (const { line } of items) digest.add(`${line}\n`)
    await deps.breathe()
  }
  return digest.hex()
}

/** The snapshot hashed again, as it is kept: what `review.prepared` must say. */
export async function snapshotHash(deps: ReviewDeps, review: Review['id']): Promise<string> {
  const digest = deps.digest()
  for (let from = 0; ; from += SNAPSHOT_PAGE) {
    const lines = await deps.audit.reviews.snapshot(review, { from, limit: SNAPSHOT_PAGE })
    for (const line of lines) digest.add(`${line}\n`)
    if (lines.length < SNAPSHOT_PAGE) return digest.hex()
    await deps.breathe()
  }
}

const SNAPSHOT_PAGE = 500

/** Of an admin binding: whose it is. */
export function holderOfItem(
  deps: Pick<ReviewDeps, 'configuration'>,
  { kind, body }: Pick<ReviewItem, 'kind' | 'body'>,
): Actor | null {
  if (kind !== 'admin_binding') return null
  const urls = new Map(
    [...deps.configuration().issuers.values()].map(({ name, url }) => [name, url] as const),
  )
  // The body of an admin binding, as it stood.
  return holderOf(body as { issuer: string; sub: string; person: string }, (name) => urls.get(name) ?? null)
}

function mayReview(deps: ReviewDeps, person: string, facts: Pick<DutyFacts, 'makers' | 'holder'>): boolean {
  const last = facts.makers.find(({ approver }) => approver !== null)?.approver ?? null
  const barred = [...facts.makers.map(({ author }) => author), ...(last === null ? [] : [last]), facts.holder]
  return !barred.some((one) => one !== null && deps.persons.isPerson(one, person))
}
