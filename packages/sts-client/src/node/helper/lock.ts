import { codeOf, removeCacheFile } from './cache-file.ts'

const fs = process.getBuiltinModule('node:fs')

/** Longer than a holder can take: every step of an exchange has a deadline. */
const LONGEST_MS = 60_000

/** Takes the lock, or null where somebody holds it. Release removes it, unless somebody took it over. */
export function tryLock(path: string): (() => void) | null {
  const mine = `${process.pid} ${process.hrtime.bigint()}`
  try {
    fs.writeFileSync(path, mine, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return null
    throw error
  }
  return () => {
    if (textOf(path) === mine) removeCacheFile(path)
  }
}

/**
 * Removes a lock whose holder died or hangs. Two may see the same dead lock: it is renamed first, and who finds that he
 * renamed the lock of somebody alive puts it back. Where even that goes wrong two exchanges run at once, and both are
 * right.
 */
export function clearStaleLock(path: string, nowMs: number): void {
  const seen = textOf(path)
  if (seen === null || !isStale(path, { text: seen, nowMs })) return
  const aside = `${path}.${process.pid}.stolen`
  try {
    fs.renameSync(path, aside)
  } catch {
    return
  }
  if (textOf(aside) !== seen) putBack(aside, path)
  removeCacheFile(aside)
}

function putBack(aside: string, path: string): void {
  try {
    fs.linkSync(aside, path)
  } catch {
    // Somebody took the lock meanwhile: then it is theirs.
  }
}

function isStale(path: string, { text, nowMs }: { readonly text: string; readonly nowMs: number }): boolean {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return false
  // A clock that was set back makes a lock look new for ever, so a lock of the future is none either.
  if (Math.abs(nowMs - stat.mtimeMs) > LONGEST_MS) return true
  const pid = Number(text.split(' ')[0])
  // An empty file is a lock in the moment of its making.
  return Number.isInteger(pid) && pid > 0 && !isAlive(pid)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}

function textOf(path: string): string | null {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
