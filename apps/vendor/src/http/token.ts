import type { Credentials, TokenExchangeResponse } from '@stint/sts-client/wire'
import { TOKEN_PATH, TOKEN_TYPE_S3_CREDENTIALS } from '@stint/sts-client/wire'
import type { Context } from 'hono'
import { Hono } from 'hono'
import type { ErrorCode } from '../errors.ts'
import { asVendorError, errorRow } from '../errors.ts'
import type { ExchangeRequest } from '../flows/exchange.ts'
import type { Exchanged } from '../flows/issue.ts'
import type { RequestFacts } from '../flows/request-facts.ts'
import { isoTime } from '../iso-time.ts'
import type { Clock, Logger } from '../ports.ts'
import { parseTokenRequest } from '../schema/exchange.ts'
import { hasMediaType, readBody } from './body.ts'
import type { Env, LimitOf, RequestFactsOf } from './context.ts'
import { NO_STORE, oauthError, operatorFacts } from './on-error.ts'
import { answerPlain } from './plain-answer.ts'
import { receiptJson } from './receipt.ts'

export type TokenDoorDeps = {
  readonly exchange: (request: ExchangeRequest) => Promise<Exchanged>
  readonly requestFacts: RequestFactsOf
  readonly limit: LimitOf
  readonly clock: Clock
  readonly account: string
  readonly log: Logger
}

/** A token is at most 16 KB, and nothing else in the form is long. */
const MAX_BODY_BYTES = 32 * 1024
const FORM = 'application/x-www-form-urlencoded'

/** The RFC 8693 token-exchange door: a parser and a printer around the one flow. */
export function tokenDoor(deps: TokenDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  app.all(TOKEN_PATH, (c) => answer(deps, c))
  return app
}

async function answer(deps: TokenDoorDeps, c: Context<Env>): Promise<Response> {
  const facts = deps.requestFacts('token', c.env?.incoming)
  const refuse = (refusal: Refusal) => refused(deps, { c, facts }, refusal)
  try {
    if (c.req.method !== 'POST') return refuse({ code: 'method_not_allowed', allow: 'POST' })
    const retryAfterSeconds = deps.limit('token', facts.source.ip)
    if (retryAfterSeconds > 0) return refuse({ code: 'rate_limited', retryAfterSeconds })
    if (!hasMediaType(c, FORM)) return refuse({ code: 'content_type_refused' })
    const parsed = parseTokenRequest(new URLSearchParams(await readBody(c, MAX_BODY_BYTES)), deps.account)
    if (!parsed.ok) return refuse(parsed)
    const exchanged = await deps.exchange({ ...parsed.value, ...facts })
    if (!exchanged.ok) return oauthError(c, exchanged.code, exchanged.request, exchanged)
    const whole = JSON.stringify(successBody(exchanged, deps.clock.nowMs()))
    const body = `${whole.slice(0, -1)},"receipt":${receiptJson(exchanged.receipt)}}`
    return answerPlain(c, { status: 200, headers: { ...NO_STORE, 'content-type': 'application/json' }, body })
  } catch (thrown) {
    const error = asVendorError(thrown)
    if (errorRow(error.code).status < 500) return refuse({ code: error.code })
    deps.log.error('token.failed', { request: facts.request, ...operatorFacts(error) })
    return oauthError(c, error.code, facts.request)
  }
}

type Refusal = { readonly code: ErrorCode } & NonNullable<Parameters<typeof oauthError>[3]>

/** A request that never became one: it stands in the process log only, because it names nobody. */
function refused(
  deps: TokenDoorDeps,
  { c, facts }: { readonly c: Context<Env>; readonly facts: RequestFacts },
  refusal: Refusal,
): Response {
  const { code, parameter } = refusal
  deps.log.info('token.refused', { request: facts.request, code, parameter })
  return oauthError(c, code, facts.request, refusal)
}

/**
 * RFC 8693 §2.2.1. The triple does not fit one string, so it stands beside: `access_token` is the session token. The receipt
 * follows as text.
 */
function successBody(
  exchanged: Extract<Exchanged, { ok: true }>,
  nowMs: number,
): Omit<TokenExchangeResponse, 'receipt'> {
  const { minted } = exchanged
  const credentials: Credentials = {
    access_key_id: minted.accessKeyId,
    secret_access_key: minted.secretAccessKey.reveal(),
    session_token: minted.sessionToken.reveal(),
    expiration: isoTime(minted.expiresMs),
  }
  return {
    access_token: credentials.session_token,
    issued_token_type: TOKEN_TYPE_S3_CREDENTIALS,
    token_type: 'N_A',
    expires_in: Math.max(0, Math.floor((minted.expiresMs - nowMs) / 1000)),
    credentials,
    assumption_id: exchanged.assumption,
    role: exchanged.roleArn,
  }
}
