import type { SignIn } from '../schema/protected-resource.ts'
import { adminResource, PROTECTED_RESOURCE, PROTECTED_RESOURCE_PATH } from '../schema/protected-resource.ts'
import { limitedFetch } from './limited-fetch.ts'
import { LoginError } from './login-error.ts'

/** Where and as which client a person signs in for one server. */
export type SignInFacts = SignIn & { readonly issuer: string }

export type SignInOverrides = {
  readonly issuer: string | null
  readonly clientId: string | null
  readonly scopes: readonly string[]
}

/** The origin of a server that a token may be sent to: https, or http on this machine. Throws LoginError `usage`. */
export function serverOrigin(text: string): string {
  if (!URL.canParse(text))
    throw new LoginError('usage', 'the server is a URL such as https://stint.example.com')
  const { origin, protocol, hostname, username, password, pathname, search, hash } = new URL(text)
  if (username !== '' || password !== '' || pathname !== '/' || search !== '' || hash !== '')
    throw new LoginError(
      'usage',
      'the server is an origin such as https://stint.example.com: no user, path or query',
    )
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return origin
  throw new LoginError('usage', 'a token is sent over https, or to this machine')
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.[0-9]+){3}$/.test(hostname)
}

/**
 * Asks a server how its administrators sign in (RFC 9728). A server that calls itself by another name is refused
 * (RFC 9728 §3.3): what it says is about that name. Throws LoginError `unavailable`, `metadata`.
 */
export async function askSignIn(
  server: string,
  overrides: SignInOverrides,
  fetch: typeof globalThis.fetch,
): Promise<SignInFacts> {
  const found = PROTECTED_RESOURCE.safeParse(await ask(`${server}${PROTECTED_RESOURCE_PATH}`, fetch))
  if (!found.success)
    throw new LoginError('metadata', 'the server does not say how its administrators sign in')
  const { resource, authorization_servers: issuers, stint_sign_in: signIn } = found.data
  if (resource !== adminResource(server)) {
    const own = URL.canParse(resource) ? ` ${new URL(resource).origin}` : ' something else'
    throw new LoginError('metadata', `the server calls itself${own}; name it so`)
  }
  const clientId = overrides.clientId ?? signIn?.client_id
  if (clientId === undefined || signIn === null)
    throw new LoginError(
      'metadata',
      'the server names no client for people (STINT_ADMIN_CLIENT_ID); bring a token: --token-file, STINT_ADMIN_TOKEN',
    )
  const issuer = overrides.issuer ?? issuers[0] ?? ''
  const { protocol, hostname } = new URL(issuer)
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname)))
    throw new LoginError('metadata', 'the identity provider is not reached over https')
  return {
    ...signIn,
    client_id: clientId,
    issuer,
    scopes: [...new Set([...signIn.scopes, ...overrides.scopes])],
  }
}

async function ask(url: string, fetch: typeof globalThis.fetch): Promise<unknown> {
  const options = {
    method: 'GET',
    headers: { accept: 'application/json' },
    body: undefined,
    redirect: 'manual',
  } as const
  const response = await limitedFetch(fetch)(url, options).catch((cause: unknown) => {
    throw new LoginError('unavailable', `no answer from ${new URL(url).origin}`, { cause })
  })
  if (response.status === 404)
    throw new LoginError('metadata', 'the server does not say how its administrators sign in')
  if (response.status !== 200)
    throw new LoginError('unavailable', `${new URL(url).origin} answered ${response.status}`)
  return response.json().catch(() => null)
}
