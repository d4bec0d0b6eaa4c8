import { Hono } from 'hono'
import type { Mapping } from '../../domain/mapping.ts'
import type { ShadowReport } from '../../domain/shadow.ts'
import { VendorError } from '../../errors.ts'
import type { AuditLog } from '../../ports.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminRoute } from './door.ts'

/** `GET /v1/admin/mappings/<name>/shadow`: what a mapping would have done; `stint mapping shadow` prints it. */
export function shadowDoor(
  deps: AdminDoorDeps & {
    readonly audit: Pick<AuditLog, 'shadowUse'>
    readonly mapping: (name: string) => Mapping | undefined
  },
): Hono<Env> {
  const app = new Hono<Env>()
  adminRoute(app, deps, 'getMappingShadow', async (c) => {
    const name = c.req.param('name') ?? ''
    const versions = await deps.audit.shadowUse(name)
    const mapping = deps.mapping(name)
    if (mapping === undefined && versions.length === 0) throw new VendorError('not_found')
    const now = mapping === undefined ? null : { version: mapping.version, mode: mapping.mode }
    const report: ShadowReport = { mapping: name, now, versions }
    return c.json(report, 200, NO_STORE)
  })
  return app
}
