import { Hono } from 'hono'
import type { Env } from './context.ts'
import type { Readiness } from './ops.ts'
import { opsDoor } from './ops.ts'

export type MetricsDoorDeps = {
  readonly readiness: Readiness
  readonly print: () => string
  /** Whether this bearer token is the one that opens the door; null where the address alone guards it. */
  readonly mayRead: ((bearer: string) => boolean) | null
}

const BEARER = /^Bearer ([\w.~+/=-]{1,512})$/i

/** The operations address: `/metrics`, `/healthz`, and a `/readyz` that names what it speaks of. Nothing else is here. */
export function metricsDoor(deps: MetricsDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  app.use('*', async (c, next) => {
    const bearer = BEARER.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
    const open = c.req.path === '/healthz' || deps.mayRead === null || deps.mayRead(bearer)
    if (open) return next()
    return c.text('a bearer token is required\n', 401, { 'www-authenticate': 'Bearer' })
  })
  app.get('/metrics', async (c) => {
    // Looked at now, so that the gauges of readiness are of this moment.
    await deps.readiness()
    const headers = {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'cache-control': 'no-store',
    }
    return c.body(deps.print(), 200, headers)
  })
  app.route('/', opsDoor(deps.readiness, 'named'))
  app.notFound((c) => c.text('here are /metrics, /readyz and /healthz\n', 404))
  return app
}
