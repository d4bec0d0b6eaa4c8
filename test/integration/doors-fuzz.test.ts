import { connect } from 'node:net'
import { XMLValidator } from 'fast-xml-parser'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { dice } from '../support/random.ts'
import { sessionAt } from '../support/sessions.ts'
import { sendRaw } from '../support/signed-request.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'
import { type Material, type WrongRequest, wrongRequest } from '../support/wrong-requests.ts'

const REQUESTS = Number(process.env['STINT_WRONG_REQUESTS'] ?? 6_000)
const SEED = 20_261_125
const AT_ONCE = 24

let store: FakeSts
let vendor: ChildVendor
let material: Material

beforeAll(async () => {
  store = await startFakeSts({ ledger: true })
  vendor = await startVendor({ env: { STINT_STS_TOKEN_IN_QUERY: 'on', STINT_LOG_LEVEL: 'info' } })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  const session = await sessionAt(vendor.url, vendor.token())
  material = { host: new URL(vendor.url).host, token: vendor.token(), session }
})
afterAll(async () => {
  await vendor?.stop()
  await store?.stop()
})

/** What is wrong with an answer, or null. */
function faultOf(request: WrongRequest, answer: Awaited<ReturnType<typeof sendRaw>>): string | null {
  const { status, headers, text } = answer
  const type = String(headers['content-type'] ?? '')
  if (status >= 500) return `${status}`
  if (request.method === 'HEAD') return text === '' ? null : 'a HEAD with a body'
  // What Node itself refuses, before there is a request, has no body.
  if (text === '' && status === 400) return null
  const isJson = type === 'application/json' && isObject(text)
  // A dot segment leads out of the door, to a path that is none.
  if (status === 404 && request.target.includes('%2e%2e')) return type.includes('html') ? type : null
  if (request.door !== 'sts') return isJson ? null : `${type}: ${text.slice(0, 80)}`
  if (type === 'text/xml') return XMLValidator.validate(text) === true ? idFault(headers) : 'not well-formed'
  return isJson ? idFault(headers) : `${type}: ${text.slice(0, 80)}`
}

function idFault(headers: Readonly<Record<string, unknown>>): string | null {
  return /^req_/.test(String(headers['x-amzn-requestid'])) ? null : 'no request id'
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}

test(
  `${REQUESTS} wrong requests: none is a 5xx or HTML, and each is in the form of its door`,
  async () => {
    const roll = dice(SEED)
    const faults: string[] = []
    const seen = new Map<string, number>()
    let left = REQUESTS
    const worker = async () => {
      while (left-- > 0) {
        const request = wrongRequest(roll, material)
        const answer = await sendRaw(vendor.url, request)
        seen.set(`${request.door} ${answer.status}`, (seen.get(`${request.door} ${answer.status}`) ?? 0) + 1)
        const fault = faultOf(request, answer)
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
      'token 200',
      'token 400',
    ]) {
      expect([one, seen.get(one) ?? 0]).not.toEqual([one, 0])
    }
    expect(vendor.logged()).not.toContain('internal_error')
    expect(vendor.logged()).not.toContain(material.token)
  },
  Math.max(120_000, REQUESTS * 20),
)

const RAW = [
  { name: 'no HTTP', bytes: 'hello\r\n\r\n' },
  { name: 'a line without end', bytes: `GET /${'a'.repeat(60_000)}` },
  { name: 'no Host', bytes: 'GET / HTTP/1.1\r\n\r\n' },
  { name: 'two Hosts', bytes: 'POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n' },
  { name: 'a Host that is none', bytes: 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n' },
  {
    name: 'two lengths',
    bytes: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na',
  },
  {
    name: 'a length and chunks',
    bytes: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  },
  {
    name: 'a chunk of no size',
    bytes: 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  },
  { name: 'a header without a name', bytes: 'GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n' },
  {
    name: 'headers beyond the limit',
    bytes: `GET /v1/credentials HTTP/1.1\r\nHost: a\r\nAuthorization: ${'a'.repeat(50_000)}\r\n\r\n`,
  },
  { name: 'a backslash in the path', bytes: 'GET /sts\\x HTTP/1.1\r\nHost: a\r\n\r\n' },
  { name: 'a whole URL', bytes: 'GET http://a/sts HTTP/1.1\r\nHost: a\r\n\r\n' },
  { name: 'a method that is none', bytes: 'MINT / HTTP/1.1\r\nHost: a\r\n\r\n' },
  {
    name: 'an upgrade',
    bytes: 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  },
  { name: 'CONNECT', bytes: 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n' },
]
test.each(RAW)('$name is answered with a 4xx or cut, never with a 5xx or HTML', async ({ bytes }) => {
  const text = await conversation(bytes)
  if (text !== '') expect(text).toMatch(/^HTTP\/1\.1 4\d\d /)
  expect(text.toLowerCase()).not.toContain('<html')
  expect((await fetch(`${vendor.url}/readyz`)).status).toBe(200)
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
      if (/\r\n\r\n/.test(text)) setImmediate(() => socket.end())
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
    socket.write(bytes)
  })
}
