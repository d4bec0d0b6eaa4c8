#!/usr/bin/env node
import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { changeCommand } from './cli/change.ts'
import { configurationCommand } from './cli/configuration.ts'
import { findingsCommand } from './cli/findings.ts'
import { type CommandIo, EXIT } from './cli/io.ts'
import { mappingCommand } from './cli/mapping.ts'
import { lockCommand, revokeCommand } from './cli/revoke.ts'
import { targetCommand } from './cli/target.ts'
import { whyCommand } from './cli/why.ts'
import { parseSettings } from './config.ts'
import { VendorError } from './errors.ts'

const USAGE = `usage: stint <command>

  serve           run the service             (--settings FILE, --accept-config HASH,
                  --accept-fork HASH, --new-log-key)
  plan, apply     administer by stint.yaml    (-f stint.yaml)
  change          what waits for a second person, and the answers to it
  findings        what to think about in the configuration that stands
  why             why an exchange was refused, and what would have to change
  revoke          stops what is given, and ends what was given
  lock            what is stopped, and letting go
  mapping test    what a token would get by a file, decided on this machine
  mapping shadow  what a mapping would have done
  target setup    what makes a MinIO trust Stint
  audit verify    whether a log, or a bundle of one, is what its checkpoints say
  audit bundle    a part of the log for an auditor
  receipt verify  whether the receipt of an exchange holds
  exchange        a token in, credentials out

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
}

async function main(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv
  switch (command) {
    case 'serve':
      return serveCommand(rest)
    case 'plan':
    case 'apply':
      return configurationCommand(command, rest, io)
    case 'change':
      return changeCommand(rest, io)
    case 'findings':
      return findingsCommand(rest, io)
    case 'why':
      return whyCommand(rest, io)
    case 'revoke':
      return revokeCommand(rest, io)
    case 'lock':
      return lockCommand(rest, io)
    case 'mapping':
      return mappingCommand(rest, io)
    case 'target':
      return targetCommand(rest, io)
    case 'audit': {
      const [{ auditCommand }, { verifyLog }, { openBundleOf }] = await Promise.all([
        import('./cli/audit.ts'),
        import('./verify/verify-log.ts'),
        import('./audit/bundle.ts'),
      ])
      return auditCommand(rest, io, { verify: verifyLog, bundle: openBundleOf, writeFile: writeWhole })
    }
    case 'receipt': {
      const { receiptCommand } = await import('@stint/sts-client/node')
      return receiptCommand(rest, io)
    }
    case 'exchange': {
      const { exchangeCommand } = await import('@stint/sts-client/node')
      return exchangeCommand(rest, io)
    }
    default:
      io.stderr(USAGE)
      return command === '--help' || command === undefined ? EXIT.ok : EXIT.usage
  }
}

/** Written aside, and renamed when it is whole. */
async function writeWhole(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const aside = `${path}.part`
  await writeFile(aside, chunks)
  await rename(aside, path)
}

/** Runs until a signal; the exit code says whether it stopped because it was asked to. */
async function serveCommand(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      settings: { type: 'string' },
      'accept-config': { type: 'string' },
      'accept-fork': { type: 'string' },
      'new-log-key': { type: 'boolean' },
    },
  })
  const file: Record<string, unknown> =
    values.settings === undefined ? {} : JSON.parse(await io.readFile(values.settings))
  const settings = parseSettings(file, process.env)
  // The service is loaded only by who runs it: every other command starts without a database.
  const { serve } = await import('./main.ts')
  const fatal = Promise.withResolvers<string>()
  fatal.promise.catch(() => undefined)
  const running = await serve({
    settings,
    acceptConfig: values['accept-config'] ?? null,
    acceptFork: values['accept-fork'] ?? null,
    newLogKey: values['new-log-key'] === true,
    logStream: process.stderr,
    onFatal: (error) => fatal.reject(error),
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, fatal.resolve)
  try {
    await running.stop(await fatal.promise)
    return EXIT.ok
  } catch (thrown) {
    await running.stop('fatal')
    throw thrown
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (thrown) {
  const words =
    thrown instanceof VendorError ? `${thrown.message} ${JSON.stringify(thrown.facts)}` : String(thrown)
  io.stderr(`stint: ${words}\n`)
  process.exitCode = EXIT.failed
}
