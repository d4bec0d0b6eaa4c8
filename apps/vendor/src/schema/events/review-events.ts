import { z } from 'zod'
import { ITEM_KINDS, ITEM_STATES, VERDICTS } from '../../domain/review/item.ts'
import { NO_RESPONSES } from '../../domain/review/review.ts'
import { actor, count, event, flag, hash, id, instant, text, texts } from './parts.ts'

const kind = z.enum(ITEM_KINDS)
const review = id('rev')
const key = z.strictObject({ sha256: hash, asked: hash })
const byPerson = { review, actor, request: id('req'), key: key.nullable() }
const byTime = { review, actor: z.null(), request: z.null() }
const byAny = { review, actor: actor.nullable(), request: id('req').nullable(), key: key.nullable() }
const items = z.array(
  z.strictObject({ n: count, kind, name: text, version: count, becomes: z.enum(ITEM_STATES) }),
)
const counts = z.partialRecord(z.enum(ITEM_STATES), count)
const checkpoint = z.strictObject({ size: count, root: text })
/** As whoever drafts it wrote it: RFC 3339, with or without a fraction of a second. */
const date = z.iso.datetime()

const plan = z.strictObject({
  title: text,
  period: z.strictObject({ from: date, to: date }),
  frameworks: texts,
  scope: z.strictObject({
    kinds: z.array(kind),
    issuers: texts,
    roles: texts,
    targets: texts,
    owners: texts,
    mappings: texts,
  }),
  dueAt: date,
  noResponse: z.enum(NO_RESPONSES),
  minReviewers: z.union([z.literal(1), z.literal(2)]),
  criticalBuckets: texts,
  reviewers: texts,
  fallback: text.nullable(),
  remindDays: z.array(count),
})
const counted = z.strictObject({ enabled: count, disabled: count, inScope: count })
const population = z.strictObject({
  mapping: counted,
  issuer: counted,
  target: counted,
  admin_binding: counted,
  exception: counted,
})
const remediation = z.strictObject({
  how: z.enum(['disable', 'by_author']),
  generation: count.nullable(),
  version: count.nullable(),
  change: id('chg').nullable(),
  revocation: id('rvk').nullable(),
  sessions: z.strictObject({ found: count, proved: count, latestExpiry: instant.nullable() }).nullable(),
  detail: text.nullable(),
})
const proof = z.strictObject({
  by: z.enum(['decided', 'absent', 'narrower']),
  holds: flag,
  generation: count,
  control: flag.nullable(),
  outcome: z.enum(['granted', 'refused']).nullable(),
  code: text.nullable(),
  admittedBy: texts,
  live: count,
})

/** Reviews: what is decided over, by whom, what became of it and how that was shown. */
export const REVIEW_EVENTS = {
  'review.drafted': event('review.drafted', 'somebody settled what a review is of, and until when', {
    ...byPerson,
    plan,
  }),
  'review.prepared': event('review.prepared', 'what stands was written down, to be decided over', {
    ...byPerson,
    generation: count,
    configurationHash: hash,
    population,
    items: count,
    snapshotSha256: hash,
    checkpoint,
  }),
  'review.started': event('review.started', 'decisions are taken from now on', { ...byPerson, dueAt: date }),
  'review.reminded': event('review.reminded', 'whoever has not answered is told, before the due date', {
    ...byTime,
    title: text,
    dueAt: date,
    daysLeft: count,
    undecided: count,
    persons: z.array(z.strictObject({ person: text.nullable(), undecided: count })),
  }),
  'review.decided': event('review.decided', 'a person decided over items', {
    ...byPerson,
    items,
    signedIn: z.strictObject({ acr: text.nullable(), authTime: text.nullable() }),
    verdict: z.enum(VERDICTS),
    rationale: text,
    evidence: text.nullable(),
    until: date.nullable(),
  }),
  'review.delegated': event('review.delegated', 'a person handed items on to another', {
    ...byPerson,
    items,
    to: text,
    rationale: text,
  }),
  'review.applying': event('review.applying', 'what was asked for is about to be made so', {
    ...byAny,
    items,
  }),
  'review.applied': event('review.applied', 'it stands, or why it does not', {
    ...byAny,
    items,
    remediation,
  }),
  'review.verified': event('review.verified', 'it was shown that it is over', { ...byAny, items, proof }),
  'review.due': event('review.due', 'the due date has passed', {
    ...byTime,
    dueAt: date,
    noResponse: z.enum(NO_RESPONSES),
    unanswered: count,
  }),
  'review.held': event('review.held', 'so many would lose their access that a person must say yes first', {
    ...byTime,
    title: text,
    would: count,
    active: count,
  }),
  'review.released': event('review.released', 'a person said so', {
    ...byPerson,
    would: count,
    reason: text,
  }),
  'review.suspending': event('review.suspending', 'what nobody answered for is about to be suspended', {
    ...byTime,
    items,
  }),
  'review.suspended': event('review.suspended', 'it is suspended', { ...byTime, items, generation: count }),
  'review.restoring': event('review.restoring', 'a person is about to restore what was suspended', {
    ...byPerson,
    items,
    rationale: text,
  }),
  'review.restored': event('review.restored', 'it stands again, and waits for a decision', {
    ...byPerson,
    items,
    rationale: text,
    generation: count,
  }),
  'review.revoked': event('review.revoked', 'what was suspended and not restored is revoked', {
    ...byTime,
    items,
    proof,
  }),
  'review.unanswered': event('review.unanswered', 'nobody answered, and it stays as it is', {
    ...byTime,
    items,
  }),
  'review.acknowledged': event('review.acknowledged', 'a person knows what is found about the log itself', {
    ...byPerson,
    signedIn: z.strictObject({ acr: text.nullable(), authTime: text.nullable() }),
    rationale: text,
    findings: z.array(
      z.strictObject({
        key: text,
        detector: text.nullable(),
        rule: text,
        severity: z.enum(['warning', 'notice']),
        message: text,
        fix: text,
        firstSeen: instant.nullable(),
      }),
    ),
  }),
  'review.closed': event('review.closed', 'no more decisions', {
    ...byPerson,
    counts,
    reason: text.nullable(),
  }),
  'review.sealed': event('review.sealed', 'the review never changes again', {
    ...byPerson,
    checkpoint,
    snapshotSha256: hash,
    itemsSha256: hash,
    counts,
  }),
  'review.packed': event('review.packed', 'its evidence pack was made: from here on that one, or none', {
    ...byPerson,
    manifestSha256: hash,
    files: count,
  }),
} as const
