import { Hono } from 'hono'
import type { Explanation } from '../../domain/explanation.ts'
import { VendorError } from '../../errors.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminRoute } from './door.ts'

const DEFAULT_LIMIT = 10
const LIMIT = /^(?:[1-9][0-9]?|100)$/

/** `GET /v1/admin/explain/<request or assumption id>`: why it ended as it did; `stint why` prints it. */
export function explainDoor(
  deps: AdminDoorDeps & { readonly explain: (id: string, limit: number) => Promise<Explanation> },
): Hono<Env> {
  const app = new Hono<Env>()
  adminRoute(app, deps, 'explain', async (c) => {
    const text = c.req.query('limit')
    if (text !== undefined && !LIMIT.test(text))
      throw new VendorError('parameter_invalid', { facts: { parameter: 'limit' } })
    const limit = text === undefined ? DEFAULT_LIMIT : Number(text)
    return c.json(await deps.explain(c.req.param('id') ?? '', limit), 200, NO_STORE)
  })
  return app
}
