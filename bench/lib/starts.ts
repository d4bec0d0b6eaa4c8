import { spawnSync } from 'node:child_process'
import { runProgram } from '../../test/support/run-program.ts'
import { median } from './row.ts'

/** A program that is started, runs to its end, and prints one JSON document. */
export type Start = {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  /** Whether what it printed is what it is for; `node -e 0` prints nothing. */
  readonly isRight: (stdout: string) => boolean
}

/** The baseline of all of them. */
export const EMPTY_NODE: Start = {
  name: 'node -e 0',
  command: [process.execPath, '-e', '0'],
  env: {},
  isRight: (stdout) => stdout === '',
}

/**
 * How long each takes from its start to its end, in milliseconds, the median of so many. In turns, so that whatever else
 * the machine does falls on all alike. Throws where one fails: a figure of a program that fails would be one of nothing.
 */
export async function timeStarts(
  starts: readonly Start[],
  options: { readonly runs: number; readonly say: (line: string) => void },
): Promise<(name: string) => number> {
  for (const { name, command, env, isRight } of starts) {
    const { code, stdout, stderr } = await runProgram(command, { env })
    if (code !== 0 || stderr !== '' || !isRight(stdout))
      throw new Error(`${name} ended with ${code}: ${stderr}`)
  }
  const times = new Map(starts.map(({ name }) => [name, [] as number[]]))
  for (let run = 1; run <= options.runs; run += 1) {
    for (const { name, command, env } of starts) {
      const [file, ...args] = command
      const started = performance.now()
      const { status } = spawnSync(file, args, { env, stdio: 'ignore' })
      if (status !== 0) throw new Error(`${name} ended with ${status}`)
      times.get(name)?.push(performance.now() - started)
    }
    if (run % 20 === 0) options.say(`${run} of ${options.runs} rounds`)
  }
  return (name) => median(times.get(name) ?? [])
}
