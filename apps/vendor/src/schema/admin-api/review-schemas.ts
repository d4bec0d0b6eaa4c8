import { ITEM_KINDS, ITEM_STATES, VERDICTS } from '../../domain/review/item.ts'
import { NO_RESPONSES, REVIEW_STATES } from '../../domain/review/review.ts'
import { RECOMMENDATIONS } from '../../domain/review/risk.ts'
import type { Schema } from './operation.ts'
import { listOf, named, object, oneOf, orNull } from './operation-parts.ts'

const BOOLEAN: Schema = { type: 'boolean' }
const STRING: Schema = { type: 'string' }
const COUNT: Schema = { type: 'integer', minimum: 0 }
const HASH: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$' }
const INSTANT: Schema = { type: 'string', format: 'date-time' }
const ACTOR = object({ issuer: STRING, sub: STRING, person: STRING })

const REVIEW_ID: Schema = { type: 'string', pattern: '^rev_[0-9a-f-]{36}$' }
const STEP = { by: orNull(ACTOR), at: INSTANT, seq: COUNT }
const COUNTS = object(Object.fromEntries(ITEM_STATES.map((state) => [state, COUNT])), ITEM_STATES)
const OF_KINDS = object(
  Object.fromEntries(
    ITEM_KINDS.map((kind) => [kind, object({ enabled: COUNT, disabled: COUNT, inScope: COUNT })]),
  ),
)
const CHECKPOINT = object({ size: COUNT, root: STRING })
const NAMES = listOf(STRING)
const PLAN = object({
  title: STRING,
  period: object({ from: INSTANT, to: INSTANT }),
  frameworks: NAMES,
  scope: object({
    kinds: listOf(oneOf(ITEM_KINDS)),
    issuers: NAMES,
    roles: NAMES,
    targets: NAMES,
    owners: NAMES,
    mappings: NAMES,
  }),
  dueAt: INSTANT,
  noResponse: oneOf(NO_RESPONSES),
  minReviewers: COUNT,
  criticalBuckets: NAMES,
  reviewers: NAMES,
  fallback: orNull(STRING),
  remindDays: listOf(COUNT),
})

