import { exportedLine } from '../domain/export/export-line.ts'
import type { Exporter } from '../domain/export/exported.ts'
import type { Sink } from '../domain/sink.ts'
import { isWanted, waitAfter } from '../domain/sink.ts'
import { VendorError } from '../errors.ts'
import type { LogKeeping, SinkAnswer, SinkBatch, SinkPost } from '../ports/log-keeping.ts'
import type { AuditLog, Clock, Logger, Timers } from '../ports.ts'

export type DeliveringDeps = {
  readonly audit: Pick<AuditLog, 'append'> &
    Pick<LogKeeping, 'exportPage' | 'sinkDelivered' | 'keepDelivered'> & {
      readonly tree: Pick<AuditLog['tree'], 'size'>
    }
  readonly clock: Clock
  readonly timers: Timers
  /** From 0 to 1. */
  readonly random: () => number
  readonly exporter: Exporter
  readonly log: Logger
  /** Told of every attempt. */
  readonly onAttempt?: (sink: string, ok: boolean) => void
}

/** How one sink stands, for readiness, metrics and pruning. */
export type SinkStanding = {
  readonly name: string
  /** The newest event that it is known to have, on disk. */
  readonly delivered: number
  /** Events that it does not have yet. */
  readonly lag: number
  readonly failing: boolean
}

export type Delivering = {
  begin(): Promise<void>
  standings(): readonly SinkStanding[]
  /** Ends what is under way and keeps how far it came. */
  stop(): Promise<void>
}

const EVENTS_AT_ONCE = 100
const BYTES_AT_ONCE = 512 * 1024
/** How often the log is looked at for something new, and how often the cursor is kept at most. */
const LOOK_MS = 500
const KEEP_MS = 1_000
/** A sink that fails this long is an event. Shorter ones are none, so that what is said of a sink cannot keep it busy. */
const FAILING_MS = 60_000

/** Builds the one deliverer of a process: each sink by itself, in the order of the log, from its cursor on. */
export function createDelivering(
  deps: DeliveringDeps,
  sinks: readonly { readonly sink: Sink; readonly post: SinkPost }[],
): Delivering {
  const lanes = sinks.map(({ sink, post }) => createLane(deps, sink, post))
  return {
    begin: async () => void (await Promise.all(lanes.map((lane) => lane.begin()))),
    standings: () => lanes.map((lane) => lane.standing()),
    stop: async () => void (await Promise.all(lanes.map((lane) => lane.stop()))),
  }
}

type Lane = { begin(): Promise<void>; standing(): SinkStanding; stop(): Promise<void> }

