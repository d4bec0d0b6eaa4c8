import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { partPath } from '../../scripts/parts/part-path.ts'

/** What a program did to its files, in order, and what it told whoever waits outside. */
export type Step =
  | { readonly do: 'write'; readonly file: string; readonly at: number; readonly bytes: Buffer }
  | { readonly do: 'truncate'; readonly file: string; readonly length: number }
  | { readonly do: 'sync'; readonly file: string }
  | { readonly do: 'remove'; readonly file: string }
  | { readonly do: 'tell'; readonly text: string }

const CALLS = 'pwrite64,write,ftruncate,fsync,fdatasync,unlink'

/** Runs a script under strace, and reads what it did to files whose names begin with `base`; `ledger` is what it tells. */
export async function recordWrites(
  script: readonly string[],
  { folder, base }: { readonly folder: string; readonly base: string },
): Promise<readonly Step[]> {
  const strace = await partPath('strace', (line) => console.error(line))
  const trace = join(folder, 'trace')
  const run = spawnSync(
    strace,
    [
      '-f',
      '-qq',
      '-y',
      '-xx',
      '-s',
      '1000000',
      '-e',
      `trace=${CALLS}`,
      '-e',
      'signal=none',
      '-o',
      trace,
      process.execPath,
      ...script,
    ],
    { encoding: 'utf8' },
  )
  if (run.signal !== 'SIGKILL') throw new Error(`it ended with ${run.status}: ${run.stderr}`)
  const steps = parseTrace(readFileSync(trace, 'latin1'), base)
  rmSync(trace)
  return steps
}

const CALL = /^(\d+) +(?:<\.\.\. )?(\w+)(?:\((.*)| resumed>(.*))$/

/** A call of one thread that others came between stands in two pieces. */
function parseTrace(text: string, base: string): readonly Step[] {
  const begun = new Map<string, string>()
  const steps: Step[] = []
  for (const line of text.split('\n')) {
    const [, thread = '', name = '', whole, rest] = CALL.exec(line) ?? []
    const unfinished = / <unfinished \.\.\.>$/.exec(whole ?? '')
    if (whole !== undefined && unfinished !== null) {
      begun.set(thread, whole.slice(0, unfinished.index))
      continue
    }
    const call = whole ?? `${begun.get(thread) ?? ''}${rest ?? ''}`
    const step = stepOf(name, call, base)
    if (step !== null) steps.push(step)
  }
  return steps
}

function stepOf(name: string, call: string, base: string): Step | null {
  if (name === 'unlink') {
    const removed = basename(unhex(/^"((?:\\x[0-9a-f]{2})*)"/.exec(call)?.[1] ?? '').toString())
    return removed.startsWith(base) && call.endsWith('= 0') ? { do: 'remove', file: removed } : null
  }
  const [, hexPath = ''] = /^\d+<((?:\\x[0-9a-f]{2})*)>/.exec(call) ?? []
  const file = basename(unhex(hexPath).toString())
  const result = Number(/= (-?\d+)[^=]*$/.exec(call)?.[1] ?? -1)
  if (!file.startsWith(base) || result < 0) return null
  if (name === 'fsync' || name === 'fdatasync') return { do: 'sync', file }
  if (name === 'ftruncate') return { do: 'truncate', file, length: Number(/, (\d+)\)/.exec(call)?.[1]) }
  const [, hexBytes = '', place] = /, "((?:\\x[0-9a-f]{2})*)", \d+(?:, (\d+))?\)/.exec(call) ?? []
  const bytes = unhex(hexBytes).subarray(0, result)
  if (name === 'write') return { do: 'tell', text: bytes.toString() }
  return { do: 'write', file, at: Number(place), bytes }
}

function unhex(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex')
}

const SECTOR = 512

/** What is on a disk: contents by file name. */
type Files = Map<string, Buffer>

/**
 * The disk as it may be when the power goes after so many steps: everything up to the last completed sync of each file,
 * and of what was written after it any part, torn at sectors. Leaves the files in `folder`, and answers what was told
 * until then.
 */
export function powerCut(
  steps: readonly Step[],
  cut: { readonly after: number; readonly random: () => number },
  folder: string,
): readonly string[] {
  const done = steps.slice(0, cut.after)
  const synced = new Map<string, number>()
  for (const [at, step] of done.entries()) if (step.do === 'sync') synced.set(step.file, at)
  // A file system with a journal of its own keeps removals in their order before whatever is synced after them.
  const lastSync = done.findLastIndex((step) => step.do === 'sync')
  const files: Files = new Map()
  const told: string[] = []
  for (const [at, step] of done.entries()) {
    if (step.do === 'tell') told.push(step.text)
    else if (step.do === 'remove' ? at < lastSync : step.do === 'sync' || at < (synced.get(step.file) ?? -1))
      apply(files, step)
    else if (step.do === 'write') for (const sector of tornOf(step, cut.random)) apply(files, sector)
    else if (cut.random() < 0.5) apply(files, step)
  }
  for (const [file, bytes] of files) writeFileSync(join(folder, file), bytes)
  return told
}

function tornOf(step: Extract<Step, { do: 'write' }>, random: () => number): readonly Step[] {
  // All of it, nothing of it, or any of its sectors.
  const chance = random()
  if (chance < 0.3) return [step]
  if (chance < 0.6) return []
  const sectors: Step[] = []
  for (let from = 0; from < step.bytes.length; from += SECTOR) {
    if (random() < 0.5)
      sectors.push({ ...step, at: step.at + from, bytes: step.bytes.subarray(from, from + SECTOR) })
  }
  return sectors
}

function apply(files: Files, step: Step): void {
  if (step.do === 'tell' || step.do === 'sync') return
  if (step.do === 'remove') {
    files.delete(step.file)
    return
  }
  const old = files.get(step.file) ?? Buffer.alloc(0)
  const length = step.do === 'truncate' ? step.length : Math.max(old.length, step.at + step.bytes.length)
  // Room to grow, so that a file of many writes is not copied for each.
  const whole =
    length <= old.buffer.byteLength - old.byteOffset && old.byteOffset === 0
      ? grown(old, length)
      : copied(old, length)
  if (step.do === 'write') step.bytes.copy(whole, step.at)
  files.set(step.file, whole)
}

function copied(old: Buffer, length: number): Buffer {
  const bytes = Buffer.from(new ArrayBuffer(Math.max(4096, length * 2)), 0, length)
  old.copy(bytes, 0, 0, Math.min(old.length, length))
  return bytes
}

function grown(old: Buffer, length: number): Buffer {
  const bytes = Buffer.from(old.buffer as ArrayBuffer, 0, length) // made by copied()
  // What was cut off reads as zeros when the file grows again.
  if (length < old.length) old.fill(0, length)
  return bytes
}
