import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

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
