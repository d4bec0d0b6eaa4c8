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
  const parsed = ADMIN_CONFIGURATION.safeParse(
    parseJson(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)),
  )
  if (parsed.success) {
    const { configuration, expectedGeneration = null } = parsed.data
    return { configuration, expectedGeneration }
  }
  const [issue] = parsed.error.issues
  const member = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : (issue?.path.join('.') ?? '')
  throw new VendorError('parameter_invalid', { facts: { member } })
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
