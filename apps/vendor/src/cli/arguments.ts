import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { AdminAnswer } from './admin-client.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'

/** Where the server is and who asks: every command that asks one takes these. */
const CONNECTION = { server: { type: 'string' }, 'token-file': { type: 'string' } } as const

/** Reads what a command takes, beside `--server` and `--token-file`; null where something else was written. */
export function readArguments<const O extends ParseArgsOptionsConfig>(argv: readonly string[], own: O) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: { ...own, ...CONNECTION } })
  } catch {
    return null
  }
}

/** Says what was wrong, and how the command is called. */
export function usageSaid(io: Pick<CommandIo, 'stderr'>, words: string, usage: string): ExitCode {
  io.stderr(`stint: ${words}\n\n${usage}`)
  return EXIT.usage
}

/** Says why there is no answer. */
export function refusalSaid(
  io: Pick<CommandIo, 'stderr'>,
  { text, exit }: Pick<Extract<AdminAnswer, { ok: false }>, 'text' | 'exit'>,
): ExitCode {
  io.stderr(`stint: ${text}\n`)
  return exit
}
