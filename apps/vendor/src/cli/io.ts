/** The world of a command, handed in: so that a test can run it as a function, and nothing of it reads the clock. */
export type CommandIo = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  readonly readFile: (path: string) => Promise<string>
  readonly fetch: typeof fetch
  readonly now: () => Date
  readonly randomHex: (bytes: number) => string
  /** The sign-in that `stint login` keeps, of that server or of the last one; left out: none is looked for. */
  readonly kept?: (server: string | null) => Promise<KeptAnswer>
}

/** A server with a token for it, why there is none though somebody signed in, or null where nobody did. */
export type KeptAnswer =
  | { readonly ok: true; readonly server: string; readonly token: string }
  | { readonly ok: false; readonly text: string }
  | null

/** Exit codes of `stint`, the same for every command. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  problems: 3,
  unavailable: 4,
  conflict: 5,
  waits: 6,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
