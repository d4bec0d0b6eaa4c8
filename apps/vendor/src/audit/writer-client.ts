import type { Worker } from 'node:worker_threads'
import { isClosingRecord } from '../domain/closing-records.ts'
import type { MetLimit } from '../domain/use-limit.ts'
import { VendorError } from '../errors.ts'
import { PLACES } from '../places.ts'
import type { Clock, Logger, Receipt } from '../ports.ts'
import { startWorker } from '../worker-thread.ts'
import type { EventTableOptions } from './event-table.ts'
import type { EventRow } from './row.ts'
import type { WriterAnswer, WriterRequest } from './writer.ts'

/** Where a row stands, which limit it met, and its receipt where it is an outcome that wants one. */
export type Put = { readonly seq: number; readonly met: MetLimit | null; readonly receipt: Receipt | null }

type Control = Exclude<WriterRequest, 'close' | { do: 'write' }>
type AnswerTo<D> = Extract<WriterAnswer, { readonly did: D }>

/** This side of the worker that writes the log. */
export type WriterClient = {
  readonly vkey: string
  readonly isNewKey: boolean
  /**
   * Resolves when the row is on disk. Throws `audit_unavailable`; then it is not in the log and never will be, but where the
   * reason is `timed_out`: the disk may still take it, and then it stands there although nobody waited.
   */
  put(row: () => EventRow): Promise<Put>
  /** Asks between two batches. Throws the writer's code. */
  ask<D extends Control['do']>(request: Extract<Control, { do: D }>): Promise<AnswerTo<D>>
  healthy(): boolean
  /** Where the last write failed: asks, at most once a second, whether the next would. */
  recheck(): void
  /** How many rows wait for the disk. */
  waiting(): number
  close(): Promise<void>
}

/** More than this waiting means that the disk does not follow: refusing at once is kinder than a queue without end. */
const MAX_WAITING = 4096

type Waiting = {
  readonly row: EventRow
  /** It was part of a message that the full disk refused, and is on its way once more. */
  readonly again?: true
  readonly resolve: (put: Put) => void
  readonly reject: (error: VendorError) => void
}
type Asked = {
  readonly request: Control
  readonly resolve: (answer: WriterAnswer & { ok: true }) => void
  readonly reject: (error: VendorError) => void
}
type Sent = readonly Waiting[] | Asked

const REFUSED_FOR_ROOM = { ok: false, requests: 0, code: 'audit_unavailable', reason: 'disk_full' } as const

function isClosingRow({ row }: Waiting): boolean {
  return isClosingRecord(row[0])
}

export type WriterWatch = {
  readonly log: Logger
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** How many more rows may come soon. Left out: nobody knows of any. */
  readonly underWay?: (() => number) | undefined
  /** Told of every commit when the writer has answered. */
  readonly onBatch?:
    | ((batch: { readonly events: number; readonly ms: number; readonly ok: boolean }) => void)
    | undefined
  /** A commit that takes longer hangs. Left out: ten seconds. */
  readonly hangMs?: number | undefined
}

/** A disk that refused is not asked more often than this. */
const RECHECK_MS = 1_000
/** A disk, or a lock, that lets the writer wait longer than this is told to who waits, who then answers 503. */
const HANG_MS = 10_000
/** With so many the writer begins, while this side makes the next: of 64 that wait, one half is written and the other made. */
const FIRST_ROWS = 32
/** With so many under way a row waits so long for theirs: a commit costs what twenty rows in it do (ADR 0035). */
const SIBLINGS = 32
const GATHER_MS = 4

/**
 * Starts the writer. Rows are sent in the turn that they come in, and the writer takes everything that waits into one commit,
 * so that neither side is idle while the other works; only where many are under way does a row wait for others. Throws the
 * writer's code where the log cannot be opened or does not verify.
 */