const USAGE = object({
  first: orNull(INSTANT),
  last: orNull(INSTANT),
  issued: COUNT,
  refused: COUNT,
  subjects: COUNT,
  networks: COUNT,
  more: BOOLEAN,
  p95LifetimeSeconds: orNull(COUNT),
})
const OPENS = object({
  role: STRING,
  roleVersion: COUNT,
  target: STRING,
  policies: NAMES,
  buckets: NAMES,
  writes: BOOLEAN,
  deletes: BOOLEAN,
  maxLifetimeSeconds: COUNT,
  accept: NAMES,
})
const ITEM = {
  n: COUNT,
  kind: oneOf(ITEM_KINDS),
  name: STRING,
  resource: object({ kind: STRING, name: STRING }),
  version: COUNT,
  sha256: HASH,
  owner: orNull(STRING),
  purpose: orNull(STRING),
  words: NAMES,
  opens: orNull(OPENS),
  usage: orNull(USAGE),
  keySince: orNull(INSTANT),
  findings: listOf(
    object({ detector: orNull(STRING), rule: STRING, severity: STRING, message: STRING, fix: STRING }),
  ),
  moreFindings: COUNT,
  risk: { type: 'integer', minimum: 0, maximum: 100 },
  recommendation: oneOf(RECOMMENDATIONS),
  because: NAMES,
  required: { type: 'integer', minimum: 1, maximum: 2, description: 'how many persons decide' },
  reviewers: NAMES,
}
const WHOLE_ITEM = object({
  ...ITEM,
  body: { type: 'object', description: 'the resource as it stood' },
  makers: listOf(object({ version: COUNT, author: ACTOR, approver: orNull(ACTOR) })),
})
const PROOF = object({
  by: oneOf(['decided', 'absent', 'narrower']),
  holds: BOOLEAN,
  generation: COUNT,
  control: orNull(BOOLEAN),
  outcome: orNull(oneOf(['granted', 'refused'])),
  code: orNull(STRING),
  admittedBy: NAMES,
  live: COUNT,
  at: INSTANT,
})
const STANDING = object({
  state: oneOf(ITEM_STATES),
  revision: COUNT,
  reviewers: NAMES,
  decisions: listOf(
    object({
      by: ACTOR,
      signedIn: object({ acr: orNull(STRING), authTime: orNull(INSTANT) }),
      at: INSTANT,
      seq: COUNT,
      verdict: oneOf(VERDICTS),
      rationale: STRING,
      evidence: orNull(STRING),
      seenVersion: COUNT,
      until: orNull(INSTANT),
    }),
  ),
  deferral: orNull(object({ until: INSTANT, by: ACTOR, confirmedBy: orNull(ACTOR) })),
  delegations: listOf(object({ by: ACTOR, at: INSTANT, to: STRING, rationale: STRING })),
  suspending: BOOLEAN,
  suspended: orNull(object({ at: INSTANT, version: COUNT })),
  restored: orNull(object({ by: ACTOR, at: INSTANT, rationale: STRING })),
  remediation: orNull(
    object({
      how: oneOf(['disable', 'by_author']),
      generation: orNull(COUNT),
      version: orNull(COUNT),
      change: orNull(STRING),
      revocation: orNull(STRING),
      sessions: orNull(object({ found: COUNT, proved: COUNT, latestExpiry: orNull(INSTANT) })),
      detail: orNull(STRING),
      at: INSTANT,
      by: orNull(ACTOR),
    }),
  ),
  proof: orNull(PROOF),
})
const LOG_FINDING = {
  key: STRING,
  detector: orNull(STRING),
  rule: STRING,
  severity: STRING,
  message: STRING,
  fix: STRING,
  firstSeen: orNull(INSTANT),
}
const REVIEW = {
  id: REVIEW_ID,
  state: oneOf(REVIEW_STATES),
  revision: COUNT,
  plan: PLAN,
  drafted: object(STEP),
  prepared: orNull(
    object({
      ...STEP,
      generation: COUNT,
      configurationHash: HASH,
      population: OF_KINDS,
      items: COUNT,
      snapshotSha256: HASH,
      checkpoint: CHECKPOINT,
    }),
  ),
  started: orNull(object(STEP)),
  due: orNull(object({ ...STEP, unanswered: COUNT })),
  held: orNull(object({ at: INSTANT, would: COUNT, active: COUNT })),
  released: orNull(object({ by: ACTOR, at: INSTANT, upTo: COUNT, reason: STRING })),
  acknowledged: listOf(
    object({ by: ACTOR, at: INSTANT, seq: COUNT, rationale: STRING, findings: listOf(object(LOG_FINDING)) }),
  ),
  reminded: listOf(COUNT),
  closed: orNull(object({ ...STEP, counts: COUNTS, reason: orNull(STRING) })),
  sealed: orNull(object({ ...STEP, checkpoint: CHECKPOINT, itemsSha256: HASH })),
}
const ROW = object({
  ...{ n: COUNT, kind: oneOf(ITEM_KINDS), name: STRING, version: COUNT, owner: orNull(STRING) },
  ...{ purpose: orNull(STRING), risk: COUNT, recommendation: STRING, because: NAMES },
  ...{ lastUsed: orNull(INSTANT), issued: orNull(COUNT), refused: orNull(COUNT) },
  findings: listOf(object({ detector: orNull(STRING), rule: STRING })),
  ...{
    state: oneOf(ITEM_STATES),
    verdict: orNull(STRING),
    rationale: orNull(STRING),
    evidence: orNull(STRING),
  },
  ...{ reviewer: orNull(ACTOR), decidedAt: orNull(INSTANT), acr: orNull(STRING), authTime: orNull(INSTANT) },
  ...{ secondReviewer: orNull(ACTOR), seenVersion: orNull(COUNT), appliedAt: orNull(INSTANT) },
  ...{
    generation: orNull(COUNT),
    revocation: orNull(STRING),
    provedAt: orNull(INSTANT),
    proof: orNull(STRING),
  },
  ...{ hoursToProof: orNull({ type: 'number' }), suspendedAt: orNull(INSTANT), restoredAt: orNull(INSTANT) },
})

/** The schemas of what reviews answer, by name. */
export const REVIEW_SCHEMAS: Readonly<Record<string, Schema>> = {
  Review: object(REVIEW),
  ReviewItem: object({ item: object(ITEM), standing: STANDING }),
  ReviewItemDetail: object({
    item: WHOLE_ITEM,
    standing: STANDING,
    now: orNull(object({ version: COUNT, state: oneOf(['enabled', 'disabled']) })),
    changed: NAMES,
    sinceLastReview: orNull(object({ review: REVIEW_ID, version: COUNT, lines: NAMES, widens: NAMES })),
  }),
  ReviewProgress: object({
    review: REVIEW_ID,
    state: oneOf(REVIEW_STATES),
    dueAt: INSTANT,
    items: COUNT,
    undecided: COUNT,
    counts: COUNTS,
    persons: listOf(object({ person: orNull(STRING), undecided: COUNT, decided: COUNT })),
  }),
  ReviewReport: object({
    review: named('Review'),
    counts: COUNTS,
    population: object({ prepared: orNull(OF_KINDS), standing: OF_KINDS }),
    snapshot: object({ sha256: HASH, holds: BOOLEAN }),
    breaches: listOf(object({ n: COUNT, reviewer: ACTOR })),
    items: listOf(ROW),
  }),
  ReviewLog: object({
    findings: listOf(object({ ...LOG_FINDING, standing: BOOLEAN, acknowledged: BOOLEAN })),
  }),
  ReviewEvidence: object({
    state: oneOf(['none', 'making', 'ready']),
    progress: orNull(object({ done: COUNT, of: COUNT })),
    bytes: orNull(COUNT),
    manifestSha256: orNull(HASH),
    failed: orNull(STRING),
  }),
}
