import { z } from 'zod'
import { VendorError } from '../errors.ts'
import { memberOf, parseJsonBody } from './admin.ts'

const ROLE = z.strictObject({
  with: z
    .record(z.string().regex(/^[a-z][A-Za-z0-9_]{0,31}$/), z.string().min(1).max(1024))
    .default({})
    .describe('values for placeholders of the role whose claims the probe cannot make up, by placeholder'),
})
const TARGET = z.strictObject({})

export const PROBE_ROLE_SCHEMA: Readonly<Record<string, unknown>> = schemaOf(ROLE)
export const PROBE_TARGET_SCHEMA: Readonly<Record<string, unknown>> = schemaOf(TARGET)

function schemaOf(type: z.ZodType): Readonly<Record<string, unknown>> {
  const { $schema: _same, ...schema } = z.toJSONSchema(type, { io: 'input' })
  return schema
}

/** Reads what a role is to be probed with. Throws `body_malformed`, or `parameter_invalid` with the member. */
export function parseProbeRole(bytes: Uint8Array): z.infer<typeof ROLE> {
  return parsed(ROLE, bytes)
}

/** Reads that nothing more is said of a target. Throws as `parseProbeRole`. */
export function parseProbeTarget(bytes: Uint8Array): void {
  parsed(TARGET, bytes)
}

function parsed<T>(type: z.ZodType<T>, bytes: Uint8Array): T {
  const result = type.safeParse(parseJsonBody(bytes))
  if (result.success) return result.data
  throw new VendorError('parameter_invalid', { facts: { member: memberOf(result.error) } })
}
