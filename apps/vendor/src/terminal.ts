import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { loginFolder } from './login/login-folder.ts'

/** What only commands in front of a person do: files as bytes, files written whole, questions. */
export function terminalIo() {
  const { stdin, stderr } = process
  return {
    readBytes: (path: string): Promise<Uint8Array> => readFile(path),
    writeFile: writeWhole,
    prompt: stdin.isTTY && stderr.isTTY ? ask : null,
    lookup,
  }
}

/** What signing in needs of this machine: where tokens are kept, whether there is a browser, how a program is run. */
export function signInIo() {
  const { env, platform } = process
  const overSsh = env['SSH_CONNECTION'] !== undefined || env['SSH_TTY'] !== undefined
  const isGraphic =
    platform === 'darwin' || platform === 'win32' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'])
  return {
    place: {
      // Without a home nothing is kept, and nothing found.
      folder: loginFolder(env) ?? '/nonexistent/stint',
      uid: process.getuid?.() ?? null,
      randomHex: (bytes: number) => randomBytes(bytes).toString('hex'),
    },
    hasDisplay: isGraphic && !overSsh,
    openBrowser,
    run: runWith,
    skewSeconds: 0,
  }
}

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

function openBrowser(url: string): boolean {
  const [command = 'xdg-open', ...args] = OPENERS[process.platform] ?? ['xdg-open']
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
  return true
}

/** Runs a program in this terminal; its exit code, or 128 and the signal's number as a shell has it. */
function runWith(command: readonly string[], more: Readonly<Record<string, string>>): Promise<number> {
  const [program = '', ...args] = command
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...more } })
    child.on('error', () => {
      process.stderr.write('stint: the command could not be started\n')
      resolve(127)
    })
    child.on('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    )
  })
}

/** The file is there whole or not at all: written beside it, then put in its place; without `replace` only where none is. */
async function writeWhole(
  path: string,
  text: string,
  { replace }: { readonly replace: boolean },
): Promise<boolean> {
  const beside = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(beside, text, { flag: 'wx' })
  try {
    if (replace) await rename(beside, path)
    else await link(beside, path)
    return true
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false
    throw thrown
  } finally {
    await rm(beside, { force: true })
  }
}

/** Asks on standard error, so that standard output stays the answer. What is hidden is not echoed. */
function ask(question: string, { hidden }: { readonly hidden: boolean }): Promise<string> {
  let isQuiet = false
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (!isQuiet) process.stderr.write(chunk)
      done()
    },
  })
  const terminal = createInterface({ input: process.stdin, output, terminal: true })
  return new Promise((resolve) => {
    terminal.once('close', () => resolve(''))
    terminal.question(question, (answer) => {
      if (hidden) process.stderr.write('\n')
      resolve(answer)
      terminal.close()
    })
    isQuiet = hidden
  })
}
