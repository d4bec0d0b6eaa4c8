import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildProgram } from './build/program.ts'

/** `pnpm build [--out FOLDER]`: the program as a folder and as an archive, fit to start on a plain Node. */

const ROOT = join(import.meta.dirname, '..')
const { values } = parseArgs({
  args: process.argv.slice(2).filter((one) => one !== '--'),
  options: { out: { type: 'string', default: join(ROOT, 'dist') } },
})

const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()
const changed = git('status', '--porcelain') === '' ? '' : '+changes'
const built = await buildProgram({
  root: ROOT,
  out: values.out,
  commit: `${git('rev-parse', '--short=12', 'HEAD')}${changed}`,
  atSeconds: Number(git('log', '-1', '--format=%ct')),
  log: (line) => console.log(line),
})
console.log(`${built.folder}\n${built.archive}\nsha256 ${built.sha256}`)
