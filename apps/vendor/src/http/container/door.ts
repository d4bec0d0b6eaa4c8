import { CREDENTIALS_PATH } from '@stint/sts-client/wire'
import type { Context } from 'hono'
import { Hono } from 'hono'
import type { ErrorCode } from '../../errors.ts'
import { asVendorError, errorRow } from '../../errors.ts'
import type { ExchangeRequest } from '../../flows/exchange.ts'
import type { Exchanged, Session } from '../../flows/issue.ts'
import type { RequestFacts } from '../../flows/request-facts.ts'
import type { Clock, Logger } from '../../ports.ts'
import { parseContainerRequest } from '../../schema/container-request.ts'
import type { Env, LimitOf, RequestFactsOf } from '../context.ts'
import { operatorFacts } from '../on-error.ts'
import { answerPlain } from '../plain-answer.ts'
import { receiptHeaders } from '../receipt.ts'
import { wholeSeconds } from '../sts/print.ts'
import { rawQuery } from '../sts/received.ts'
import { containerError, containerHeaders } from './answer.ts'

export type ContainerDoorDeps = {
  readonly exchange: (request: ExchangeRequest) => Promise<Exchanged>
  readonly requestFacts: RequestFactsOf
  readonly limit: LimitOf
  readonly clock: Clock
  readonly account: string
  readonly log: Logger
}

/**
 * The container-credentials protocol (`AWS_CONTAINER_CREDENTIALS_FULL_URI`): a GET whose Authorization is the token. With
 * `?format=process` it answers what `credential_process` reads, so that curl alone is a helper.
 */
export function containerDoor(deps: ContainerDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  // With a slash at its end, as people write URLs.
  for (const path of [CREDENTIALS_PATH, `${CREDENTIALS_PATH}/`]) app.all(path, (c) => answer(deps, c, null))
  app.all(`${CREDENTIALS_PATH}/:role`, (c) => answer(deps, c, c.req.param('role')))
  return app
}

async function answer(deps: ContainerDoorDeps, c: Context<Env>, role: string | null): Promise<Response> {
  const facts = deps.requestFacts('container', c.env?.incoming)
  try {
    if (c.req.method !== 'GET') {
      // A HEAD would mint and throw away.
      return refuse(deps, { c, facts }, { code: 'method_not_allowed', allow: 'GET' })
    }
    const retryAfterSeconds = deps.limit('container', facts.source.ip)
    if (retryAfterSeconds > 0) return refuse(deps, { c, facts }, { code: 'rate_limited', retryAfterSeconds })
    const parsed = parseContainerRequest({
      role,
      query: new URLSearchParams(rawQuery(c)),
      authorization: authorizationOf(c),
      account: deps.account,
    })
    if (!parsed.ok) return refuse(deps, { c, facts }, parsed)
    const { format, ...request } = parsed.value
    const exchanged = await deps.exchange({ ...request, ...facts, door: format })
    if (!exchanged.ok) return containerError(c, exchanged.code, exchanged.request, exchanged)
    const body = format === 'process' ? processDocument(deps, exchanged) : containerDocument(deps, exchanged)
    const headers = { ...containerHeaders(facts.request), ...receiptHeaders(exchanged.receipt) }
    return answerPlain(c, { status: 200, headers, body: JSON.stringify(body) })
  } catch (thrown) {
    const error = asVendorError(thrown)
    if (errorRow(error.code).status < 500) return refuse(deps, { c, facts }, { code: error.code })
    deps.log.error('container.failed', { request: facts.request, ...operatorFacts(error) })
    return containerError(c, error.code, facts.request)
  }
}

/** A request that never became one: it stands in the process log only, because it names nobody. */
function refuse(
  deps: ContainerDoorDeps,
  { c, facts }: { readonly c: Context<Env>; readonly facts: RequestFacts },
  refusal: { readonly code: ErrorCode } & NonNullable<Parameters<typeof containerError>[3]>,
): Response {
  const { code, parameter } = refusal
  deps.log.info('container.refused', { request: facts.request, code, parameter })
  return containerError(c, code, facts.request, refusal)
}

/** All that came: Node keeps only the first of several in `headers`. */
function authorizationOf(c: Context<Env>): readonly string[] {
  const raw = c.env?.incoming?.rawHeaders
  if (raw === undefined) return [c.req.header('authorization') ?? '']
  return raw.filter((_, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === 'authorization')
}

/** What every SDK accepts (docs/doors.md): minio-js reads `Code` and `AccessKeyID`; Envoy whole seconds with `Z`. */
function containerDocument({ clock, account }: ContainerDoorDeps, { minted, roleArn }: Session): object {
  const { accessKeyId } = minted
  return {
    Code: 'Success',
    Type: 'AWS-HMAC',
    LastUpdated: wholeSeconds(clock.nowMs()),
    AccessKeyId: accessKeyId,
    AccessKeyID: accessKeyId,
    SecretAccessKey: minted.secretAccessKey.reveal(),
    Token: minted.sessionToken.reveal(),
    Expiration: wholeSeconds(minted.expiresMs),
    AccountId: account,
    RoleArn: roleArn,
  }
}

/** `Version` is the number 1 everywhere. */
function processDocument({ account }: ContainerDoorDeps, { minted }: Session): object {
  return {
    Version: 1,
    AccessKeyId: minted.accessKeyId,
    SecretAccessKey: minted.secretAccessKey.reveal(),
    SessionToken: minted.sessionToken.reveal(),
    Expiration: wholeSeconds(minted.expiresMs),
    AccountId: account,
  }
}
