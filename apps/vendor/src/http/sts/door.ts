import type { Context } from 'hono'
import { Hono } from 'hono'
import type { ReceivedRequest } from '../../domain/sigv4.ts'
import { asVendorError, errorRow } from '../../errors.ts'
import type { AssumeRoleRequest } from '../../flows/assume-role.ts'
import type { ExchangeRequest } from '../../flows/exchange.ts'
import type { Exchanged, Session } from '../../flows/issue.ts'
import type { RequestFacts } from '../../flows/request-facts.ts'
import type { Identified } from '../../flows/signed-session.ts'
import type { Logger } from '../../ports.ts'
import type { StsRequest } from '../../schema/sts-request.ts'
import { parseStsRequest } from '../../schema/sts-request.ts'
import { hasMediaType, readBody } from '../body.ts'
import type { Env, LimitOf, RequestFactsOf } from '../context.ts'
import { operatorFacts } from '../on-error.ts'
import { receiptHeaders } from '../receipt.ts'
import { stsError, stsSuccess } from './answer.ts'
import { homePage, isBrowser } from './page.ts'
import { rawQuery, receivedRequest } from './received.ts'
import type { SessionElements } from './session-elements.ts'
import { assumedRoleArn, assumedRoleId, sessionElements } from './session-elements.ts'

export type StsDoorDeps = {
  readonly exchange: (request: ExchangeRequest) => Promise<Exchanged>
  readonly assumeRole: (request: AssumeRoleRequest) => Promise<Exchanged>
  readonly identify: (request: ReceivedRequest) => Promise<Identified>
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
  if (path === '/' || path.startsWith('/sts')) return true
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
  let body = ''
  const asked = { c, facts, received: () => receivedRequest(c, query, body) }
  try {
    if (method !== 'POST' && method !== 'GET') {
      // A HEAD would mint and throw away; CORS is for browsers, and none of another origin has business here.
      return refuse(deps, asked, { code: 'method_not_allowed', allow: 'GET, POST' })
    }
    const retryAfterSeconds = deps.limit('sts', facts.source.ip)
    if (retryAfterSeconds > 0) return refuse(deps, asked, { code: 'rate_limited', retryAfterSeconds })
    body = method === 'GET' ? '' : await readBody(c, MAX_BODY_BYTES)
    if (body !== '' && !hasMediaType(c, FORM)) return refuse(deps, asked, { code: 'content_type_refused' })
    const form = new URLSearchParams(body)
    const parsed = parseStsRequest({ query, form, account: deps.account, tokenInQuery: deps.tokenInQuery })
    if (!parsed.ok) return refuse(deps, asked, parsed)
    return await perform(deps, asked, parsed.value)
  } catch (thrown) {
    const error = asVendorError(thrown)
    if (errorRow(error.code).status < 500) return refuse(deps, asked, { code: error.code })
    deps.log.error('sts.failed', { request: facts.request, ...operatorFacts(error) })
    return stsError(c, error.code, facts.request)
  }
}

type Asked = {
  readonly c: Context<Env>
  readonly facts: RequestFacts
  /** Made only for operations that are signed. */
  readonly received: () => ReceivedRequest
}

async function perform(deps: StsDoorDeps, asked: Asked, request: StsRequest): Promise<Response> {
  const { action } = request
  if (action === 'GetCallerIdentity') return callerIdentity(deps, asked)
  const { c, facts, received } = asked
  const exchanged =
    action === 'AssumeRole'
      ? await deps.assumeRole({ ...request, ...facts, received: received() })
      : await deps.exchange({ ...request, ...facts })
  if (!exchanged.ok) return stsError(c, exchanged.code, exchanged.request, { action, ...exchanged })
  const elements = sessionElements(exchanged, deps.account)
  return stsSuccess(c, facts.request, {
    operation: action,
    ...(action === 'AssumeRole' ? { elements } : withWebIdentity(elements, exchanged)),
    headers: receiptHeaders(exchanged.receipt),
  })
}

/** Who a session is. It says nothing that its holder could not read off its own credentials, so it is no event. */
async function callerIdentity(deps: StsDoorDeps, asked: Asked): Promise<Response> {
  const identified = await deps.identify(asked.received())
  if (!identified.ok) return refuse(deps, asked, identified)
  const { roleName, sessionName } = identified.session
  const elements = [
    ['Arn', assumedRoleArn({ account: deps.account, roleName, sessionName })],
    ['UserId', assumedRoleId(roleName, sessionName)],
    ['Account', deps.account],
  ] as const
  return stsSuccess(asked.c, asked.facts.request, { operation: 'GetCallerIdentity', elements })
}

/** In the order of AWS's model: the subject stands behind `Credentials`, who vouches for it at the end. */
function withWebIdentity([credentials, ...rest]: SessionElements, { subject }: Session) {
  const [sub, provider, audience] = [
    ['SubjectFromWebIdentityToken', subject.sub],
    ['Provider', subject.issuer.url],
    ['Audience', subject.aud[0] ?? ''],
  ] as const
  return {
    elements: [credentials, sub, ...rest, provider, audience],
    spare: [sub, provider, audience].map(([name]) => name),
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
