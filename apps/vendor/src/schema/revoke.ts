import { z } from 'zod'
import { VendorError } from '../errors.ts'
import { memberOf, parseJsonBody } from './admin.ts'

/** Why, in words: it stands in the log for whoever asks later. */
const reason = z.string().min(1).max(1024)
const REASON = z.strictObject({ reason })
const SUBJECT = z.strictObject({ issuer: z.string().min(1).max(64), sub: z.string().min(1).max(255), reason })

const DAY = z.strictObject({ day: z.iso.date(), reason })

const REKEY = z.strictObject({ compromised: z.boolean().default(false), reason })

export const REKEY_SCHEMA: Readonly<Record<string, unknown>> = schemaOf(REKEY)
export const REASON_SCHEMA: Readonly<Record<string, unknown>> = schemaOf(REASON)
export const DAY_SCHEMA: Readonly<Record<string, unknown>> = schemaOf(DAY)
export const SUBJECT_REVOKE_SCHEMA: Readonly<Record<string, unknown>> = schemaOf(SUBJECT)

function schemaOf(type: z.ZodType): Readonly<Record<string, unknown>> {
  const { $schema: _same, ...schema } = z.toJSONSchema(type, { io: 'input' })
  return schema
}

/** Reads `{ reason }`. Throws `body_malformed`, or `parameter_invalid` with the member. */
export function parseReason(bytes: Uint8Array): string {
  return parsed(REASON, bytes).reason
}

/** Reads which UTC day, and why. Throws as `parseReason`. */
export function parseDay(bytes: Uint8Array): z.infer<typeof DAY> {
  return parsed(DAY, bytes)
}

/** Reads whom it is about, and why. Throws as `parseReason`. */
export function parseSubjectAsk(bytes: Uint8Array): z.infer<typeof SUBJECT> {
  return parsed(SUBJECT, bytes)
}

/** Reads whether the old key is compromised, and why it is replaced. Throws as `parseReason`. */
export function parseRekey(bytes: Uint8Array): z.infer<typeof REKEY> {
  return parsed(REKEY, bytes)
}

function parsed<T>(type: z.ZodType<T>, bytes: Uint8Array): T {
  const result = type.safeParse(parseJsonBody(bytes))
  if (result.success) return result.data
  throw new VendorError('parameter_invalid', { facts: { member: memberOf(result.error) } })
}
