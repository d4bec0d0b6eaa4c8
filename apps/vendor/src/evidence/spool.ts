import { createHash } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { tarEnd, tarPieces } from '../audit/tar.ts'
import type { PackedFile } from '../domain/review/pack/manifest.ts'
import { VendorError } from '../errors.ts'
import type { PackSpool } from '../ports/packs.ts'

/** Behind the name of a file that is not whole: a process that is killed leaves it, the next one takes it away. */
export const UNFINISHED = '.part'
const PIECE = 1 << 20
const TAR_HEAD = 512

/**
 * A pack on its way to a file. ustar says a file's size before its bytes, so the place of each header is left empty and
 * written over once the file is through: what is long is made once. Manifest and proof come first in the archive and are
 * known last, so all of it is copied behind them in the end.
 */
export function createPackSpool(path: string): PackSpool {
  const bodyPath = `${path}.files${UNFINISHED}`
  const wholePath = `${path}${UNFINISHED}`
  const body = written(() => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    return openSync(bodyPath, 'w+', 0o600)
  })
  let size = 0
  let isOpen = true

  function put(bytes: Uint8Array): void {
    writeAll(body, bytes, size)
    size += bytes.length
  }

  function drop(): void {
    if (!isOpen) return
    isOpen = false
    closeSync(body)
    rmSync(bodyPath, { force: true })
    rmSync(wholePath, { force: true })
  }

  return {
    async add(name, lines): Promise<PackedFile> {
      const at = size
      size += TAR_HEAD
      const digest = createHash('sha256')
      let bytes = 0
      for await (const text of pieces(lines)) {
        const piece = Buffer.from(text)
        digest.update(piece)
        bytes += piece.length
        written(() => put(piece))
      }
      written(() => {
        put(tarPieces.padding(bytes))
        writeAll(body, tarPieces.head(name, bytes), at)
      })
      return { name, bytes, sha256: digest.digest('hex') }
    },
    clear() {
      written(() => ftruncateSync(body))
      size = 0
    },
    finish(first) {
      written(() => {
        const whole = openSync(wholePath, 'w', 0o600)
        try {
          for (const { name, text } of first) {
            const content = Buffer.from(text)
            for (const piece of [
              tarPieces.head(name, content.length),
              content,
              tarPieces.padding(content.length),
            ])
              writeAll(whole, piece)
          }
          copy(body, { to: whole, bytes: size })
          writeAll(whole, tarEnd())
          fsyncSync(whole)
        } finally {
          closeSync(whole)
        }
        renameSync(wholePath, path)
        syncFolder(dirname(path))
      })
      drop()
    },
    drop,
  }
}

/** Lines, so many at a time that each piece is worth its way to the disk. */
async function* pieces(lines: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  let piece = ''
  for await (const line of lines) {
    piece += line
    if (piece.length < PIECE) continue
    yield piece
    piece = ''
  }
  yield piece
}

function writeAll(file: number, bytes: Uint8Array, at: number | null = null): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(file, bytes, done, bytes.length - done, at === null ? null : at + done)
}

function copy(from: number, { to, bytes }: { readonly to: number; readonly bytes: number }): void {
  const piece = Buffer.alloc(PIECE)
  for (let at = 0; at < bytes; ) {
    const read = readSync(from, piece, 0, Math.min(PIECE, bytes - at), at)
    if (read === 0) throw new Error(`${at} of ${bytes} bytes`)
    writeAll(to, piece.subarray(0, read))
    at += read
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function written<T>(write: () => T): T {
  try {
    return write()
  } catch (cause) {
    throw new VendorError('audit_unavailable', { cause })
  }
}
