import { z } from 'zod'
import type { EventType } from '../../domain/audit-event.ts'
import { RESOURCE_KINDS } from '../../domain/resource.ts'
import type { ClaimValue } from '../../domain/subject.ts'
import { WIDENINGS } from '../../domain/widening.ts'
import type { ErrorCode } from '../../errors.ts'

/** One type of the catalogue: when it is written, and what stands in it. */
export type EventDeclaration<T extends EventType = EventType, S extends z.ZodRawShape = z.ZodRawShape> = {
  readonly type: T
  readonly when: string
  readonly schema: z.ZodObject<S>
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'

/** A prefixed id of `ids.ts`. */
export function id<P extends string>(prefix: P): z.ZodType<`${P}_${string}`> {
  // The pattern holds what the type says; zod has no pattern with a typed prefix that JSON Schema knows.
  return z.string().regex(new RegExp(`^${prefix}_${UUID}$`)) as unknown as z.ZodType<`${P}_${string}`>
}

export const text = z.string()
export const flag = z.boolean()
export const count = z.int().min(0)
export const hash = z.string().regex(/^[0-9a-f]{64}$/)
export const instant = z.iso.datetime({ precision: 3 })
export const texts = z.array(text)
/** A code of docs/ERRORS.md; the list of those grows, so the schema does not have it. */
// As the catalogue's own check says: codes are lower-case words.
export const code = z.string().regex(/^[a-z0-9_]{1,64}$/) as unknown as z.ZodType<ErrorCode>
const claimValue: z.ZodType<ClaimValue> = z.json()

export const pin = z.strictObject({ name: text, version: count }).meta({ id: 'Pin' })
export const actor = z.strictObject({ issuer: text, sub: text, person: text }).meta({ id: 'Actor' })
const resourceKind = z.enum(RESOURCE_KINDS)
// The keys of a const table.
const wideningCode = z.enum(Object.keys(WIDENINGS) as [keyof typeof WIDENINGS])
export const widening = z
  .strictObject({ kind: resourceKind, name: text, code: wideningCode })
  .meta({ id: 'Widening' })
export const source = z
  .strictObject({ ip: text, proxies: texts, userAgent: text.nullable() })
  .meta({ id: 'Source' })
export const request = {
  request: id('req'),
  door: z.enum(['token', 'sts', 'container', 'process', 'admin']),
  source,
}
export const claimed = z
  .strictObject({
    issuer: text.nullable(),
    alg: text.nullable(),
    kid: text.nullable(),
    digest: text.nullable(),
  })
  .meta({ id: 'Claimed' })
export const subject = z
  .strictObject({
    issuer: z.strictObject({ name: text, url: text }),
    sub: text,
    aud: texts,
    azp: text.nullable(),
    jti: text.nullable(),
    claims: z.array(z.strictObject({ path: texts, value: claimValue })),
    token: z.strictObject({ digest: text, alg: text, kid: text.nullable(), thumbprint: text }),
  })
  .meta({ id: 'Subject' })

const narrowedBy = z.strictObject({
  documents: z.array(hash),
  policies: z.array(z.strictObject({ use: text, sha256: hash.nullable() })),
  refused: z.strictObject({ code: text, path: text }).nullable(),
})
export const decision = z
  .strictObject({
    outcome: z.enum(['granted', 'refused']),
    code: code.nullable(),
    generation: count,
    roleAsked: text.nullable(),
    role: pin.nullable(),
    target: pin.nullable(),
    mappings: z.array(pin),
    shadow: z.array(
      z.strictObject({
        name: text,
        version: count,
        would: z.enum(['match', 'not_match']),
        refused: code.optional(),
      }),
    ),
    policies: z.array(z.strictObject({ use: text, sha256: hash })),
    narrowedBy: narrowedBy.nullable(),
    sessionPolicySha256: hash.nullable(),
    lifetime: z.strictObject({ askedSeconds: count.nullable(), givenSeconds: count.nullable() }),
  })
  .meta({ id: 'Decision' })

/** What stands around every event. */
const ENVELOPE = {
  v: z.literal(1),
  id: z.string().regex(new RegExp(`^evt_${UUID}$`)),
  at: instant,
  mono: z.string().regex(/^[0-9]+$/),
  boot: text,
  n: z.int().min(1),
}

/** Declares a type: its members beside the envelope. */
export function event<const T extends EventType, S extends z.ZodRawShape>(
  type: T,
  when: string,
  members: S,
): EventDeclaration<T, typeof ENVELOPE & { type: z.ZodLiteral<T> } & S> {
  return { type, when, schema: z.strictObject({ ...ENVELOPE, type: z.literal(type), ...members }) }
}

/** The members of the envelope, which the table of docs/EVENTS.md names once. */
export const ENVELOPE_MEMBERS: readonly string[] = [...Object.keys(ENVELOPE), 'type']