function createLane(deps: DeliveringDeps, sink: Sink, post: SinkPost): Lane {
  const { audit, clock, timers, log } = deps
  let cursor = 0
  let kept = 0
  let keptMs = Number.NEGATIVE_INFINITY
  let failures = 0
  let failingSinceMs: number | null = null
  let told = false
  let most = EVENTS_AT_ONCE
  let stopped = false
  let cancel = () => {}
  let running: Promise<void> = Promise.resolve()

  function schedule(ms: number): void {
    if (stopped) return
    cancel = timers.after(ms, () => {
      running = turn().catch((thrown: unknown) => {
        // The log that cannot be read or written says so itself; the sink waits with it.
        log.error('sink.waits', { sink: sink.name, code: codeOf(thrown) })
        schedule(LOOK_MS)
      })
    })
  }

  /** One batch; what comes next is scheduled, so that no sink holds the process. */
  async function turn(): Promise<void> {
    const batch = await nextBatch(deps, sink, { after: cursor, most })
    if (batch.body === null) {
      cursor = batch.last
      await keep(false)
      return schedule(batch.isEnd ? LOOK_MS : 0)
    }
    const answer = await post({ ...batch.body, id: `${sink.name}-${batch.first}-${batch.last}` })
    deps.onAttempt?.(sink.name, answer.ok)
    if (!answer.ok) return failed(answer, batch.last - batch.first)
    cursor = batch.last
    most = EVENTS_AT_ONCE
    failures = 0
    await keep(false)
    await recovered()
    schedule(0)
  }

  async function failed(answer: Extract<SinkAnswer, { ok: false }>, events: number): Promise<void> {
    // Too much at once is sent in halves, down to one event; never is one left out.
    if (answer.reason === 'http_413' && events > 0) {
      most = Math.max(1, Math.floor(most / 2))
      return schedule(0)
    }
    failures += 1
    failingSinceMs ??= clock.monotonicMs()
    if (failures === 1) log.warn('sink.failed', { sink: sink.name, reason: answer.reason })
    if (!told && clock.monotonicMs() - failingSinceMs >= FAILING_MS) {
      told = true
      const { reason } = answer
      await audit
        .append({ type: 'log.sink_failed', sink: sink.name, reason, delivered: cursor })
        .catch(() => undefined)
    }
    schedule(waitAfter(failures, answer, deps.random()))
  }

  async function recovered(): Promise<void> {
    if (failingSinceMs === null) return
    const failedSince = new Date(clock.nowMs() - (clock.monotonicMs() - failingSinceMs)).toISOString()
    failingSinceMs = null
    if (!told) return
    told = false
    log.warn('sink.recovered', { sink: sink.name })
    await audit
      .append({ type: 'log.sink_recovered', sink: sink.name, delivered: cursor, failedSince })
      .catch(() => undefined)
  }

  async function keep(now: boolean): Promise<void> {
    if (cursor === kept || (!now && clock.monotonicMs() - keptMs < KEEP_MS)) return
    const reached = cursor
    await audit.keepDelivered(sink.name, reached)
    kept = reached
    keptMs = clock.monotonicMs()
  }

  return {
    async begin() {
      const known = await audit.sinkDelivered(sink.name)
      cursor = known ?? (sink.from === 'now' ? audit.tree.size() : 0)
      // From here on it is known, so that nothing that it has not had is pruned.
      kept = cursor
      if (known === null)
        await audit.keepDelivered(sink.name, cursor).catch((thrown: unknown) => {
          // A log without room: it is kept as soon as there is, and until then nothing counts as delivered.
          log.error('sink.waits', { sink: sink.name, code: codeOf(thrown) })
          kept = -1
        })
      schedule(0)
    },
    standing: () => ({
      name: sink.name,
      delivered: kept,
      lag: Math.max(0, audit.tree.size() - cursor),
      failing: failures > 0,
    }),
    async stop() {
      stopped = true
      cancel()
      await running
      await keep(true).catch(() => undefined)
    },
  }
}

type Batch = {
  /** null: of what was looked at this sink wants nothing. */
  readonly body: Omit<SinkBatch, 'id'> | null
  readonly first: number
  readonly last: number
  readonly isEnd: boolean
}

async function nextBatch(
  { audit, exporter }: DeliveringDeps,
  sink: Sink,
  { after, most }: { readonly after: number; readonly most: number },
): Promise<Batch> {
  const { rows, next } = await audit.exportPage({ after, limit: most, fromMs: null, toMs: null })
  const lines: string[] = []
  let [last, bytes] = [after, 0]
  for (const row of rows) {
    const isSent = row.event !== null && isWanted(sink, row.event.type)
    const line = isSent ? exportedLine(row, sink.format, exporter) : null
    if (line !== null && lines.length > 0 && bytes + line.length > BYTES_AT_ONCE) break
    last = row.seq
    if (line === null) continue
    lines.push(line)
    bytes += line.length
  }
  const isEnd = next === null && last === (rows.at(-1)?.seq ?? after)
  const body = lines.length === 0 ? null : bodyOf(sink, lines)
  return { body, first: after + 1, last, isEnd }
}

function bodyOf({ format }: Sink, lines: readonly string[]): Omit<SinkBatch, 'id'> {
  if (format === 'cloudevents')
    return { contentType: 'application/cloudevents-batch+json', body: `[${lines.join(',')}]` }
  return { contentType: 'application/x-ndjson', body: lines.map((line) => `${line}\n`).join('') }
}

function codeOf(thrown: unknown): string {
  return thrown instanceof VendorError ? thrown.code : 'internal_error'
}
