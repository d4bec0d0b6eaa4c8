import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Verdict, verifyLog } from '../../apps/vendor/src/verify/verify-log.ts'
import { partPath } from '../../scripts/parts/part-path.ts'

export type Asked = {
  readonly path: string
  readonly keys: readonly string[]
  readonly anchors: readonly { readonly size: number; readonly note: string }[]
}

/** What both verifiers say of each, the one in Python as it counts what it counts. */
export async function verifyBoth(
  all: readonly Asked[],
): Promise<readonly { readonly ours: Record<string, unknown>; readonly python: Record<string, unknown> }[]> {
  const program = await partPath('verify-python', (line) => console.error(line))
  const run = spawnSync(program, [join(import.meta.dirname, 'verify_many.py')], {
    input: all.map((one) => `${JSON.stringify(one)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { PATH: process.env['PATH'] },
  })
  if (run.status !== 0) throw new Error(`the verifier in Python failed:\n${run.stderr}`)
  const said = run.stdout.trim().split('\n')
  return all.map((asked, at) => {
    const python: Record<string, unknown> = JSON.parse(said[at] ?? 'null')
    const verdict: Verdict = verifyLog(asked)
    const ours = Object.fromEntries(Object.entries(verdict).filter(([name]) => name in python))
    return { ours, python }
  })
}
