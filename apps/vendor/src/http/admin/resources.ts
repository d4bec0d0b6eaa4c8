import type { Context } from 'hono'
import { Hono } from 'hono'
import type { Collection } from '../../domain/collection.ts'
import type { ResourceKind } from '../../domain/resource.ts'
import { VendorError } from '../../errors.ts'
import type { ConfigurationFlow, Outcome } from '../../flows/configuration.ts'
import { differenceBetween } from '../../flows/difference.ts'
import type { DraftAsk, ResourceStore } from '../../ports.ts'
import { operationOf } from '../../schema/admin-api/operations.ts'
import { readQuery } from '../../schema/admin-api/query.ts'
import {
  historyOperationId,
  nameOf as nameParameter,
  operationId,
  RESOURCES,
} from '../../schema/admin-api/resource-operations.ts'
import { declarationOf } from '../../schema/declaration.ts'
import { hasMediaType, readBytes } from '../body.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { type Asked, adminRoute } from './door.ts'

/** One resource is at most a policy document with its placeholders, or a list of conditions. */
const MAX_BODY_BYTES = 256 * 1024
const DEFAULT_LIMIT = 100
const TAG = /^"([1-9][0-9]{0,8})"$/
const VERSION = /^[1-9][0-9]{0,8}$/

export type ResourcesDoorDeps = AdminDoorDeps & {
  readonly flow: ConfigurationFlow
  readonly store: Pick<ResourceStore, 'get' | 'list' | 'versions' | 'version' | 'generation'>
}

/** `/v1/admin/{collection}`: each noun of the configuration by itself, with its history. */
export function resourcesDoor(deps: ResourcesDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  for (const [collection, kind] of RESOURCES) {
    addReads(app, deps, { collection, kind })
    addWrites(app, deps, { collection, kind })
    addHistory(app, deps, { collection, kind })
  }
  return app
}

type Noun = { readonly collection: Collection; readonly kind: ResourceKind }

function addReads(app: Hono<Env>, deps: ResourcesDoorDeps, { collection, kind }: Noun): void {
  const { store } = deps
  const list = operationId('list', collection)
  adminRoute(app, deps, list, async (c) => {
    const query = readQuery(c.req.url, operationOf(list).parameters)
    const { after = null, limit = String(DEFAULT_LIMIT), ...filters } = Object.fromEntries(query)
    const where = Object.entries(filters).map(([member, is]) => ({ member, is }))
    const generation = await store.generation()
    // One more than is shown tells whether there is a next page.
    const found = await store.list({ kind, where, after, limit: Number(limit) + 1 })
    const page = found.slice(0, Number(limit))
    const next = found.length > page.length ? (page.at(-1)?.name ?? null) : null
    return c.json({ generation, items: page.map(resourceAnswer), next }, 200, NO_STORE)
  })

  const get = operationId('get', collection)
  adminRoute(app, deps, get, async (c) => {
    readQuery(c.req.url, operationOf(get).parameters)
    const found = await store.get(kind, nameOf(c))
    if (found === null) throw new VendorError('not_found')
    return c.json(resourceAnswer(found), 200, { ...NO_STORE, etag: `"${found.version}"` })
  })
}

function addWrites(app: Hono<Env>, deps: ResourcesDoorDeps, { collection, kind }: Noun): void {
  const put = operationId('put', collection)
  const write = async (c: Context<Env>, { actor, facts }: Asked, ask: DraftAsk): Promise<Response> => {
    const isDry = readQuery(c.req.url, operationOf(put).parameters).get('plan') === 'true'
    if (isDry) return c.body(await deps.flow.plan(ask), 200, JSON_HEADERS)
    return outcomeAnswer(c, await deps.flow.apply(ask, { actor, request: facts.request }))
  }

  adminRoute(app, deps, put, async (c, asked) => {
    if (!hasMediaType(c, 'application/json'))
      throw new VendorError('content_type_refused', { facts: { wanted: 'application/json' } })
    const ifVersion = preconditionOf(c, 'put')
    const change = await readBytes(c, MAX_BODY_BYTES)
    return write(c, asked, { of: 'resource', kind, name: namedBy(c, collection), ifVersion, change })
  })
  for (const verb of ['enable', 'disable'] as const) {
    adminRoute(app, deps, operationId(verb, collection), async (c, asked) => {
      const ifVersion = preconditionOf(c, verb)
      return write(c, asked, { of: 'resource', kind, name: nameOf(c), ifVersion, change: verb })
    })
  }
}

