import { join } from 'node:path'

/** The folder of a user's logins, by the environment (XDG Base Directory); null where there is no home. */
export function loginFolder(env: Readonly<Record<string, string | undefined>>): string | null {
  const base = env['XDG_CONFIG_HOME'] || (env['HOME'] ? join(env['HOME'], '.config') : '')
  return base === '' ? null : join(base, 'stint', 'logins')
}
