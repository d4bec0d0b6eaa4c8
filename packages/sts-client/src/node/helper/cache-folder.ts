import type { Env } from '../sources/source.ts'

/** Where sessions are kept. The XDG specification says that a relative path is to be ignored. */
export function cacheFolder(env: Env): string {
  const xdg = env['XDG_CACHE_HOME']
  const home = env['HOME'] || env['USERPROFILE'] || process.getBuiltinModule('node:os').homedir()
  return `${xdg?.startsWith('/') ? xdg : `${home}/.cache`}/stint/credentials`
}
