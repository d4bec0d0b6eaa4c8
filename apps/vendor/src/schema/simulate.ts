import { z } from 'zod'
import type { Claims } from '../domain/subject.ts'
import { VendorError } from '../errors.ts'
import { memberOf, parseJsonBody } from './admin.ts'
import { parseDuration } from './duration.ts'

/** Claims as a token's payload has them, and what its bearer asks for. */
const SIMULATE = z.strictObject({
  claims: z.record(z.string().min(1).max(256), z.unknown()),
  /** An issuer by its name; left out: the one whose url is the `iss` claim. */
  issuer: z.string().min(1).max(64).nullable().default(null),
  /** A role by its name; left out: the one that the mappings agree on. */
  role: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .nullable()
    .default(null),
  /** Such as `1h`; left out: the role's own. */
  lifetime: z.string().min(1).max(16).nullable().default(null),
})
export const SIMULATE_SCHEMA: Readonly<Record<string, unknown>> = schemaOf()

export type SimulateBody = {
  readonly claims: Claims
  readonly issuer: string | null
  readonly role: string | null
  readonly lifetimeSeconds: number | null
}

/** As deep as the payload of a token may be. */
const MOST_DEPTH = 16

/** Reads that body. Throws `body_malformed`, or `parameter_invalid` with the member. */
export function parseSimulate(bytes: Uint8Array): SimulateBody {
  const value = parseJsonBody(bytes)
  if (depthOf(value) > MOST_DEPTH + 1)
    throw new VendorError('parameter_invalid', { facts: { member: 'claims' } })
  const parsed = SIMULATE.safeParse(value)
  if (!parsed.success)
    throw new VendorError('parameter_invalid', { facts: { member: memberOf(parsed.error) } })
  const { claims, issuer, role, lifetime } = parsed.data
  const lifetimeSeconds = lifetime === null ? null : parseDuration(lifetime)
  if (lifetime !== null && lifetimeSeconds === null)
    throw new VendorError('parameter_invalid', { facts: { member: 'lifetime' } })
  return { claims: claims as Claims, issuer, role, lifetimeSeconds } // what JSON.parse made is made of JSON values
}

/** Without recursion: a body may be as deep as it is long. */
function depthOf(value: unknown): number {
  let depth = 0
  for (let level = [value]; level.length > 0; depth++) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []))
    if (depth > MOST_DEPTH + 1) return depth
  }
  return depth
}

function schemaOf(): Readonly<Record<string, unknown>> {
  const { $schema: _same, ...schema } = z.toJSONSchema(SIMULATE, { io: 'input' })
  return schema
}
