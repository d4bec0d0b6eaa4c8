import { LOG_PATH } from '@stint/sts-client/wire'
import type { Context } from 'hono'
import { Hono } from 'hono'
import { VendorError } from '../errors.ts'
import type { AdminRequest } from '../flows/admin.ts'
import type { LogTree } from '../ports.ts'
import type { AdminDoorDeps } from './admin/door.ts'
import { bearerOf, problemOf } from './admin/door.ts'
import type { Env } from './context.ts'

/** A tile or bundle never changes; a checkpoint is replaced by the next. */
const FOR_EVER = { 'cache-control': 'public, max-age=31536000, immutable' } as const
const FOR_NOW = { 'cache-control': 'public, max-age=5' } as const
const PRIVATE = { 'cache-control': 'private, max-age=31536000, immutable' } as const
const TEXT = { 'content-type': 'text/plain; charset=utf-8' } as const
const BYTES = { 'content-type': 'application/octet-stream', 'x-content-type-options': 'nosniff' } as const

/**
 * The log for everybody (C2SP tlog-tiles): checkpoints and hashes. A hash tells nothing of its event, which has 80 random
 * bits in its id; how many events there are is no secret. The entries themselves are for who may read the audit log.
 */
export function logDoor(deps: AdminDoorDeps & { readonly tree: LogTree }): Hono<Env> {
  const app = new Hono<Env>()
  const { tree } = deps
  app.get(`${LOG_PATH}/checkpoint`, (c) => {
    const newest = tree.newest()
    return newest === null ? c.notFound() : c.body(newest.note, 200, { ...TEXT, ...FOR_NOW })
  })
  app.get(`${LOG_PATH}/keys`, (c) => {
    const lines = tree.keys().map(({ vkey }) => `${vkey}\n`)
    return c.body(lines.join(''), 200, { ...TEXT, ...FOR_NOW })
  })
  app.get(`${LOG_PATH}/consistency`, (c) => {
    const proof = tree.consistency(wholeOf(c, 'from'), wholeOf(c, 'to'))
    return proof === null ? c.notFound() : c.json({ proof }, 200, FOR_EVER)
  })
  app.get(`${LOG_PATH}/tile/entries/*`, (c) => entries(deps, c))
  app.get(`${LOG_PATH}/tile/:level/*`, (c) => {
    const level = LEVEL.exec(c.req.param('level'))
    const asked = level === null ? null : tileOf(c.req.path.slice(`${LOG_PATH}/tile/${level[0]}/`.length))
    const bytes = asked === null ? null : tree.tile(Number(level?.[0]), asked.index, asked.width)
    return bytes === null ? c.notFound() : c.body(bytes, 200, { ...BYTES, ...FOR_EVER })
  })
  return app
}

async function entries(deps: AdminDoorDeps & { readonly tree: LogTree }, c: Context<Env>): Promise<Response> {
  const facts = deps.requestFacts('admin', c.env?.incoming)
  try {
    const request: AdminRequest = {
      ...facts,
      token: bearerOf(c),
      permission: 'audit.read',
      operation: `GET ${c.req.path}`,
    }
    await deps.authorise(request)
    const asked = tileOf(c.req.path.slice(`${LOG_PATH}/tile/entries/`.length))
    const bytes = asked === null ? null : deps.tree.entries(asked.index, asked.width)
    return bytes === null ? c.notFound() : c.body(bytes, 200, { ...BYTES, ...PRIVATE })
  } catch (thrown) {
    return problemOf(deps, c, { thrown, request: facts.request })
  }
}

const LEVEL = /^(?:[0-9]|[1-5][0-9]|6[0-3])$/
const TILE = /^((?:x[0-9]{3}\/){0,4}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/
const WIDTH = 256

/** C2SP tlog-tiles: an index in pieces of three digits, all but the last behind an `x`, and the width of a partial tile. */
function tileOf(path: string): { readonly index: number; readonly width: number } | null {
  const [, digits, part] = TILE.exec(path) ?? []
  if (digits === undefined || /^x000\//.test(digits)) return null
  const width = part === undefined ? WIDTH : Number(part)
  return width > WIDTH || part === String(WIDTH)
    ? null
    : { index: Number(digits.replaceAll(/[x/]/g, '')), width }
}

const WHOLE = /^(?:0|[1-9][0-9]{0,15})$/

function wholeOf(c: Context<Env>, name: string): number {
  const text = c.req.query(name) ?? ''
  if (!WHOLE.test(text)) throw new VendorError('parameter_invalid', { facts: { parameter: name } })
  return Number(text)
}
