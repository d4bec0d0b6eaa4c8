import { StsClientError } from '../../errors.ts'
import { parseServerUrl } from '../../server-url.ts'
import type { HttpAnswer, Send } from '../../transport.ts'
import type { Finding, FindingCode } from './finding.ts'
import { finding } from './finding.ts'

const TIMEOUT_MS = 5_000
const MAX_BYTES = 256 * 1024
const MAX_SKEW_MS = 30_000

type Asking = { readonly send: Send; readonly now: () => Date }

/** Asks the server whether it is ready: how far the request comes, what answers, and what time it is there. */
export async function checkServer(server: string, { send, now }: Asking): Promise<readonly Finding[]> {
  let base: URL
  try {
    base = parseServerUrl(server, {})
  } catch (error) {
    return [finding('server_url_invalid', error instanceof StsClientError ? error.message : 'it is no URL')]
  }
  const url = `${base.origin}${base.pathname.replace(/\/+$/, '')}/readyz`
  const askedMs = now().getTime()
  const answer = await get(url, send)
  if (answer instanceof StsClientError) return [finding(serverCode(answer), wordsOf(answer, base))]
  const answeredMs = now().getTime()
  return [...readiness(answer), ...skew(answer, (askedMs + answeredMs) / 2)]
}

export async function get(url: string, send: Send): Promise<HttpAnswer | StsClientError> {
  const limits = { maxBodyBytes: MAX_BYTES, signal: undefined, deadline: AbortSignal.timeout(TIMEOUT_MS) }
  try {
    return await send({ url, method: 'GET', headers: { accept: 'application/json' } }, limits)
  } catch (error) {
    if (error instanceof StsClientError) return error
    throw error
  }
}

/** What OpenSSL and Node call a certificate that is not good. */
const CERTIFICATE: Readonly<Record<string, FindingCode>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate_untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate_untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate_untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate_untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate_untrusted',
  CERT_UNTRUSTED: 'certificate_untrusted',
  CERT_SIGNATURE_FAILURE: 'certificate_untrusted',
  CERT_HAS_EXPIRED: 'certificate_expired',
  CERT_NOT_YET_VALID: 'certificate_expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate_of_another',
}

export function certificateCode(error: StsClientError): FindingCode | undefined {
  return CERTIFICATE[error.detail ?? '']
}

function serverCode(error: StsClientError): FindingCode {
  const detail = error.detail ?? ''
  if (error.code === 'timeout') return 'server_slow'
  if (error.code === 'redirected') return 'server_redirects'
  if (error.code !== 'network_error') return 'server_not_stint'
  if (detail === 'ENOTFOUND' || detail === 'EAI_AGAIN') return 'server_name_unknown'
  if (detail.startsWith('ERR_SSL_') || detail === 'EPROTO') return 'server_not_tls'
  return certificateCode(error) ?? 'server_unreachable'
}

function wordsOf(error: StsClientError, { origin }: URL): string {
  return `${origin}: ${error.message}`
}

function readiness({ status, body }: HttpAnswer): readonly Finding[] {
  const said = statusIn(body)
  if (status === 200 && said === 'ready') return []
  if (status === 503 && said === 'not ready')
    return [finding('server_not_ready', 'the server is not ready yet')]
  return [finding('server_not_stint', `what answers there is no Stint: HTTP status ${status} for /readyz`)]
}

function statusIn(body: string): unknown {
  try {
    const json: unknown = JSON.parse(body)
    return typeof json === 'object' && json !== null && 'status' in json ? json.status : undefined
  } catch {
    return undefined
  }
}

/** The Date header (RFC 9110 §6.6.1) is whole seconds, so a difference of a second says nothing. */
function skew({ headers }: HttpAnswer, hereMs: number): readonly Finding[] {
  const thereMs = Date.parse(headers.get('date') ?? '')
  const skewMs = hereMs - thereMs
  if (!Number.isFinite(skewMs) || Math.abs(skewMs) <= MAX_SKEW_MS) return []
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  const side = skewMs > 0 ? 'ahead of' : 'behind'
  return [finding('clock_skew', `the clock of this machine is ${seconds} s ${side} the server's`)]
}
