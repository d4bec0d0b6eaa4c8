import type { Runtime } from './default-clock.ts'
import { StsClientError } from './errors.ts'

export type HttpRequest = {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** A complete answer: the body decoded and within its limit. */
export type HttpAnswer = {
  readonly status: number
  readonly headers: AnswerHeaders
  readonly body: string
}

/** The one thing that is asked of headers; `Headers` has it. Names are not case-sensitive. */
export type AnswerHeaders = { get(name: string): string | null }

/** The part of `fetch` that is used. `redirect` is always `manual`, see `send`. */
export type Fetch = (
  url: string,
  init: HttpRequest & { readonly redirect: 'manual'; readonly signal: AbortSignal },
) => Promise<Response>

export type SendLimits = {
  readonly maxBodyBytes: number
  /** The caller's own wish to stop. */
  readonly signal: AbortSignal | undefined
  /** The end of the whole call, retries included. */
  readonly deadline: AbortSignal
}

/** One request, one whole answer, by whatever transport; what may go wrong is that of `sendByFetch`. */
export type Send = (request: HttpRequest, limits: SendLimits) => Promise<HttpAnswer>

/** `send` with this `fetch`; left out, with the global one of the moment of each call. */
export function sendByFetch(fetch: Fetch | undefined): Send {
  return (request, limits) => send(request, { fetch: fetch ?? globalThis.fetch, ...limits })
}

type SendOptions = SendLimits & { readonly fetch: Fetch }

/**
 * One request, one whole answer. Follows no redirect: workerd has no `redirect: 'error'` (it throws before anything is
 * sent), so the mode is `manual` and every 3xx and every opaque redirect is an error here. Stops reading at
 * `maxBodyBytes`. Throws StsClientError: network_error (no answer came), response_incomplete (an answer began),
 * redirected, response_too_large, response_invalid (not UTF-8), timeout, aborted.
 */
async function send(request: HttpRequest, options: SendOptions): Promise<HttpAnswer> {
  const { signal, deadline } = options
  const either = eitherSignal(signal, deadline)
  let began = false
  try {
    either.throwIfAborted()
    const { fetch } = options // called without a receiver: workerd's fetch refuses any other `this`
    const response = await fetch(request.url, { ...request, redirect: 'manual', signal: either })
    began = true
    return await readAnswer(response, options.maxBodyBytes)
  } catch (thrown) {
    throw failure(thrown, { began, signal, deadline })
  }
}

/** Aborts when one of them does. Vercel's edge runtime (4.0.1) has no `AbortSignal.any`. */
export function eitherSignal(signal: AbortSignal | undefined, deadline: AbortSignal): AbortSignal {
  if (signal === undefined) return deadline
  if ('any' in AbortSignal) return AbortSignal.any([signal, deadline])
  const either = new AbortController()
  for (const one of [signal, deadline]) {
    if (one.aborted) either.abort(one.reason)
    else one.addEventListener('abort', () => either.abort(one.reason), { once: true })
  }
  return either.signal
}

async function readAnswer(response: Response, maxBodyBytes: number): Promise<HttpAnswer> {
  const { status, headers } = response
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    await response.body?.cancel()
    throw new StsClientError('redirected', { status })
  }
  return { status, headers, body: decode(await readBytes(response, maxBodyBytes), status) }
}

async function readBytes(response: Response, maxBodyBytes: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array()
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader()
  const chunks: Uint8Array[] = []
  let total = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    total += next.value.byteLength
    if (total > maxBodyBytes) {
      await reader.cancel()
      throw new StsClientError('response_too_large', { status: response.status })
    }
    chunks.push(next.value)
  }
  const bytes = new Uint8Array(total)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

function decode(bytes: Uint8Array, status: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new StsClientError('response_invalid', { detail: 'it is not UTF-8', status, cause })
  }
}

type Circumstances = Pick<SendOptions, 'signal' | 'deadline'> & { readonly began: boolean }

/** What a transport threw, as one error of ours: who stopped it, or how far it came. */
export function failure(thrown: unknown, { began, signal, deadline }: Circumstances): StsClientError {
  if (thrown instanceof StsClientError) return thrown
  if (signal?.aborted) return new StsClientError('aborted', { cause: thrown })
  if (deadline.aborted) return new StsClientError('timeout', { cause: thrown })
  const reason = systemCode(thrown)
  const facts = reason === undefined ? { cause: thrown } : { detail: reason, cause: thrown }
  return new StsClientError(began ? 'response_incomplete' : 'network_error', facts)
}

/** ECONNREFUSED, ENOTFOUND, CERT_HAS_EXPIRED: undici puts the system's name for it under `cause`. */
export function systemCode(thrown: unknown): string | undefined {
  for (let at = thrown, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string' && /^[A-Z][A-Z0-9_]{2,63}$/.test(at.code)) return at.code
  }
  return undefined
}

export type RetryOptions = {
  readonly runtime: Runtime
  readonly signal: AbortSignal | undefined
  readonly deadline: AbortSignal
  readonly isWorthRetrying: (error: StsClientError) => boolean
}

const MAX_RETRY_AFTER_SECONDS = 5
const PAUSE_MS = 200

/**
 * At most two tries. The pause is the server's Retry-After, or 200 to 400 ms; a server that asks for more than 5 s gets
 * no second try, because coming earlier than it asked would be worse than failing. When time runs out in the pause, the
 * first failure is thrown, as it says more than the lack of time.
 */
export async function tryTwice<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  try {
    return await attempt()
  } catch (thrown) {
    if (!(thrown instanceof StsClientError) || !options.isWorthRetrying(thrown)) throw thrown
    const { runtime, signal, deadline } = options
    const asked = thrown.retryAfterSeconds
    if (asked !== undefined && asked > MAX_RETRY_AFTER_SECONDS) throw thrown
    const pauseMs = asked === undefined ? PAUSE_MS * (1 + runtime.random()) : asked * 1000
    await runtime.sleep(pauseMs, eitherSignal(signal, deadline))
    if (signal?.aborted) throw new StsClientError('aborted', { cause: thrown })
    if (deadline.aborted) throw thrown
    return await attempt()
  }
}

/** Retry-After (RFC 9110 §10.2.3) in whole seconds; a date is read against the answer's own Date, never our clock. */
export function retryAfterSeconds(headers: AnswerHeaders): number | undefined {
  const value = headers.get('retry-after')?.trim()
  if (!value) return undefined
  if (/^[0-9]{1,9}$/.test(value)) return Number(value)
  const seconds = (Date.parse(value) - Date.parse(headers.get('date') ?? '')) / 1000
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined
}
