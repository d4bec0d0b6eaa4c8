import type { Worker } from 'node:worker_threads'
import type { ErrorCode } from '../errors.ts'
import { asVendorError, VendorError } from '../errors.ts'
import type { PackAsk, PackDesk, PackMade, PackProgress } from '../ports/packs.ts'
import type { Timers } from '../ports.ts'
import { startWorker } from '../worker-thread.ts'

/** What the worker says: how far it is, what the log is to say of the pack, then that it is made, or why not. */
export type PackTold =
  | ({ readonly told: 'progress' } & PackProgress)
  | ({ readonly told: 'made' } & PackMade)
  | { readonly told: 'done' }
  | {
      readonly told: 'error'
      readonly code: ErrorCode
      readonly facts: VendorError['facts']
      readonly cause: string
    }

/** What the worker is told once: the proof that the log has what it made; null: it has not, and nothing is to stay. */
export type PackSealed = { readonly proof: string | null }

export type PackDeskOptions = {
  /** The program of the worker. */
  readonly entry: URL
  readonly workerData: (ask: PackAsk) => unknown
  readonly timers: Timers
}

/** Ten million events; nobody waits for longer. */
const DEADLINE_MS = 1_800_000
/** A review of a hundred thousand items. */
const MAX_HEAP_MB = 2048

/** Makes each pack in a thread of its own that lives as long as it takes; whoever asks does so one at a time. */
export function createPackDesk({ entry, workerData, timers }: PackDeskOptions): PackDesk {
  const live = new Set<Worker>()
  return {
    async make(ask, on) {
      const worker = startWorker(entry, {
        workerData: workerData(ask),
        resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
      })
      live.add(worker)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const cancel = timers.after(DEADLINE_MS, () => reject(gone(`not done in ${DEADLINE_MS} ms`)))
      async function seal(made: PackMade): Promise<void> {
        try {
          worker.postMessage({ proof: await on.seal(made) } satisfies PackSealed)
        } catch (thrown) {
          worker.postMessage({ proof: null } satisfies PackSealed)
          reject(asVendorError(thrown))
        }
      }
      worker.on('message', (told: PackTold) => {
        switch (told.told) {
          case 'progress':
            return on.progress({ done: told.done, of: told.of })
          case 'made':
            return void seal({ manifestSha256: told.manifestSha256, files: told.files })
          case 'done':
            return resolve()
          case 'error':
            return reject(errorOf(told))
        }
      })
      worker.on('error', (cause) => reject(new VendorError('audit_unavailable', { cause })))
      worker.on('exit', (code) => reject(gone(`the worker ended: ${code}`)))
      try {
        await promise
      } finally {
        cancel()
        live.delete(worker)
        await worker.terminate()
      }
    },
    async close() {
      await Promise.all([...live].map((worker) => worker.terminate()))
    },
  }
}

function gone(reason: string): VendorError {
  return new VendorError('audit_unavailable', { facts: { reason } })
}

function errorOf({ code, facts, cause }: Extract<PackTold, { told: 'error' }>): VendorError {
  return new VendorError(code, { facts, ...(cause === '' ? {} : { cause: new Error(cause) }) })
}
