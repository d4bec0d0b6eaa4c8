import { z } from 'zod'
import { LEAST_RATIONALE } from '../domain/review/decide.ts'
import {
  ITEM_KINDS,
  ITEM_STATES,
  type ItemState,
  isUndecided,
  type SignedIn,
  VERDICTS,
} from '../domain/review/item.ts'
import { MOST_ACKNOWLEDGED } from '../domain/review/log-finding.ts'
import { endMeant, periodOf } from '../domain/review/period.ts'
import { NO_RESPONSES, type ReviewPlan } from '../domain/review/review.ts'
import { VendorError } from '../errors.ts'
import { memberOf, parseJsonBody } from './admin.ts'
import { name } from './members.ts'

const MOST_NAMED = 50
const person = z.string().min(1).max(128)
const instant = z.iso.datetime({ offset: true })
const dayOrInstant = z.union([instant, z.iso.date()])
const names = z.array(name).max(MOST_NAMED).default([])
const rationale = z
  .string()
  .min(LEAST_RATIONALE)
  .max(2048)
  .refine((text) => text.trim().length >= LEAST_RATIONALE, `at least ${LEAST_RATIONALE} characters`)
const evidence = z.string().min(1).max(512).nullable().default(null)
const whole = z.int().min(1).max(999_999_999)

const DRAFT = z.strictObject({
  title: z.string().min(1).max(128),
  period: z
    .strictObject({ from: dayOrInstant, to: dayOrInstant })
    .describe(
      'what the review looks back on: from the first instant, up to the second and without it; or days, whole in UTC, the last one as well',
    ),
  frameworks: z.array(z.string().min(1).max(64)).max(20).default([]),
  scope: z
    .strictObject({
      kinds: z.array(z.enum(ITEM_KINDS)).max(ITEM_KINDS.length).default([]),
      issuers: names,
      roles: names,
      targets: names,
      owners: z.array(z.string().min(1).max(256)).max(20).default([]),
      mappings: names,
    })
    .prefault({})
    .describe('an empty list is all'),
  dueAt: instant,
  noResponse: z.enum(NO_RESPONSES).default('suspend'),
  minReviewers: z.union([z.literal(1), z.literal(2)]).default(1),
  criticalBuckets: z.array(z.string().min(3).max(63)).max(MOST_NAMED).default([]),
  reviewers: z.array(person).max(MOST_NAMED).default([]),
  fallback: person.nullable().default(null),
  remindDays: z.array(z.int().min(0).max(365)).max(10).default([7, 1]),
})

const DECISION = z.strictObject({
  verdict: z.enum(VERDICTS),
  rationale,
  evidence,
  seenVersion: whole.describe('the version of the resource that was looked at: `now.version` of the item'),
  until: instant
    .nullable()
    .default(null)
    .describe('of `defer`: until when; after `dueAt`, and thirty days after it at the latest'),
})

const BULK = z.strictObject({
  items: z
    .array(z.strictObject({ n: whole, seenVersion: whole }))
    .min(1)
    .max(100)
    .refine((items) => new Set(items.map(({ n }) => n)).size === items.length, 'an item stands twice'),
  verdict: z.enum(['attest', 'narrow', 'revoke']),
  rationale,
  evidence,
})

const DELEGATION = z.strictObject({ to: person, rationale })
const RESTORE = z.strictObject({ rationale })
const CLOSE = z.strictObject({
  acceptFailed: z.boolean().default(false).describe('what failed is known, and stays so'),
  reason: z.string().min(1).max(1024).nullable().default(null),
})
const RELEASE = z.strictObject({ reason: z.string().min(1).max(1024) })
const ACKNOWLEDGE = z.strictObject({
  /** Of the findings, as `GET …/log` gives them. */
  keys: z.array(z.string().min(1).max(512)).min(1).max(MOST_ACKNOWLEDGED),
  rationale,
})
const NOTHING = z.strictObject({})

