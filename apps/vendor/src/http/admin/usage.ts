import { Hono } from 'hono'
import type { MappingUsage, UsagePoint, UsedBetween } from '../../domain/usage.ts'
import { VendorError } from '../../errors.ts'
import type { UsageReader } from '../../ports/usage.ts'
import type { ResourceStore } from '../../ports.ts'
import { operationOf } from '../../schema/admin-api/operations.ts'
import { readQuery } from '../../schema/admin-api/query.ts'
import { parseUsageQuery } from '../../schema/usage-query.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminRoute } from './door.ts'

const DEFAULT_LIMIT = 100
const SERIES = [
  ['getRoleUsage', 'role'],
  ['getIssuerUsage', 'issuer'],
  ['getTargetUsage', 'target'],
] as const

export type UsageDoorDeps = AdminDoorDeps & {
  readonly usage: UsageReader
  readonly store: Pick<ResourceStore, 'get'>
  readonly nowMs: () => number
}

/**
 * `GET /v1/admin/mappings/<name>/usage`, and of roles, issuers and targets; `…/mappings/<name>/subjects` for who may read
 * the log. `stint mapping usage` prints the first.
 */
export function usageDoor(deps: UsageDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  adminRoute(app, deps, 'getMappingUsage', async (c) => {
    const name = c.req.param('name') ?? ''
    const { period, step } = askedOf(c.req.url, 'getMappingUsage', deps.nowMs())
    const usage = await deps.usage.usage(name, period)
    if (usage === null && (await deps.store.get('mapping', name)) === null) throw new VendorError('not_found')
    const points = await deps.usage.series({ kind: 'mapping', name }, period, step)
    const told = { ...shown(usage ?? neverUsed(name)), points: points.map(pointOf) }
    return c.json({ ...told, ...datesOf(period), step }, 200, NO_STORE)
  })
  adminRoute(app, deps, 'getMappingSubjects', async (c) => {
    const name = c.req.param('name') ?? ''
    const query = readQuery(c.req.url, operationOf('getMappingSubjects').parameters)
    const limit = Number(query.get('limit') ?? DEFAULT_LIMIT)
    const subjects = await deps.usage.subjects(name, limit)
    if (subjects.length === 0 && (await deps.store.get('mapping', name)) === null)
      throw new VendorError('not_found')
    const networks = await deps.usage.networks(name, limit)
    const seen = { subjects: subjects.map(instants), networks: networks.map(instants) }
    return c.json({ mapping: name, ...seen }, 200, NO_STORE)
  })
  for (const [id, kind] of SERIES) {
    adminRoute(app, deps, id, async (c) => {
      const name = c.req.param('name') ?? ''
      const { period, step } = askedOf(c.req.url, id, deps.nowMs())
      const points = await deps.usage.series({ kind, name }, period, step)
      if (points.length === 0 && (await deps.store.get(kind, name)) === null)
        throw new VendorError('not_found')
      return c.json({ name, ...datesOf(period), step, points: points.map(pointOf) }, 200, NO_STORE)
    })
  }
  return app
}

function askedOf(url: string, id: string, nowMs: number) {
  const parsed = parseUsageQuery(readQuery(url, operationOf(id).parameters), nowMs)
  if (!parsed.ok) throw new VendorError('parameter_invalid', { facts: { parameter: parsed.parameter } })
  return parsed
}

function neverUsed(mapping: string): MappingUsage {
  const nothing = { count: 0, more: false }
  const lifetime = { count: 0, p50Seconds: null, p95Seconds: null, mostSeconds: null }
  const counts = { issued: 0, redelivered: 0, refused: 0, withheld: 0, upstreamFailed: 0 }
  const told = { subjects: nothing, networks: nothing, given: lifetime, asked: lifetime }
  return { mapping, counts, used: null, ever: null, versions: [], ...told }
}

function shown({ used, ever, versions, ...rest }: MappingUsage) {
  const shownVersions = versions.map((one) => ({ ...one, used: betweenOf(one.used) }))
  return { ...rest, used: betweenOf(used), ever: betweenOf(ever), versions: shownVersions }
}

function pointOf(point: UsagePoint) {
  return { ...point, used: betweenOf(point.used) }
}

function betweenOf(used: UsedBetween | null) {
  return used === null ? null : { first: iso(used.firstMs), last: iso(used.lastMs) }
}

function instants<T extends UsedBetween>({ firstMs, lastMs, ...rest }: T) {
  return { ...rest, first: iso(firstMs), last: iso(lastMs) }
}

function datesOf({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }) {
  return { from: iso(fromMs).slice(0, 10), to: iso(toMs).slice(0, 10) }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
