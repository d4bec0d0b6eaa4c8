import { z } from 'zod'

/** RFC 9728 §3.1: where the metadata of the resource `<public URL>/v1/admin` stands. */
export const PROTECTED_RESOURCE_PATH = '/.well-known/oauth-protected-resource/v1/admin'
const ADMIN_PATH = '/v1/admin'

/** The resource identifier of the admin API under a public URL. */
export function adminResource(publicUrl: string): string {
  return `${publicUrl}${ADMIN_PATH}`
}

const SIGN_IN = z.object({
  client_id: z.string().min(1).max(255),
  /** What the admin door wants in `aud`. */
  audience: z.string().min(1).max(255),
  /** Which token of the answer is for the admin door. */
  token: z.enum(['access_token', 'id_token']),
  /** The request parameter by which the provider takes the audience, where it takes one. */
  audience_parameter: z.enum(['resource', 'audience']).nullable(),
  scopes: z.array(z.string().max(128)).min(1).max(32),
})
export type SignIn = z.infer<typeof SIGN_IN>

/** RFC 9728 §2, as far as it is said and read here. `stint_sign_in` is our extension: what `stint login` needs to know. */
export const PROTECTED_RESOURCE = z.object({
  resource: z.string(),
  authorization_servers: z.array(z.url()).min(1).max(8),
  stint_sign_in: SIGN_IN.nullable().default(null),
})
