import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { type Guard, startGuard } from './guard.ts'

export type ProcessOptions = {
  /** Stands in error messages. */
  readonly name: string
  readonly command: string
  readonly args?: readonly string[]
  /** The whole environment; `process.env` when left out. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Asked every 20 ms until it says true; an exception counts as "not yet". */
  readonly ready?: (signal: AbortSignal) => Promise<boolean>
  readonly readyTimeoutMs?: number
  /** Sees each chunk of stdout and stderr. */
  readonly onOutput?: (text: string) => void
  /** Shares the guard of a caller who starts several processes one after the other. */
  readonly guard?: Guard
}

export type ProcessEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

export type RunningProcess = AsyncDisposable & {
  readonly pid: number
  /** The last 64 KB of stdout and stderr together. */
  output(): string
  readonly exited: Promise<ProcessEnd>
  /** Signals the whole process group and waits until the process is gone. */
  kill(signal: NodeJS.Signals): Promise<ProcessEnd>
  /** SIGTERM to the group, SIGKILL after `graceMs` (5 s); returns when the group is gone. */
  stop(options?: { readonly graceMs?: number }): Promise<ProcessEnd>
}

const OUTPUT_MAX_CHARS = 65_536
const PIPE_MS = 1_000

/**
 * Starts a program in a process group of its own and waits until it is ready. Nothing of it outlives `stop()`,
 * a failed start or this process, even when this one is killed by SIGKILL.
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const guard = options.guard ?? (await startGuard())
  const child = spawn(options.command, options.args ?? [], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...(options.env ?? process.env) },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  if (child.pid !== undefined) guard.group(child.pid)
  const releaseOwn = () => (options.guard ? Promise.resolve() : guard.release())
  await once(child, 'spawn').catch(async (cause: unknown) => {
    await releaseOwn()
    throw new Error(`${options.name} could not be started`, { cause })
  })
  const running = runningProcess(child, { ...options, guard, releaseOwn })
  if (options.ready) await untilReady(running, options, options.ready)
  return running
}

type Owned = ProcessOptions & { readonly guard: Guard; readonly releaseOwn: () => Promise<void> }

function runningProcess(child: ChildProcess, options: Owned): RunningProcess {
  const pid = child.pid ?? 0
  let output = ''
  const keep = (chunk: string) => {
    output = (output + chunk).slice(-OUTPUT_MAX_CHARS)
    options.onOutput?.(chunk)
  }
  child.stdout?.setEncoding('utf8').on('data', keep)
  child.stderr?.setEncoding('utf8').on('data', keep)
  const closed = once(child, 'close')
  const exited = once(child, 'exit').then(async ([code, signal]): Promise<ProcessEnd> => {
    // Children of a program that crashed go with it.
    signalGroup(pid, 'SIGKILL')
    // What it printed last may still be in the pipe; one that left the group may hold the pipe for ever.
    await Promise.race([closed, delay(PIPE_MS, undefined, { ref: false })])
    options.guard.group(undefined)
    await options.releaseOwn()
    return { code, signal }
  })
  const kill = (signal: NodeJS.Signals) => {
    signalGroup(pid, signal)
    return exited
  }
  const stop = async ({ graceMs = 5_000 } = {}) => {
    signalGroup(pid, 'SIGTERM')
    const giveUp = new AbortController()
    const timer = delay(graceMs, undefined, { signal: giveUp.signal, ref: false }).then(
      () => signalGroup(pid, 'SIGKILL'),
      () => undefined,
    )
    const end = await exited
    giveUp.abort()
    await timer
    return end
  }
  return {
    pid,
    output: () => output,
    exited,
    kill,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // Gone already. EPERM is macOS's answer for a group of zombies.
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}

async function untilReady(
  running: RunningProcess,
  { name, readyTimeoutMs = 30_000 }: ProcessOptions,
  ready: NonNullable<ProcessOptions['ready']>,
): Promise<void> {
  const limit = AbortSignal.timeout(readyTimeoutMs)
  let end: ProcessEnd | undefined
  void running.exited.then((how) => {
    end = how
  })
  while (!(await ready(limit).catch(() => false))) {
    if (end === undefined && !limit.aborted) await delay(20)
    else {
      if (end === undefined) await running.stop({ graceMs: 0 })
      const why = end
        ? `ended with ${end.signal ?? `code ${end.code}`}`
        : `was not ready in ${readyTimeoutMs} ms`
      throw new Error(`${name} ${why}; its last words:\n${running.output().slice(-2_000).trim()}`)
    }
  }
}

/** A readiness check: `url` answers 200. */
export const answersOk =
  (url: string) =>
  async (signal: AbortSignal): Promise<boolean> => {
    const response = await fetch(url, { signal, redirect: 'error' })
    await response.body?.cancel()
    return response.status === 200
  }
