import { Hono } from 'hono'
import { VendorError } from '../../errors.ts'
import type { ConfigurationFlow } from '../../flows/configuration.ts'
import { ADMIN_CONFIGURATION } from '../../schema/admin.ts'
import { hasMediaType, readBody } from '../body.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminOperation } from './door.ts'

/** A configuration of thousands of mappings fits. */
const MAX_BODY_BYTES = 16 * 1024 * 1024

/** `POST /v1/admin/config:plan` and `:apply`: the whole configuration as one document. */
export function configurationDoor(deps: AdminDoorDeps & { readonly flow: ConfigurationFlow }): Hono<Env> {
  const app = new Hono<Env>()
  app.post(
    '/v1/admin/config:plan',
    adminOperation(deps, 'config.plan', async (c) => {
      const { configuration } = parseBody(
        hasMediaType(c, 'application/json'),
        await readBody(c, MAX_BODY_BYTES),
      )
      return c.json(await deps.flow.plan(configuration), 200, NO_STORE)
    }),
  )
  app.post(
    '/v1/admin/config:apply',
    adminOperation(deps, 'config.apply', async (c, { actor, facts }) => {
      const body = parseBody(hasMediaType(c, 'application/json'), await readBody(c, MAX_BODY_BYTES))
      const by = { actor, request: facts.request, expectedGeneration: body.expectedGeneration ?? null }
      return c.json(await deps.flow.apply(body.configuration, by), 200, NO_STORE)
    }),
  )
  return app
}

function parseBody(isJson: boolean, text: string) {
  if (!isJson) throw new VendorError('content_type_refused', { facts: { wanted: 'application/json' } })
  const parsed = ADMIN_CONFIGURATION.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const member = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : (issue?.path.join('.') ?? '')
  throw new VendorError('parameter_invalid', { facts: { member } })
}

/** A member named `__proto__` would vanish into an object's prototype on its way, and be missing from what is checked. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, (name, value: unknown) => {
      if (name === '__proto__') throw new SyntaxError('a member of that name')
      return value
    })
  } catch (cause) {
    throw new VendorError('body_malformed', { cause })
  }
}
