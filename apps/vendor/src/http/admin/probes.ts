import type { Context } from 'hono'
import { Hono } from 'hono'
import type { ShownSheet } from '../../domain/probe/sheet.ts'
import { VendorError } from '../../errors.ts'
import type { ProbeFlow } from '../../flows/probe.ts'
import type { ProbeSchedule } from '../../flows/probe-schedule.ts'
import { isId } from '../../ids.ts'
import { operationOf } from '../../schema/admin-api/operations.ts'
import { readQuery } from '../../schema/admin-api/query.ts'
import { parseProbeRole, parseProbeTarget } from '../../schema/probe.ts'
import { hasMediaType, readBytes } from '../body.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminRoute } from './door.ts'

const MAX_BODY_BYTES = 32 * 1024
const LIMIT = 20

export type ProbesDoorDeps = AdminDoorDeps & {
  readonly flow: Pick<ProbeFlow, 'probe' | 'get' | 'list' | 'record'>
  readonly schedule: Pick<ProbeSchedule, 'list'>
}

/** `…:probe` and `/v1/admin/probes`: what a store really does; `stint probe`. */
export function probesDoor(deps: ProbesDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  const sheet = (c: Context<Env>, found: ShownSheet) => c.json(found, 200, NO_STORE)

  adminRoute(app, deps, 'probeTarget', async (c, { actor, facts }) => {
    parseProbeTarget(await bodyOf(c))
    const of = { kind: 'target', name: named(c, 'name') } as const
    return sheet(c, await deps.flow.probe({ of, trigger: 'asked', actor, request: facts.request }))
  })

  adminRoute(app, deps, 'probeRole', async (c, { actor, facts }) => {
    const { with: values } = parseProbeRole(await bodyOf(c))
    const of = { kind: 'role', name: named(c, 'name'), with: values } as const
    return sheet(c, await deps.flow.probe({ of, trigger: 'asked', actor, request: facts.request }))
  })

  adminRoute(app, deps, 'listProbes', async (c) => {
    const query = readQuery(c.req.url, operationOf('listProbes').parameters)
    const before = query.get('before') ?? null
    if (before !== null && !isId('prb', before))
      throw new VendorError('parameter_invalid', { facts: { parameter: 'before' } })
    const limit = Number(query.get('limit') ?? LIMIT)
    const probes = await deps.flow.list({
      target: query.get('target') ?? null,
      role: query.get('role'),
      before,
      limit,
    })
    const next = probes.length < limit ? null : (probes.at(-1)?.probe ?? null)
    return c.json({ probes, next }, 200, NO_STORE)
  })

  adminRoute(app, deps, 'getProbe', async (c) => {
    const id = c.req.param('id') ?? ''
    const found = isId('prb', id) ? await deps.flow.get(id) : null
    if (found === null) throw new VendorError('not_found')
    return sheet(c, found)
  })

  adminRoute(app, deps, 'getProbeSchedule', (c) => {
    const targets = deps.schedule.list().map(({ target, everySeconds, isRunning, dueMs }) => {
      const { newest, completed } = deps.flow.record(target)
      const due = dueMs === null ? null : new Date(dueMs).toISOString()
      return { target, every: everySeconds, running: isRunning, due, newest, completed }
    })
    return c.json({ targets }, 200, NO_STORE)
  })
  return app
}

/** A verb after a colon is the route’s, not the name’s. */
function named(c: Context<Env>, parameter: string): string {
  return (c.req.param(parameter) ?? '').replace(/:[a-z]+$/, '')
}

async function bodyOf(c: Context<Env>): Promise<Uint8Array> {
  if (!hasMediaType(c, 'application/json'))
    throw new VendorError('content_type_refused', { facts: { wanted: 'application/json' } })
  return readBytes(c, MAX_BODY_BYTES)
}
