import type { ClockStep, LogGap } from './evidence.ts'

/** What the log put around one event. */
export type LogMark = {
  readonly seq: number
  readonly boot: string
  /** The counter of its process. */
  readonly n: number
  readonly atMs: number
  readonly monoMs: number
}

/** A stretch of the log that one process wrote: from its `process.start` to its last event. */
export type LogStretch = { readonly first: LogMark; readonly last: LogMark }

/** The event of that sequence; null: not readable, or of another process. */
export type LookAt = (seq: number) => LogMark | null

/** So many places of a stretch are looked at; between two of them a clock that was set back again is not seen. */
const PLACES = 64
const MOST_GAPS = 10
const MOST_STEPS = 10

/**
 * Events of that process that are missing: its counter and the sequence of the log rise together, so where their difference
 * is the same at both ends, nothing is. A few looks a gap, however long the log.
 */
export function findGaps({ first, last }: LogStretch, look: LookAt): readonly LogGap[] {
  const gaps: LogGap[] = []
  const search = (from: LogMark, to: LogMark): void => {
    const missing = missingBetween(from, to)
    if (missing <= 0 || gaps.length >= MOST_GAPS) return
    const middle = to.seq - from.seq > 1 ? look(from.seq + Math.floor((to.seq - from.seq) / 2)) : null
    if (middle === null) {
      gaps.push({ boot: from.boot, afterSeq: from.seq, missing, atMs: to.atMs })
      return
    }
    search(from, middle)
    search(middle, to)
  }
  search(first, last)
  return gaps
}

function missingBetween(from: LogMark, to: LogMark): number {
  return to.n - from.n - (to.seq - from.seq)
}

/** Where the wall clock moved against the monotonic one by at least so much. */
export function findClockSteps(
  { first, last }: LogStretch,
  look: LookAt,
  leastMs: number,
): readonly ClockStep[] {
  const places = Array.from({ length: PLACES - 2 }, (_, at) =>
    look(first.seq + Math.floor(((last.seq - first.seq) * (at + 1)) / (PLACES - 1))),
  )
  const marks = [first, ...places.flatMap((mark) => mark ?? []), last].filter(
    (mark, at, all) => at === 0 || mark.seq > (all[at - 1]?.seq ?? 0),
  )
  const steps: ClockStep[] = []
  const search = (from: LogMark, to: LogMark): void => {
    if (Math.abs(moved(from, to)) < leastMs || steps.length >= MOST_STEPS) return
    const middle = to.seq - from.seq > 1 ? look(from.seq + Math.floor((to.seq - from.seq) / 2)) : null
    const found = steps.length
    if (middle !== null) {
      search(from, middle)
      search(middle, to)
    }
    // Where neither half has it, it crept: then the whole stretch is where.
    if (steps.length === found)
      steps.push({ boot: from.boot, afterSeq: from.seq, seconds: moved(from, to) / 1000, atMs: to.atMs })
  }
  for (const [at, mark] of marks.entries()) search(marks[at - 1] ?? mark, mark)
  return steps
}

function moved(from: LogMark, to: LogMark): number {
  return to.atMs - from.atMs - (to.monoMs - from.monoMs)
}
