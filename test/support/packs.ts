import { type PackVerdict, verifyPack } from '../../apps/vendor/src/verify/pack.ts'
import { pythonSays } from './verify-both.ts'

/** What both verifiers say of packs. */
export async function verifyPacks(
  all: readonly { readonly path: string; readonly keys: readonly string[] }[],
): Promise<readonly { readonly ours: PackVerdict; readonly python: Record<string, unknown> }[]> {
  const said = await pythonSays(all.map((one) => ({ ...one, pack: true, anchors: [] })))
  return all.map(({ path, keys }, at) => ({
    ours: verifyPack(path, keys),
    python: said[at] ?? {},
  }))
}

export type PackedFile = { name: string; content: Buffer }

const BLOCK = 512

/** An archive taken apart: name and content of each file. */
export function unpack(archive: Buffer): PackedFile[] {
  const files: PackedFile[] = []
  for (let at = 0; archive[at] !== 0; ) {
    const name = archive.toString('latin1', at, at + 100).replace(/\0.*/s, '')
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 135), 8)
    files.push({ name, content: Buffer.from(archive.subarray(at + BLOCK, at + BLOCK + size)) })
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return files
}
