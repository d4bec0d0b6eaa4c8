import { StsClientError } from './errors.ts'
import { verifyConsistency } from './merkle-proof.ts'
import { parseServerUrl } from './server-url.ts'
import type { SignedCheckpoint } from './signed-note.ts'
import { fromBase64, openCheckpoint, parseVerifierKey } from './signed-note.ts'
import type { Fetch } from './transport.ts'
import { sendByFetch } from './transport.ts'
import { LOG_PATH } from './wire.ts'

export type LogGrowthOptions = {
  readonly server: string
  /** The log's keys, as they were given out of band. */
  readonly keys: readonly string[]
  readonly fetch?: Fetch
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 10_000
const MAX_BYTES = 64 * 1024

/**
 * Asks the server's log for its newest checkpoint and for the proof that it and an older one, that of a receipt say, are of
 * one history: nothing up to there was changed, and nothing was cut off. Answers the newest. Throws StsClientError:
 * `log_inconsistent` where they are not, `log_behind` where they are and the newest is smaller, so that what is published
 * does not have all of it yet, `response_invalid` where the answers are none of a log, and those of a call.
 */
export async function verifyGrowth(
  older: SignedCheckpoint,
  options: LogGrowthOptions,
): Promise<SignedCheckpoint> {
  const log = logOf(options)
  const parsed = await Promise.all(options.keys.map((key) => parseVerifierKey(key.trim())))
  const trusted = parsed.filter((key) => key !== null)
  const newest = await openCheckpoint((await log.get('/checkpoint')) ?? '', trusted)
  if (newest === null) throw inconsistent('its newest checkpoint is not signed by a key that is trusted')
  // A receipt may be newer than what is published: then it is the receipt's tree that must go on from that.
  const [from, to] = newest.size < older.size ? [newest, older] : [older, newest]
  const proof = from.size === to.size ? [] : await log.proof(from.size, to.size)
  if (!(await verifyConsistency({ from, to, proof })))
    throw inconsistent('the newest checkpoint and the older one are of two histories')
  if (newest.size < older.size)
    throw new StsClientError('log_behind', {
      detail: `published up to event ${newest.size}, and it is of a tree of ${older.size}`,
    })
  return newest
}

function logOf(options: LogGrowthOptions) {
  const base = parseServerUrl(options.server, {}).href.replace(/\/$/, '')
  const { timeoutMs = TIMEOUT_MS } = options
  const send = sendByFetch(options.fetch)
  const limits = {
    maxBodyBytes: MAX_BYTES,
    signal: undefined,
    deadline: AbortSignal.timeout(timeoutMs),
  }
  async function get(path: string): Promise<string | null> {
    const { status, body } = await send(
      { url: `${base}${LOG_PATH}${path}`, method: 'GET', headers: {} },
      limits,
    )
    if (status === 200 || status === 404) return status === 200 ? body : null
    throw new StsClientError('response_invalid', { status, detail: `HTTP status ${status} of the log` })
  }
  async function proof(from: number, to: number): Promise<readonly Uint8Array<ArrayBuffer>[]> {
    const text = await get(`/consistency?from=${from}&to=${to}`)
    if (text === null) throw inconsistent('it does not know a size that it signed')
    const value = parsed(text)
    const list = typeof value === 'object' && value !== null && 'proof' in value ? value.proof : null
    if (!Array.isArray(list)) throw new StsClientError('response_invalid', { detail: 'no proof' })
    return list.map((one) => (typeof one === 'string' ? fromBase64(one) : null) ?? new Uint8Array(0))
  }
  return { get, proof }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function inconsistent(detail: string): StsClientError {
  return new StsClientError('log_inconsistent', { detail })
}
