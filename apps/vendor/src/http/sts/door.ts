import type { Context } from 'hono'
import { Hono } from 'hono'
import { asVendorError, errorRow } from '../../errors.ts'
import type { ExchangeRequest } from '../../flows/exchange.ts'
import type { Exchanged, Session } from '../../flows/issue.ts'
import type { RequestFacts } from '../../flows/request-facts.ts'
import type { Logger } from '../../ports.ts'
import type { StsRequest } from '../../schema/sts-request.ts'
import { parseStsRequest } from '../../schema/sts-request.ts'
import { hasMediaType, readBody } from '../body.ts'
import type { Env, LimitOf, RequestFactsOf } from '../context.ts'
import { operatorFacts } from '../on-error.ts'
import { receiptHeaders } from '../receipt.ts'
import { stsError, stsSuccess } from './answer.ts'
import { homePage, isBrowser } from './page.ts'
import { sessionElements } from './session-elements.ts'

export type StsDoorDeps = {
  readonly exchange: (request: ExchangeRequest) => Promise<Exchanged>
  readonly requestFacts: RequestFactsOf
  readonly limit: LimitOf
  readonly account: string
  readonly publicUrl: string
  readonly tokenInQuery: boolean
  readonly log: Logger
}

/** With a path in the endpoint botocore posts `/v1/sts`, JS posts `/v1/sts/`. */
const STS_PATHS = ['/', '/sts', '/sts/'] as const

/**
 * Whether the error of a path that is none is for an STS client: below the paths of the STS, or a form or query that
 * names an Action, because an endpoint that is misspelt is met by the same client.
 */
export function isStsRequest(c: Context<Env>): boolean {
  const { path, method } = c.req
  if (path === '/' || path === '/sts' || path.startsWith('/sts/')) return true
  if (path.startsWith('/v1/admin') || path.startsWith('/oidc/')) return false
  return (method === 'POST' && hasMediaType(c, FORM)) || /(?:^|&)Action=/.test(rawQuery(c))
}

/** A token of 20,000 characters, a policy percent-encoded, and room for what newer SDKs send. */
const MAX_BODY_BYTES = 64 * 1024
const FORM = 'application/x-www-form-urlencoded'

/** The AWS STS Query protocol: a parser and a printer around the flows. XML always, JSON for gateways that ask for it. */
export function stsDoor(deps: StsDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  for (const path of STS_PATHS) app.all(path, (c) => answer(deps, c))
  return app
}

async function answer(deps: StsDoorDeps, c: Context<Env>): Promise<Response> {
  const { method } = c.req
  const query = new URLSearchParams(rawQuery(c))
  if (method === 'GET' && c.req.path === '/' && isBrowser(c) && !query.has('Action')) {
    return homePage(c, deps.publicUrl)
  }
  const facts = deps.requestFacts('sts', c.env?.incoming)
  try {
    if (method !== 'POST' && method !== 'GET') {
      // A HEAD would mint and throw away; CORS is for browsers, and none of another origin has business here.
      c.header('allow', 'GET, POST')
      return stsError(c, 'method_not_allowed', facts.request)
    }
    const retryAfterSeconds = deps.limit('sts', facts.source.ip)
    if (retryAfterSeconds > 0) return refuse(deps, { c, facts }, { code: 'rate_limited', retryAfterSeconds })
    const body = method === 'GET' ? '' : await readBody(c, MAX_BODY_BYTES)
    if (body !== '' && !hasMediaType(c, FORM))
      return refuse(deps, { c, facts }, { code: 'content_type_refused' })
    const form = new URLSearchParams(body)
    const parsed = parseStsRequest({ query, form, account: deps.account, tokenInQuery: deps.tokenInQuery })
    if (!parsed.ok) return refuse(deps, { c, facts }, parsed)
    return await perform(deps, { c, facts }, parsed.value)
  } catch (thrown) {
    const error = asVendorError(thrown)
    if (errorRow(error.code).status >= 500) {
      deps.log.error('sts.failed', { request: facts.request, ...operatorFacts(error) })
    }
    return stsError(c, error.code, facts.request)
  }
}

type Asked = { readonly c: Context<Env>; readonly facts: RequestFacts }

async function perform(deps: StsDoorDeps, asked: Asked, request: StsRequest): Promise<Response> {
  const { action } = request
  const { c, facts } = asked
  if (action !== 'AssumeRoleWithWebIdentity')
    return refuse(deps, asked, { code: 'action_unknown', parameter: 'Action' })
  const exchanged = await deps.exchange({ ...request, ...facts })
  if (!exchanged.ok) return stsError(c, exchanged.code, exchanged.request, { action, ...exchanged })
  return stsSuccess(c, facts.request, {
    operation: action,
    ...webIdentityElements(exchanged, deps.account),
    headers: receiptHeaders(exchanged.receipt),
  })
}

function webIdentityElements(session: Session, account: string) {
  const { subject } = session
  return {
    elements: sessionElements(session, account),
    extras: [
      ['SubjectFromWebIdentityToken', subject.sub],
      ['Provider', subject.issuer.url],
      ['Audience', subject.aud[0] ?? ''],
    ] as const,
  }
}

/** A request that never became one: it stands in the process log only, because it names nobody. */
function refuse(
  deps: StsDoorDeps,
  { c, facts }: Asked,
  refusal: { readonly code: Parameters<typeof stsError>[1] } & NonNullable<Parameters<typeof stsError>[3]>,
): Response {
  deps.log.info('sts.refused', { request: facts.request, code: refusal.code, parameter: refusal.parameter })
  return stsError(c, refusal.code, facts.request, refusal)
}

/** As it was sent: what a signature covers and what is read must be one text. */
function rawQuery(c: Context<Env>): string {
  const url = c.env?.incoming?.url ?? c.req.url
  const at = url.indexOf('?')
  return at === -1 ? '' : url.slice(at + 1)
}
