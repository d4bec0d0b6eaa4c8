import { getPath } from 'hono/utils/url'

/**
 * The path of a request as the doors are registered: without the path of our public URL, where there is one. A proxy that
 * takes it off itself is served as well; a signature, though, covers the path that arrived.
 */
export function pathUnder(publicUrl: string): (request: Request) => string {
  const prefix = new URL(publicUrl).pathname.replace(/\/$/, '')
  if (prefix === '') return getPath
  return (request) => {
    const path = getPath(request)
    if (path === prefix) return '/'
    return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path
  }
}
