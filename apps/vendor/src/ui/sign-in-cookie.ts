import type { SignInSecrets } from '../ports.ts'

export type SignInCookies = {
  /** A new sign-in that leads to that path of ours, as a cookie value. */
  begin(to: string): { readonly cookie: string; readonly secrets: SignInSecrets }
  /** What a cookie of ours was begun with; null where it is not one, or too old. */
  read(cookie: string): { readonly to: string; readonly secrets: SignInSecrets } | null
}

const LIFE_MS = 10 * 60_000
const ID_BYTES = 24

/**
 * A sign-in under way is a cookie and nothing here, so that nobody fills a table by beginning a million of them. State,
 * nonce and PKCE verifier are derived from its random id by a key of this process; the cookie is bound by the same.
 */
export function createSignInCookies(deps: {
  readonly nowMs: () => number
  readonly randomBytes: (length: number) => Uint8Array
  /** HMAC-SHA-256 by this process's key, hex. */
  readonly mac: (text: string) => string
  readonly sameText: (a: string, b: string) => boolean
}): SignInCookies {
  const { mac, sameText } = deps
  const secretsOf = (id: string): SignInSecrets => ({
    state: mac(`state ${id}`),
    nonce: mac(`nonce ${id}`),
    verifier: mac(`verifier ${id}`),
  })
  const bound = (id: string, at: string, to: string) => mac(`cookie ${id} ${at} ${to}`)
  return {
    begin(to) {
      const id = Buffer.from(deps.randomBytes(ID_BYTES)).toString('base64url')
      const at = String(deps.nowMs())
      const cookie = [id, at, Buffer.from(to).toString('base64url'), bound(id, at, to)].join('.')
      return { cookie, secrets: secretsOf(id) }
    },
    read(cookie) {
      const [id = '', at = '', encoded = '', tag = ''] = cookie.split('.')
      const to = Buffer.from(encoded, 'base64url').toString('utf8')
      const age = deps.nowMs() - Number(at)
      const isOurs = sameText(tag, bound(id, at, to))
      return isOurs && age >= 0 && age < LIFE_MS ? { to, secrets: secretsOf(id) } : null
    },
  }
}

/** One or two dots as a segment, which browsers take for a way up, written out or not. */
const WAY_UP = /(?:^|[/\\])(?:\.|%2e){1,2}(?:[/\\?#]|$)/i

/** A path below `/ui` that a sign-in may lead back to; anything else is the overview. */
export function pathBack(text: string | null): string {
  const isPath = text !== null && text.length <= 1024 && /^\/(?!\/)[\w/.:@~?&=%+,-]*$/.test(text)
  return isPath && !WAY_UP.test(text) ? text : ''
}
