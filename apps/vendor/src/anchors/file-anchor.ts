import { constants, createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { VendorError } from '../errors.ts'
import type { Anchor, Anchored, Clock } from '../ports.ts'
import { type ChosenNotes, createChosenNotes, notesAbove } from './chosen-notes.ts'

/** No line of ours is longer, and what is longer is not kept in memory to find out. */
const MOST_LINE_BYTES = 16 * 1024
const NEWLINE = 0x0a
/** As `a+`, but for a file that is there. */
const APPEND_TO_IT = constants.O_RDWR | constants.O_APPEND

/**
 * A file that is only ever appended to, a line a checkpoint: `{"at":…,"note":…,"size":…}`. It is worth something where
 * whoever can write the data folder cannot rewrite it: another machine's share, or `chattr +a`. Whoever may append can
 * append old lines and junk, so it is read whole and no line counts by its place. A last line that was cut by a crash
 * counts as not there.
 */
export function createFileAnchor(path: string, clock: Clock): Anchor {
  const name = `file:${path}`
  /** So many it had when this process saw it last: it only grows. */
  let bytes = 0

  return {
    name,
    isOwn: false,
    async read(origin, above) {
      try {
        const found = await notesIn(
          path,
          origin,
          above === undefined ? createChosenNotes() : notesAbove(above),
        )
        bytes = Math.max(bytes, found.bytes)
        return found.notes
      } catch (cause) {
        if (codeOf(cause) === 'ENOENT') return []
        throw unavailable(name, cause)
      }
    },
    async write({ size, note }) {
      try {
        const isNew = bytes === 0
        // Where there was one it is not made anew: that would hide that somebody took it away.
        await using file = await open(path, isNew ? 'a+' : APPEND_TO_IT, 0o600)
        const before = (await file.stat()).size
        if (before < bytes)
          throw new VendorError('anchor_unavailable', { facts: { anchor: name, reason: 'shorter' } })
        // A line that a crash cut short is closed first, so that it spoils nothing but itself.
        const broken = (await endsWhole(file, before)) ? '' : '\n'
        const line = JSON.stringify({ at: new Date(clock.nowMs()).toISOString(), note, size })
        await file.appendFile(`${broken}${line}\n`)
        await file.datasync()
        if (isNew) await syncFolder(dirname(path))
        bytes = before + Buffer.byteLength(line)
      } catch (cause) {
        throw cause instanceof VendorError ? cause : unavailable(name, cause)
      }
    },
  }
}

function unavailable(anchor: string, cause: unknown): VendorError {
  const code = codeOf(cause)
  return new VendorError('anchor_unavailable', {
    cause,
    facts: { anchor, ...(code === 'ENOENT' ? { reason: 'gone' } : {}) },
  })
}

type Found = { readonly notes: readonly Anchored[]; readonly bytes: number }

async function notesIn(path: string, origin: string, chosen: ChosenNotes): Promise<Found> {
  let read = 0
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    // A stream without an encoding gives buffers.
    const bytes = Buffer.concat([rest, chunk as Buffer])
    read += (chunk as Buffer).length
    let from = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      const line = bytes.subarray(from, end)
      const note = line.length <= MOST_LINE_BYTES ? noteOf(line.toString(), origin) : null
      if (note !== null) chosen.see(note)
      from = end + 1
    }
    // Of a line that is too long the beginning is enough to see that it is.
    rest = bytes.subarray(from, from + MOST_LINE_BYTES + 1)
  }
  return { notes: chosen.all(), bytes: read }
}

/** By the note's own word: that of the line beside it is nobody's. */
function noteOf(line: string, origin: string): Anchored | null {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null || !('note' in value)) return null
    const { note } = value
    if (typeof note !== 'string' || !note.startsWith(`${origin}\n`)) return null
    const size = Number(note.split('\n')[1])
    return Number.isSafeInteger(size) ? { note, size } : null
  } catch {
    return null
  }
}

async function endsWhole(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return true
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === NEWLINE
}

async function syncFolder(folder: string): Promise<void> {
  await using directory = await open(folder, 'r')
  await directory.sync()
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
}
