#!/usr/bin/env node
import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { CLIENT_USAGE, isClientCommand, runClientCommand } from '@stint/sts-client/node'
import { changeCommand } from './cli/change.ts'
import { configurationCommand } from './cli/configuration.ts'
import { findingsCommand } from './cli/findings.ts'
import { ghostsCommand } from './cli/ghosts.ts'
import { type CommandIo, EXIT } from './cli/io.ts'
import { mappingCommand } from './cli/mapping.ts'
import { probeCommand } from './cli/probe.ts'
import { replayCommand } from './cli/replay.ts'
import { reviewCommand } from './cli/review.ts'
import { lockCommand, revokeCommand } from './cli/revoke.ts'
import { targetCommand } from './cli/target.ts'
import { usedCommand } from './cli/used.ts'
import { whoCommand } from './cli/who.ts'
import { whyCommand } from './cli/why.ts'
import { parseSettings } from './config.ts'
import { VendorError } from './errors.ts'
import { BUILD } from './places.ts'
import { sha256Hex } from './runtime.ts'
import { signInIo, terminalIo } from './terminal.ts'

const USAGE = `usage: stint <command>

  serve           run the service             (--settings FILE, --accept-config HASH,
                  --accept-fork HASH, --accept-lost-anchor HASH, --new-log-key)
  backup, restore a data folder, copied while the service runs
  login, logout   an administrator signs in   (--server URL; --status)
  plan, apply     administer by stint.yaml    (-f stint.yaml)
  replay          what a stint.yaml would have made of recorded decisions
  change          what waits for a second person, and the answers to it
  findings        what to think about in the configuration that stands
  why             why an exchange was refused, and what would have to change
  who             who was behind the accesses to an object: s3://bucket/key
  used            what a role grants, and what of it nobody used
  ghosts          sessions that a store knows and the log does not
  probe           what a store really does, tried and written down
  review          the quarterly review of every trust, from a draft to its seal
  revoke          stops what is given, and ends what was given
  lock            what is stopped, and letting go
  mapping test    what a token would get by a file, decided on this machine
  mapping usage   what a mapping gave and refused, and when it was last used
  mapping shadow  what a mapping would have done
  target show     a target, and how it stands by its probes
  import minio    a first stint.yaml of what a MinIO has
  target setup    what makes a MinIO trust Stint
  audit verify    whether a log, a bundle of one, or an evidence pack holds
  audit bundle    a part of the log for an auditor
  audit export    the log for what else reads it: JSON lines, OCSF, CloudTrail, CloudEvents
  audit hash      the digest under which the log knows a token that is in hand

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

/** The administrator's commands that speak HTTP and nothing else. */
const ADMINISTRATION: Readonly<Record<string, (argv: readonly string[], io: CommandIo) => Promise<number>>> =
  {
    replay: replayCommand,
    change: changeCommand,
    findings: findingsCommand,
    why: whyCommand,
    who: whoCommand,
    used: usedCommand,
    ghosts: ghostsCommand,
    probe: probeCommand,
    review: (argv, io) => (argv[0] === 'pack' ? reviewPack(argv) : reviewCommand(argv, io)),
    revoke: revokeCommand,
    lock: lockCommand,
    mapping: mappingCommand,
    target: targetCommand,
  }

async function main(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv
  if (command === '--version') {
    io.stdout(
      `stint ${BUILD.version} (${BUILD.commit === null ? 'from sources' : `commit ${BUILD.commit}`})\n`,
    )
    return EXIT.ok
  }
  const administer = Object.hasOwn(ADMINISTRATION, command ?? '') ? ADMINISTRATION[command ?? ''] : undefined
  if (administer !== undefined) return administer(rest, io)
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
    case 'audit':
      if (rest[0] === 'erase') return auditErase(rest.slice(1))
      if (rest[0] === 'hash') return auditHash(rest.slice(1))
      return rest[0] === 'export' ? auditExport(rest.slice(1)) : auditOnFiles(rest)
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

async function auditExport(argv: readonly string[]): Promise<number> {
  const { auditExportCommand } = await import('./cli/audit-export.ts')
  const write = (chunk: string) =>
    new Promise<void>((resolve, reject) =>
      process.stdout.write(chunk, (error) => (error == null ? resolve() : reject(error))),
    )
  return auditExportCommand(argv, { ...io, write })
}

async function auditErase(argv: readonly string[]): Promise<number> {
  const { auditEraseCommand } = await import('./cli/audit-erase.ts')
  return auditEraseCommand(argv, io)
}

async function auditHash(argv: readonly string[]): Promise<number> {
  const { auditHashCommand } = await import('./cli/audit-hash.ts')
  return auditHashCommand(argv, io)
}

/** Only these read a database, so only they load what does. */
async function auditOnFiles(argv: readonly string[]): Promise<number> {
  const [{ auditCommand }, { verifyFile }, { openBundleOf }] = await Promise.all([
    import('./cli/audit.ts'),
    import('./verify/verify-file.ts'),
    import('./audit/bundle.ts'),
  ])
  return auditCommand(argv, io, { verify: verifyFile, bundle: openBundleOf, writeFile: writeWhole })
}

async function reviewPack(argv: readonly string[]): Promise<number> {
  const { reviewPackCommand } = await import('./cli/review-pack.ts')
  return reviewPackCommand(argv, { ...io, writeFile: writeWhole })
}

/** Written aside, and renamed when it is whole. */
async function writeWhole(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const aside = `${path}.part`
  await writeFile(aside, chunks)
  await rename(aside, path)
}

/** The linger, the drain of requests, that of exchanges, and the last writes: a stop that takes longer hangs. */
const LONGEST_STOP_MS = 90_000

/** Runs until a signal; the exit code says whether it stopped because it was asked to. */
async function serveCommand(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      settings: { type: 'string' },
      'accept-config': { type: 'string' },
      'accept-fork': { type: 'string' },
      'accept-lost-anchor': { type: 'string' },
      'new-log-key': { type: 'boolean' },
    },
  })
  const file: Record<string, unknown> =
    values.settings === undefined ? {} : JSON.parse(await io.readFile(values.settings))
  const settings = parseSettings(file, process.env)
  // The service is loaded only by who runs it: every other command starts without a database.
  const { serve } = await import('./main.ts')
  const ended = Promise.withResolvers<string | VendorError>()
  const running = await serve({
    settings,
    acceptConfig: values['accept-config'] ?? null,
    acceptFork: values['accept-fork'] ?? null,
    acceptLostAnchor: values['accept-lost-anchor'] ?? null,
    newLogKey: values['new-log-key'] === true,
    logStream: process.stderr,
    onFatal: ended.resolve,
  })
  const signals = ['SIGTERM', 'SIGINT'] as const
  for (const name of signals) process.once(name, () => ended.resolve(name))
  const signal = await ended.promise
  // The second signal cuts what is under way; a process that does not stop even then is ended.
  for (const name of signals) process.on(name, () => running.hurry())
  setTimeout(() => process.exit(EXIT.failed), LONGEST_STOP_MS).unref()
  const stopped = await running.stop(signal instanceof VendorError ? signal.code : signal)
  if (signal instanceof VendorError) throw signal
  return stopped ? EXIT.ok : EXIT.failed
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (thrown) {
  const words =
    thrown instanceof VendorError ? `${thrown.message} ${JSON.stringify(thrown.facts)}` : String(thrown)
  io.stderr(`stint: ${words}\n`)
  process.exitCode = EXIT.failed
}
