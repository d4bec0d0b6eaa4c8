import { tokenRevocation } from 'openid-client'
import type { KeptLogin } from './keep.ts'
import { openProvider } from './provider.ts'

/** Ends a refresh token at its provider (RFC 7009); false where that could not be done. */
export async function revokeRefreshToken(
  { issuer, client_id: clientId, refresh }: KeptLogin,
  io: { readonly fetch: typeof globalThis.fetch; readonly skewSeconds: number },
): Promise<boolean> {
  if (refresh === null) return true
  try {
    const { fetch, skewSeconds } = io
    const config = await openProvider({ issuer, clientId, fetch, skewSeconds })
    if (config.serverMetadata().revocation_endpoint === undefined) return false
    await tokenRevocation(config, refresh, { token_type_hint: 'refresh_token' })
    return true
  } catch {
    return false
  }
}
