import { Hono } from 'hono'
import { VendorError } from '../../errors.ts'
import type { Findings, FindingsFlow } from '../../flows/findings.ts'
import type { KeptFinding } from '../../ports/detect.ts'
import type { FindingsQuery } from '../../schema/findings-query.ts'
import { parseFindingsQuery } from '../../schema/findings-query.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminRoute } from './door.ts'

/** `GET /v1/admin/findings`: what somebody should think about in what stands, or what was found and is gone; `stint findings`. */
export function findingsDoor(deps: AdminDoorDeps & { readonly findings: FindingsFlow }): Hono<Env> {
  const app = new Hono<Env>()
  adminRoute(app, deps, 'listFindings', async (c) => {
    const parsed = parseFindingsQuery(new URL(c.req.url).searchParams)
    if (!parsed.ok) throw new VendorError('parameter_invalid', { facts: { parameter: parsed.parameter } })
    const current = await deps.findings.current()
    if (parsed.value.state === 'open') return c.json(openPage(current, parsed.value), 200, NO_STORE)
    const { after, limit } = parsed.value
    const { total, findings } = await deps.findings.gone({ after, limit })
    const next = after + limit < total ? after + limit : null
    const { generation } = current
    return c.json({ generation, total, findings: findings.map(goneFinding), next }, 200, NO_STORE)
  })
  return app
}

function openPage(
  { generation, findings, ofLog }: Findings,
  { filter, after, limit }: FindingsQuery,
): Readonly<Record<string, unknown>> {
  // The log goes before everything that rests on it.
  const wanted = [...ofLog, ...findings].filter((one) =>
    filter.every(([member, value]) => one[member] === value),
  )
  const next = after + limit < wanted.length ? after + limit : null
  return { generation, total: wanted.length, findings: wanted.slice(after, after + limit), next }
}

function goneFinding({ openedMs, closedMs, ...finding }: KeptFinding): Readonly<Record<string, unknown>> {
  const gone = closedMs === null ? null : new Date(closedMs).toISOString()
  return { ...finding, firstSeen: new Date(openedMs).toISOString(), gone }
}
