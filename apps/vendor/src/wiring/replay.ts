import { createReplayDesk } from '../desk/replay-desk.ts'
import type { ImmuneTargets } from '../domain/probe/rule-7.ts'
import { PLACES } from '../places.ts'
import type { ReplayDesk } from '../ports/replay.ts'
import type { Timers } from '../ports.ts'
import type { ReplayWorkerData } from '../replay-worker.ts'

/** Where drafts are replayed over the log. */
export function openReplayDesk({
  timers,
  immune,
  ...data
}: Omit<ReplayWorkerData, 'ask' | 'immune'> & {
  readonly timers: Timers
  readonly immune: () => ImmuneTargets
}): ReplayDesk {
  return createReplayDesk({
    entry: PLACES.replayWorker,
    workerData: (ask): ReplayWorkerData => ({ ...data, immune: immune(), ask }),
    timers,
  })
}
