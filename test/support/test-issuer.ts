import type { KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { answerWithFault, type Fault } from './issuer-fault.ts'
import { compactJws, newSigningKey, type SigningAlgorithm, type SigningKey } from './jws.ts'

type Json = Readonly<Record<string, unknown>>
/** The two documents of an issuer (OIDC Discovery 1.0 §4; RFC 7517 §5). */
export type IssuerDocument = 'discovery' | 'jwks'

export type SignOptions = {
  /** Header members over the defaults `{ alg, typ: 'JWT', kid }`; `undefined` removes one. A string is taken as it is. */
  readonly header?: Json | string
  /** Signs instead of the issuer's first key: another key pair, or bytes for HS*. */
  readonly key?: SigningKey | KeyObject | Uint8Array
  /** The algorithm that really signs, where it must differ from the header's `alg`. */
  readonly signedBy?: string
}

/** A small OIDC issuer over node:http whose every answer can be spoiled while it runs. */
export type TestIssuer = AsyncDisposable & {
  /** The exact `iss`; also the base of both documents. */
  readonly url: string
  readonly configUrl: string
  readonly jwksUrl: string
  readonly port: number
  /** The first key: RS256 unless `alg` said otherwise. Published from the start. */
  readonly key: SigningKey
  /**
   * A compact JWT. Claims get `iss`, `iat` (now) and `exp` (now + 300 s) unless given; `undefined` removes one.
   * A string is taken as the payload as it is.
   */
  sign(claims: Json | string, options?: SignOptions): string
  /** Makes a key pair; published at once unless `published: false`. */
  addKey(
    alg: SigningAlgorithm,
    options?: { readonly kid?: string; readonly published?: boolean; readonly modulusBits?: number },
  ): Promise<SigningKey>
  /** Takes keys off the key set; tokens signed by them stay well signed. */
  removeKey(kid: string): void
  /** What the key set lists from now on: keys of ours, or JWKs as they are (malformed ones too). */
  setKeys(keys: readonly (SigningKey | Json)[]): void
  /** Members over the discovery document's defaults; `undefined` removes one. */
  setDiscovery(members: Json): void
  /** Spoils one document until `undefined` is set (which lets held requests go) or `times` answers are used up. */
  setFault(document: IssuerDocument, fault: Fault | undefined): void
  /** Requests seen so far, spoiled ones included. */
  count(document: IssuerDocument): number
  /** Bytes that went out on all connections since the start: what somebody was willing to read, and buffers. */
  sentBytes(): number
  /** Requests by path, for what should never be asked. */
  readonly requests: ReadonlyMap<string, number>
  /** Resolves when `count(document)` has reached `atLeast`. */
  requested(document: IssuerDocument, atLeast: number): Promise<void>
  /** Closes the port (connections are refused) and opens it again: an issuer that is down. */
  down(): Promise<void>
  up(): Promise<void>
  stop(): Promise<void>
}

export type TestIssuerOptions = {
  readonly alg?: SigningAlgorithm
  /** Path of the issuer below its origin, such as `/realms/a`. */
  readonly path?: string
  readonly port?: number
  /** The clock of `iat` and `exp`. */
  readonly now?: () => Date
}

/** Starts an issuer on 127.0.0.1; see {@link TestIssuer}. */
export async function startTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const { alg = 'RS256', path = '', now = () => new Date() } = options
  const key = await newSigningKey(alg, 'key-1')
  const http = await listen(options.port ?? 0)
  const url = `http://127.0.0.1:${http.port}${path}`
  const documents = issuerDocuments(url, key)
  const traffic = trafficOf({
    [`${path}/.well-known/openid-configuration`]: 'discovery',
    [`${path}/jwks`]: 'jwks',
  })
  http.handle((request, response) => {
    const document = traffic.record(request)
    if (document === undefined) return void response.writeHead(404).end()
    const body = () => JSON.stringify(documents.read(document))
    answerWithFault(response, body, traffic.takeFault(document))
  })
  const stop = async () => {
    traffic.releaseAll()
    await http.close()
  }
  return {
    url,
    configUrl: `${url}/.well-known/openid-configuration`,
    jwksUrl: `${url}/jwks`,
    port: http.port,
    key,
    ...documents.controls,
    ...traffic.controls,
    sentBytes: http.sentBytes,
    sign: (claims, how = {}) => signToken(withDefaults(claims, { iss: url, now: now() }), key, how),
    down: http.close,
    up: http.reopen,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function withDefaults(claims: Json | string, { iss, now }: { iss: string; now: Date }): Json | string {
  if (typeof claims === 'string') return claims
  const iat = Math.floor(now.getTime() / 1000)
  return { iss, iat, exp: iat + 300, ...claims }
}

function signToken(claims: Json | string, first: SigningKey, how: SignOptions): string {
  const given = how.key ?? first
  const isPair = 'privateKey' in given
  const alg = isPair ? given.alg : first.alg
  const kid = isPair ? given.kid : first.kid
  const asText = (part: Json | string) => (typeof part === 'string' ? part : JSON.stringify(part))
  const header = typeof how.header === 'string' ? how.header : { alg, typ: 'JWT', kid, ...how.header }
  const named = typeof header === 'string' ? alg : String(header['alg'] ?? alg)
  const signer = { alg: how.signedBy ?? named, key: isPair ? given.privateKey : given }
  return compactJws(asText(header), asText(claims), signer)
}

function issuerDocuments(url: string, first: SigningKey) {
  let keys: readonly Json[] = [first.jwk]
  let discovery: Json = {}
  let made = 1
  const defaults = {
    issuer: url,
    jwks_uri: `${url}/jwks`,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
  }
  const controls: Pick<TestIssuer, 'addKey' | 'removeKey' | 'setKeys' | 'setDiscovery'> = {
    async addKey(alg, { kid, published = true, modulusBits } = {}) {
      made += 1
      const key = await newSigningKey(alg, kid ?? `key-${made}`, modulusBits ? { modulusBits } : {})
      if (published) keys = [...keys, key.jwk]
      return key
    },
    removeKey(kid) {
      keys = keys.filter((jwk) => jwk['kid'] !== kid)
    },
    setKeys(next) {
      keys = next.map((key) => (isSigningKey(key) ? key.jwk : key))
    },
    setDiscovery(members) {
      discovery = members
    },
  }
  const read = (document: IssuerDocument) => (document === 'jwks' ? { keys } : { ...defaults, ...discovery })
  return { controls, read }
}

function isSigningKey(key: SigningKey | Json): key is SigningKey {
  // A test may publish anything, a number among the keys as well.
  return typeof key === 'object' && key !== null && 'privateKey' in key && 'jwk' in key
}

function trafficOf(paths: Readonly<Record<string, IssuerDocument>>) {
  const requests = new Map<string, number>()
  const faults = new Map<
    IssuerDocument,
    { readonly fault: Fault; used: number; release: () => void; held: Promise<void> }
  >()
  let waiting: readonly {
    readonly document: IssuerDocument
    readonly atLeast: number
    readonly done: () => void
  }[] = []
  const count = (document: IssuerDocument) =>
    Object.entries(paths).reduce(
      (sum, [path, of]) => sum + (of === document ? (requests.get(path) ?? 0) : 0),
      0,
    )
  const clear = (document: IssuerDocument) => {
    faults.get(document)?.release()
    faults.delete(document)
  }
  const controls: Pick<TestIssuer, 'requests' | 'count' | 'requested' | 'setFault'> = {
    requests,
    count,
    requested(document, atLeast) {
      if (count(document) >= atLeast) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting = [...waiting, { document, atLeast, done: resolve }]
      return promise
    },
    setFault(document, fault) {
      clear(document)
      const { promise, resolve } = Promise.withResolvers<void>()
      if (fault) faults.set(document, { fault, used: 0, release: resolve, held: promise })
    },
  }
  return {
    controls,
    record(request: IncomingMessage): IssuerDocument | undefined {
      const path = (request.url ?? '').split('?')[0] ?? ''
      requests.set(path, (requests.get(path) ?? 0) + 1)
      const ready = waiting.filter(({ document, atLeast }) => count(document) >= atLeast)
      waiting = waiting.filter((one) => !ready.includes(one))
      for (const { done } of ready) done()
      return paths[path]
    },
    takeFault(document: IssuerDocument) {
      const set = faults.get(document)
      if (!set || set.used >= (set.fault.times ?? Number.POSITIVE_INFINITY)) return undefined
      set.used += 1
      return { fault: set.fault, released: set.held }
    },
    releaseAll: () => (['discovery', 'jwks'] as const).forEach(clear),
  }
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

async function listen(wanted: number) {
  let handler: Handler = (_request, response) => void response.writeHead(503).end()
  let server: Server | undefined
  const sockets = new Set<Socket>()
  const open = async (port: number) => {
    const next = createServer((request, response) => handler(request, response))
    next.on('connection', (socket) => sockets.add(socket))
    next.listen(port, '127.0.0.1')
    await once(next, 'listening')
    server = next
    // A server that listens on TCP always has an AddressInfo.
    return (next.address() as AddressInfo).port
  }
  const port = await open(wanted)
  return {
    port,
    sentBytes: () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, 0),
    handle: (next: Handler) => {
      handler = next
    },
    async close() {
      const old = server
      server = undefined
      if (!old) return
      const closed = once(old, 'close')
      old.close()
      old.closeAllConnections()
      await closed
    },
    async reopen() {
      if (!server) await open(port)
    },
  }
}
