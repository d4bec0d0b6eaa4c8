import type { Context } from 'hono'
import { Hono } from 'hono'
import { VendorError } from '../../errors.ts'
import type { ConfigurationFlow } from '../../flows/configuration.ts'
import { hasMediaType, readBytes } from '../body.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminOperation } from './door.ts'

/** A configuration of a hundred thousand mappings fits, at twice the bytes that such a mapping has as a rule. */
const MAX_BODY_BYTES = 64 * 1024 * 1024

const JSON_HEADERS = { ...NO_STORE, 'content-type': 'application/json' }

/** `POST /v1/admin/config:plan` and `:apply`: the whole configuration as one document. */
export function configurationDoor(deps: AdminDoorDeps & { readonly flow: ConfigurationFlow }): Hono<Env> {
  const app = new Hono<Env>()
  app.post(
    '/v1/admin/config:plan',
    adminOperation(deps, 'config.plan', async (c) =>
      c.body(await deps.flow.plan(await bodyOf(c)), 200, JSON_HEADERS),
    ),
  )
  app.post(
    '/v1/admin/config:apply',
    adminOperation(deps, 'config.apply', async (c, { actor, facts }) => {
      const by = { actor, request: facts.request }
      return c.body(await deps.flow.apply(await bodyOf(c), by), 200, JSON_HEADERS)
    }),
  )
  return app
}

function bodyOf(c: Context<Env>): Promise<Uint8Array<ArrayBuffer>> {
  if (!hasMediaType(c, 'application/json'))
    throw new VendorError('content_type_refused', { facts: { wanted: 'application/json' } })
  return readBytes(c, MAX_BODY_BYTES)
}
