import { Hono } from 'hono'
import type { Finding } from '../../domain/lint/rule.ts'
import { VendorError } from '../../errors.ts'
import { parseFindingsQuery } from '../../schema/findings-query.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminRoute } from './door.ts'

/** `GET /v1/admin/findings`: what somebody should think about in the configuration that stands; `stint findings`. */
export function findingsDoor(
  deps: AdminDoorDeps & {
    readonly findings: () => Promise<{ readonly generation: number; readonly findings: readonly Finding[] }>
  },
): Hono<Env> {
  const app = new Hono<Env>()
  adminRoute(app, deps, 'listFindings', async (c) => {
    const parsed = parseFindingsQuery(new URL(c.req.url).searchParams)
    if (!parsed.ok) throw new VendorError('parameter_invalid', { facts: { parameter: parsed.parameter } })
    const { filter, after, limit } = parsed.value
    const { generation, findings } = await deps.findings()
    const wanted = findings.filter((one) => filter.every(([member, value]) => one[member] === value))
    const page = wanted.slice(after, after + limit)
    const next = after + limit < wanted.length ? after + limit : null
    return c.json({ generation, total: wanted.length, findings: page, next }, 200, NO_STORE)
  })
  return app
}
