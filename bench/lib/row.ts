/** One line of a benchmark: a figure of ours beside a baseline of the same run. */
export type Row = {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly baseline: number | null
  readonly ratio: number | null
  /** The promise, in words, and whether this run kept it. */
  readonly bar?: string
  readonly holds?: boolean
}

export type Bench = (say: (line: string) => void) => Promise<readonly Row[]>

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2
}
