import { Hono } from 'hono'
import type { Env } from './context.ts'

/** One thing that readiness looks at. `detail` is a code of a closed list (docs/deploy.md), never a sentence. */
export type ReadyCheck = {
  readonly name:
    | 'service'
    | 'configuration'
    | 'config_database'
    | 'audit_log'
    | 'anchors'
    | 'sinks'
    | 'targets'
    | 'key_sets'
    | 'store_sessions'
    | 'disk'
    | 'clock'
  readonly ok: boolean
  readonly detail: string
  /** Whether it makes the whole not ready, or is only told. */
  readonly decides: boolean
  /** Which targets or issuers it is about: told at the operations address only. */
  readonly about?: readonly string[]
}
export type ReadyReport = { readonly ready: boolean; readonly checks: readonly ReadyCheck[] }
export type Readiness = () => Promise<ReadyReport>

const HEADERS = { 'cache-control': 'no-store' } as const

/** What the checks say together: those that only tell take nothing out of service. */
export function reportOf(checks: readonly ReadyCheck[]): ReadyReport {
  return { ready: checks.every(({ ok, decides }) => ok || !decides), checks }
}

/**
 * `/healthz`: the process answers, whatever it depends on. `/readyz`: it can vend, or 503; each check says how it
 * stands. The public address names no issuer and no target (DESIGN rule 9).
 */
export function opsDoor(readiness: Readiness, names: 'public' | 'named' = 'public'): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/healthz', (c) => c.json({ status: 'ok' }, 200, HEADERS))
  app.get('/readyz', async (c) => {
    const { ready, checks } = await readiness()
    const told = names === 'named' ? checks : checks.map(({ about: _names, ...check }) => check)
    return c.json({ status: ready ? 'ready' : 'not ready', checks: told }, ready ? 200 : 503, HEADERS)
  })
  return app
}
