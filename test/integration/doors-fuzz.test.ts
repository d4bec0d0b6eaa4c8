import { connect } from 'node:net'
import { XMLValidator } from 'fast-xml-parser'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorCodes } from '../../apps/vendor/src/errors.ts'
import { readSts } from '../support/doors.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { dice } from '../support/random.ts'
import { sessionAt } from '../support/sessions.ts'
import { type RawAnswer, sendRaw } from '../support/signed-request.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'
import { type Material, type WrongRequest, wrongRequest } from '../support/wrong-requests.ts'

const REQUESTS = Number(process.env['STINT_WRONG_REQUESTS'] ?? 20_000)
const SEED = 20_261_125
const AT_ONCE = 24

let store: FakeSts
let vendor: ChildVendor
let material: Material
/** The code of each request that the process log tells of. */
const logged = new Map<string, string>()
const leaked: string[] = []

beforeAll(async () => {
  store = await startFakeSts({ ledger: true })
  const env = { STINT_STS_TOKEN_IN_QUERY: 'on', STINT_LOG_LEVEL: 'info' }
  vendor = await startVendor({ env, onLog: hear })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  const session = await sessionAt(vendor.url, vendor.token())
  material = { host: new URL(vendor.url).host, token: vendor.token(), session }
})
afterAll(async () => {
  await vendor?.stop()
  await store?.stop()
})

function hear(text: string): void {
  const secrets = material === undefined ? [] : [material.token, material.session.secretAccessKey]
  if (text.includes('internal_error') || secrets.some((secret) => text.includes(secret))) leaked.push(text)
  for (const line of text.split('\n')) {
    const { request, code } = line === '' ? {} : (JSON.parse(line) as { request?: string; code?: string }) // pino writes objects
    if (request !== undefined && code !== undefined) logged.set(request, code)
  }
}

/** What is wrong with an answer, or null. */
function faultOf(request: WrongRequest, answer: RawAnswer): string | null {
  const { status, headers, text } = answer
  const type = String(headers['content-type'] ?? '')
  if (status >= 500) return `${status}`
  if (request.method === 'HEAD') return text === '' ? null : 'a HEAD with a body'
  if (status >= 400 && idOf(answer) === undefined) return 'no request id'
  const isJson = /^application\/(?:problem\+)?json$/.test(type) && isObject(text)
  // A dot segment leads out of the door, to a path that is none.
  if (status === 404 && request.target.includes('%2e%2e')) return isJson || type === 'text/xml' ? null : type
  if (request.door === 'public') return type.includes('html') ? type : null
  if (request.door !== 'sts') return isJson ? null : `${type}: ${text.slice(0, 80)}`
  if (type === 'text/xml') return XMLValidator.validate(text) === true ? null : 'not well-formed'
  return type === 'application/json' && isJson ? null : `${type}: ${text.slice(0, 80)}`
}

/** The id that the operator asks for, wherever it stands. */
function idOf({ headers, text }: RawAnswer): string | undefined {
  return /^req_[\w-]+$/.exec(String(headers['x-amzn-requestid']))?.[0] ?? /req_[\w-]+/.exec(text)?.[0]
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}

/** The requests of which the audit log has a refusal, with its code. */
async function recorded(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  const path = '/v1/admin/audit/events?type=assume.refused&type=assume.refused_summary&limit=500'
  for (let before: number | null | undefined; before !== null; ) {
    const { body } = await vendor.get(before === undefined ? path : `${path}&before=${before}`)
    const page = body as {
      events: { event: { request: string; code: string } }[]
      next: number | null
    } // the admin door's own answer
    for (const { event } of page.events) found.set(event.request, event.code)
    before = page.next
  }
  return found
}

