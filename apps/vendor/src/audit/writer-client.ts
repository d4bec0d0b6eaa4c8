import { Worker } from 'node:worker_threads'
import type { MetLimit } from '../domain/use-limit.ts'
import { VendorError } from '../errors.ts'
import type { Logger } from '../ports.ts'
import type { EventTableOptions } from './event-table.ts'
import type { EventRow } from './row.ts'
import type { WriterAnswer, WriterRequest } from './writer.ts'

/** Where a row stands, which limit it met, and its receipt where it is an outcome that wants one. */
export type Put = { readonly seq: number; readonly met: MetLimit | null; readonly receipt: string | null }

type Control = Exclude<WriterRequest, 'close' | { do: 'write' }>
type AnswerTo<D> = Extract<WriterAnswer, { readonly did: D }>

/** This side of the worker that writes the log. */
export type WriterClient = {
  readonly vkey: string
  readonly isNewKey: boolean
  /** Resolves when the row is on disk. Throws `audit_unavailable`; then it is not in the log and never will be. */
  put(row: () => EventRow): Promise<Put>
  /** Asks between two batches. Throws the writer's code. */
  ask<D extends Control['do']>(request: Extract<Control, { do: D }>): Promise<AnswerTo<D>>
  healthy(): boolean
  close(): Promise<void>
}

/** More than this waiting means that the disk does not follow: refusing at once is kinder than a queue without end. */
const MAX_WAITING = 4096

type Waiting = {
  readonly row: EventRow
  readonly resolve: (put: Put) => void
  readonly reject: (error: VendorError) => void
}
type Asked = {
  readonly request: Control
  readonly resolve: (answer: WriterAnswer & { ok: true }) => void
  readonly reject: (error: VendorError) => void
}
type UnderWay = readonly Waiting[] | Asked

/**
 * Starts the writer. One batch is under way at a time, and what arrives meanwhile is the next one: group commit without a
 * timer. Throws the writer's code where the log cannot be opened or does not verify.
 */
export async function startWriter(options: EventTableOptions, log: Logger): Promise<WriterClient> {
  const worker = new Worker(new URL('./writer.ts', import.meta.url), { workerData: options })
  const opened = await untilOpened(worker, log)
  let waiting: Waiting[] = []
  const asked: Asked[] = []
  let underWay: UnderWay | null = null
  let scheduled = false
  let healthy = true
  let dead = false
  let closed: (() => void) | null = null

  function send(): void {
    scheduled = false
    if (underWay !== null || dead) return
    const question = asked.shift()
    if (question !== undefined) {
      underWay = question
      worker.postMessage(question.request)
    } else if (waiting.length > 0) {
      const batch = waiting
      underWay = batch
      waiting = []
      worker.postMessage({ do: 'write', rows: batch.map(({ row }) => row) } satisfies WriterRequest)
    }
  }

  function hear(answer: WriterAnswer): void {
    if (answer.ok && answer.did === 'progress') return
    const done = underWay
    underWay = null
    if (done !== null) settle(done, answer)
    // A question that is refused, such as for a key that is not there, says nothing of the disk.
    const tells = answer.ok || (done !== null && 'length' in done)
    if (tells && healthy !== answer.ok)
      log[answer.ok ? 'warn' : 'error'](answer.ok ? 'audit.recovered' : 'audit.failed', reasonFacts(answer))
    if (tells) healthy = answer.ok
    if (closed !== null && waiting.length === 0 && asked.length === 0) closed()
    else send()
  }

  function died(cause: unknown): void {
    dead = true
    healthy = false
    log.error('audit.writer_died', { reason: String(cause) })
    const answer = { ok: false, code: 'audit_unavailable', reason: 'the writer died' } as const
    for (const one of [underWay ?? [], waiting, ...asked]) settle(one, answer)
    underWay = null
    waiting = []
    asked.length = 0
    closed?.()
  }

  worker.on('message', hear)
  worker.on('error', died)
  worker.on('exit', (code) => (closed === null ? died(`exit ${code}`) : undefined))

  function schedule(): void {
    if (underWay !== null || scheduled) return
    scheduled = true
    setImmediate(send)
  }

  return {
    vkey: opened.vkey,
    isNewKey: opened.isNewKey,
    put(make) {
      if (dead || closed !== null || waiting.length >= MAX_WAITING) {
        return Promise.reject(new VendorError('audit_unavailable', { facts: { waiting: waiting.length } }))
      }
      const row = make()
      return new Promise((resolve, reject) => {
        waiting.push({ row, resolve, reject })
        schedule()
      })
    },
    ask<D extends Control['do']>(request: Extract<Control, { do: D }>) {
      if (dead || closed !== null) return Promise.reject(new VendorError('audit_unavailable'))
      return new Promise<AnswerTo<D>>((resolve, reject) => {
        // Requests are answered in their order, each by an answer of its name.
        asked.push({ request, resolve: (answer) => resolve(answer as AnswerTo<D>), reject })
        schedule()
      })
    },
    healthy: () => healthy,
    async close() {
      if (!dead && (underWay !== null || waiting.length > 0 || asked.length > 0)) {
        await new Promise<void>((resolve) => {
          closed = resolve
        })
      }
      closed = () => undefined
      if (dead) return
      const gone = new Promise((resolve) => worker.once('exit', resolve))
      worker.postMessage('close' satisfies WriterRequest)
      await gone
    },
  }
}

async function untilOpened(worker: Worker, log: Logger): Promise<AnswerTo<'opened'>> {
  const answer = await new Promise<WriterAnswer>((resolve, reject) => {
    worker.on('message', (said: WriterAnswer) => {
      if (said.ok && said.did === 'progress') log.info('audit.tree_growing', { done: said.done, of: said.of })
      else resolve(said)
    })
    worker.once('error', (cause) => reject(new VendorError('audit_unavailable', { cause })))
  })
  worker.removeAllListeners('message')
  worker.removeAllListeners('error')
  if (answer.ok && answer.did === 'opened') return answer
  await worker.terminate()
  const refused = answer.ok ? { code: 'audit_unavailable' as const, reason: answer.did } : answer
  throw new VendorError(refused.code, { facts: { reason: refused.reason } })
}

function settle(done: UnderWay, answer: WriterAnswer): void {
  if (!('length' in done)) {
    if (answer.ok) done.resolve(answer)
    else done.reject(new VendorError(answer.code, { facts: { reason: answer.reason } }))
    return
  }
  for (const [at, { resolve, reject }] of done.entries()) {
    if (answer.ok && answer.did === 'write') {
      const { first, met, receipts } = answer
      const head = receipts?.heads[at] ?? null
      const receipt = head === null || receipts === null ? null : head + receipts.checkpoint
      resolve({ seq: first + at, met: met?.[at] ?? null, receipt })
    } else {
      const reason = answer.ok ? answer.did : answer.reason
      reject(new VendorError('audit_unavailable', { facts: { reason } }))
    }
  }
}

function reasonFacts(answer: WriterAnswer): Record<string, string> {
  return answer.ok ? {} : { code: answer.code, reason: answer.reason }
}
