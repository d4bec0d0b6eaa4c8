import type { Context } from 'hono'
import { Hono } from 'hono'
import type { Revocation, Revoked } from '../../domain/revocation.ts'
import { VendorError } from '../../errors.ts'
import type { RekeyAsk, RekeyReport } from '../../flows/rekey.ts'
import type { RevokeFlow } from '../../flows/revoke.ts'
import type { AssumptionId } from '../../ids.ts'
import { isId } from '../../ids.ts'
import type { ResourceStore } from '../../ports.ts'
import { parseReason, parseRekey, parseSubjectAsk } from '../../schema/revoke.ts'
import { hasMediaType, readBytes } from '../body.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps, Asked } from './door.ts'
import { adminRoute } from './door.ts'

const MAX_BODY_BYTES = 8 * 1024

export type RevokeDoorDeps = AdminDoorDeps & {
  readonly revocations: Pick<RevokeFlow, 'revoke' | 'standing'>
  /** Lifts a lock, where this person may: `liftLock`. */
  readonly lift: RevokeFlow['lift']
  readonly rekey: (ask: RekeyAsk) => Promise<RekeyReport>
  readonly store: Pick<ResourceStore, 'get'>
  /** `clearSub`: a `sub` may be named as an export shows it. */
  readonly clearSub: (sub: string) => Promise<string | null>
  /** Whether the log knows such an assumption. */
  readonly isAssumption: (id: AssumptionId) => Promise<boolean>
}

/** `…:revoke` and `/v1/admin/locks`: the switch, and what it holds. */
export function revokeDoor(deps: RevokeDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  const revoke = async (c: Context<Env>, { actor, facts }: Asked, of: Revoked, reason: string) => {
    const report = await deps.revocations.revoke(of, { actor, request: facts.request, reason })
    return c.json(report, 200, NO_STORE)
  }

  adminRoute(app, deps, 'revokeAssumption', async (c, asked) => {
    const reason = parseReason(await bodyOf(c))
    const id = named(c, 'id')
    // `0 sessions` for an id that was mistyped would be taken for done.
    if (!isId('asm', id) || !(await deps.isAssumption(id))) throw new VendorError('not_found')
    return revoke(c, asked, { kind: 'assumption', id }, reason)
  })

  for (const [id, kind] of [
    ['revokeMapping', 'mapping'],
    ['revokeRole', 'role'],
    ['revokeTarget', 'target'],
    ['revokeIssuer', 'issuer'],
  ] as const) {
    adminRoute(app, deps, id, async (c, asked) => {
      const reason = parseReason(await bodyOf(c))
      const found = await deps.store.get(kind, named(c, 'name'))
      if (found === null) throw new VendorError('not_found')
      const { name } = found
      const of = found.kind === 'issuer' ? ({ kind: 'issuer', name, url: found.body.url } as const) : null
      return revoke(c, asked, of ?? { kind: kind === 'issuer' ? 'target' : kind, name }, reason)
    })
  }

  adminRoute(app, deps, 'revokeSubject', async (c, asked) => {
    const { issuer, sub, reason } = parseSubjectAsk(await bodyOf(c))
    return revoke(c, asked, await subjectOf(deps, issuer, sub), reason)
  })

  adminRoute(app, deps, 'rekeyTarget', async (c, { actor, facts }) => {
    const { compromised, reason } = parseRekey(await bodyOf(c))
    const ask = { target: named(c, 'name'), compromised, reason, actor, request: facts.request }
    return c.json(await deps.rekey(ask), 200, NO_STORE)
  })

  adminRoute(app, deps, 'listLocks', async (c) => {
    const locks = (await deps.revocations.standing()).map(lockAnswer)
    return c.json({ locks }, 200, NO_STORE)
  })

  adminRoute(app, deps, 'liftLock', async (c, { actor, facts }) => {
    const reason = parseReason(await bodyOf(c))
    const id = named(c, 'id')
    if (!isId('rvk', id)) throw new VendorError('not_found')
    const lifted = await deps.lift(id, { actor, request: facts.request, reason })
    return c.json(lockAnswer(lifted), 200, NO_STORE)
  })
  return app
}

/** A lock goes by what a token says: of a commitment that nobody can read it would hold nothing. */
async function subjectOf(
  { store, clearSub }: Pick<RevokeDoorDeps, 'store' | 'clearSub'>,
  issuer: string,
  named: string,
): Promise<Revoked> {
  const found = await store.get('issuer', issuer)
  if (found?.kind !== 'issuer') throw new VendorError('parameter_invalid', { facts: { member: 'issuer' } })
  const sub = await clearSub(named)
  if (sub === null) throw new VendorError('not_found')
  return { kind: 'subject', issuer, url: found.body.url, sub }
}

function lockAnswer({ id, of, by, at, reason, locked }: Revocation): object {
  return { id, of, by, at, reason, locked }
}

/** A verb after a colon is the route's, not the name's. */
function named(c: Context<Env>, parameter: string): string {
  return (c.req.param(parameter) ?? '').replace(/:[a-z]+$/, '')
}

async function bodyOf(c: Context<Env>): Promise<Uint8Array> {
  if (!hasMediaType(c, 'application/json'))
    throw new VendorError('content_type_refused', { facts: { wanted: 'application/json' } })
  return readBytes(c, MAX_BODY_BYTES)
}
