import { Hono } from 'hono'
import { VendorError } from '../../errors.ts'
import type { SimulateAsk, Simulated } from '../../flows/simulate.ts'
import { operationOf } from '../../schema/admin-api/operations.ts'
import { readQuery } from '../../schema/admin-api/query.ts'
import { parseSimulate } from '../../schema/simulate.ts'
import { hasMediaType, readBytes } from '../body.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminRoute } from './door.ts'

export type SimulateDoorDeps = AdminDoorDeps & {
  readonly simulate: (ask: SimulateAsk) => Promise<Simulated>
}

/** A payload of 12 KB, and what stands around it. */
const MAX_BODY_BYTES = 16 * 1024
const DEFAULT_LIMIT = 3

/** `POST /v1/admin/simulate`: what claims would get by what stands, and why; `stint mapping test` asks a file the same. */
export function simulateDoor(deps: SimulateDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  adminRoute(app, deps, 'simulate', async (c) => {
    const query = readQuery(c.req.url, operationOf('simulate').parameters)
    if (!hasMediaType(c, 'application/json'))
      throw new VendorError('content_type_refused', { facts: { wanted: 'application/json' } })
    const asked = parseSimulate(await readBytes(c, MAX_BODY_BYTES))
    const most = Number(query.get('limit') ?? DEFAULT_LIMIT)
    return c.json(await deps.simulate({ ...asked, most }), 200, NO_STORE)
  })
  return app
}
