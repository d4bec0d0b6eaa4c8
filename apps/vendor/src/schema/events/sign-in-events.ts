import { actor, event, instant, request, text, texts } from './parts.ts'

const session = { ...request, actor, session: text }

/** Sessions of the page. */
export const SIGN_IN_EVENTS = {
  'admin.signed_in': event('admin.signed_in', 'a person signed in at the page', {
    ...session,
    authTime: instant.nullable(),
    acr: text.nullable(),
    roles: texts,
  }),
  'admin.signed_out': event('admin.signed_out', 'a person signed out', session),
} as const
