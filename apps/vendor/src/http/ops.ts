import { Hono } from 'hono'
import type { Env } from './context.ts'

/** In words that are no secret. */
export type Readiness = {
  /** What is not ready; empty when everything is. */
  readonly waiting: () => readonly string[]
  /** What somebody should look at, though it stops nothing. */
  readonly notices: () => readonly string[]
}

const HEADERS = { 'cache-control': 'no-store' } as const

/** `/healthz`: the process answers. `/readyz`: it can vend, or 503 and what it waits for. */
export function opsDoor(readiness: Readiness): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/healthz', (c) => c.json({ status: 'ok' }, 200, HEADERS))
  app.get('/readyz', (c) => {
    const [waiting, notices] = [readiness.waiting(), readiness.notices()]
    const more = notices.length === 0 ? {} : { notices }
    return waiting.length === 0
      ? c.json({ status: 'ready', ...more }, 200, HEADERS)
      : c.json({ status: 'not ready', waiting, ...more }, 503, HEADERS)
  })
  return app
}
