import { Worker } from 'node:worker_threads'
import type { AuditEvent, Envelope, EventType } from '../domain/audit-event.ts'
import { canonicalize } from '../domain/canonical.ts'
import type { MetLimit } from '../domain/use-limit.ts'
import { VendorError } from '../errors.ts'
import { newId } from '../ids.ts'
import type { AuditLog, Clock, Logger, Random, SealedSession } from '../ports.ts'
import { openForReading } from '../storage/sqlite/open.ts'
import type { EventTableOptions } from './event-table.ts'
import { createReader } from './reader.ts'
import type { EventRow } from './row.ts'
import { rowOf, spendingRow } from './row.ts'
import type { WriterAnswer } from './writer.ts'

export type AuditLogOptions = EventTableOptions & {
  readonly clock: Clock
  readonly random: Random
  /** Names this run of the process in every event. */
  readonly bootId: string
  readonly log: Logger
}

/** More than this waiting means that the disk does not follow: refusing at once is kinder than a queue without end. */
const MAX_WAITING = 4096

type Waiting = {
  readonly row: EventRow
  readonly resolve: (met: MetLimit | null) => void
  readonly reject: (error: VendorError) => void
}

/**
 * Opens the audit log: a worker thread writes, so that the event loop never waits for the disk. One batch is under way
 * at a time, and what arrives meanwhile is the next one: group commit without a timer. Throws `audit_tampered`,
 * `audit_unavailable` or `migration_failed` where the file cannot be opened or does not verify.
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { clock, random, bootId, log } = options
  const { path, migrations, sessions, maxPages } = options
  const workerData: EventTableOptions = {
    path,
    migrations,
    ...(sessions === undefined ? {} : { sessions }),
    ...(maxPages === undefined ? {} : { maxPages }),
  }
  const writer = new Worker(new URL('./writer.ts', import.meta.url), { workerData })
  const first = await new Promise<WriterAnswer>((resolve, reject) => {
    writer.once('message', resolve)
    writer.once('error', (cause) => reject(new VendorError('audit_unavailable', { cause })))
  })
  if (!first.ok) {
    await writer.terminate()
    throw new VendorError(first.code, { facts: { reason: first.reason } })
  }
  const reader = createReader(openForReading(path))
  let waiting: Waiting[] = []
  let underWay: Waiting[] | null = null
  let purgeMs: number | null = null
  let scheduled = false
  let healthy = true
  let dead = false
  let count = 0
  let closed: (() => void) | null = null

  function send(): void {
    scheduled = false
    if (underWay !== null || (waiting.length === 0 && purgeMs === null) || dead) return
    underWay = waiting
    waiting = []
    writer.postMessage({ rows: underWay.map(({ row }) => row), purgeMs })
    purgeMs = null
  }

  function settle(answer: WriterAnswer): void {
    const batch = underWay ?? []
    underWay = null
    if (answer.ok) for (const [at, { resolve }] of batch.entries()) resolve(answer.met?.[at] ?? null)
    else fail(batch, answer.reason)
    if (healthy !== answer.ok)
      log[answer.ok ? 'warn' : 'error'](answer.ok ? 'audit.recovered' : 'audit.failed', reasonFacts(answer))
    healthy = answer.ok
    if (closed !== null && waiting.length === 0) closed()
    else send()
  }

  function died(cause: unknown): void {
    dead = true
    healthy = false
    log.error('audit.writer_died', { reason: String(cause) })
    fail([...(underWay ?? []), ...waiting], 'the writer died')
    underWay = null
    waiting = []
    closed?.()
  }

  writer.on('message', settle)
  writer.on('error', died)
  writer.on('exit', (code) => (closed === null ? died(`exit ${code}`) : undefined))

  function envelope(atMs: number): Envelope {
    count += 1
    const [id, at] = [newId('evt', atMs, random.bytes(10)), new Date(atMs).toISOString()]
    return { v: 1, id, at, mono: String(Math.round(clock.monotonicMs() * 1e6)), boot: bootId, n: count }
  }

  function put(rowAt: (atMs: number) => EventRow): Promise<MetLimit | null> {
    if (dead || closed !== null || waiting.length >= MAX_WAITING) {
      return Promise.reject(new VendorError('audit_unavailable', { facts: { waiting: waiting.length } }))
    }
    const row = rowAt(clock.nowMs())
    return new Promise((resolve, reject) => {
      waiting.push({ row, resolve, reject })
      if (underWay === null && !scheduled) {
        scheduled = true
        setImmediate(send)
      }
    })
  }

  return {
    async append(event, kept = null) {
      await put((atMs) => recordedRow({ event, kept }, envelope(atMs), atMs))
    },
    appendIntent(intent, instead) {
      return put((atMs) => {
        // One of the three is written, so all share the envelope, and its counter has no gap.
        const around = envelope(atMs)
        const row = recordedRow({ event: intent }, around, atMs)
        if (intent.uses.length === 0) return row
        const refusal = (met: MetLimit) => recordedRow({ event: instead(met) }, around, atMs)
        const refusals = { replayed: refusal('replayed'), uses_exhausted: refusal('uses_exhausted') }
        return spendingRow({ ...intent, ...around }, row, refusals)
      })
    },
    page: async (query) => reader.page(query),
    last: async (type: EventType) => reader.last(type),
    shadowUse: async (mapping) => reader.shadowUse(mapping),
    usesOf: async (mapping) => reader.usesOf(mapping),
    openIntents: async () => reader.openIntents(),
    revocations: async () => reader.revocations(),
    liveSessions: async (query) => reader.liveSessions(query),
    purgeSessions(nowMs) {
      purgeMs = nowMs
      if (underWay === null && !scheduled && closed === null) {
        scheduled = true
        setImmediate(send)
      }
    },
    healthy: () => healthy,
    async close() {
      if (!dead && (underWay !== null || waiting.length > 0)) {
        await new Promise<void>((resolve) => {
          closed = resolve
        })
      }
      closed = () => undefined
      reader.close()
      if (dead) return
      const gone = new Promise((resolve) => writer.once('exit', resolve))
      writer.postMessage('close')
      await gone
    },
  }
}

function recordedRow(
  { event, kept }: { readonly event: AuditEvent; readonly kept?: SealedSession | null },
  around: Envelope,
  atMs: number,
): EventRow {
  const recorded = { ...event, ...around }
  return rowOf({ event: recorded, kept: kept ?? null }, canonicalize(recorded), atMs)
}

function fail(batch: readonly Waiting[], reason: string): void {
  for (const { reject } of batch) reject(new VendorError('audit_unavailable', { facts: { reason } }))
}

function reasonFacts(answer: WriterAnswer): Record<string, string> {
  return answer.ok ? {} : { code: answer.code, reason: answer.reason }
}
