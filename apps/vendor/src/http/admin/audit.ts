import { Hono } from 'hono'
import { VendorError } from '../../errors.ts'
import type { AuditLog } from '../../ports.ts'
import { parseAuditQuery } from '../../schema/audit-query.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminRoute } from './door.ts'

/** `GET /v1/admin/audit/events`: pages and filters, newest first; `next` is the `before` of the following page. */
export function auditDoor(deps: AdminDoorDeps & { readonly audit: AuditLog }): Hono<Env> {
  const app = new Hono<Env>()
  adminRoute(app, deps, 'listEvents', async (c) => {
    const parsed = parseAuditQuery(new URL(c.req.url).searchParams)
    if (!parsed.ok) throw new VendorError('parameter_invalid', { facts: { parameter: parsed.parameter } })
    const page = await deps.audit.page(parsed.value)
    return c.json(page, 200, NO_STORE)
  })
  return app
}
