import { Hono } from 'hono'
import type { SignIn } from '../schema/protected-resource.ts'
import { adminResource, PROTECTED_RESOURCE_PATH } from '../schema/protected-resource.ts'
import type { Env } from './context.ts'

export type SignInFacts = { readonly issuer: string; readonly signIn: SignIn | null }

/** RFC 9728 metadata of the admin API: whose tokens it takes, and how a person gets one. It holds no secret. */
export function protectedResourceDoor(publicUrl: string, { issuer, signIn }: SignInFacts): Hono<Env> {
  const body = JSON.stringify({
    resource: adminResource(publicUrl),
    resource_name: 'Stint administration',
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
    ...(signIn === null ? {} : { scopes_supported: signIn.scopes }),
    stint_sign_in: signIn,
  })
  return new Hono<Env>().get(PROTECTED_RESOURCE_PATH, (c) =>
    c.body(body, 200, { 'content-type': 'application/json', 'cache-control': 'no-store' }),
  )
}

/** The challenge of a 401 at the admin door: RFC 6750 §3 with the address of this metadata (RFC 9728 §5.1). */
export function bearerChallenge(publicUrl: string): string {
  return `Bearer resource_metadata="${publicUrl}${PROTECTED_RESOURCE_PATH}"`
}
