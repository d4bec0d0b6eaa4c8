/** Where the page is, as a browser sees it, and what its cookies are called. */
export type Site = {
  /** `https://stint.example.com`: what an Origin header must say. */
  readonly origin: string
  /** The absolute path of a page of ours, with a query; a member that is null or empty is left out. */
  to(path: string, query?: Query): string
  /** The whole address of the same. */
  urlOf(path: string): string
  readonly sessionCookie: string
  readonly signInCookie: string
  /** Whether cookies have `Secure`: without TLS, on this machine alone, they have not. */
  readonly isSecure: boolean
}

export type Query = Readonly<Record<string, string | number | null | undefined>>

/**
 * Reads the public URL. Browsers take a `__Host-` cookie only with `Secure` and from one host; over plain http, which
 * settings allow on a loopback address alone, they would drop it, so the name is another one there.
 */
export function siteOf(publicUrl: string): Site {
  const { origin, pathname, protocol } = new URL(publicUrl)
  const prefix = `${pathname.replace(/\/$/, '')}/ui`
  const isSecure = protocol === 'https:'
  const host = isSecure ? '__Host-' : 'insecure-'
  const to = (path: string, query: Query = {}) => {
    const pairs = Object.entries(query).flatMap(([name, value]) =>
      value === null || value === undefined || value === ''
        ? []
        : [[name, String(value)] as [string, string]],
    )
    const search = new URLSearchParams(pairs).toString()
    return `${prefix}${path}${search === '' ? '' : `?${search}`}`
  }
  return {
    origin,
    to,
    urlOf: (path) => `${origin}${prefix}${path}`,
    sessionCookie: `${host}stint`,
    signInCookie: `${host}stint-sign-in`,
    isSecure,
  }
}
