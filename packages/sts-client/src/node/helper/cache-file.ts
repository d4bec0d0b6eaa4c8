import { StsClientError } from '../../errors.ts'

/**
 * Files that only this user may read or write, in one folder that only this user may enter. What could have been read or
 * written by others is refused aloud, never used and never mended: who finds it wants to know.
 */

const fs = process.getBuiltinModule('node:fs')
/** Where there are no modes and no user ids (Windows), the folder is the user's own by its place. */
const uid = process.getuid?.()
const MAX_BYTES = 64 * 1024

/** Makes the folder (0700) or checks the one that is there. Throws StsClientError `cache_unsafe`. */
export function makeCacheFolder(folder: string): void {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  checkFolder(folder)
}

/** The text of a file, or null where there is none. Throws StsClientError `cache_unsafe`. */
export function readCacheFile(folder: string, name: string): string | null {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants
  let file: number
  try {
    file = fs.openSync(`${folder}/${name}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null
    // O_NOFOLLOW's answer to a symbolic link.
    throw unsafe(`${folder}/${name}`, codeOf(error) === 'ELOOP' ? 'is a symbolic link' : 'cannot be read')
  }
  try {
    checkFolder(folder)
    const stat = fs.fstatSync(file)
    if (!stat.isFile()) throw unsafe(`${folder}/${name}`, 'is no file')
    checkOwner(`${folder}/${name}`, stat)
    return stat.size > MAX_BYTES ? null : fs.readFileSync(file, 'utf8')
  } finally {
    fs.closeSync(file)
  }
}

/** Replaces a file in one step: a reader sees the old text or the new one. */
export function writeCacheFile(folder: string, name: string, text: string): void {
  const temporary = `${folder}/${name}.${process.pid}.${process.hrtime.bigint()}.tmp`
  // `wx` is O_CREAT | O_EXCL: what stands there already, a symbolic link too, is not written through.
  fs.writeFileSync(temporary, text, { flag: 'wx', mode: 0o600 })
  try {
    fs.renameSync(temporary, `${folder}/${name}`)
  } catch (error) {
    removeCacheFile(temporary)
    throw error
  }
}

/** Removes what is older than any session: secrets of roles that nobody asks for any more, and pieces of killed helpers. */
export function sweepCacheFolder(folder: string, olderThanMs: number): void {
  for (const name of fs.readdirSync(folder)) {
    const path = `${folder}/${name}`
    const stat = fs.lstatSync(path, { throwIfNoEntry: false })
    if (stat !== undefined && /\.(json|failed|lock|tmp|stolen)$/.test(name) && stat.mtimeMs < olderThanMs)
      removeCacheFile(path)
  }
}

export function removeCacheFile(path: string): void {
  fs.rmSync(path, { force: true })
}

/** Throws StsClientError `cache_unsafe` unless it is a folder of this user that nobody else may enter. */
export function checkFolder(folder: string): void {
  const stat = fs.lstatSync(folder)
  if (!stat.isDirectory()) throw unsafe(folder, 'is no folder of its own')
  checkOwner(folder, stat)
}

function checkOwner(path: string, stat: { readonly uid: number; readonly mode: number }): void {
  if (uid === undefined) return
  if (stat.uid !== uid) throw unsafe(path, 'belongs to another user')
  if ((stat.mode & 0o077) !== 0) throw unsafe(path, `has mode ${(stat.mode & 0o777).toString(8)}`)
}

function unsafe(path: string, why: string): StsClientError {
  return new StsClientError('cache_unsafe', { detail: `${path} ${why}` })
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
