import type { Runtime } from './default-clock.ts'
import { systemRuntime } from './default-clock.ts'
import { StsClientError } from './errors.ts'
import { parseServerUrl } from './server-url.ts'
import { signRequest } from './sigv4.ts'
import type { Fetch, HttpAnswer } from './transport.ts'
import { sendByFetch } from './transport.ts'

/** Who a session is, in the words of AWS STS `GetCallerIdentity`. */
export type CallerIdentity = { readonly userId: string; readonly account: string; readonly arn: string }

export type CallerIdentityOptions = {
  /** Base URL of the Stint server; its STS wire stands at `/sts` below it. */
  readonly server: string
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string
  }
  /** The region of the signature. Default `us-east-1`, as SDKs without one. */
  readonly region?: string
  readonly allowInsecureRequests?: boolean
  /** Default: the global `fetch`. */
  readonly fetch?: Fetch
  /** Milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  readonly runtime?: Runtime
}

const BODY = 'Action=GetCallerIdentity&Version=2011-06-15'
const MAX_ANSWER_BYTES = 10_000

/**
 * Asks a Stint server who a session is: a request signed with the session's own keys (SigV4), so the answer proves that
 * the server knows it and that it still lives. One try. Throws StsClientError: refused (with the STS code), throttled,
 * unavailable, response_invalid (no STS wire there), and what `sendByFetch` throws.
 */
export async function getCallerIdentity(options: CallerIdentityOptions): Promise<CallerIdentity> {
  const { runtime = systemRuntime(), region = 'us-east-1', timeoutMs = 10_000 } = options
  const base = parseServerUrl(options.server, options)
  const url = new URL(`${base.origin}${base.pathname.replace(/\/+$/, '')}/sts`)
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const signed = await signRequest(
    { method: 'POST', url, headers, body: BODY },
    { credentials: options.credentials, region, service: 'sts', now: runtime.now() },
  )
  const deadline = AbortSignal.timeout(timeoutMs)
  const answer = await sendByFetch(options.fetch)(
    { url: url.href, method: 'POST', headers: signed, body: BODY },
    { maxBodyBytes: MAX_ANSWER_BYTES, signal: undefined, deadline },
  )
  return readAnswer(answer)
}

function readAnswer({ status, body }: HttpAnswer): CallerIdentity {
  if (status !== 200) throw refusal(status, body)
  const arn = element(
    body,
    'Arn',
    /^arn:aws:sts::[0-9]{12}:assumed-role\/[\w+=,.@-]{1,64}\/[\w+=,.@-]{2,64}$/,
  )
  const account = element(body, 'Account', /^[0-9]{12}$/)
  const userId = element(body, 'UserId', /^[\w+=,.@:-]{2,193}$/)
  if (arn === null || account === null || userId === null)
    throw new StsClientError('response_invalid', { detail: 'it is no answer of GetCallerIdentity', status })
  return { arn, account, userId }
}

/** None of the three values may hold a character that XML would have to write otherwise. */
function element(xml: string, name: string, grammar: RegExp): string | null {
  const value = new RegExp(`<${name}>([^<&]*)</${name}>`).exec(xml)?.[1]
  return value !== undefined && grammar.test(value) ? value : null
}

function refusal(status: number, body: string): StsClientError {
  const code = element(body, 'Code', /^[A-Za-z]{2,64}$/)
  const facts = { detail: `HTTP status ${status}`, status, ...(code === null ? {} : { serverCode: code }) }
  if (status === 429 || code === 'Throttling') return new StsClientError('throttled', facts)
  if (status === 502 || status === 503 || status === 504) return new StsClientError('unavailable', facts)
  return new StsClientError(code === null || status >= 500 ? 'response_invalid' : 'refused', facts)
}
