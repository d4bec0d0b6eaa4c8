import { createHmac } from 'node:crypto'
import { Agent, request } from 'undici'
import { readKeyFile } from '../key-file.ts'
import { addressCheck, compileRanges, createCheckedLookup, isAllowedHost } from '../net-address.ts'
import type { SinkAnswer, SinkPost } from '../ports/log-keeping.ts'
import type { Clock } from '../ports.ts'

export type SinkHttpOptions = {
  readonly url: string
  /** How it knows us: a bearer token, or a signature of each request by Standard Webhooks; null: not at all. */
  readonly auth: { readonly kind: 'bearer' | 'signature'; readonly file: string } | null
  readonly allowPrivateAddresses: readonly string[]
  readonly clock: Pick<Clock, 'nowMs'>
  /** One attempt, from its first byte to the answer's last. */
  readonly totalMs?: number
}

const CONNECT_MS = 2_000
const TOTAL_MS = 10_000

/**
 * HTTP to one sink: https, or http to addresses that were allowed by name; only to addresses that it may have, no redirects,
 * one deadline. What it answers beyond its status is thrown away.
 */
export function createSinkHttp(options: SinkHttpOptions): { post: SinkPost; close(): Promise<void> } {
  const { allowPrivateAddresses, totalMs = TOTAL_MS } = options
  const url = new URL(options.url)
  const isAllowed =
    url.protocol === 'https:' ? addressCheck(allowPrivateAddresses) : compileRanges(allowPrivateAddresses)
  const agent = new Agent({
    connections: 1,
    pipelining: 1,
    connect: { timeout: CONNECT_MS, lookup: createCheckedLookup(isAllowed) },
    headersTimeout: totalMs,
    bodyTimeout: totalMs,
  })
  return {
    async post(batch) {
      if (!isAllowedHost(url.hostname, isAllowed)) return failed('address')
      const deadline = AbortSignal.timeout(totalMs)
      try {
        const headers = { 'content-type': batch.contentType, ...authorization(options, batch) }
        const response = await request(url, {
          dispatcher: agent,
          method: 'POST',
          headers,
          body: batch.body,
          signal: deadline,
        })
        // The status is the answer; a body that does not come to an end is cut by the deadline.
        response.body.on('error', () => undefined)
        await response.body.dump({ limit: 16_384, signal: deadline }).catch(() => undefined)
        return answerOf(response.statusCode, response.headers['retry-after'])
      } catch (thrown) {
        if (deadline.aborted) return failed('timeout')
        const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null
        if (code === 'data_folder_unsafe') return failed('secret_unusable')
        return failed(code === 'ADDRESS_REFUSED' ? 'address' : 'unreachable')
      }
    },
    close: () => agent.destroy(),
  }
}

function answerOf(status: number, retryAfter: string | string[] | undefined): SinkAnswer {
  if (status >= 200 && status < 300) return { ok: true }
  const seconds =
    typeof retryAfter === 'string' && /^[0-9]{1,5}$/.test(retryAfter) ? Number(retryAfter) : null
  const reason = status >= 300 && status < 400 ? 'redirect' : `http_${status}`
  return { ok: false, reason, retryAfterMs: seconds === null ? null : seconds * 1000 }
}

function failed(reason: string): SinkAnswer {
  return { ok: false, reason, retryAfterMs: null }
}

/** The secret is read each time: whoever changes the file changes the key, without a restart. */
function authorization(
  { auth, clock }: Pick<SinkHttpOptions, 'auth' | 'clock'>,
  { id, body }: { readonly id: string; readonly body: string },
): Record<string, string> {
  if (auth === null) return {}
  const secret = readKeyFile(auth.file, { isGiven: true }).trim()
  if (auth.kind === 'bearer') return { authorization: `Bearer ${secret}` }
  const timestamp = String(Math.floor(clock.nowMs() / 1000))
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}

/** Standard Webhooks: `whsec_` and base64; any other text is the key as it is. */
function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret)
}
