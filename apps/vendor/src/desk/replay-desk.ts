import type { Worker } from 'node:worker_threads'
import type { Problem } from '../domain/resource.ts'
import type { ErrorCode } from '../errors.ts'
import { VendorError } from '../errors.ts'
import { ConfigurationInvalid } from '../flows/configuration.ts'
import type { ReplayAsk, ReplayDesk, ReplayProgress, ReplayReport } from '../ports/replay.ts'
import type { Timers } from '../ports.ts'
import { startWorker } from '../worker-thread.ts'
import { createLine } from './line.ts'

/** What the worker says: how far it is, then one report or error. */
export type ReplayTold =
  | ({ readonly told: 'progress' } & ReplayProgress)
  | { readonly told: 'report'; readonly report: ReplayReport }
  | {
      readonly told: 'error'
      readonly code: ErrorCode
      readonly facts: VendorError['facts']
      readonly cause: string
      /** null: not the problems of a configuration. */
      readonly problems: readonly Problem[] | null
      readonly moreProblems: number
    }

export type ReplayDeskOptions = {
  /** The program of the worker. */
  readonly entry: URL
  readonly workerData: (ask: ReplayAsk) => unknown
  readonly timers: Timers
}

/** A question of a minute with drafts of megabytes: more than these wait for nothing. */
const MAX_WAITING = 2
/** Ten million decisions. */
const DEADLINE_MS = 300_000
/** A hundred thousand mappings twice, and what they made of a hundred thousand subjects. */
const MAX_HEAP_MB = 3072
/** What is read of the log lives for a moment: in a nursery this large nearly all of it is gone before it is moved. */
const YOUNG_MB = 96

/** Replays each draft in a thread of its own that lives as long as it; one at a time. */
export function createReplayDesk(options: ReplayDeskOptions): ReplayDesk {
  const line = createLine(MAX_WAITING)
  const live = new Set<Worker>()

  return {
    async replay(ask, { progress, signal }) {
      const done = await line.turn()
      try {
        if (signal?.aborted === true) throw gone('nobody waits for it')
        return await run(ask, { progress, signal })
      } finally {
        done()
      }
    },
    async close() {
      await Promise.all([...live].map((worker) => worker.terminate()))
    },
  }

  async function run(
    ask: ReplayAsk,
    on: { readonly progress: (progress: ReplayProgress) => void; readonly signal: AbortSignal | null },
  ): Promise<ReplayReport> {
    const worker = startWorker(options.entry, {
      workerData: options.workerData(ask),
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    })
    live.add(worker)
    const { promise, resolve, reject } = Promise.withResolvers<ReplayReport>()
    const cancel = options.timers.after(DEADLINE_MS, () => reject(gone(`not done in ${DEADLINE_MS} ms`)))
    const abort = () => reject(gone('nobody waits for it any more'))
    on.signal?.addEventListener('abort', abort)
    worker.on('message', (told: ReplayTold) => {
      if (told.told === 'progress') on.progress({ done: told.done, of: told.of })
      else if (told.told === 'report') resolve(told.report)
      else reject(errorOf(told))
    })
    worker.on('error', (cause) => reject(new VendorError('audit_unavailable', { cause })))
    worker.on('exit', (code) => reject(gone(`the worker ended: ${code}`)))
    try {
      return await promise
    } finally {
      cancel()
      on.signal?.removeEventListener('abort', abort)
      live.delete(worker)
      await worker.terminate()
    }
  }
}

function gone(reason: string): VendorError {
  return new VendorError('audit_unavailable', { facts: { reason } })
}

function errorOf({ code, facts, cause, problems, moreProblems }: Extract<ReplayTold, { told: 'error' }>) {
  if (problems !== null) return new ConfigurationInvalid({ problems, moreProblems })
  return new VendorError(code, { facts, ...(cause === '' ? {} : { cause: new Error(cause) }) })
}
