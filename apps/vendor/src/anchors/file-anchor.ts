import { open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { VendorError } from '../errors.ts'
import type { Anchor, Anchored, Clock } from '../ports.ts'

/** How much of the end of the file is read back: some thousand checkpoints. */
const TAIL_BYTES = 1024 * 1024

/**
 * A file that is only ever appended to, a line a checkpoint: `{"at":…,"note":…,"size":…}`. It is worth something where
 * whoever can write the data folder cannot rewrite it: another machine's share, or `chattr +a`. A last line that was cut
 * by a crash counts as not there.
 */
export function createFileAnchor(path: string, clock: Clock): Anchor {
  const name = `file:${path}`
  const fail = (cause: unknown) => new VendorError('anchor_unavailable', { cause, facts: { anchor: name } })
  return {
    name,
    async newest(origin) {
      try {
        return await newestLine(path, origin)
      } catch (cause) {
        if (codeOf(cause) === 'ENOENT') return null
        throw fail(cause)
      }
    },
    async write({ size, note }) {
      try {
        const isNew = (await stat(path).catch(() => null)) === null
        await using file = await open(path, 'a', 0o600)
        // A line that a crash cut short is closed first, so that it spoils nothing but itself.
        const broken = isNew || (await endsWhole(path)) ? '' : '\n'
        const line = JSON.stringify({ at: new Date(clock.nowMs()).toISOString(), note, size })
        await file.appendFile(`${broken}${line}\n`)
        await file.datasync()
        if (isNew) await syncFolder(dirname(path))
      } catch (cause) {
        throw fail(cause)
      }
    },
  }
}

async function newestLine(path: string, origin: string): Promise<Anchored | null> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  const from = Math.max(0, size - TAIL_BYTES)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from)
  const lines = buffer.subarray(0, bytesRead).toString().split('\n').slice(0, -1)
  return lines.map(readLine).findLast((one) => one?.note.startsWith(`${origin}\n`) === true) ?? null
}

function readLine(line: string): Anchored | null {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null || !('note' in value) || !('size' in value)) return null
    const { note, size } = value
    return typeof note === 'string' && typeof size === 'number' ? { note, size } : null
  } catch {
    return null
  }
}

async function endsWhole(path: string): Promise<boolean> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  if (size === 0) return true
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === 0x0a
}

async function syncFolder(folder: string): Promise<void> {
  await using directory = await open(folder, 'r')
  await directory.sync()
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
}
