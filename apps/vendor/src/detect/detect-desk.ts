import type { Worker } from 'node:worker_threads'
import { detect } from '../domain/detect/detect.ts'
import { VendorError } from '../errors.ts'
import type { Detected } from '../ports/detect.ts'
import type { Timers } from '../ports.ts'
import { startWorker } from '../worker-thread.ts'
import type { DatabasePaths, LiveFacts } from './gather.ts'
import { gatherEvidence } from './gather.ts'

/** What the worker is started with. */
export type DetectWorkerData = { readonly paths: DatabasePaths; readonly live: LiveFacts }
export type DetectTold =
  | { readonly ok: true; readonly detected: Detected }
  | { readonly ok: false; readonly cause: string }

export type DetectDeskOptions = {
  readonly paths: DatabasePaths
  /** The program of the worker: it posts what `detectHere` answers. */
  readonly entry: URL
  readonly timers: Timers
  /** Whether it is little enough for the event loop: a thread costs more than that. */
  readonly isSmall: () => boolean
}

export type DetectDesk = {
  /** Looks at everything, once. Throws `config_unavailable` where it cannot be done. */
  look(live: LiveFacts): Promise<Detected>
  close(): Promise<void>
}

const DEADLINE_MS = 180_000
/** A hundred thousand mappings take a third of it. */
const MAX_HEAP_MB = 2_048

/** Lint and detectors, in a worker thread that lives for one look, or in place where that is a few milliseconds. */
export function createDetectDesk({ paths, entry, timers, isSmall }: DetectDeskOptions): DetectDesk {
  const live = new Set<Worker>()
  let isClosed = false

  async function elsewhere(facts: LiveFacts): Promise<Detected> {
    const { promise, resolve, reject } = Promise.withResolvers<Detected>()
    const workerData: DetectWorkerData = { paths, live: facts }
    const worker = startWorker(entry, { workerData, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } })
    live.add(worker)
    const lose = (cause: unknown) => reject(new VendorError('config_unavailable', { cause }))
    const cancel = timers.after(DEADLINE_MS, () => lose(new Error(`not done in ${DEADLINE_MS} ms`)))
    worker.on('error', lose)
    worker.on('exit', (code) => lose(new Error(`the worker ended: ${code}`)))
    worker.on('message', (told: DetectTold) => {
      if (told.ok) resolve(told.detected)
      else lose(new Error(told.cause))
    })
    try {
      return await promise
    } finally {
      cancel()
      live.delete(worker)
      await worker.terminate()
    }
  }

  return {
    async look(facts) {
      if (isClosed) throw new VendorError('config_unavailable', { facts: { reason: 'closed' } })
      if (!isSmall()) return elsewhere(facts)
      try {
        return detectHere(paths, facts)
      } catch (cause) {
        throw cause instanceof VendorError ? cause : new VendorError('config_unavailable', { cause })
      }
    },
    async close() {
      isClosed = true
      await Promise.all([...live].map((worker) => worker.terminate()))
    },
  }
}

/** Reads everything and looks at it. */
export function detectHere(paths: DatabasePaths, live: LiveFacts): Detected {
  const { generation, evidence } = gatherEvidence(paths, live)
  return { generation, ...detect(evidence) }
}
