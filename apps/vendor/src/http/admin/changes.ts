import type { Context } from 'hono'
import { Hono } from 'hono'
import { VendorError } from '../../errors.ts'
import type { DecidedBy, Decision } from '../../flows/change-request.ts'
import type { ConfigurationFlow } from '../../flows/configuration.ts'
import type { ChangeId } from '../../ids.ts'
import { isId } from '../../ids.ts'
import type { ChangeRequest, ChangeState, ChangeStore } from '../../ports.ts'
import { parseDecisionBody } from '../../schema/admin.ts'
import { operationOf } from '../../schema/admin-api/operations.ts'
import { readQuery } from '../../schema/admin-api/query.ts'
import { hasMediaType, readBytes } from '../body.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps, Asked } from './door.ts'
import { adminRoute } from './door.ts'
import { outcomeAnswer } from './resources.ts'

const MAX_BODY_BYTES = 8 * 1024
const DEFAULT_LIMIT = 50
const JSON_HEADERS = { ...NO_STORE, 'content-type': 'application/json' }

export type ChangesDoorDeps = AdminDoorDeps & {
  readonly flow: Pick<ConfigurationFlow, 'approve'>
  readonly changes: Pick<ChangeStore, 'get' | 'list' | 'content'>
  readonly generation: () => number
  /** Rejects or withdraws: `endChange`. */
  readonly end: (
    id: ChangeId,
    as: DecidedBy & { readonly decision: Decision; readonly state: 'rejected' | 'withdrawn' },
  ) => Promise<ChangeRequest>
}

/** `/v1/admin/changes`: what waits for a second person, and the answers. */
export function changesDoor(deps: ChangesDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  const answerOf = (change: ChangeRequest) => changeAnswer(change, deps.generation())

  adminRoute(app, deps, 'listChanges', async (c) => {
    const query = readQuery(c.req.url, operationOf('listChanges').parameters)
    const limit = Number(query.get('limit') ?? DEFAULT_LIMIT)
    const before = query.get('before') ?? null
    if (before !== null && !isId('chg', before))
      throw new VendorError('parameter_invalid', { facts: { parameter: 'before' } })
    // The operation's schema lets in no other texts.
    const state = (query.get('state') ?? null) as ChangeState | null
    const found = await deps.changes.list({ state, before, limit: limit + 1 })
    const page = found.slice(0, limit)
    const next = found.length > page.length ? (page.at(-1)?.id ?? null) : null
    return c.json({ changes: page.map(answerOf), next }, 200, NO_STORE)
  })

  adminRoute(app, deps, 'getChange', async (c) => {
    const id = idOf(c)
    const [change, content] = await Promise.all([deps.changes.get(id), deps.changes.content(id)])
    if (change === null || content === null) throw new VendorError('not_found')
    // The plan is JSON already, and may be large: it is put in as it is.
    const head = JSON.stringify(answerOf(change)).slice(0, -1)
    return c.body(`${head},"plan":${Buffer.from(content.plan).toString('utf8')}}`, 200, JSON_HEADERS)
  })

  adminRoute(app, deps, 'approveChange', async (c, asked) => {
    const decision = await decisionOf(c)
    return outcomeAnswer(c, await deps.flow.approve(idOf(c), decision, byOf(asked)))
  })

  for (const [id, state] of [
    ['rejectChange', 'rejected'],
    ['withdrawChange', 'withdrawn'],
  ] as const) {
    adminRoute(app, deps, id, async (c, asked) => {
      const decision = await decisionOf(c)
      const ended = await deps.end(idOf(c), { ...byOf(asked), decision, state })
      return c.json(answerOf(ended), 200, NO_STORE)
    })
  }
  return app
}

function changeAnswer(change: ChangeRequest, standing: number): object {
  const { id, state, generation, hashAfter: hash, author, atMs, widens, moreWidens, decided } = change
  return {
    id,
    state,
    stale: state === 'pending' && generation !== standing,
    generation,
    hash,
    author,
    at: instant(atMs),
    widens,
    moreWidens,
    decided: decided === null ? null : { by: decided.by, at: instant(decided.atMs), reason: decided.reason },
  }
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString()
}

function byOf({ actor, facts }: Asked): DecidedBy {
  return { actor, request: facts.request }
}

function idOf(c: Context<Env>): ChangeId {
  const id = (c.req.param('id') ?? '').replace(/:[a-z]+$/, '')
  if (!isId('chg', id)) throw new VendorError('not_found')
  return id
}

async function decisionOf(c: Context<Env>): Promise<Decision> {
  if (!hasMediaType(c, 'application/json'))
    throw new VendorError('content_type_refused', { facts: { wanted: 'application/json' } })
  return parseDecisionBody(await readBytes(c, MAX_BODY_BYTES))
}
