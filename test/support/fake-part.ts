import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environment, Part } from '../../scripts/parts/part.ts'

export type PartsSandbox = AsyncDisposable & {
  readonly cache: string
  /** The only folder on PATH. */
  readonly bin: string
  readonly env: Environment
  /** Puts an executable text file on PATH. */
  program(name: string, text: string): Promise<string>
}

/** A cache and a PATH of its own, so that nothing of the machine or of other tests is seen. */
export async function partsSandbox(): Promise<PartsSandbox> {
  const root = await mkdtemp(join(tmpdir(), 'stint-parts-'))
  const bin = join(root, 'bin')
  const cache = join(root, 'cache')
  await mkdir(bin)
  return {
    cache,
    bin,
    env: { PATH: bin, HOME: root, STINT_CACHE: cache },
    async program(name, text) {
      await writeFile(join(bin, name), text)
      await chmod(join(bin, name), 0o755)
      return join(bin, name)
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

/** A part whose program is a one-line script; rows of a table are injected, no module is mocked. */
export function fakePart(changes: Partial<Part> = {}): Part {
  return {
    name: 'thing',
    version: '1.2.3',
    program: 'thing',
    how: 'written by a test',
    byHand: 'install-thing --now',
    checkRevision: 1,
    check: async () => undefined,
    make: ({ output }) => writeFile(output, '#!/bin/sh\nexit 0\n', { mode: 0o755 }),
    ...changes,
  }
}
