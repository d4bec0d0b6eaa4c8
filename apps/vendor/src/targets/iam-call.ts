import type { Clock } from '../ports.ts'
import type { SigV4Request } from './sigv4.ts'
import { signV4 } from './sigv4.ts'
import type { StoreHttp } from './store-http.ts'
import { readElement, readErrorCode } from './sts-xml.ts'

export type IamCaller = Pick<SigV4Request, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>

export type IamDeps = {
  readonly http: StoreHttp
  readonly clock: Clock
  readonly endpoint: string
  /** The region that IAM's requests are signed for. */
  readonly region: string
  /** Who asks. Throws `secret_unusable`. */
  readonly caller: () => Promise<IamCaller>
}

export type IamAnswer =
  | { readonly ok: true; readonly body: string; readonly dateMs: number | null }
  | { readonly ok: false; readonly errorCode: string; readonly dateMs: number | null }

/** One call of the IAM API (Query protocol, version 2010-05-08), as a signed form. */
export async function callIam(
  deps: IamDeps,
  action: string,
  parameters: Readonly<Record<string, string>>,
): Promise<IamAnswer> {
  // A space as %20: Ceph leaves a plus sign what it is.
  const form = Object.entries({ Action: action, Version: '2010-05-08', ...parameters })
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
  const headers = signV4({
    ...(await deps.caller()),
    method: 'POST',
    url: new URL('/', deps.endpoint),
    region: deps.region,
    service: 'iam',
    nowMs: deps.clock.nowMs(),
    form,
  })
  const answer = await deps.http.request({ method: 'POST', path: '/', headers, body: form })
  if (!answer.answered) return { ok: false, errorCode: 'unanswered', dateMs: null }
  const { status, body, dateMs } = answer
  if (status === 200) return { ok: true, body, dateMs }
  return { ok: false, errorCode: readErrorCode(body) ?? `status_${status}`, dateMs }
}

/** The document of a role's inline policy in an answer of GetRolePolicy: AWS sends it percent-encoded, RGW plain. */
export function policyOf(body: string): unknown {
  const text = readElement(body, 'PolicyDocument')
  if (text === null) return null
  for (const read of [text, decoded(text)]) {
    try {
      return JSON.parse(read)
    } catch {
      // The other form, then.
    }
  }
  return null
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
