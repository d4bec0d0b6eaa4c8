import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleHelper } from '../scripts/build/client.ts'
import { runProgram } from '../test/support/run-program.ts'
import { selfSigned } from '../test/support/self-signed.ts'
import { listening } from './lib/listening.ts'
import { type Bench, median, type Row } from './lib/row.ts'

const RUNS = 60
const CACHE_BAR = 1.5
const HTTP_BAR = 1.8
const MAIN = join(import.meta.dirname, '../packages/sts-client/src/node/main.ts')

type Start = {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  readonly bar?: number
}

/** How long a process takes from its start to its end, beside an empty Node, in turns in one run. */
export const bench: Bench = async (say) => {
  const folder = mkdtempSync(join(tmpdir(), 'stint-bench-helper-'))
  const certificate = selfSigned({ name: '127.0.0.1' })
  for (const [name, text] of Object.entries(certificate)) writeFileSync(join(folder, `${name}.pem`), text)
  const plain = await listening(['bench/lib/token-server.ts'])
  const tls = await listening(['bench/lib/token-server.ts', folder])
  try {
    const helper = join(folder, 'credential-process.cjs')
    await bundleHelper(helper)
    const empty = join(folder, 'empty.cjs')
    writeFileSync(empty, '')
    const env = { HOME: folder, STINT_TOKEN: 'a.b.c', NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem') }
    const ask = (origin: string, ...more: string[]) => ['--server', origin, ...more] as const
    const starts: readonly Start[] = [
      { name: 'node -e 0', command: [process.execPath, '-e', '0'] },
      { name: 'helper.cache', command: [process.execPath, helper, ...ask(plain.origin)], bar: CACHE_BAR },
      {
        name: 'helper.http',
        command: [process.execPath, helper, ...ask(plain.origin, '--no-cache')],
        bar: HTTP_BAR,
      },
      { name: 'helper.https', command: [process.execPath, helper, ...ask(tls.origin, '--no-cache')] },
      {
        name: 'stint.sources',
        command: [process.execPath, MAIN, 'credential-process', ...ask(plain.origin)],
      },
    ]
    for (const { name, command } of starts) await once(name, command, env)
    const times = measure(starts, env, say)
    return starts.slice(1).map((start) => rowOf(start, times))
  } finally {
    await Promise.all([plain.process.stop(), tls.process.stop()])
    rmSync(folder, { recursive: true })
  }
}

/** A figure of a program that fails would be a figure of nothing. */
async function once(name: string, command: Start['command'], env: Record<string, string>): Promise<void> {
  const { code, stdout, stderr } = await runProgram(command, { env })
  const isRight = name === 'node -e 0' || JSON.parse(stdout).Version === 1
  if (code !== 0 || stderr !== '' || !isRight) throw new Error(`${name} ended with ${code}: ${stderr}`)
}

/** In turns, so that whatever else the machine does falls on all alike. */
function measure(starts: readonly Start[], env: Record<string, string>, say: (line: string) => void) {
  const times = new Map(starts.map(({ name }) => [name, [] as number[]]))
  for (let run = 1; run <= RUNS; run += 1) {
    for (const { name, command } of starts) {
      const [file, ...args] = command
      const started = performance.now()
      const { status } = spawnSync(file, args, {
        env: name === 'helper.https' ? env : without(env),
        stdio: 'ignore',
      })
      if (status !== 0) throw new Error(`${name} ended with ${status}`)
      times.get(name)?.push(performance.now() - started)
    }
    if (run % 20 === 0) say(`${run} of ${RUNS} rounds`)
  }
  return times
}

/** Reading a CA costs as well; only TLS needs it. */
function without({ NODE_EXTRA_CA_CERTS: _, ...rest }: Record<string, string>): Record<string, string> {
  return rest
}

function rowOf({ name, bar }: Start, times: ReadonlyMap<string, readonly number[]>): Row {
  const [value, baseline] = [median(times.get(name) ?? []), median(times.get('node -e 0') ?? [])]
  const ratio = value / baseline
  const row = { name, value, unit: 'ms', baseline, ratio }
  return bar === undefined ? row : { ...row, bar: `≤ ${bar} × node -e 0`, holds: ratio <= bar }
}
