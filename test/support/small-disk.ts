import { closeSync, cpSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProcess } from './process.ts'

/** A real file system of few bytes, which a program can be run on and which can be filled to its last block. */
export type SmallDisk = AsyncDisposable & {
  /** Where it is, for programs that `on` runs. */
  readonly folder: string
  /** Where the same is for this process; SQLite finds nothing there. */
  readonly outside: string
  /** The command that runs a program where the folder is that disk. */
  on(program: readonly string[]): readonly string[]
  freeBytes(): number
  /** Takes all that is left but so many bytes. */
  fill(leave?: number): void
  /** Gives back what was taken. */
  empty(): void
  /** A copy of one of its folders, on the disk of everybody. */
  copyOf(folder: string): Promise<string>
}

const TMPFS = 0x01021994
const BLOCK = 4096
/** Root mounts in a namespace of its own; others are root in one of their own first. */
const IS_ROOT = process.getuid?.() === 0

/**
 * Mounts a tmpfs of that size in a mount namespace that ends with it: nothing of it is seen elsewhere. Throws where the system
 * lets nobody make one (Linux, and namespaces for users where it is not run by root).
 */
export async function startSmallDisk(bytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'stint-small-disk-'))
  const seenAt = (pid: number) => `/proc/${pid}/root${folder}`
  const mount = `mount -t tmpfs -o size=${bytes},mode=0700 tmpfs ${folder} && echo mounted && exec sleep infinity`
  let said = ''
  const holder = await startProcess({
    name: 'a mount namespace with a small disk',
    command: 'unshare',
    args: [IS_ROOT ? '-m' : '-Urm', '--propagation', 'private', 'sh', '-c', mount],
    onOutput: (text) => {
      said += text
    },
    ready: async () => said.includes('mounted'),
    readyTimeoutMs: 10_000,
  })
  const outside = seenAt(holder.pid)
  if (statfsSync(outside).type !== TMPFS) throw new Error(`${outside} is no tmpfs`)
  const filler = join(outside, 'filler')
  const copies: string[] = []
  const freeBytes = () => statfsSync(outside).bavail * BLOCK
  return {
    folder,
    outside,
    freeBytes,
    on: (program) => [
      'nsenter',
      ...['--target', String(holder.pid), '--mount'],
      ...(IS_ROOT ? [] : ['--user', '--preserve-credentials']),
      ...['--', ...program],
    ],
    fill(leave = 0) {
      const file = openSync(filler, 'a')
      try {
        for (let rest = freeBytes() - leave; rest >= BLOCK; rest -= BLOCK)
          writeSync(file, Buffer.alloc(BLOCK, 1))
      } finally {
        closeSync(file)
      }
    },
    empty: () => rmSync(filler, { force: true }),
    async copyOf(name) {
      const copy = await mkdtemp(join(tmpdir(), 'stint-small-disk-copy-'))
      copies.push(copy)
      cpSync(join(outside, name), join(copy, name), { recursive: true })
      return join(copy, name)
    },
    async [Symbol.asyncDispose]() {
      await holder.stop()
      await Promise.all([folder, ...copies].map((one) => rm(one, { recursive: true, force: true })))
    },
  }
}
