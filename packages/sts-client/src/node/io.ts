import type { FailureKind } from '../errors.ts'
import { StsClientError } from '../errors.ts'
import type { Fetch } from '../transport.ts'
import type { Env, ReadFile } from './sources/source.ts'

/** The world of a command, handed in, so that a test can run it as a function. */
export type ClientIo = {
  readonly env: Env
  /** The answer only. */
  readonly stdout: (text: string) => void
  /** Diagnostics; never a token or a key. */
  readonly stderr: (text: string) => void
  readonly fetch: Fetch
  readonly now: () => Date
  readonly readFile: ReadFile
  /** All of standard input, for `--token-file -`. */
  readonly stdin?: () => Promise<string>
}

/** Exit codes of the client's commands; `exec` has its own besides. */
export const CLIENT_EXIT = {
  ok: 0,
  problems: 1,
  usage: 2,
  refused: 3,
  unavailable: 4,
  unexpected: 5,
} as const
export type ClientExit = (typeof CLIENT_EXIT)[keyof typeof CLIENT_EXIT]

/** Says a failure in one line: code, text, request id, what to do next. Nothing that was thrown is repeated. */
export function report(
  thrown: unknown,
  { command, stderr }: { readonly command: string; readonly stderr: ClientIo['stderr'] },
): ClientExit {
  if (!(thrown instanceof StsClientError)) {
    // Its message may hold anything; its name is ours or the platform's.
    const name = thrown instanceof Error ? thrown.name : typeof thrown
    stderr(`stint ${command}: defect: ${name}; next: report it\n`)
    return CLIENT_EXIT.unexpected
  }
  const code = thrown.serverCode ?? thrown.code
  const request = thrown.requestId === undefined ? '' : ` (request ${thrown.requestId})`
  stderr(`stint ${command}: ${code}: ${thrown.message}${request}; next: ${thrown.next}\n`)
  const exit: Readonly<Record<FailureKind, ClientExit>> = CLIENT_EXIT
  return exit[thrown.kind]
}

/** A call that must change. `detail` is of our own words. */
export function usage(detail: string, cause?: unknown): StsClientError {
  return new StsClientError('options_invalid', cause === undefined ? { detail } : { detail, cause })
}
