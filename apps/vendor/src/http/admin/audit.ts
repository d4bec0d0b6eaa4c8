import { Hono } from 'hono'
import { VendorError } from '../../errors.ts'
import type { AuditLog } from '../../ports.ts'
import { operationOf } from '../../schema/admin-api/operations.ts'
import { readQuery } from '../../schema/admin-api/query.ts'
import { parseAuditQuery } from '../../schema/audit-query.ts'
import { parseHashToken } from '../../schema/hash-token.ts'
import { hasMediaType, readBytes } from '../body.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminRoute } from './door.ts'

export type AuditDoorDeps = AdminDoorDeps & {
  readonly audit: AuditLog
  /** The digest under which events know a token. */
  readonly digestOf: (token: string) => string
}

/** A token, and what stands around it; a sign of it may be escaped. */
const MAX_BODY_BYTES = 100 * 1024

/**
 * `GET /v1/admin/audit/events`: pages and filters, newest first; `next` is the `before` of the following page. And proofs
 * for an auditor: `…/proof` that an event is in the log, `…/consistency` that the log only grew, `…/hash` by which a token
 * in hand is found in it.
 */
export function auditDoor(deps: AuditDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  adminRoute(app, deps, 'listEvents', async (c) => {
    const parsed = parseAuditQuery(new URL(c.req.url).searchParams)
    if (!parsed.ok) throw new VendorError('parameter_invalid', { facts: { parameter: parsed.parameter } })
    const page = await deps.audit.page(parsed.value)
    return c.json(page, 200, NO_STORE)
  })
  adminRoute(app, deps, 'getProof', async (c) => {
    const seq = Number(readQuery(c.req.url, operationOf('getProof').parameters).get('seq'))
    if (seq > (deps.audit.tree.newest()?.size ?? 0)) await deps.audit.tree.checkpoint()
    const proved = deps.audit.tree.proof(seq)
    if (proved === null) throw new VendorError('not_found')
    return c.json({ seq, ...proved }, 200, NO_STORE)
  })
  adminRoute(app, deps, 'getConsistency', (c) => {
    const query = readQuery(c.req.url, operationOf('getConsistency').parameters)
    const [from, to] = [Number(query.get('from')), Number(query.get('to'))]
    const proof = deps.audit.tree.consistency(from, to)
    if (proof === null) throw new VendorError('not_found')
    return c.json({ from, to, proof }, 200, NO_STORE)
  })
  adminRoute(app, deps, 'hashToken', async (c) => {
    readQuery(c.req.url, [])
    if (!hasMediaType(c, 'application/json'))
      throw new VendorError('content_type_refused', { facts: { wanted: 'application/json' } })
    const token = parseHashToken(await readBytes(c, MAX_BODY_BYTES))
    return c.json({ digest: deps.digestOf(token) }, 200, NO_STORE)
  })
  return app
}
