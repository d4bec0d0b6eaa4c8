import { StsClientError } from '../../errors.ts'
import type { TokenSource } from '../../provider.ts'
import type { Env } from './source.ts'

export type CommandOptions = {
  /** The environment of the program. Default: this process's. */
  readonly env?: Env
  /** Milliseconds until the program is killed. Default 30,000. */
  readonly timeoutMs?: number
}

const DEFAULT_TIMEOUT_MS = 30_000
const MAX_OUTPUT_BYTES = 64 * 1024

/**
 * What a program prints on its standard output, run again for every exchange. A text is run by the shell (`sh -c`), a
 * list without one. Its standard error is this process's, so that a person sees why it fails. Throws StsClientError:
 * subject_token_command_failed (cannot be started, an exit code other than 0, too much output),
 * subject_token_unavailable (it took too long), subject_token_absent (it printed nothing).
 */
export function tokenCommand(
  command: string | readonly [string, ...string[]],
  options: CommandOptions = {},
): TokenSource {
  return () => runForToken(command, { what: 'the token command', ...options })
}

type Call = CommandOptions & {
  /** Stands in errors; the command line does not, because it may hold a secret. */
  readonly what: string
}

/** Runs it once; see `tokenCommand`. */
export async function runForToken(
  command: string | readonly [string, ...string[]],
  { what, env, timeoutMs = DEFAULT_TIMEOUT_MS }: Call,
): Promise<string> {
  const [file, ...args] = typeof command === 'string' ? [command] : command
  const child = process.getBuiltinModule('node:child_process').spawn(file, args, {
    shell: typeof command === 'string',
    stdio: ['ignore', 'pipe', 'inherit'],
    windowsHide: true,
    ...(env === undefined ? {} : { env: { ...env } }),
  })
  const timeout = Promise.withResolvers<never>()
  const timer = setTimeout(
    () =>
      timeout.reject(new StsClientError('subject_token_unavailable', { detail: `${what} took too long` })),
    timeoutMs,
  )
  try {
    return await Promise.race([outputOf(child, what), timeout.promise])
  } finally {
    clearTimeout(timer)
    // Where the shell left something running, its pipe must not hold this process.
    child.stdout?.destroy()
    child.kill('SIGKILL')
  }
}

type Child = {
  readonly stdout: NodeJS.ReadableStream | null
  once(event: 'error' | 'close', listener: (...args: readonly unknown[]) => void): unknown
}

function outputOf(child: Child, what: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const failed = (detail: string) =>
      reject(new StsClientError('subject_token_command_failed', { detail: `${what} ${detail}` }))
    let text = ''
    child.stdout?.setEncoding('utf8')
    child.stdout?.on('data', (piece: string) => {
      text += piece
      if (text.length > MAX_OUTPUT_BYTES) failed('printed more than a token')
    })
    child.once('error', (error) => failed(`cannot be started${systemCode(error)}`))
    child.once('close', (code, signal) => {
      if (code !== 0) failed(signal === null ? `ended with code ${code}` : `was ended by ${signal}`)
      else if (text.trim() === '')
        reject(new StsClientError('subject_token_absent', { detail: `the output of ${what}` }))
      else resolve(text.trim())
    })
  })
}

/** The system's own message repeats the command line. */
function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? ` (${error.code})` : ''
}
