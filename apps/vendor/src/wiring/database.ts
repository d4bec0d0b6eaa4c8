import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Settings } from '../config.ts'
import { PLACES } from '../places.ts'

const MIGRATIONS = fileURLToPath(PLACES.migrations)

/** A database of the data folder, and the folder of what brings it up to date. */
export function databaseOf(
  { dataFolder }: Pick<Settings, 'dataFolder'>,
  name: 'audit' | 'session' | 'config' | 'access',
): { readonly path: string; readonly migrations: string } {
  return { path: join(dataFolder, `${name}.db`), migrations: `${MIGRATIONS}${name}` }
}
