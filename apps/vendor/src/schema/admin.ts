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

function memberOf(error: z.ZodError): string {
  const [issue] = error.issues
  return issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : (issue?.path.join('.') ?? '')
}

/**
 * A member named `__proto__` would vanish into an object's prototype on its way, and be missing from what is checked.
 * Looking at every member costs eight times the parsing, so it is done where the name stands in the text or could.
 */
function parseJson(text: string): unknown {
  const suspect = text.includes('__proto__') || text.includes('\\u')
  try {
    if (!suspect) return JSON.parse(text)
    return JSON.parse(text, (name, value: unknown) => {
      if (name === '__proto__') throw new SyntaxError('a member of that name')
      return value
    })
  } catch (cause) {
    throw new VendorError('body_malformed', { cause })
  }
}
