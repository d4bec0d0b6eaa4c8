import { existsSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'
import { VendorError } from '../errors.ts'
import { PLACES } from '../places.ts'
import type { AccessStore, Listing, Taken } from '../ports/access.ts'
import type { Clock, Logger } from '../ports.ts'
import { startWorker } from '../worker-thread.ts'
import type { AccessAnswer, AccessQuestion, AccessWorkerData, ReadName, ReadQuestion } from './messages.ts'

export type AccessOptions = AccessWorkerData & { readonly clock: Clock; readonly log: Logger }

/** What may wait to be read and written: a store keeps what is refused and sends it again. */
const MOST_BYTES = 16 * 1024 * 1024
const MOST_POSTS = 256
/** And of everything. */
const MOST_WAITING = 512
const MAX_HEAP_MB = 512
/** As what an error of the worker says why. */
const FACT = {
  body_malformed: 'reason',
  access_unavailable: 'reason',
  parameter_invalid: 'parameter',
} as const

type Waiting = {
  readonly resolve: (said: AccessAnswer) => void
  readonly bytes: number
}

/**
 * Opens the file of accesses: a worker thread reads, counts and writes, so that the event loop does nothing but hand bytes
 * over. The thread begins with the first question, and again with the next one where it ended. Never throws.
 */
export function openAccess({ clock, log, ...data }: AccessOptions): AccessStore {
  let worker: Worker | null = null
  let count = 0
  let bytes = 0
  let isClosed = false
  const waiting = new Map<number, Waiting>()

  function settle(id: number, said: AccessAnswer): void {
    const found = waiting.get(id)
    if (found === undefined) return
    waiting.delete(id)
    bytes -= found.bytes
    found.resolve(said)
  }

  function started(): Worker {
    if (worker !== null) return worker
    const made = startWorker(PLACES.accessWorker, {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    })
    made.on('message', ({ id, said }: { readonly id: number; readonly said: AccessAnswer }) =>
      settle(id, said),
    )
    made.on('error', (error) => log.error('access.worker_failed', { reason: error.name }))
    made.on('exit', () => {
      if (worker === made) worker = null
      for (const id of waiting.keys())
        settle(id, { ok: false, code: 'access_unavailable', reason: 'worker ended' })
    })
    // Its messages keep the process alive while somebody waits; it does not by itself.
    made.unref()
    worker = made
    return made
  }

  async function ask(question: AccessQuestion, transfer: ArrayBuffer | null = null): Promise<unknown> {
    const size = transfer?.byteLength ?? 0
    if (isClosed) throw new VendorError('access_unavailable', { facts: { reason: 'closed' } })
    // A flood of posts keeps nobody from reading, nor what was found from being written.
    const most = question.do === 'take' ? MOST_POSTS : MOST_WAITING
    if (waiting.size >= most || bytes + size > MOST_BYTES)
      throw new VendorError('overloaded', { facts: { waiting: waiting.size, bytes } })
    count += 1
    const id = count
    const { promise, resolve } = Promise.withResolvers<AccessAnswer>()
    waiting.set(id, { resolve, bytes: size })
    bytes += size
    started().postMessage({ id, question }, transfer === null ? [] : [transfer])
    const said = await promise
    if (!said.ok) throw new VendorError(said.code, { facts: { [FACT[said.code]]: said.reason } })
    return said.value
  }

  /** The worker makes the file with what is told first; before that there is nothing to read. */
  async function read<K extends ReadName>(
    name: K,
    nothing: Awaited<ReturnType<AccessStore[K]>>,
    ...asked: Parameters<AccessStore[K]>
  ): Promise<Awaited<ReturnType<AccessStore[K]>>> {
    if (!existsSync(data.path)) return nothing
    const question = { do: name, asked } as ReadQuestion // `asked` is what that question is asked by
    return (await ask(question)) as Awaited<ReturnType<AccessStore[K]>> // by worker.ts
  }

  return {
    async take(target, body) {
      // Copied once: what Node read it into may hold the bytes of others, and is given away whole or not at all.
      const own = new Uint8Array(body)
      const question = { do: 'take', target, body: own, nowMs: clock.nowMs() } as const
      return (await ask(question, own.buffer)) as Taken // by worker.ts
    },
    async mark(marks) {
      if (marks.length > 0) await ask({ do: 'mark', marks })
    },
    async purge(keepDays) {
      if (existsSync(data.path)) await ask({ do: 'purge', keepDays, nowMs: clock.nowMs() })
    },
    async list({ secret, ...store }) {
      return (await ask({ do: 'list', store, secret: secret.reveal(), nowMs: clock.nowMs() })) as Listing // by worker.ts
    },
    accesses: (query) => read('accesses', { accesses: [], next: null }, query),
    unjudged: (nowMs) => read('unjudged', [], nowMs),
    told: (target) => read('told', null, target),
    uses: (of, sinceMs) => read('uses', { sessions: 0, uses: [] }, of, sinceMs),
    usedSeconds: (sinceMs, nowMs) => read('usedSeconds', new Map(), sinceMs, nowMs),
    async close() {
      isClosed = true
      const ending = worker
      if (ending === null) return
      const { promise, resolve } = Promise.withResolvers<void>()
      ending.once('exit', () => resolve())
      ending.ref()
      ending.postMessage('close')
      await promise
    },
  }
}
