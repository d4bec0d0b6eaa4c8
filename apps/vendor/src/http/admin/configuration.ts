import type { Context } from 'hono'
import { Hono } from 'hono'
import { VendorError } from '../../errors.ts'
import type { ConfigurationFlow } from '../../flows/configuration.ts'
import type { DraftAsk } from '../../ports.ts'
import { hasMediaType, readBytes } from '../body.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminRoute } from './door.ts'
import { outcomeAnswer } from './resources.ts'

/** A configuration of a hundred thousand mappings fits, at twice the bytes that such a mapping has as a rule. */
const MAX_BODY_BYTES = 64 * 1024 * 1024

const JSON_HEADERS = { ...NO_STORE, 'content-type': 'application/json' }

/** `POST /v1/admin/config:plan` and `:apply`: the whole configuration as one document. */
export function configurationDoor(deps: AdminDoorDeps & { readonly flow: ConfigurationFlow }): Hono<Env> {
  const app = new Hono<Env>()
  adminRoute(app, deps, 'planConfiguration', async (c) =>
    c.body(await deps.flow.plan(await askOf(c)), 200, JSON_HEADERS),
  )
  adminRoute(app, deps, 'applyConfiguration', async (c, { actor, facts }) =>
    outcomeAnswer(c, await deps.flow.apply(await askOf(c), { actor, request: facts.request })),
  )
  return app
}

/** The whole configuration that a request carries. */
export async function askOf(c: Context<Env>): Promise<DraftAsk> {
  if (!hasMediaType(c, 'application/json'))
    throw new VendorError('content_type_refused', { facts: { wanted: 'application/json' } })
  return { of: 'configuration', body: await readBytes(c, MAX_BODY_BYTES) }
}
