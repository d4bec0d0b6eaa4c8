import { StsClientError } from './errors.ts'

/**
 * Reads a base URL that a token will be sent to. Refuses what could send it elsewhere or in the clear: another scheme
 * than https (http to a loopback address passes; to others only with `allowInsecureRequests`), user information, a
 * query, a fragment. Throws StsClientError: options_invalid, insecure_server.
 */
export function parseServerUrl(text: string, options: { readonly allowInsecureRequests?: boolean }): URL {
  const url = parseSecureUrl(text, options)
  if (url.search !== '' || url.hash !== '') {
    throw new StsClientError('options_invalid', { detail: 'the server URL has a query or a fragment' })
  }
  return url
}

/** The same without the rule about query and fragment: for an endpoint that a platform names whole. */
export function parseSecureUrl(text: string, options: { readonly allowInsecureRequests?: boolean }): URL {
  const url = URL.parse(text)
  if (url === null)
    throw new StsClientError('options_invalid', { detail: 'the server is not an absolute URL' })
  if (url.username !== '' || url.password !== '') {
    throw new StsClientError('options_invalid', { detail: 'the server URL has user information' })
  }
  if (url.protocol === 'https:') return url
  if (url.protocol !== 'http:') {
    throw new StsClientError('options_invalid', { detail: 'the server URL is neither https nor http' })
  }
  if (options.allowInsecureRequests || isLoopback(url.hostname)) return url
  throw new StsClientError('insecure_server')
}

/** URL has normalised the host already: every spelling of an IPv4 address is four decimal numbers here. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.[0-9]+\.[0-9]+\.[0-9]+$/.test(hostname)
}
