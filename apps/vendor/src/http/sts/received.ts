import type { Context } from 'hono'
import type { ReceivedRequest } from '../../domain/sigv4.ts'
import type { Env } from '../context.ts'

/** The query as it was sent, and not as the framework's URL writes it. */
export function rawQuery(c: Context<Env>): string {
  const url = target(c)
  const at = url.indexOf('?')
  return at === -1 ? '' : url.slice(at + 1)
}

/**
 * The request as a signature covers it: the path and the host that arrived, every header that came, and the parameters as
 * they were read, so that what is verified is what is done.
 */
export function receivedRequest(c: Context<Env>, query: URLSearchParams, body: string): ReceivedRequest {
  const path = target(c).split('?', 1)[0] ?? ''
  return { method: c.req.method, path, query: [...query], headers: headersOf(c), body }
}

function headersOf(c: Context<Env>): ReceivedRequest['headers'] {
  const raw = c.env?.incoming?.rawHeaders ?? [...c.req.raw.headers].flat()
  const found = new Map<string, string[]>()
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]?.toLowerCase() ?? ''
    const value = raw[at + 1] ?? ''
    const known = found.get(name)
    if (known === undefined) found.set(name, [value])
    else known.push(value)
  }
  return found
}

/** What stands in the request line; with a whole URL in it, its path and query. */
function target(c: Context<Env>): string {
  const url = c.env?.incoming?.url ?? c.req.url
  return url.startsWith('/') ? url : url.replace(/^[a-z]+:\/\/[^/?]*/i, '')
}
