import type { ClientIo } from './io.ts'

/** The commands of `stint` that use a server, each loaded when it is run. */
const COMMANDS = {
  exchange: async () => (await import('./exchange-command.ts')).exchangeCommand,
  env: async () => (await import('./env-command.ts')).envCommand,
  exec: async () => (await import('./exec-command.ts')).execCommand,
  'credential-process': async () => (await import('./process-command.ts')).processCommand,
  whoami: async () => (await import('./whoami-command.ts')).whoamiCommand,
  receipt: async () => (await import('./receipt-command.ts')).receiptCommand,
  doctor: async () => (await import('./doctor-command.ts')).doctorCommand,
} as const satisfies Readonly<
  Record<string, () => Promise<(argv: readonly string[], io: ClientIo) => Promise<number>>>
>

export type ClientCommand = keyof typeof COMMANDS

/** The usage lines of the commands, for a program that has others too. */
export const CLIENT_USAGE = `  exchange            a token in, credentials out
  env                 credentials as lines for a shell, or for the later steps of a GitHub job
  exec                runs a program with credentials that are renewed
  credential-process  credentials for the AWS SDKs' credential_process, kept for the next call
  whoami              what the token says, and who the session is
  receipt verify      whether the receipt of an exchange holds
  doctor              what stands between here and credentials, and what to do about it
`

/** Whether `name` is one of them. */
export function isClientCommand(name: string): name is ClientCommand {
  return Object.hasOwn(COMMANDS, name)
}

/** Runs one. Resolves with its exit code and never rejects. */
export async function runClientCommand(
  name: ClientCommand,
  argv: readonly string[],
  io: ClientIo,
): Promise<number> {
  const run = await COMMANDS[name]()
  return run(argv, io)
}
