import { createHash, createHmac } from 'node:crypto'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { readSts, type StsReply } from './doors.ts'
import type { AwsCredentials } from './sigv4.ts'

type Pairs = readonly (readonly [name: string, value: string])[]

/** A request before it is signed: everything that SigV4 covers can be another thing than it says. */
export type Draft = {
  readonly method: string
  readonly path: string
  readonly query: Pairs
  /** Beside those that the signature itself needs. */
  readonly headers: Pairs
  readonly body: string
  readonly host: string
  readonly credentials: AwsCredentials
  readonly at: Date
  readonly region: string
  readonly service: string
  readonly terminator: string
  readonly form: 'header' | 'query'
  readonly expires: string
  /** Left out: all headers. */
  readonly signed?: readonly string[]
  /** Another than the day of `at`. */
  readonly scopeDate?: string
}

/** A request as it goes over the wire. */
export type Wire = {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: Pairs
  readonly body: string
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const encode = (text: string) =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
const stampOf = (at: Date) => at.toISOString().replace(/[-:]|\.\d+/g, '')
const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Signs by the letter of AWS's description, apart from the code under test. */
export function sign(draft: Draft): Wire {
  const { credentials, form, body } = draft
  const stamp = stampOf(draft.at)
  const day = draft.scopeDate ?? stamp.slice(0, 8)
  const scope = `${day}/${draft.region}/${draft.service}/${draft.terminator}`
  const own: Pairs =
    form === 'query'
      ? []
      : [
          ['X-Amz-Date', stamp],
          ...(credentials.sessionToken === undefined
            ? []
            : [['X-Amz-Security-Token', credentials.sessionToken] as const]),
        ]
  const headers: Pairs = [['Host', draft.host], ...draft.headers, ...own]
  const lower = headers.map(([name, value]) => [name.toLowerCase(), value] as const)
  const signed = draft.signed ?? [...new Set(lower.map(([name]) => name))].toSorted(order)
  const presigned: Pairs =
    form === 'header'
      ? []
      : [
          ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
          ['X-Amz-Credential', `${credentials.accessKeyId}/${scope}`],
          ['X-Amz-Date', stamp],
          ['X-Amz-Expires', draft.expires],
          ['X-Amz-SignedHeaders', signed.join(';')],
          ...(credentials.sessionToken === undefined
            ? []
            : [['X-Amz-Security-Token', credentials.sessionToken] as const]),
        ]
  const query = [...draft.query, ...presigned]
  const canonical = [
    draft.method,
    draft.path.replace(/[^A-Za-z0-9\-._~/]/g, (c) => encodeURIComponent(c)),
    query
      .map(([name, value]) => [encode(name), encode(value)] as const)
      .toSorted((a, b) => order(a[0], b[0]) || order(a[1], b[1]))
      .map(([name, value]) => `${name}=${value}`)
      .join('&'),
    ...signed.map((name) => {
      const values = lower
        .filter(([one]) => one === name)
        .map(([, value]) => value.trim().replace(/ +/g, ' '))
      return `${name}:${values.join(',')}`
    }),
    '',
    signed.join(';'),
    sha256(body),
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n')
  const key = [day, draft.region, draft.service, draft.terminator].reduce<string | Buffer>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  )
  const signature = hmac(key, toSign).toString('hex')
  const sent: Pairs = form === 'query' ? [...query, ['X-Amz-Signature', signature]] : query
  const text = sent.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed.join(';')}, Signature=${signature}`
  return {
    method: draft.method,
    target: text === '' ? draft.path : `${draft.path}?${text}`,
    headers: form === 'query' ? headers : [...headers, ['Authorization', authorization]],
    body,
  }
}

export type RawAnswer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** Sends exactly these bytes: no client of its own adds, joins or orders a header. */
export function sendRaw(url: string, wire: Wire): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  const length = Buffer.byteLength(wire.body)
  const headers = [
    ...wire.headers.flat(),
    ...(length > 0 || wire.method === 'POST' ? ['Content-Length', String(length)] : []),
  ]
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      hostname,
      port,
      method: wire.method,
      path: wire.target,
      headers,
      setHost: false,
    })
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => {
        text += piece
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    request.on('error', reject)
    request.end(wire.body)
  })
}

/** The same, and reads the XML of the answer. */
export async function sendWire(url: string, wire: Wire): Promise<StsReply> {
  const { status, headers, text } = await sendRaw(url, wire)
  const named = Object.entries(headers).map(([name, value]) => [name, String(value)] as [string, string])
  return readSts(status, new Headers(named), text)
}