function addHistory(app: Hono<Env>, deps: ResourcesDoorDeps, { collection, kind }: Noun): void {
  const { store } = deps
  const all = historyOperationId(collection, 'all')
  adminRoute(app, deps, all, async (c) => {
    const query = readQuery(c.req.url, operationOf(all).parameters)
    const limit = Number(query.get('limit') ?? DEFAULT_LIMIT)
    const before = query.has('before') ? Number(query.get('before')) : null
    const found = await store.versions(kind, nameOf(c), { before, limit: limit + 1 })
    if (found.length === 0 && before === null) throw new VendorError('not_found')
    const page = found.slice(0, limit)
    const next = found.length > page.length ? (page.at(-1)?.version ?? null) : null
    return c.json({ versions: page.map(versionAnswer), next }, 200, NO_STORE)
  })

  const one = historyOperationId(collection, 'one')
  adminRoute(app, deps, one, async (c) => {
    readQuery(c.req.url, operationOf(one).parameters)
    const number = c.req.param('version') ?? ''
    const found = VERSION.test(number) ? await store.version(kind, nameOf(c), Number(number)) : null
    if (found === null) throw new VendorError('not_found')
    return c.json(resourceAnswer(found), 200, NO_STORE)
  })

  const diff = operationId('diff', collection)
  adminRoute(app, deps, diff, async (c) => {
    const query = readQuery(c.req.url, operationOf(diff).parameters)
    const versions = { from: Number(query.get('from')), to: Number(query.get('to')) }
    return c.json(await differenceBetween(store, { kind, name: nameOf(c), ...versions }), 200, NO_STORE)
  })
}

const JSON_HEADERS = { ...NO_STORE, 'content-type': 'application/json' }

/** 200 with what was applied, or 202 where it waits for a second person. */
export function outcomeAnswer(c: Context<Env>, { outcome, answer, first }: Outcome): Response {
  const headers = first === null ? JSON_HEADERS : { ...JSON_HEADERS, etag: `"${first.version}"` }
  return c.body(answer, outcome === 'waits' ? 202 : 200, headers)
}

function resourceAnswer(found: NonNullable<Awaited<ReturnType<ResourceStore['get']>>>): object {
  return { kind: found.kind, name: found.name, ...versionAnswer(found), body: declarationOf(found) }
}

function versionAnswer(found: Awaited<ReturnType<ResourceStore['versions']>>[number]): object {
  const { version, state, sha256, author, atMs, generation } = found
  return { version, state, sha256, author, at: new Date(atMs).toISOString(), generation }
}

/** The path's name; a verb after a colon is the route's, not the name's. */
function nameOf(c: Context<Env>): string {
  return (c.req.param('name') ?? '').replace(/:[a-z]+$/, '')
}

/** The name of what is written: one that could be in a file. */
function namedBy(c: Context<Env>, collection: Collection): string {
  const name = nameOf(c)
  if (!new RegExp(String(nameParameter(collection).schema['pattern'])).test(name))
    throw new VendorError('parameter_invalid', { facts: { parameter: 'name' } })
  return name
}

/** The version that a change is a change of; null where there must be none. */
function preconditionOf(c: Context<Env>, verb: 'put' | 'enable' | 'disable'): number | null {
  const match = c.req.header('if-match')
  const noneMatch = c.req.header('if-none-match')
  if (match === undefined && noneMatch === '*' && verb === 'put') return null
  if (noneMatch !== undefined)
    throw new VendorError('parameter_invalid', { facts: { parameter: 'If-None-Match' } })
  if (match === undefined) throw new VendorError('precondition_missing')
  const version = TAG.exec(match)?.[1]
  if (version === undefined) throw new VendorError('parameter_invalid', { facts: { parameter: 'If-Match' } })
  return Number(version)
}
