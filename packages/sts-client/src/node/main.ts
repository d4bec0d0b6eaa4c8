#!/usr/bin/env node
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { CLIENT_USAGE, isClientCommand, runClientCommand } from './commands.ts'
import { CLIENT_EXIT } from './io.ts'

/** `stint` as this package alone has it: the commands of who uses a server. */
const [command, ...rest] = process.argv.slice(2)
if (command !== undefined && isClientCommand(command)) {
  process.exitCode = await runClientCommand(command, rest, {
    env: process.env,
    stdout: (words) => void process.stdout.write(words),
    stderr: (words) => void process.stderr.write(words),
    fetch,
    now: () => new Date(),
    readFile: (path) => readFile(path, 'utf8'),
    stdin: () => text(process.stdin),
  })
} else {
  process.stderr.write(
    `usage: stint <command>\n\n${CLIENT_USAGE}\nEach command explains itself with --help.\n`,
  )
  process.exitCode = command === '--help' ? CLIENT_EXIT.ok : CLIENT_EXIT.usage
}
