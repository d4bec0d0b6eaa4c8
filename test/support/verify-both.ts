import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { verifyPack } from '../../apps/vendor/src/verify/pack.ts'
import { type Verdict, verifyLog } from '../../apps/vendor/src/verify/verify-log.ts'
import { partPath } from '../../scripts/parts/part-path.ts'

export type Asked = {
  readonly path: string
  readonly keys: readonly string[]
  readonly anchors: readonly { readonly size: number; readonly note: string }[]
}
type Said = Readonly<Record<string, unknown>>

/** What both verifiers say of each, the one in Python as it counts what it counts. */
export async function verifyBoth(
  all: readonly Asked[],
): Promise<readonly { readonly ours: Record<string, unknown>; readonly python: Record<string, unknown> }[]> {
  const said = await pythonSays(all)
  return all.map((asked, at) => {
    const python = said[at] ?? {}
    const verdict: Verdict = verifyLog(asked)
    const ours = Object.fromEntries(Object.entries(verdict).filter(([name]) => name in python))
    return { ours, python }
  })
}

/** One answer a question, of one process. */
export async function pythonSays(all: readonly object[]): Promise<readonly Record<string, unknown>[]> {
  const program = await partPath('verify-python', (line) => console.error(line))
  const run = spawnSync(program, [join(import.meta.dirname, 'verify_many.py')], {
    input: all.map((one) => `${JSON.stringify(one)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    timeout: 120_000,
    env: { PATH: process.env['PATH'] },
  })
  if (run.status !== 0) throw new Error(`the verifier in Python failed:\n${run.stderr}`)
  return run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

export type Answer = { readonly ours: Said; readonly python: Said }

type File = { readonly path: string; readonly isPack: boolean; readonly keys: readonly string[] }

/** As above, and with what was thrown where no verdict came. */
export async function answersOf(all: readonly File[]): Promise<readonly Answer[]> {
  const said = await pythonSays(all.map(({ isPack, ...one }) => ({ ...one, anchors: [], pack: isPack })))
  return all.map((file, at) => ({ ours: ourAnswer(file), python: said[at] ?? {} }))
}

function ourAnswer({ path, isPack, keys }: File): Said {
  try {
    return isPack ? verifyPack(path, keys) : verifyLog({ path, keys, anchors: [] })
  } catch (thrown) {
    return { thrown: String(thrown) }
  }
}

/** Whether they say the same, as far as both say it, and that at all. */
export function isAgreed({ ours, python }: Answer): boolean {
  const names = Object.keys(python)
  return 'ok' in python && names.every((name) => name in ours && ours[name] === python[name])
}

/** `ok`, or the fault with its event (of a log) or its file (of a pack). */
export function wordOf({ ours }: Answer): string {
  const { ok, fault, seq, file, thrown } = ours
  if (thrown !== undefined) return String(thrown)
  return ok === true ? 'ok' : `${fault} ${file ?? seq}`
}

/** Of which cases not both say what is expected. */
export function differing(
  answers: readonly Answer[],
  cases: readonly { readonly name: string; readonly expect: string }[],
): readonly object[] {
  return cases.flatMap(({ name, expect }, at) => {
    const answer = answers[at]
    const isRight = answer !== undefined && isAgreed(answer) && wordOf(answer) === expect
    return isRight ? [] : [{ name, expect, ...answer }]
  })
}
