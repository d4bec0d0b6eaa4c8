import type { RunningProcess } from '../support/process.ts'

/** The door by which a client gets its credentials. */
export type ClientDoor = 'sts' | 'container' | 'process'

/** What a client says of writing and reading an object. */
export type Said = {
  readonly ok: boolean
  /** What it read back. */
  readonly text: string
  /** The error code that its user sees; '' where it shows none. */
  readonly code: string
  readonly message: string
}

export type Use = {
  readonly bucket: string
  readonly key: string
  /** The whole environment: nothing of this machine's AWS settings is in it. */
  readonly env: Readonly<Record<string, string>>
  /** An empty folder, which is also HOME. */
  readonly folder: string
}

/** A program as its users have it. */
export type Client = {
  readonly name: string
  readonly version: string
  readonly doors: readonly ClientDoor[]
  /** Where it does not do what a case asks, by `door: case`: what its user sees instead, and why. */
  readonly differs?: Readonly<Record<string, { readonly shows: string; readonly why: string }>>
  use(use: Use): Promise<Said>
}

/** The last line of what a program printed, which is JSON in our own small programs. */
export async function saidAsJson(running: RunningProcess): Promise<Said> {
  await running.exited
  const line = running.output().trim().split('\n').at(-1) ?? ''
  const said: Partial<Said> = line.startsWith('{')
    ? JSON.parse(line)
    : { ok: false, message: running.output() }
  return { ok: said.ok === true, text: said.text ?? '', code: said.code ?? '', message: said.message ?? '' }
}
