import { credentialProcess } from './credential-process.ts'
import { sendByHttp } from './http-send.ts'

/** The credential helper as a program of its own: what `stint credential-process` does, in one small bundle. */
const fs = process.getBuiltinModule('node:fs')

void credentialProcess(process.argv.slice(2), {
  env: process.env,
  // Written at once and by the file descriptor: process.stdout loads the stream and tty modules.
  stdout: (text) => void fs.writeSync(1, text),
  stderr: (text) => void fs.writeSync(2, text),
  send: sendByHttp,
  now: () => new Date(),
  readFile: async (path) => fs.readFileSync(path, 'utf8'),
  stdin: async () => fs.readFileSync(0, 'utf8'),
}).then((code) => {
  process.exitCode = code
})
