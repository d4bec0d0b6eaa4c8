import { z } from 'zod'
import { VendorError } from '../errors.ts'

/** The body of `config:plan` and `config:apply`. The configuration itself is read by its own schema, with its paths. */
const ADMIN_CONFIGURATION = z.strictObject({
  configuration: z.unknown(),
  /** The generation that was planned on; another one is a conflict. */
  expectedGeneration: z.int().min(0).optional(),
})

/** Reads that body. Throws `body_malformed`, or `parameter_invalid` with the member. */
export function parseConfigurationBody(bytes: Uint8Array): {
  readonly configuration: unknown
  readonly expectedGeneration: number | null
} {
  const parsed = ADMIN_CONFIGURATION.safeParse(parseJsonBody(bytes))
  if (parsed.success) {
    const { configuration, expectedGeneration = null } = parsed.data
    return { configuration, expectedGeneration }
  }
  throw new VendorError('parameter_invalid', { facts: { member: memberOf(parsed.error) } })
}

/** Reads a body as JSON. Throws `body_malformed`. */
export function parseJsonBody(bytes: Uint8Array): unknown {
  return parseJson(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
}

/** The body of an answer to a change: which one exactly, and why. */
const DECISION = z.strictObject({
  generation: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  reason: z.string().max(1024).nullable().default(null),
})
/** Its JSON Schema. */
export const DECISION_SCHEMA: Readonly<Record<string, unknown>> = z.toJSONSchema(DECISION, { io: 'input' })
export type DecisionBody = z.infer<typeof DECISION>

/** Reads that body. Throws `body_malformed`, or `parameter_invalid` with the member. */
export function parseDecisionBody(bytes: Uint8Array): DecisionBody {
  const parsed = DECISION.safeParse(parseJsonBody(bytes))
  if (parsed.success) return parsed.data
  throw new VendorError('parameter_invalid', { facts: { member: memberOf(parsed.error) } })
}

/** The member that a refused body is wrong at. */
export function memberOf(error: z.ZodError): string {
  const [issue] = error.issues
  if (issue?.code === 'unrecognized_keys')
    return issue.keys.map((key) => key.slice(0, MAX_SHOWN) || 'one without a name').join(', ')
  return issue?.path.join('.') || 'the body'
}

/** Of a member's name that is not ours. */
const MAX_SHOWN = 64

/**
 * A member named `__proto__` would vanish into an object's prototype on its way, and be missing from what is checked; a
 * lone surrogate has no UTF-8, so nothing with one can be written or hashed. Looking at every member costs eight times
 * the parsing, so it is done where either stands in the text or could.
 */
function parseJson(text: string): unknown {
  const suspect = text.includes('__proto__') || text.includes('\\u')
  try {
    return suspect ? JSON.parse(text, refuseUnwritable) : JSON.parse(text)
  } catch (cause) {
    if (cause instanceof VendorError) throw cause
    throw new VendorError('body_malformed', { cause })
  }
}

function refuseUnwritable(name: string, value: unknown): unknown {
  if (name === '__proto__') throw new SyntaxError('a member of that name')
  if (!name.isWellFormed() || (typeof value === 'string' && !value.isWellFormed())) {
    const member = name.toWellFormed().slice(0, MAX_SHOWN) || 'one without a name'
    throw new VendorError('parameter_invalid', { facts: { member } })
  }
  return value
}