export const REVIEW_BODIES = {
  draft: schemaOf(DRAFT),
  decision: schemaOf(DECISION),
  bulk: schemaOf(BULK),
  delegation: schemaOf(DELEGATION),
  restore: schemaOf(RESTORE),
  close: schemaOf(CLOSE),
  release: schemaOf(RELEASE),
  acknowledge: schemaOf(ACKNOWLEDGE),
  nothing: schemaOf(NOTHING),
} as const satisfies Readonly<Record<string, Readonly<Record<string, unknown>>>>

function schemaOf(type: z.ZodType): Readonly<Record<string, unknown>> {
  const { $schema: _same, ...schema } = z.toJSONSchema(type, { io: 'input' })
  return schema
}

/**
 * Reads a draft; instants in UTC. Throws `body_malformed`, or `parameter_invalid` with the member, as all of these; and
 * `review_date_refused` for a period that ends with the last second of a day, which would not be in it.
 */
export function parseReviewDraft(bytes: Uint8Array): ReviewPlan {
  const draft = parsed(DRAFT, bytes)
  const { from, to } = periodOf(draft.period)
  const meant = endMeant(to)
  if (meant !== null) {
    const member = `period.to: the end is not in the period; write ${meant}, or the day ${to.slice(0, 10)}`
    throw new VendorError('review_date_refused', { facts: { member } })
  }
  return { ...draft, dueAt: inUtc(draft.dueAt), period: { from: inUtc(from), to: inUtc(to) } }
}

export function parseReviewDecision(bytes: Uint8Array): z.infer<typeof DECISION> {
  const decision = parsed(DECISION, bytes)
  return { ...decision, until: decision.until === null ? null : inUtc(decision.until) }
}

export function parseBulkDecision(bytes: Uint8Array): z.infer<typeof BULK> {
  return parsed(BULK, bytes)
}

export function parseDelegation(bytes: Uint8Array): z.infer<typeof DELEGATION> {
  return parsed(DELEGATION, bytes)
}

export function parseRestore(bytes: Uint8Array): z.infer<typeof RESTORE> {
  return parsed(RESTORE, bytes)
}

export function parseClose(bytes: Uint8Array): z.infer<typeof CLOSE> {
  return parsed(CLOSE, bytes)
}

export function parseRelease(bytes: Uint8Array): z.infer<typeof RELEASE> {
  return parsed(RELEASE, bytes)
}

export function parseAcknowledge(bytes: Uint8Array): z.infer<typeof ACKNOWLEDGE> {
  return parsed(ACKNOWLEDGE, bytes)
}

export function parseNothing(bytes: Uint8Array): void {
  parsed(NOTHING, bytes)
}

function parsed<T>(type: z.ZodType<T>, bytes: Uint8Array): T {
  const result = type.safeParse(parseJsonBody(bytes))
  if (result.success) return result.data
  throw new VendorError('parameter_invalid', { facts: { member: memberOf(result.error) } })
}

function inUtc(text: string): string {
  return new Date(text).toISOString()
}

const SIGNED_IN = z.object({
  acr: z.string().min(1).max(128).optional().catch(undefined),
  auth_time: z.number().min(0).max(253_402_300_799).optional().catch(undefined),
})

/** How somebody signed in, as far as their token says (OIDC Core §2): of a token that was verified a moment ago. */
export function signedInOf(token: string | null): SignedIn {
  const claims = SIGNED_IN.safeParse(payloadOf(token))
  if (!claims.success) return { acr: null, authTime: null }
  const { acr = null, auth_time: seconds } = claims.data
  return { acr, authTime: seconds === undefined ? null : new Date(seconds * 1000).toISOString() }
}

function payloadOf(token: string | null): unknown {
  try {
    return JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString('utf8'))
  } catch {
    return null
  }
}

/** The states that a query names; `undecided` is all that wait for somebody. null: any. */
export function itemStatesOf(text: string | undefined): readonly ItemState[] | null {
  if (text === undefined) return null
  return text === 'undecided'
    ? ITEM_STATES.filter(isUndecided)
    : ITEM_STATES.filter((state) => state === text)
}
