import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Waits until the condition holds, asking every 20 ms; throws after `timeoutMs`, naming what was waited for. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  { timeoutMs = 15_000 }: { readonly timeoutMs?: number } = {},
): Promise<void> {
  const limit = AbortSignal.timeout(timeoutMs)
  while (!(await condition())) {
    if (limit.aborted) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`)
    await delay(20)
  }
}

/** Does a process with this id run? An orphan's zombie, which only init can reap, does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    // No /proc here, or gone between the two looks: then the next look says so.
    return true
  }
}
