import { readSync } from 'node:fs'
import { LogFault } from './fault.ts'

const BLOCK = 512
/** Far above every file that is written, and text that every reader can hold. */
const MAX_FILE = 500_000_000

/** Files of a ustar archive one after another, of whose headers every byte is known beforehand. Throws LogFault, `format`. */
export function tarReader(descriptor: number) {
  let at = 0
  const read = (length: number, seq: number): Buffer => {
    const bytes = Buffer.alloc(length)
    if (readSync(descriptor, bytes, 0, length, at) !== length) throw new LogFault('format', seq)
    at += length
    return bytes
  }
  return {
    next(name: string, seq: number): Buffer {
      const header = read(BLOCK, seq)
      const size = Number.parseInt(header.toString('latin1', 124, 135), 8)
      const isKnown = Number.isSafeInteger(size) && size <= MAX_FILE
      if (!isKnown || Buffer.compare(header, headerOf(name, size)) !== 0) throw new LogFault('format', seq)
      const padded = Math.ceil(size / BLOCK) * BLOCK
      const bytes = read(padded, seq)
      if (bytes.subarray(size).some((byte) => byte !== 0)) throw new LogFault('format', seq)
      return bytes.subarray(0, size)
    },
    /** Two empty blocks, and nothing after them. */
    end(seq: number): void {
      const isEmpty = read(BLOCK * 2, seq).every((byte) => byte === 0)
      if (!isEmpty || readSync(descriptor, Buffer.alloc(1), 0, 1, at) !== 0) throw new LogFault('format', seq)
    },
  }
}

/** POSIX ustar: a plain file, 0644, of nobody, at no time. */
function headerOf(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK)
  header.write(name, 0)
  header.write(`0000644\0${'0000000\0'.repeat(2)}`, 100)
  header.write(`${size.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0        0`, 124)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}
