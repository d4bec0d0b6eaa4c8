import type { Context } from 'hono'
import { Hono } from 'hono'
import type { ErrorCode } from '../errors.ts'
import { asVendorError, errorRow, VendorError } from '../errors.ts'
import type { Taken } from '../ports/access.ts'
import type { Clock, Logger } from '../ports.ts'
import { INTAKE_PATH } from '../schema/door-paths.ts'
import type { Secret } from '../secret.ts'
import { readBytes } from './body.ts'
import type { Env, RequestFactsOf } from './context.ts'
import { operatorFacts, problemDetails } from './on-error.ts'

export type IntakeDoorDeps = {
  readonly requestFacts: RequestFactsOf
  /** What that target shows; null where it takes nothing in. Throws `secret_unusable`. */
  readonly secretOf: (target: string) => Secret<string> | null
  readonly sameText: (a: string, b: string) => boolean
  readonly take: (target: string, body: Uint8Array<ArrayBuffer>) => Promise<Taken>
  readonly clock: Clock
  readonly log: Logger
  readonly onTaken?: (target: string, taken: Taken) => void
  readonly onRefused?: (code: ErrorCode) => void
}

/** An entry has 3 to 20 KB; a store that is asked to may send a thousand at once. */
const MAX_BODY_BYTES = 4 * 1024 * 1024
/** One line for each reason in this time: a store sends what was refused again every three seconds. */
const LOG_EVERY_MS = 60_000

/**
 * `POST /v1/intake/<target>`: where the audit webhook of a store posts. Who shows no right secret is refused before a byte
 * of the body is read, and learns nothing of which targets there are. Off until a target has `intake`.
 */
export function intakeDoor(deps: IntakeDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  const tell = tellOnce(deps)
  app.post(`${INTAKE_PATH}/:target`, async (c) => {
    const target = c.req.param('target')
    try {
      if (!isKnown(deps, target, c.req.header('authorization') ?? '')) throw new VendorError('intake_refused')
      const taken = await deps.take(target, await readBytes(c, MAX_BODY_BYTES))
      deps.onTaken?.(target, taken)
      return c.body(null, 204, { 'cache-control': 'no-store' })
    } catch (thrown) {
      return refuse(c, thrown)
    }
  })
  app.all(`${INTAKE_PATH}/:target`, (c) => {
    c.header('allow', 'POST')
    return problemDetails(c, { code: 'method_not_allowed', request: requestOf(c) })
  })

  function requestOf(c: Context<Env>) {
    return deps.requestFacts('admin', c.env?.incoming).request
  }

  function refuse(c: Context<Env>, thrown: unknown): Response {
    const error = asVendorError(thrown)
    // A target whose secret cannot be read is for the operator to know, and not for whoever asks.
    const code = error.code === 'secret_unusable' ? 'intake_refused' : error.code
    const request = requestOf(c)
    deps.onRefused?.(code)
    tell(request, error)
    const response = problemDetails(c, { code, request })
    if (response.status === 401) response.headers.set('www-authenticate', 'Bearer')
    return response
  }
  return app
}

/** The secret as it stands, or as a bearer token: MinIO sends the value that it was given. */
function isKnown({ secretOf, sameText }: IntakeDoorDeps, target: string, shown: string): boolean {
  const secret = secretOf(target)?.reveal()
  const token = /^Bearer /i.test(shown) ? shown.slice('Bearer '.length).trim() : shown
  // Held against something in any case, so that a target without a secret costs what one with another costs.
  return sameText(token, secret ?? `${token} `) && secret !== undefined
}

function tellOnce({ log, clock }: IntakeDoorDeps): (request: string, error: VendorError) => void {
  const told = new Map<ErrorCode, { atMs: number; more: number }>()
  return (request, error) => {
    const nowMs = clock.monotonicMs()
    const known = told.get(error.code)
    if (known !== undefined && nowMs - known.atMs < LOG_EVERY_MS) {
      known.more += 1
      return
    }
    told.set(error.code, { atMs: nowMs, more: 0 })
    const report = errorRow(error.code).status >= 500 ? log.error : log.warn
    report('intake.refused', { request, before: known?.more ?? 0, ...operatorFacts(error) })
  }
}
