import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const MOST_BYTES = 512 * 1024 * 1024

/**
 * A `.tar.gz` of a folder that depends on its content and on nothing else: names in order, one time, no owner, modes
 * only as far as a file can be run. With GNU tar, because others have no words for that.
 */
export async function writeArchive(of: {
  readonly out: string
  readonly name: string
  readonly archive: string
  readonly atSeconds: number
}): Promise<void> {
  const args = ['--format=ustar', '--sort=name', `--mtime=@${of.atSeconds}`, '--owner=0', '--group=0']
  const modes = ['--numeric-owner', '--mode=u=rwX,go=rX', '-cf', '-', '-C', of.out, of.name]
  const { stdout } = await promisify(execFile)('tar', [...args, ...modes], {
    encoding: 'buffer',
    maxBuffer: MOST_BYTES,
  })
  // zlib's own header has no name and no time.
  await writeFile(of.archive, await promisify(gzip)(stdout, { level: 9 }))
}
