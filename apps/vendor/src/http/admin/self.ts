import { Hono } from 'hono'
import type { Actor } from '../../domain/audit-event.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminRoute } from './door.ts'

/** `GET /v1/admin/self`: who asks and what he may; `stint login` shows it. */
export function selfDoor(
  deps: AdminDoorDeps & { readonly rolesOf: (actor: Actor) => readonly string[] },
): Hono<Env> {
  const app = new Hono<Env>()
  adminRoute(app, deps, 'getSelf', (c, { actor }) =>
    c.json({ ...actor, roles: deps.rolesOf(actor) }, 200, NO_STORE),
  )
  return app
}
