import { Hono } from 'hono'
import type { Mapping } from '../../domain/mapping.ts'
import { VendorError } from '../../errors.ts'
import type { AuditLog, ShadowUse } from '../../ports.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminOperation } from './door.ts'

/** The answer: how the mapping stands now (null: off, disabled or gone), and what its versions would have done. */
export type ShadowReport = {
  readonly mapping: string
  readonly now: { readonly version: number; readonly mode: Mapping['mode'] } | null
  readonly versions: readonly ShadowUse[]
}

/** `GET /v1/admin/mappings/<name>/shadow`: what a mapping would have done; `stint mapping shadow` prints it. */
export function shadowDoor(
  deps: AdminDoorDeps & {
    readonly audit: Pick<AuditLog, 'shadowUse'>
    readonly mapping: (name: string) => Mapping | undefined
  },
): Hono<Env> {
  return new Hono<Env>().get(
    '/v1/admin/mappings/:name/shadow',
    adminOperation(deps, 'audit.read', async (c) => {
      const name = c.req.param('name') ?? ''
      const versions = await deps.audit.shadowUse(name)
      const mapping = deps.mapping(name)
      if (mapping === undefined && versions.length === 0) throw new VendorError('not_found')
      const now = mapping === undefined ? null : { version: mapping.version, mode: mapping.mode }
      const report: ShadowReport = { mapping: name, now, versions }
      return c.json(report, 200, NO_STORE)
    }),
  )
}
