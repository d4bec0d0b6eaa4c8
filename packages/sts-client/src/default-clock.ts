/** What a call takes from the machine besides the network; a test gives its own. */
export type Runtime = {
  /** The wall clock. */
  readonly now: () => Date
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts; never rejects. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** A number from 0 (included) to 1 (not included), to spread retries. */
  readonly random: () => number
}

/** The one place of this package that reads the clock, starts a timer or draws randomness. */
export function systemRuntime(): Runtime {
  return { now: () => new Date(), sleep, random }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}

function random(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1))
  return word / 2 ** 32
}
