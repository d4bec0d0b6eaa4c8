import type { Run } from './entry.ts'
import { LogFault } from './fault.ts'

/** Events without a body, and what says that they were pruned: held against each other at the end. */
export function createPrunings() {
  /** Runs of bare events, in order. */
  const bare: { from: number; to: number }[] = []
  const named: Run[] = []
  return {
    bare(seq: number): void {
      const last = bare.at(-1)
      if (last?.to === seq - 1) last.to = seq
      else bare.push({ from: seq, to: seq })
    },
    hear(runs: readonly Run[]): void {
      for (const run of runs) named.push(run)
    },
    /** How many are bare. Throws `pruned` at the first that nothing names. */
    finish(): number {
      const sorted = named.toSorted((a, b) => a.from - b.from)
      let at = 0
      let until = 0
      for (const { from, to } of bare) {
        for (let seq = from; seq <= to; seq = until + 1) {
          // Everything that begins up to here: how far do they reach together?
          for (let next = sorted[at]; next !== undefined && next.from <= seq; next = sorted[++at])
            until = Math.max(until, next.to)
          if (until < seq) throw new LogFault('pruned', seq)
        }
      }
      return bare.reduce((total, { from, to }) => total + to - from + 1, 0)
    },
  }
}
