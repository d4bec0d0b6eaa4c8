import { getPath } from 'hono/utils/url'

/**
 * The path of a request as the doors are registered: without the path of our public URL, where there is one. A proxy that
 * takes it off itself is served as well; a signature, though, covers the path that arrived.
 */
export function pathUnder(publicUrl: string): (request: Request) => string {
  const prefix = prefixOf(publicUrl)
  return prefix === '' ? getPath : (request) => withoutPrefix(getPath(request), prefix)
}

/** The path of our public URL, without a slash at its end. */
export function prefixOf(publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/$/, '')
}

export function withoutPrefix(path: string, prefix: string): string {
  if (prefix === '') return path
  if (path === prefix) return '/'
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path
}
