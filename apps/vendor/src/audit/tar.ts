const BLOCK = 512

/** For files whose content comes in pieces: the header, and what fills the last block. */
export const tarPieces = {
  head: (name: string, bytes: number): Uint8Array => header(name, bytes),
  padding: (bytes: number): Uint8Array => Buffer.alloc((BLOCK - (bytes % BLOCK)) % BLOCK),
  end: tarEnd,
}

/** A plain file in a POSIX ustar archive, of nobody and at no time, so that the same content makes the same bytes. */
export function tarFile(name: string, content: Uint8Array): Uint8Array {
  const padding = (BLOCK - (content.length % BLOCK)) % BLOCK
  return Buffer.concat([header(name, content.length), content, Buffer.alloc(padding)])
}

/** What ends an archive: two empty blocks. */
export function tarEnd(): Uint8Array {
  return Buffer.alloc(BLOCK * 2)
}

/** Where each field stands (IEEE Std 1003.1, pax, ustar Interchange Format). */
function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`
  block.write(name, 0, 100)
  block.write(octal(0o644, 8), 100)
  block.write(octal(0, 8), 108)
  block.write(octal(0, 8), 116)
  block.write(octal(size, 12), 124)
  block.write(octal(0, 12), 136)
  block.write(' '.repeat(8), 148)
  block.write('0', 156)
  block.write('ustar\x0000', 257)
  let sum = 0
  for (const byte of block) sum += byte
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}