test(
  `${REQUESTS} wrong requests: none is a 5xx or HTML, each is in the form of its door, and each refusal is logged with a code`,
  async () => {
    const roll = dice(SEED)
    const faults: string[] = []
    const refused = new Set<string>()
    const seen = new Map<string, number>()
    let left = REQUESTS
    const worker = async () => {
      while (left-- > 0) {
        const request = wrongRequest(roll, material)
        const answer = await sendRaw(vendor.url, request)
        seen.set(`${request.door} ${answer.status}`, (seen.get(`${request.door} ${answer.status}`) ?? 0) + 1)
        const fault = faultOf(request, answer)
        const id = idOf(answer)
        if (answer.status >= 400 && id !== undefined) refused.add(id)
        if (fault !== null)
          faults.push(`${request.door} ${request.method} ${request.target.slice(0, 100)}: ${fault}`)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    expect(faults.slice(0, 10)).toEqual([])
    // The grammar reaches what it should: grants, refusals of each kind, at every door.
    for (const one of [
      'sts 200',
      'sts 400',
      'sts 403',
      'sts 404',
      'sts 405',
      'sts 415',
      'container 200',
      'container 400',
      'container 401',
      'container 404',
      'container 405',
      'token 200',
      'token 400',
      'token 405',
      'public 200',
      'public 404',
    ]) {
      expect([one, seen.get(one) ?? 0]).not.toEqual([one, 0])
    }
    expect(leaked).toEqual([])
    // What was counted together is written within a second.
    await expect
      .poll(
        async () => {
          const log = await recorded()
          return [...refused].filter((id) => !log.has(id) && !logged.has(id)).slice(0, 10)
        },
        { timeout: 15_000, interval: 1_000 },
      )
      .toEqual([])
    const codes: ReadonlySet<string> = new Set(errorCodes())
    expect([...logged.values()].filter((code) => !codes.has(code))).toEqual([])
  },
  Math.max(180_000, REQUESTS * 20),
)

const JSON_ERROR = { RequestId: expect.any(String), Code: expect.any(String) }
const OAUTH = { request_id: expect.any(String), error: expect.any(String) }
const PROBLEM = { request_id: expect.any(String), title: expect.any(String) }
/** `form`: what the answer must be; null: the connection is closed without one. */
const RAW: readonly {
  readonly name: string
  readonly bytes: string
  readonly form: 'xml' | object | null
}[] = [
  { name: 'no HTTP', bytes: 'hello\r\n\r\n', form: 'xml' },
  { name: 'a line without end', bytes: `GET /${'a'.repeat(60_000)}`, form: PROBLEM },
  { name: 'no Host', bytes: 'GET / HTTP/1.1\r\n\r\n', form: 'xml' },
  {
    name: 'no Host at the container door',
    bytes: 'GET /v1/credentials HTTP/1.1\r\n\r\n',
    form: JSON_ERROR,
  },
  { name: 'no Host at the token door', bytes: 'POST /v1/token HTTP/1.1\r\n\r\n', form: OAUTH },
  {
    name: 'two Hosts',
    bytes: 'POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n',
    form: 'xml',
  },
  { name: 'a Host that is none', bytes: 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', form: 'xml' },
  {
    name: 'two lengths',
    bytes: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na',
    form: 'xml',
  },
  {
    name: 'a length and chunks',
    bytes: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    form: 'xml',
  },
  {
    name: 'a chunk of no size',
    bytes:
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    form: 'xml',
  },
  { name: 'a header without a name', bytes: 'GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n', form: 'xml' },
  {
    name: 'headers beyond the limit',
    bytes: `GET /v1/credentials HTTP/1.1\r\nHost: a\r\nAuthorization: ${'a'.repeat(50_000)}\r\n\r\n`,
    form: { ...JSON_ERROR, Code: 'RequestHeaderFieldsTooLarge' },
  },
  {
    name: 'headers beyond the limit at the STS',
    bytes: `POST /sts HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(50_000)}\r\n\r\n`,
    form: 'xml',
  },
  { name: 'a backslash in the path', bytes: 'GET /sts\\x HTTP/1.1\r\nHost: a\r\n\r\n', form: 'xml' },
  { name: 'a whole URL', bytes: 'GET http://a/sts HTTP/1.1\r\nHost: a\r\n\r\n', form: 'xml' },
  { name: 'a method that is none', bytes: 'MINT / HTTP/1.1\r\nHost: a\r\n\r\n', form: 'xml' },
  {
    name: 'an upgrade',
    bytes: 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    form: 'xml',
  },
  {
    name: 'an expectation that is none of ours',
    bytes: 'POST /sts HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\nContent-Length: 0\r\n\r\n',
    form: 'xml',
  },
  { name: 'CONNECT', bytes: 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', form: null },
]
test.each(RAW)('$name is answered with a 4xx in the form of its door, or cut', async ({ bytes, form }) => {
  const text = await conversation(bytes)
  expect((await fetch(`${vendor.url}/readyz`)).status).toBe(200)
  if (form === null) return expect(text).toBe('')
  expect(text).toMatch(/^HTTP\/1\.1 4\d\d /)
  expect(text.toLowerCase()).not.toContain('<html')
  const body = text.slice(text.indexOf('\r\n\r\n') + 4)
  const id = /req_[\w-]+/.exec(text)?.[0]
  expect(logged.get(id ?? ''), text).toBeDefined()
  if (form === 'xml') expect(readSts(400, new Headers(), body).root).toBe('ErrorResponse')
  else expect(JSON.parse(body)).toMatchObject(form)
})

/** Says this and hears what comes until the other side ends, or has answered. */
function conversation(bytes: string): Promise<string> {
  const { hostname, port } = new URL(vendor.url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    let text = ''
    socket.setEncoding('latin1')
    socket.setTimeout(3_000, () => socket.destroy())
    socket.on('data', (piece: string) => {
      text += piece
      const [head = '', body = ''] = text.split('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      if (head !== text && body.length >= length) socket.end()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
    socket.write(bytes)
  })
}
