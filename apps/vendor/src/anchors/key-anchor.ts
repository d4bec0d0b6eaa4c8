import { open, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { VendorError } from '../errors.ts'
import { SIGNED_FILE } from '../key-file.ts'
import type { Anchor } from '../ports.ts'

/**
 * The checkpoint that was signed last, in a file of its own beside the keys of the data folder (a key that somebody gives
 * may lie where nothing can be written). A database that was changed behind the back of the service, or put back without
 * the rest, is refused by it before the key signs what it says now. Whoever can write the whole folder can write this
 * file, too: it takes the place of no anchor.
 */
export function createKeyAnchor(dataFolder: string): Anchor {
  const path = join(dataFolder, SIGNED_FILE)
  const name = basename(path)
  const fail = (cause: unknown) => new VendorError('anchor_unavailable', { cause, facts: { anchor: name } })
  return {
    name,
    isOwn: true,
    async read(origin) {
      try {
        const note = await readFile(path, 'utf8')
        return note.startsWith(`${origin}\n`) ? [{ note, size: Number(note.split('\n')[1]) }] : []
      } catch (cause) {
        if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return []
        throw fail(cause)
      }
    },
    async write({ note }) {
      try {
        await writeFile(`${path}.new`, note, { mode: 0o600, flush: true })
        await rename(`${path}.new`, path)
        await using folder = await open(dirname(path), 'r')
        await folder.sync()
      } catch (cause) {
        throw fail(cause)
      }
    },
  }
}
