import type { Context } from 'hono'
import { Hono } from 'hono'
import { VendorError } from '../../errors.ts'
import type { Erasing } from '../../flows/erasing.ts'
import type { ResourceStore } from '../../ports.ts'
import { parseDay, parseSubjectAsk } from '../../schema/revoke.ts'
import { hasMediaType, readBytes } from '../body.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminRoute } from './door.ts'

export type ErasureDoorDeps = AdminDoorDeps & {
  readonly erasing: Pick<Erasing, 'subject' | 'day'>
  readonly store: Pick<ResourceStore, 'get'>
}

const MAX_BODY_BYTES = 8 * 1024

/** `POST /v1/admin/subjects:erase` and `…/audit/days:erase`: what the log keeps of a person is taken away for good. */
export function erasureDoor(deps: ErasureDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  adminRoute(app, deps, 'eraseSubject', async (c, { actor, facts }) => {
    const { issuer, sub, reason } = parseSubjectAsk(await bodyOf(c))
    const found = await deps.store.get('issuer', issuer)
    if (found?.kind !== 'issuer') throw new VendorError('parameter_invalid', { facts: { member: 'issuer' } })
    const by = { actor, request: facts.request, reason }
    return c.json(await deps.erasing.subject({ issuer, url: found.body.url, sub }, by), 200, NO_STORE)
  })
  adminRoute(app, deps, 'eraseDay', async (c, { actor, facts }) => {
    const { day, reason } = parseDay(await bodyOf(c))
    return c.json(await deps.erasing.day(day, { actor, request: facts.request, reason }), 200, NO_STORE)
  })
  return app
}

async function bodyOf(c: Context<Env>): Promise<Uint8Array> {
  if (!hasMediaType(c, 'application/json'))
    throw new VendorError('content_type_refused', { facts: { wanted: 'application/json' } })
  return readBytes(c, MAX_BODY_BYTES)
}
