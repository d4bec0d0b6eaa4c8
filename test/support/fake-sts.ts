import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A store that speaks MinIO's STS and can fail on command: what the real one does not do when asked. It checks no
 * signature and confines nothing; who may do what is tested on the real MinIO only.
 */
export type FakeSts = AsyncDisposable & {
  readonly endpoint: string
  /** Every mint in order: the `sub` of the token shown, the key id given, and whether it was revoked since. */
  readonly sessions: readonly FakeSession[]
  /** The newest request to the STS, as the form that it was. */
  lastForm(): URLSearchParams
  /** Requests to the STS, refused and spoiled ones included. */
  calls(): number
  /** Spoils the STS from now on; `undefined` ends it. `times`: only so many answers. */
  setFault(fault: StsFault | undefined, times?: number): void
  /** Resolves when the STS was asked so often in all. */
  asked(atLeast: number): Promise<void>
  stop(): Promise<void>
}

export type FakeSession = {
  readonly sub: string
  readonly accessKeyId: string
  revoked: boolean
  readonly policy: string
}

export type StsFault =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  /** Mints, and answers with the body turned into something else. */
  | { readonly kind: 'rewrite'; readonly rewrite: (xml: string) => string }
  /** Mints, and cuts the connection before or amid the answer. */
  | { readonly kind: 'cut'; readonly at: 'before_headers' | 'in_body' }
  /** Mints, and never answers. */
  | { readonly kind: 'hang' }
  /** Waits for the promise, then mints and answers; or mints nothing and answers `then`. */
  | {
      readonly kind: 'wait'
      readonly until: Promise<unknown>
      readonly then?: Extract<StsFault, { readonly kind: 'answer' }>
    }

const WEB_IDENTITY = 'AssumeRoleWithWebIdentity'
const head = (action: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><AssumedRoleUser><Arn></Arn><AssumeRoleId></AssumeRoleId></AssumedRoleUser><Credentials><AccessKeyId>`
const HEAD = head(WEB_IDENTITY)
const SECRET =
  '</AccessKeyId><SecretAccessKey>bm90LWEtcmVhbC1zZWNyZXQtYnV0LWFzLWxvbmc+</SecretAccessKey><SessionToken>'
// As long as the token that MinIO gives for a session policy of some hundred bytes.
const SESSION_TOKEN = Buffer.from('x'.repeat(900)).toString('base64')
const TAIL = '</SessionToken><Expiration>'
const end = (action: string) =>
  `</Expiration></Credentials></${action}Result><ResponseMetadata><RequestId>17F0AA</RequestId></ResponseMetadata></${action}Response>`
const END = end(WEB_IDENTITY)

/** Starts one on 127.0.0.1. `ledger: false` keeps no list, for a benchmark of millions. */
export async function startFakeSts(
  options: { readonly port?: number; readonly ledger?: boolean; readonly nowMs?: () => number } = {},
): Promise<FakeSts> {
  const { ledger = true, nowMs = Date.now } = options
  const sessions: FakeSession[] = []
  const waiters: { atLeast: number; resolve: () => void }[] = []
  let calls = 0
  let last = ''
  let fault: StsFault | undefined
  let left = Number.POSITIVE_INFINITY

  async function sts(form: string, response: ServerResponse): Promise<void> {
    calls += 1
    // Before it waits: each session has a key id of its own.
    const accessKeyId = `FAKE${String(calls).padStart(16, '0')}`
    for (const waiter of waiters.filter(({ atLeast }) => calls >= atLeast)) waiter.resolve()
    const now = fault
    if (now !== undefined && --left <= 0) fault = undefined
    if (now?.kind === 'wait') await now.until
    const instead = now?.kind === 'wait' ? now.then : now
    if (instead?.kind === 'answer') {
      response.writeHead(instead.status, { 'content-type': 'application/xml' }).end(instead.body)
      return
    }
    const xml = mint(form, accessKeyId)
    if (now?.kind === 'hang') return
    if (now?.kind === 'cut') {
      if (now.at === 'in_body')
        response.writeHead(200, { 'content-length': String(xml.length) }).write(xml.slice(0, 200))
      response.socket?.destroy()
      return
    }
    const body = now?.kind === 'rewrite' ? now.rewrite(xml) : xml
    response
      .writeHead(200, {
        'content-type': 'application/xml',
        'content-length': String(Buffer.byteLength(body)),
      })
      .end(body)
  }

  function mint(form: string, accessKeyId: string): string {
    const seconds = /(?:^|&)DurationSeconds=([0-9]+)/.exec(form)?.[1]
    const token = /(?:^|&)WebIdentityToken=([^&]*)/.exec(form)?.[1] ?? ''
    const byUser = form.startsWith('Action=AssumeRole&')
    const claims = byUser
      ? { sub: '', exp: 0 }
      : ledger || seconds === undefined
        ? claimsOf(token)
        : { sub: '', exp: 0 }
    if (ledger)
      sessions.push({
        sub: claims.sub,
        accessKeyId,
        revoked: false,
        policy: new URLSearchParams(form).get('Policy') ?? '',
      })
    const endsMs = seconds === undefined ? claims.exp * 1000 : nowMs() + Number(seconds) * 1000
    const [first, rest] = byUser ? [head('AssumeRole'), end('AssumeRole')] : [HEAD, END]
    return `${first}${accessKeyId}${SECRET}${SESSION_TOKEN}${TAIL}${new Date(endsMs).toISOString()}${rest}`
  }

  function touch(request: IncomingMessage, response: ServerResponse): void {
    const session = sessions.find(({ accessKeyId }) => accessKeyId === keyIdOf(request))
    const code = session === undefined || session.revoked ? 'InvalidAccessKeyId' : 'InvalidTokenId'
    response.writeHead(403, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`)
  }

  function revoke(request: IncomingMessage, response: ServerResponse): void {
    const caller = sessions.find(({ accessKeyId }) => accessKeyId === keyIdOf(request))
    for (const session of sessions) session.revoked ||= session.sub === caller?.sub
    response.writeHead(caller === undefined ? 403 : 204).end()
  }

  const server = createServer((request, response) => {
    if (request.url?.startsWith('/minio/admin/v3/revoke-tokens/')) return revoke(request, response)
    if (request.method !== 'POST') return touch(request, response)
    let form = ''
    request.setEncoding('latin1')
    request.on('data', (piece: string) => {
      form += piece
    })
    request.on('end', () => {
      last = form
      void sts(form, response)
    })
  })
  server.keepAliveTimeout = 60_000
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  // A TCP server that listens has an address.
  const { port } = server.address() as AddressInfo
  const stop = async () => {
    server.closeAllConnections()
    server.close()
  }
  return {
    endpoint: `http://127.0.0.1:${port}`,
    sessions,
    calls: () => calls,
    lastForm: () => new URLSearchParams(last),
    setFault(next, times = Number.POSITIVE_INFINITY) {
      fault = next
      left = times
    },
    asked: (atLeast) =>
      calls >= atLeast ? Promise.resolve() : new Promise((resolve) => waiters.push({ atLeast, resolve })),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function claimsOf(token: string): { readonly sub: string; readonly exp: number } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

function keyIdOf(request: IncomingMessage): string {
  return /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

// As a program: `node test/support/fake-sts.ts`, for a benchmark that must not share its event loop.
if (process.argv[1] === import.meta.filename) {
  const { endpoint } = await startFakeSts({ ledger: false })
  console.log(endpoint)
}
