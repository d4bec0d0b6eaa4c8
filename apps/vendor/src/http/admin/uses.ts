import { Hono } from 'hono'
import type { Mapping } from '../../domain/mapping.ts'
import { VendorError } from '../../errors.ts'
import type { AuditLog } from '../../ports.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminRoute } from './door.ts'

/** `GET /v1/admin/mappings/<name>/uses`: the limits of a mapping, and how much of `maxUses` is left. */
export function usesDoor(
  deps: AdminDoorDeps & {
    readonly audit: Pick<AuditLog, 'usesOf'>
    readonly mapping: (name: string) => Mapping | undefined
  },
): Hono<Env> {
  const app = new Hono<Env>()
  adminRoute(app, deps, 'getMappingUses', async (c) => {
    const mapping = deps.mapping(c.req.param('name') ?? '')
    if (mapping === undefined) throw new VendorError('not_found')
    const { name, version, singleUse, maxUses } = mapping
    const used = await deps.audit.usesOf(name)
    const left = maxUses === null ? null : Math.max(0, maxUses - used)
    return c.json({ mapping: name, version, singleUse, maxUses, used, left }, 200, NO_STORE)
  })
  return app
}