export async function openWriter(
  options: EventTableOptions,
  { log, clock, onBatch, underWay, hangMs = HANG_MS }: WriterWatch,
): Promise<WriterClient> {
  const worker = startWorker(PLACES.auditWriter, { workerData: options })
  const opened = await untilOpened(worker, log)
  if (opened.reserve !== null) log.error('audit.reserve_missing', { reason: opened.reserve })
  let waiting: Waiting[] = []
  /** Sent and not answered, oldest first. */
  const sent: Sent[] = []
  /** Of these, what nobody waits for any more. */
  const givenUp = new WeakSet<Sent>()
  let unanswered = 0
  let scheduled = false
  let gathering: NodeJS.Timeout | null = null
  /** The disk is full, and the writer takes closing records only. */
  let full = opened.full === true
  let healthy = !full
  let dead = false
  let askedMs = Number.NEGATIVE_INFINITY
  /** When the oldest that is not answered was sent. */
  let sentMs = 0
  let closed: (() => void) | null = null
  let hangs = false
  let watched = false

  /** One timer, whatever waits: looks whether the oldest waits too long. */
  function watch(ms: number): void {
    if (watched) return
    watched = true
    setTimeout(() => {
      watched = false
      if (sent.length === 0 || hangs || dead) return
      const restMs = sentMs + hangMs - clock.monotonicMs()
      if (restMs > 0) watch(restMs)
      else hang()
    }, ms).unref()
  }

  /**
   * Nobody waits any longer. What was sent stays in the order of answers, which may come yet; what was not sent is dropped,
   * and nothing more is taken until the writer answers: so nothing piles up.
   */
  function hang(): void {
    hangs = true
    healthy = false
    log.error('audit.hangs', { events: unanswered, ms: Math.round(clock.monotonicMs() - sentMs) })
    const answer = { ok: false, requests: 0, code: 'audit_unavailable' } as const
    for (const one of sent) {
      settle(one, { ...answer, reason: 'timed_out' }, 0)
      givenUp.add(one)
    }
    settle(waiting, { ...answer, reason: 'hangs' }, 0)
    unanswered -= waiting.length
    waiting = []
    closed?.()
  }

  function send(): void {
    scheduled = false
    if (gathering !== null) clearTimeout(gathering)
    gathering = null
    if (waiting.length === 0 || dead) return
    const batch = waiting
    waiting = []
    if (sent.length === 0) sentMs = clock.monotonicMs()
    sent.push(batch)
    watch(hangMs)
    worker.postMessage({ do: 'write', rows: batch.map(({ row }) => row) } satisfies WriterRequest)
  }

  function hear(answer: WriterAnswer): void {
    if (answer.ok && answer.did === 'progress') return
    if (answer.ok && answer.did === 'lost_sessions') {
      log.error('sessions.not_kept', { count: answer.count, reason: answer.reason })
      return
    }
    hangs = false
    full = answer.full === true
    const done = sent.splice(0, 'requests' in answer ? answer.requests : 1)
    const [nowMs, ms] = [clock.monotonicMs(), clock.monotonicMs() - sentMs]
    sentMs = nowMs
    if (full && !answer.ok) sendClosing(done)
    let rows = 0
    for (const one of done) {
      settle(one, answer, rows)
      if ('length' in one) rows += one.length
    }
    unanswered -= rows
    if (rows > 0) onBatch?.({ events: rows, ms, ok: answer.ok })
    // A question that is refused, such as for a key that is not there, says nothing of the disk.
    if (rows > 0 || answer.ok || full) tell(answer)
    if (closed !== null && sent.length === 0 && waiting.length === 0) closed()
  }

  /**
   * Closing records that shared a message with others go once more, alone, before whatever waits; of what waits only closing
   * records stay. `done`: what the full disk refused, and is left of it for whoever settles it.
   */
  function sendClosing(done: Sent[]): void {
    const again: Waiting[] = []
    for (const [at, one] of done.entries()) {
      if (!('length' in one) || givenUp.has(one)) continue
      again.push(...one.filter((each) => each.again !== true && isClosingRecord(each.row[0])))
      done[at] = one.filter((each) => each.again === true || !isClosingRecord(each.row[0]))
    }
    const [closing, others] = [waiting.filter(isClosingRow), waiting.filter((each) => !isClosingRow(each))]
    settle(others, REFUSED_FOR_ROOM, 0)
    unanswered -= others.length
    waiting = [...again.map((each) => ({ ...each, again: true }) as const), ...closing]
    send()
  }

  function tell(answer: WriterAnswer): void {
    const isWell = answer.ok && !full
    if (healthy !== isWell)
      log[isWell ? 'warn' : 'error'](isWell ? 'audit.recovered' : 'audit.failed', {
        ...reasonFacts(answer),
        ...(full ? { takes: 'closing_records' } : {}),
      })
    healthy = isWell
  }

  function died(cause: unknown): void {
    dead = true
    healthy = false
    log.error('audit.writer_died', { reason: String(cause) })
    const answer = { ok: false, requests: 0, code: 'audit_unavailable', reason: 'the writer died' } as const
    for (const one of [...sent, waiting]) settle(one, answer, 0)
    sent.length = 0
    waiting = []
    closed?.()
  }

  worker.on('message', hear)
  worker.on('error', died)
  worker.on('exit', (code) => (closed === null ? died(`exit ${code}`) : undefined))

  function recheck(): void {
    const nowMs = clock.monotonicMs()
    if (healthy || dead || closed !== null || sent.length > 0 || nowMs - askedMs < RECHECK_MS) return
    askedMs = nowMs
    sentMs = nowMs
    watch(hangMs)
    const done = () => undefined
    sent.push({ request: { do: 'touch' }, resolve: done, reject: done })
    worker.postMessage({ do: 'touch' } satisfies WriterRequest)
  }

  return {
    vkey: opened.vkey,
    isNewKey: opened.isNewKey,
    put(make) {
      if (dead || hangs || closed !== null || unanswered >= MAX_WAITING) {
        return Promise.reject(new VendorError('audit_unavailable', { facts: { waiting: unanswered } }))
      }
      const row = make()
      if (full && !isClosingRecord(row[0])) {
        // Nobody else may ask whether there is room again.
        recheck()
        return Promise.reject(new VendorError('audit_unavailable', { facts: { reason: 'disk_full' } }))
      }
      unanswered += 1
      return new Promise((resolve, reject) => {
        waiting.push({ row, resolve, reject })
        if (waiting.length === FIRST_ROWS) send()
        else if (!scheduled) {
          scheduled = true
          if ((underWay?.() ?? 0) < SIBLINGS) setImmediate(send)
          else gathering = setTimeout(send, GATHER_MS)
        }
      })
    },
    ask<D extends Control['do']>(request: Extract<Control, { do: D }>) {
      if (dead || hangs || closed !== null) return Promise.reject(new VendorError('audit_unavailable'))
      // What was put before is written before.
      send()
      return new Promise<AnswerTo<D>>((resolve, reject) => {
        // Requests are answered in their order, each by an answer of its name.
        if (sent.length === 0) sentMs = clock.monotonicMs()
        watch(hangMs)
        sent.push({ request, resolve: (answer) => resolve(answer as AnswerTo<D>), reject })
        worker.postMessage(request)
      })
    },
    healthy: () => healthy,
    recheck,
    waiting: () => unanswered,
    async close() {
      if (!dead && !hangs && (sent.length > 0 || waiting.length > 0)) {
        await new Promise<void>((resolve) => {
          closed = resolve
        })
      }
      closed = () => undefined
      if (dead) return
      const gone = new Promise((resolve) => worker.once('exit', resolve))
      worker.postMessage('close' satisfies WriterRequest)
      // A writer that hangs hears nothing; what it has not committed is in no log.
      const tooLong = setTimeout(() => void worker.terminate(), hangMs)
      await gone
      clearTimeout(tooLong)
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

/** `from`: the place of its first row among those that the answer is of. */
function settle(done: Sent, answer: WriterAnswer, from: number): void {
  if (!('length' in done)) {
    if (answer.ok) done.resolve(answer)
    else done.reject(new VendorError(answer.code, { facts: { reason: answer.reason } }))
    return
  }
  for (const [place, { resolve, reject }] of done.entries()) {
    const at = from + place
    if (answer.ok && answer.did === 'write') {
      const { first, met, receipts } = answer
      const proof = receipts?.heads[at] ?? null
      const receipt = proof === null || receipts === null ? null : { proof, checkpoint: receipts.checkpoint }
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
