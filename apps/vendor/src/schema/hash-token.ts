import { z } from 'zod'
import { VendorError } from '../errors.ts'
import { memberOf, parseJsonBody } from './admin.ts'

/** A longer token is refused before anything looks into it, and has no digest in any event. */
const HASH_TOKEN = z.strictObject({ token: z.string().min(1).max(16_384) })
const { $schema: _same, ...schema } = z.toJSONSchema(HASH_TOKEN, { io: 'input' })
export const HASH_TOKEN_SCHEMA: Readonly<Record<string, unknown>> = schema

/** Reads the token. Throws `body_malformed`, or `parameter_invalid` with the member, which never is the token. */
export function parseHashToken(bytes: Uint8Array): string {
  const parsed = HASH_TOKEN.safeParse(parseJsonBody(bytes))
  if (parsed.success) return parsed.data.token
  throw new VendorError('parameter_invalid', { facts: { member: memberOf(parsed.error) } })
}
