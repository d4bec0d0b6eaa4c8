import { Hono } from 'hono'
import type { Env } from './context.ts'

/** What is not ready, in words that are no secret; empty when everything is. */
export type Readiness = () => readonly string[]

const HEADERS = { 'cache-control': 'no-store' } as const

/** `/healthz`: the process answers. `/readyz`: it can vend, or 503 and what it waits for. */
export function opsDoor(readiness: Readiness): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/healthz', (c) => c.json({ status: 'ok' }, 200, HEADERS))
  app.get('/readyz', (c) => {
    const waiting = readiness()
    return waiting.length === 0
      ? c.json({ status: 'ready' }, 200, HEADERS)
      : c.json({ status: 'not ready', waiting }, 503, HEADERS)
  })
  return app
}
