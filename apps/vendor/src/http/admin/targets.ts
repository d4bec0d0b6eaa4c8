import { Hono } from 'hono'
import { VendorError } from '../../errors.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminRoute } from './door.ts'

/** `GET /v1/admin/targets/<name>/setup`: what makes that store trust Stint; `stint target setup` prints it. */
export function targetsDoor(
  deps: AdminDoorDeps & { readonly setup: (target: string) => object | null },
): Hono<Env> {
  const app = new Hono<Env>()
  adminRoute(app, deps, 'getTargetSetup', (c) => {
    const setup = deps.setup(c.req.param('name') ?? '')
    if (setup === null) throw new VendorError('not_found')
    return c.json(setup, 200, NO_STORE)
  })
  return app
}
