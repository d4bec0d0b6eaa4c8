#!/usr/bin/env node
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { CLIENT_USAGE, isClientCommand, runClientCommand } from '@stint/sts-client/node'
import { changeCommand } from './cli/change.ts'
import { configurationCommand } from './cli/configuration.ts'
import { findingsCommand } from './cli/findings.ts'
import { type CommandIo, EXIT } from './cli/io.ts'
import { mappingCommand } from './cli/mapping.ts'
import { probeCommand } from './cli/probe.ts'
import { lockCommand, revokeCommand } from './cli/revoke.ts'
import { targetCommand } from './cli/target.ts'
import { whyCommand } from './cli/why.ts'
import { parseSettings } from './config.ts'
import { VendorError } from './errors.ts'
import { BUILD } from './places.ts'
import { sha256Hex } from './runtime.ts'
import { signInIo, terminalIo } from './terminal.ts'

const USAGE = `usage: stint <command>

  serve           run the service             (--settings FILE, --accept-config HASH)
  backup, restore a data folder, copied while the service runs
  login, logout   an administrator signs in   (--server URL; --status)
  plan, apply     administer by stint.yaml    (-f stint.yaml)
  change          what waits for a second person, and the answers to it
  findings        what to think about in the configuration that stands
  why             why an exchange was refused, and what would have to change
  probe           what a store really does, tried and written down
  revoke          stops what is given, and ends what was given
  lock            what is stopped, and letting go
  mapping test    what a token would get by a file, decided on this machine
  mapping shadow  what a mapping would have done
  target show     a target, and how it stands by its probes
  import minio    a first stint.yaml of what a MinIO has
  target setup    what makes a MinIO trust Stint

${CLIENT_USAGE}
Each command explains itself with --help.
`

const io: CommandIo = {
  env: process.env,
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  readFile: (path) => readFile(path, 'utf8'),
  fetch,
  now: () => new Date(),
  randomHex: (bytes) => randomBytes(bytes).toString('hex'),
  kept: async (server) => {
    const { keptAnswer } = await import('./cli/login.ts')
    return keptAnswer(server, { ...io, ...signInIo() })
  },
}

async function main(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv
  if (command === '--version') {
    io.stdout(
      `stint ${BUILD.version} (${BUILD.commit === null ? 'from sources' : `commit ${BUILD.commit}`})\n`,
    )
    return EXIT.ok
  }
  switch (command) {
    case 'serve':
      return serveCommand(rest)
    case 'backup':
    case 'restore': {
      const { backupCommand } = await import('./backup/commands.ts')
      const uid = process.getuid?.() ?? null
      return backupCommand(command, rest, { ...io, uid, stint: BUILD.version, sha256: sha256Hex })
    }
    case 'plan':
    case 'apply':
      return configurationCommand(command, rest, io)
    case 'change':
      return changeCommand(rest, io)
    case 'findings':
      return findingsCommand(rest, io)
    case 'why':
      return whyCommand(rest, io)
    case 'probe':
      return probeCommand(rest, io)
    case 'revoke':
      return revokeCommand(rest, io)
    case 'lock':
      return lockCommand(rest, io)
    case 'mapping':
      return mappingCommand(rest, io)
    case 'target':
      return targetCommand(rest, io)
    case 'import': {
      const { importCommand } = await import('./cli/import.ts')
      return importCommand(rest, { ...io, ...terminalIo() })
    }
    case 'login': {
      const { loginCommand } = await import('./cli/login.ts')
      return loginCommand(rest, { ...io, ...signInIo() })
    }
    case 'logout': {
      const { logoutCommand } = await import('./cli/logout.ts')
      return logoutCommand(rest, { ...io, ...signInIo() })
    }
    default:
      if (command !== undefined && isClientCommand(command))
        return runClientCommand(command, rest, { ...io, stdin: () => text(process.stdin) })
      io.stderr(USAGE)
      return command === '--help' || command === undefined ? EXIT.ok : EXIT.usage
  }
}

/** The linger, the drain of requests, that of exchanges, and the last writes: a stop that takes longer hangs. */
const LONGEST_STOP_MS = 90_000

/** Runs until a signal; the exit code says whether it stopped because it was asked to. */
async function serveCommand(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { settings: { type: 'string' }, 'accept-config': { type: 'string' } },
  })
  const file: Record<string, unknown> =
    values.settings === undefined ? {} : JSON.parse(await io.readFile(values.settings))
  const settings = parseSettings(file, process.env)
  // The service is loaded only by who runs it: every other command starts without a database.
  const { serve } = await import('./main.ts')
  const running = await serve({
    settings,
    acceptConfig: values['accept-config'] ?? null,
    logStream: process.stderr,
  })
  const signals = ['SIGTERM', 'SIGINT'] as const
  const signal = await new Promise<string>((resolve) => {
    for (const name of signals) process.once(name, () => resolve(name))
  })
  // The second signal cuts what is under way; a process that does not stop even then is ended.
  for (const name of signals) process.on(name, () => running.hurry())
  setTimeout(() => process.exit(EXIT.failed), LONGEST_STOP_MS).unref()
  return (await running.stop(signal)) ? EXIT.ok : EXIT.failed
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (thrown) {
  const words =
    thrown instanceof VendorError ? `${thrown.message} ${JSON.stringify(thrown.facts)}` : String(thrown)
  io.stderr(`stint: ${words}\n`)
  process.exitCode = EXIT.failed
}
