import type { Site } from './site.ts'

/** Nothing is loaded, run, framed or sent but what this server has in files of its own. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** Headers of every page. `same-origin`: with less, browsers hide the Origin of our own forms from us. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
} as const

/** A cookie of this host alone that no script reads; `null` ends it. */
export function setCookie(
  site: Site,
  of: { readonly name: string; readonly value: string | null; readonly maxAgeSeconds?: number },
): string {
  const parts = [`${of.name}=${of.value ?? ''}`, 'Path=/', 'HttpOnly', 'SameSite=Lax']
  if (site.isSecure) parts.push('Secure')
  if (of.value === null) parts.push('Max-Age=0')
  else if (of.maxAgeSeconds !== undefined) parts.push(`Max-Age=${of.maxAgeSeconds}`)
  return parts.join('; ')
}

/** The value of a cookie; null where it is not sent, or sent twice: whoever can add one must not choose. */
export function cookieOf(header: string | undefined, name: string): string | null {
  const found = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
  return found.length === 1 ? (found[0]?.slice(name.length + 1) ?? null) : null
}
