import { VendorError } from '../errors.ts'
import type { ConfigurationDesk, DraftAsk, Drafted, Timers } from '../ports.ts'
import { startWorker } from '../worker-thread.ts'
import { createLine } from './line.ts'
import type { Ask, Told } from './messages.ts'

export type WorkerDeskOptions = {
  /** The program of the worker: it serves a desk (`serveDesk`). */
  readonly entry: URL
  readonly workerData: unknown
  readonly timers: Timers
}

/** More than these wait with bodies of many megabytes each: refusing is kinder to the process. */
const MAX_WAITING = 4
/** A draft that is not done by then is not done. */
const DEADLINE_MS = 180_000
/** A hundred thousand mappings take a third of it. */
const MAX_HEAP_MB = 3072

/**
 * Plans in a worker thread that lives as long as one draft: what is read, compared and written for a large
 * configuration holds no exchange up, its memory goes with it, and if it does not fit the process lives on. One at a
 * time; what the process must compile itself comes in slices.
 */
export function createWorkerDesk(options: WorkerDeskOptions): ConfigurationDesk {
  const line = createLine(MAX_WAITING)
  const live = new Set<Conversation>()

  return {
    async draft(of, immune) {
      const done = await line.turn()
      const conversation = converse(options)
      live.add(conversation)
      const close = async () => {
        live.delete(conversation)
        await conversation.end()
        done()
      }
      try {
        // What the worker answers is what `Drafted` promises: serve-desk calls the method of the same name.
        const drafted = await conversation.ask({ ask: 'draft', of, immune }, buffersOf(of))
        return { ...(drafted as Pick<Drafted, 'head' | 'expectedGeneration'>), ...asked(conversation), close } // by serve-desk
      } catch (thrown) {
        await close()
        throw thrown
      }
    },
    async close() {
      await Promise.all([...live].map((conversation) => conversation.end()))
    },
  }
}

function asked({ ask }: Conversation): Omit<Drafted, 'head' | 'expectedGeneration' | 'close'> {
  return {
    resources: async (from) =>
      (await ask({ ask: 'resources', from })) as Awaited<ReturnType<Drafted['resources']>>, // by serve-desk
    changes: async (from) => (await ask({ ask: 'changes', from })) as Awaited<ReturnType<Drafted['changes']>>, // by serve-desk
    answer: async (more) => (await ask({ ask: 'answer', more })) as Awaited<ReturnType<Drafted['answer']>>, // by serve-desk
    keep: async (change) => {
      await ask({ ask: 'keep', change })
    },
    commit: async (by) => {
      await ask({ ask: 'commit', by })
    },
  }
}

/** Bytes are handed over, not copied, where nothing else shares their buffer. */
function buffersOf(of: DraftAsk): readonly ArrayBuffer[] {
  const bytes = of.of === 'configuration' ? of.body : of.change
  if (typeof bytes === 'string' || bytes.byteLength !== bytes.buffer.byteLength) return []
  return [bytes.buffer]
}

type Conversation = {
  ask(message: Ask, transfer?: readonly ArrayBuffer[]): Promise<unknown>
  end(): Promise<void>
}

function converse({ entry, workerData, timers }: WorkerDeskOptions): Conversation {
  const worker = startWorker(entry, { workerData, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } })
  let pending: PromiseWithResolvers<unknown> | null = null
  let gone: VendorError | null = null
  const cancel = timers.after(DEADLINE_MS, () => lose(new Error(`not done in ${DEADLINE_MS} ms`)))

  function lose(cause: unknown): void {
    gone ??= new VendorError('config_unavailable', { cause })
    pending?.reject(gone)
    pending = null
    void worker.terminate()
  }

  worker.on('error', lose)
  worker.on('exit', (code) => lose(new Error(`the worker ended: ${code}`)))
  worker.on('message', (told: Told) => {
    const asked = pending
    pending = null
    if (told.ok) asked?.resolve(told.value)
    else {
      const { code, facts, cause } = told
      asked?.reject(new VendorError(code, { facts, ...(cause === '' ? {} : { cause: new Error(cause) }) }))
    }
  })
  return {
    ask(message, transfer = []) {
      if (gone !== null) return Promise.reject(gone)
      pending = Promise.withResolvers<unknown>()
      worker.postMessage(message, transfer)
      return pending.promise
    },
    async end() {
      cancel()
      gone ??= new VendorError('config_unavailable', { facts: { reason: 'closed' } })
      pending?.reject(gone)
      pending = null
      await worker.terminate()
    },
  }
}
