import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Env } from './sources/source.ts'

/** What a shell says of a program that cannot be started. */
export const NOT_EXECUTABLE = 126
export const NOT_FOUND = 127

/** Sent on to the child. A terminal sends its own (SIGINT, SIGQUIT) to parent and child alike. */
const FORWARDED = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const
const OF_TERMINAL: readonly string[] = ['SIGINT', 'SIGQUIT']

/**
 * Runs a program with our standard streams until it ends, and sends it the signals that come here meanwhile. Resolves
 * with its exit code, 128 + n where signal n ended it, 126 or 127 where it cannot be started.
 */
export async function runChild(
  command: readonly [string, ...string[]],
  options: { readonly env: Env; readonly hasTerminal: boolean },
): Promise<number> {
  const [file, ...args] = command
  const child = spawn(file, args, { stdio: 'inherit', env: { ...options.env } })
  const forward = (signal: NodeJS.Signals) => {
    if (!(options.hasTerminal && OF_TERMINAL.includes(signal))) child.kill(signal)
  }
  for (const signal of FORWARDED) process.on(signal, forward)
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') resolve(NOT_FOUND)
        else if (error.code === 'EACCES') resolve(NOT_EXECUTABLE)
        else reject(error)
      })
      child.once('exit', (code, signal) =>
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
      )
    })
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward)
  }
}
