import { parseArgs } from 'node:util'
import type { CommandIo } from '../cli/io.ts'
import type { Sha256 } from '../domain/session-name.ts'
import { PACKS } from './packs.ts'
import { restoreBackup } from './restore.ts'
import { takeBackup } from './take.ts'

const USAGE = `usage: stint backup <folder> --data FOLDER
       stint restore <backup> --data FOLDER

  backup   copies a data folder, while a service runs on it, into a folder that is empty or not there
  restore  makes a data folder of a backup, where there is none; a service that runs elsewhere knows nothing of it

  --data   the data folder; left out: STINT_DATA
`

/** What the machine adds to a command's world. */
export type BackupWorld = {
  readonly uid: number | null
  readonly stint: string
  readonly sha256: Sha256
}

const [OK, USAGE_EXIT] = [0, 2]

/** `stint backup` and `stint restore`: on the machine of the data folder, as its user, speaking to no server. */
export async function backupCommand(
  command: 'backup' | 'restore',
  argv: readonly string[],
  io: CommandIo & BackupWorld,
): Promise<number> {
  const parsed = read(argv)
  const [folder, ...more] = parsed?.positionals ?? []
  const data = parsed?.values.data ?? io.env['STINT_DATA']
  if (folder === undefined || more.length > 0 || data === undefined || data === '') {
    io.stderr(USAGE)
    return USAGE_EXIT
  }
  const progress = (line: string) => io.stderr(`${line}\n`)
  const { sha256, uid, stint, now } = io
  const manifest =
    command === 'backup'
      ? await takeBackup({ data, into: folder, stint, now, sha256, uid, progress })
      : await restoreBackup({ from: folder, data, sha256, progress })
  const { configuration, audit, at, files } = manifest
  const packs = Object.keys(files).filter((name) => name.startsWith(`${PACKS}/`)).length
  const what = command === 'backup' ? 'backed up' : 'restored, as of'
  io.stdout(
    `${what} ${at}: generation ${configuration.generation}, ${audit.seq} events, ${packs} evidence packs\n`,
  )
  return OK
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: { data: { type: 'string' } } })
  } catch {
    return null
  }
}
