import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type Adapter, type AdapterPayload } from 'oidc-provider'
import * as client from 'openid-client'

/** Who can get tokens of the provider, and what its tokens say of it: one client is one CI run, or one person. */
export type ProviderClient = {
  readonly id: string
  /** Claims beside the registered ones. */
  readonly claims: Readonly<Record<string, string>>
}

export type RunningProvider = AsyncDisposable & {
  readonly issuer: string
  /** A JWT access token for that audience, got by openid-client with the client's own secret. */
  token(clientId: string, audience: string): Promise<string>
  stop(): Promise<void>
}

export const CLIENT_SECRET = 'only-for-the-loopback-provider'
const TOKEN_SECONDS = 300

/**
 * Starts a real `oidc-provider` on 127.0.0.1. It issues JWT access tokens by client credentials (typ `at+jwt`, RFC 9068),
 * as a machine gets one; `sub` is the client's id.
 */
export async function startOidcProvider(options: {
  readonly port?: number
  readonly clients: readonly ProviderClient[]
}): Promise<RunningProvider> {
  const server = createServer()
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  // A TCP server that listens has an address.
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  const claimsOf = new Map(options.clients.map(({ id, claims }) => [id, claims] as const))
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const provider = new Provider(issuer, {
    adapter: () => memoryAdapter(),
    ttl: { ClientCredentials: TOKEN_SECONDS },
    jwks: {
      keys: [
        { ...privateKey.export({ format: 'jwk' }), kty: 'RSA', use: 'sig', alg: 'RS256', kid: 'provider-1' },
      ],
    },
    clients: options.clients.map(({ id }) => ({
      client_id: id,
      client_secret: CLIENT_SECRET,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          scope: '',
          audience: resource,
          accessTokenTTL: TOKEN_SECONDS,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: (_context, token) => ({ ...claimsOf.get(token.clientId ?? '') }),
  })
  server.on('request', provider.callback())
  const stop = async () => {
    server.closeAllConnections()
    server.close()
  }
  return {
    issuer,
    async token(clientId, audience) {
      const execute = [client.allowInsecureRequests]
      const found = await client.discovery(new URL(issuer), clientId, CLIENT_SECRET, undefined, { execute })
      return (await client.clientCredentialsGrant(found, { resource: audience })).access_token
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Keeps what the provider stores for as long as the process lives; its own such adapter warns at each start. */
function memoryAdapter(): Adapter {
  const kept = new Map<string, AdapterPayload>()
  const find = async (id: string) => kept.get(id)
  return {
    upsert: async (id, payload) => void kept.set(id, payload),
    find,
    findByUid: find,
    findByUserCode: find,
    consume: async () => undefined,
    destroy: async (id) => void kept.delete(id),
    revokeByGrantId: async () => undefined,
  }
}
