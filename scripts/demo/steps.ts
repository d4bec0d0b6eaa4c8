/** Runs the steps of the demo one after the other, says what happened and how long it took, and keeps the score. */
export type Steps = {
  /** Runs one step; its answer is what happened, in words. A step that throws fails the demo. */
  step<T>(what: string, run: () => Promise<{ readonly said: string; readonly value: T }>): Promise<T>
  readonly done: readonly Step[]
}

export type Step = { readonly what: string; readonly said: string; readonly ms: number; readonly ok: boolean }

export class StepFailed extends Error {}

export function createSteps(say: (line: string) => void): Steps {
  const done: Step[] = []
  return {
    done,
    async step(what, run) {
      const started = performance.now()
      const end = (said: string, ok: boolean) => {
        const ms = performance.now() - started
        done.push({ what, said, ms, ok })
        say(`${ok ? '✓' : '✗'} ${what.padEnd(44)} ${time(ms).padStart(8)}  ${said}`)
      }
      try {
        const { said, value } = await run()
        end(said, true)
        return value
      } catch (thrown) {
        end(thrown instanceof Error ? thrown.message : String(thrown), false)
        throw new StepFailed(what, { cause: thrown })
      }
    },
  }
}

export function time(ms: number): string {
  return ms < 10_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** Fails a step unless what must be so is so. */
export function expected(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise)
}
