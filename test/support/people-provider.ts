import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type Adapter, type AdapterPayload, type Configuration, errors } from 'oidc-provider'

export type PeopleProvider = AsyncDisposable & {
  readonly issuer: string
  /** Requests by path. */
  readonly requests: ReadonlyMap<string, number>
  stop(): Promise<void>
}

export type PeopleOptions = {
  /** Left out: any. */
  readonly port?: number
  readonly clientId: string
  /** Audiences that the client may have access tokens for. */
  readonly audiences: readonly string[]
  readonly accessTokenSeconds?: number
  /** What access tokens say of their audience, over what was asked for. */
  readonly spoiltAudience?: string
  /** A second client, a web application that people sign in to by the code flow: the page. */
  readonly page?: { readonly clientId: string; readonly redirectUri: string; readonly secret?: string }
  readonly device?: boolean
  readonly refresh?: boolean
}

/**
 * A real `oidc-provider` on 127.0.0.1 where people sign in: any name with any password. Its client is a native
 * application (RFC 8252): public, PKCE, a loopback redirect at any port, and the device flow.
 */
export async function startPeopleProvider(options: PeopleOptions): Promise<PeopleProvider> {
  const server = createServer()
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  // A TCP server that listens has an address.
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, configurationOf(options))
  const requests = new Map<string, number>()
  const handle = provider.callback()
  server.on('request', (request, response) => {
    const path = new URL(request.url ?? '/', issuer).pathname
    requests.set(path, (requests.get(path) ?? 0) + 1)
    void handle(request, response)
  })
  const stop = async () => {
    server.closeAllConnections()
    server.close()
  }
  return { issuer, requests, stop, [Symbol.asyncDispose]: stop }
}

const HOUR = 3600

function configurationOf(options: PeopleOptions): Configuration {
  const { clientId, audiences, accessTokenSeconds = 600, device = true, refresh = true } = options
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const grants = [
    'authorization_code',
    ...(device ? ['urn:ietf:params:oauth:grant-type:device_code'] : []),
    ...(refresh ? ['refresh_token'] : []),
  ]
  return {
    adapter: memoryAdapters(),
    jwks: {
      keys: [
        { ...privateKey.export({ format: 'jwk' }), kty: 'RSA', use: 'sig', alg: 'RS256', kid: 'people-1' },
      ],
    },
    // Its own such functions warn at the first use of each.
    ttl: { Interaction: HOUR, Session: HOUR, Grant: HOUR, AccessToken: HOUR, IdToken: HOUR },
    cookies: { keys: ['only-for-the-loopback-provider'] },
    scopes: refresh ? ['openid', 'offline_access'] : ['openid'],
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        grant_types: grants,
        response_types: ['code'],
        redirect_uris: ['http://127.0.0.1/callback'],
      },
      ...(options.page === undefined ? [] : [pageClient(options.page)]),
    ],
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: device },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => {
          if (!audiences.includes(resource)) throw new errors.InvalidTarget()
          return {
            scope: '',
            audience: options.spoiltAudience ?? resource,
            accessTokenTTL: accessTokenSeconds,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }
        },
      },
    },
  }
}

function pageClient({ clientId, redirectUri, secret }: NonNullable<PeopleOptions['page']>) {
  return {
    client_id: clientId,
    ...(secret === undefined
      ? { token_endpoint_auth_method: 'none' as const }
      : { client_secret: secret, token_endpoint_auth_method: 'client_secret_basic' as const }),
    grant_types: ['authorization_code'],
    response_types: ['code' as const],
    redirect_uris: [redirectUri],
  }
}

/** A memory for each kind of thing; sessions are found by uid, device codes by what a person types. */
function memoryAdapters() {
  const kinds = new Map<string, Map<string, AdapterPayload>>()
  return (kind: string): Adapter => {
    const kept = kinds.get(kind) ?? new Map<string, AdapterPayload>()
    kinds.set(kind, kept)
    const where = (member: 'uid' | 'userCode', value: string) =>
      [...kept.values()].find((payload) => payload[member] === value)
    return {
      upsert: async (id, payload) => void kept.set(id, payload),
      find: async (id) => kept.get(id),
      findByUid: async (uid) => where('uid', uid),
      findByUserCode: async (code) => where('userCode', code),
      consume: async (id) => {
        const found = kept.get(id)
        if (found !== undefined) found.consumed = Math.floor(Date.now() / 1000)
      },
      destroy: async (id) => void kept.delete(id),
      revokeByGrantId: async (grant) => {
        for (const [id, payload] of kept) if (payload.grantId === grant) kept.delete(id)
      },
    }
  }
}
