import type { RequestId } from '../ids.ts'
import type { Actor, Door, Source } from './audit-event.ts'

/** Events of the page's sessions. A token of an identity provider is in none of them, and no cookie. */
export const SIGN_IN_EVENT_TYPES = ['admin.signed_in', 'admin.signed_out'] as const

type Of = {
  readonly request: RequestId
  readonly door: Door
  readonly source: Source
  readonly actor: Actor
  /** Which session, so that its beginning and its end are found together; nobody can use it. */
  readonly session: string
}

export type SignInEvent =
  | (Of & {
      readonly type: 'admin.signed_in'
      /** When the person authenticated at the provider (OIDC Core §2, `auth_time`); null: it did not say. */
      readonly authTime: string | null
      /** How, in the provider's words (`acr`), at most 128 characters. */
      readonly acr: string | null
      readonly roles: readonly string[]
    })
  | (Of & { readonly type: 'admin.signed_out' })
