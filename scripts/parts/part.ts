/** A real program that demo and tests start. A row of table.ts; later parts add a row and perhaps a maker file. */
export type Part = {
  readonly name: string
  /** Pinned; part of the cache's key, so that another version is made beside it. */
  readonly version: string
  /** File name of the program, on PATH and in the cache. */
  readonly program: string
  /** How it comes about where there is none, for people: "built from Go module …, 4 minutes on 2 cores". */
  readonly how: string
  /** What a person can do instead, as commands or one sentence. */
  readonly byHand: string
  /** Large, or long to make, and needed by `test:long` alone: `parts.ts make` leaves it out unless it is asked for. */
  readonly long?: true
  /** Raised when `check` asks for more: programs that passed the old one are checked again. */
  readonly checkRevision: number
  /** Throws, with the reason as its message, where this program must not be used. */
  check(program: string): Promise<void>
  /** Leaves the program at `job.output`, and whatever else it needs in `job.folder`, which is removed. */
  make(job: MakeJob): Promise<void>
}

export type MakeJob = {
  /** Empty, on the cache's file system. */
  readonly folder: string
  /** Inside `folder`. */
  readonly output: string
  readonly log: Log
  readonly env: Environment
}

export type Log = (line: string) => void
export type Environment = Readonly<Record<string, string | undefined>>

/** Where a part was found, and that it passed its check. */
export type FoundPart = { readonly path: string; readonly from: 'PATH' | 'cache' }

/** A part is missing or cannot be made: names it, why, and the way out. */
export class PartError extends Error {
  readonly part: string
  readonly reason: string
  readonly byHand: string

  constructor(part: Pick<Part, 'name' | 'byHand'>, reason: string, options?: ErrorOptions) {
    super(`part \`${part.name}\`: ${reason}\n  instead: ${part.byHand}`, options)
    this.name = 'PartError'
    this.part = part.name
    this.reason = reason
    this.byHand = part.byHand
  }
}

/** One line of any thrown value. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
