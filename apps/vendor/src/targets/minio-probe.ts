import type { Clock, ProbeAnswer, ProbeStore, SessionKeys } from '../ports.ts'
import { DEFAULT_REGION, touch } from './end-session.ts'
import { signV4 } from './sigv4.ts'
import type { StoreHttp } from './store-http.ts'
import { readErrorCode } from './sts-xml.ts'

export type ProbeStoreOptions = {
  readonly http: StoreHttp
  readonly clock: Clock
  readonly endpoint: string
  readonly region: string
  readonly mintRaw: ProbeStore['mintRaw']
}

const PLAIN = /^[\w ./()+-]{1,64}$/
/** Every code of S3 and of MinIO is letters; what looks otherwise may be anything that a hostile store wants printed. */
const CODE = /^[A-Z][A-Za-z]{2,47}$/
const JSON_CODE = /"Code":"([A-Za-z]{3,48})"/

/** A MinIO, or one of its kin that speaks S3, as somebody hostile would use it. */
export function createProbeStore(options: ProbeStoreOptions): ProbeStore {
  const { http, clock, endpoint, region } = options
  return {
    async touch(accessKeyId) {
      const touched = await touch(options, accessKeyId)
      return touched === 'alive' || touched === 'gone' ? touched : null
    },
    mintRaw: options.mintRaw,
    async look() {
      const answer = await http.request({ method: 'GET', path: '/', headers: {}, body: null })
      if (!answer.answered) return null
      const { server } = answer
      return { server: server !== null && PLAIN.test(server) ? server : null }
    },
    async send(session, { method, path, query = {}, headers = {} }) {
      const url = new URL(path, endpoint)
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
      const isAmz = ([name]: readonly [string, string]) => name.startsWith('x-amz-')
      const entries = Object.entries(headers)
      const signed = signV4({
        accessKeyId: session.accessKeyId,
        secretAccessKey: session.secretAccessKey.reveal(),
        sessionToken: session.sessionToken.reveal(),
        method,
        url,
        region: region || DEFAULT_REGION,
        service: 's3',
        nowMs: clock.nowMs(),
        headers: Object.fromEntries(entries.filter(isAmz)),
      })
      const unsigned = Object.fromEntries(entries.filter((entry) => !isAmz(entry)))
      const answer = await http.request({
        method,
        path: `${url.pathname}${url.search}`,
        headers: { ...unsigned, ...signed },
        body: null,
      })
      // An answer too large to be read is a listing or an object all the same.
      if (!answer.answered && answer.reason === 'too_large')
        return { answered: true, status: 200, code: null }
      if (!answer.answered) return { answered: false }
      return { answered: true, status: answer.status, code: codeOf(answer.body, session) }
    },
  }
}

/** The code of an error, from S3's XML or the JSON of MinIO's admin API; never a piece of the session that asked. */
function codeOf(
  body: string,
  { secretAccessKey, sessionToken }: SessionKeys,
): (ProbeAnswer & { answered: true })['code'] {
  const code = readErrorCode(body) ?? JSON_CODE.exec(body)?.[1] ?? null
  if (code === null || !CODE.test(code)) return null
  return secretAccessKey.reveal().includes(code) || sessionToken.reveal().includes(code) ? null : code
}
