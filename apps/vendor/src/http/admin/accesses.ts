import type { Context } from 'hono'
import { Hono } from 'hono'
import { VendorError } from '../../errors.ts'
import type { GeneratedPolicies } from '../../flows/generate-policies.ts'
import type { Watching } from '../../flows/watching.ts'
import { isId } from '../../ids.ts'
import { operationOf } from '../../schema/admin-api/operations.ts'
import { readQuery } from '../../schema/admin-api/query.ts'
import { parseReason } from '../../schema/revoke.ts'
import { hasMediaType, readBytes } from '../body.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminRoute } from './door.ts'

const MAX_BODY_BYTES = 8 * 1024
const LIMIT = 50
const DAYS = 90

export type AccessesDoorDeps = AdminDoorDeps & {
  readonly watching: Pick<Watching, 'accesses' | 'exercised' | 'ghosts' | 'dismiss' | 'reconcile'>
  readonly generate: (ask: { readonly mapping: string; readonly days: number }) => Promise<GeneratedPolicies>
}

/** What stores told of sessions: `stint who`, `stint used`, `stint ghosts`. */
export function accessesDoor(deps: AccessesDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  const { watching } = deps

  adminRoute(app, deps, 'listAccesses', async (c) => {
    const query = readQuery(c.req.url, operationOf('listAccesses').parameters)
    const page = await watching.accesses({
      target: query.get('target') ?? null,
      bucket: query.get('bucket') ?? '',
      key: query.get('key') ?? null,
      sinceMs: instantOf(query.get('since')),
      cursor: query.get('cursor') ?? null,
      limit: Number(query.get('limit') ?? LIMIT),
    })
    return c.json(page, 200, NO_STORE)
  })

  addUse(app, deps)

  adminRoute(app, deps, 'listGhosts', (c) => {
    const query = readQuery(c.req.url, operationOf('listGhosts').parameters)
    const before = query.get('before') ?? null
    if (before !== null && !isId('evt', before))
      throw new VendorError('parameter_invalid', { facts: { parameter: 'before' } })
    const limit = Number(query.get('limit') ?? LIMIT)
    const openOnly = query.get('state') !== 'all'
    const ghosts = watching.ghosts.page({ target: query.get('target') ?? null, openOnly, before, limit })
    const next = ghosts.length < limit ? null : (ghosts.at(-1)?.id ?? null)
    return c.json({ ghosts, next }, 200, NO_STORE)
  })

  adminRoute(app, deps, 'dismissGhost', async (c, { actor, facts }) => {
    const reason = parseReason(await bodyOf(c))
    const id = named(c, 'id')
    if (!isId('evt', id)) throw new VendorError('not_found')
    return c.json(await watching.dismiss(id, { actor, request: facts.request, reason }), 200, NO_STORE)
  })

  adminRoute(app, deps, 'reconcileTarget', async (c) => {
    const found = await watching.reconcile.run(named(c, 'name'))
    if (found === null) throw new VendorError('not_found')
    const { target, okMs, sessions, failed } = found
    const ok = okMs === null ? null : new Date(okMs).toISOString()
    return c.json({ target, ok, sessions, failed }, 200, NO_STORE)
  })
  return app
}

/** What was used of what is granted, and what would be left if nothing else were. */
function addUse(app: Hono<Env>, deps: AccessesDoorDeps): void {
  const { watching } = deps
  for (const [id, kind] of [
    ['getRoleExercised', 'role'],
    ['getMappingExercised', 'mapping'],
  ] as const) {
    adminRoute(app, deps, id, async (c) => {
      const query = readQuery(c.req.url, operationOf(id).parameters)
      const of = { kind, name: c.req.param('name') ?? '' }
      return c.json(await watching.exercised(of, Number(query.get('days') ?? DAYS)), 200, NO_STORE)
    })
  }

  adminRoute(app, deps, 'generatePolicies', async (c) => {
    const query = readQuery(c.req.url, operationOf('generatePolicies').parameters)
    const ask = { mapping: query.get('mapping') ?? '', days: Number(query.get('days') ?? DAYS) }
    return c.json(await deps.generate(ask), 200, NO_STORE)
  })
}

function instantOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const atMs = Date.parse(text)
  if (Number.isNaN(atMs)) throw new VendorError('parameter_invalid', { facts: { parameter: 'since' } })
  return atMs
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
