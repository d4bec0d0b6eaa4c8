import type { AuditEvent, Envelope, EventType, RecordedEvent } from '../domain/audit-event.ts'
import { canonicalize } from '../domain/canonical.ts'
import type { MetLimit } from '../domain/use-limit.ts'
import { VendorError } from '../errors.ts'
import { newId } from '../ids.ts'
import { isoTime } from '../iso-time.ts'
import type { AuditLog, Clock, Logger, Random } from '../ports.ts'
import { openForReading } from '../storage/sqlite/open.ts'
import type { EventTableOptions } from './event-table.ts'
import { createExportReader } from './export-reader.ts'
import { createFindingReader } from './finding-reader.ts'
import { createPackReader } from './pack-reader.ts'
import { createCloak } from './personal/cloak.ts'
import { createPersonalLog } from './personal/personal-log.ts'
import { createPersonalReader } from './personal/personal-reader.ts'
import { putNoted } from './personal/put-noted.ts'
import { createPruneReader } from './prune-reader.ts'
import { createReader, readable } from './reader.ts'
import { createReviewReader } from './review-reader.ts'
import type { EventRow } from './row.ts'
import { cloakedRow, receiptedRow, rowOf, spendingRow } from './row.ts'
import { createSinkReader } from './sink-cursors.ts'
import { createTreeReader } from './tree/tree-reader.ts'
import { createUsageReader } from './usage/reader.ts'
import { openWriter, type Put } from './writer-client.ts'

export type AuditLogOptions = Omit<EventTableOptions, 'cloakedBoot'> & {
  readonly clock: Clock
  readonly random: Random
  /** Names this run of the process in every event. */
  readonly bootId: string
  readonly log: Logger
  /** How many exchanges are under way: each has an event to come. */
  readonly underWay?: () => number
  /** Told of every batch when the writer has answered. */
  readonly onBatch?: (batch: { readonly events: number; readonly ms: number; readonly ok: boolean }) => void
  /** How long a commit may take before who waits for it is told that it hangs. Left out: ten seconds. */
  readonly hangMs?: number | undefined
  /** Names of claims that are personal beside `sub`, addresses and agents, which are erasable then. Left out: none are. */
  readonly personalClaims?: readonly string[] | null
}

/** C2SP tlog-tiles writes the length of an entry in 16 bits: what is longer could be proved, and never be shown. */
const MAX_EVENT_BYTES = 0xffff
/** A UTF-16 code unit is at most three bytes of UTF-8. */
const SURELY_FITS = MAX_EVENT_BYTES / 3

/**
 * Opens the audit log: a worker thread writes, so that the event loop never waits for the disk. Throws `audit_tampered`,
 * `audit_unavailable`, `migration_failed`, `log_key_unusable` or `log_key_unknown` where the file cannot be opened or does
 * not verify.
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { clock, random, bootId, log, onBatch, underWay, hangMs, personalClaims, ...table } = options
  const claims = personalClaims ?? null
  const written = claims === null ? table : { ...table, cloakedBoot: bootId }
  const writer = await openWriter(written, { log, clock, onBatch, underWay, hangMs })
  const connection = openForReading(options.path)
  const personal = createPersonalReader(connection)
  const cloak = claims === null ? null : createCloak({ random, reader: personal, claims })
  const reader = createReader(connection)
  const exports = createExportReader(connection)
  const delivered = createSinkReader(connection)
  const prunes = createPruneReader(connection)
  let count = 0

  function envelope(atMs: number): Envelope {
    count += 1
    const [id, at] = [newId('evt', atMs, random.bytes(10)), isoTime(atMs)]
    return { v: 1, id, at, mono: String(Math.round(clock.monotonicMs() * 1e6)), boot: bootId, n: count }
  }

  function put(rowAt: (atMs: number) => EventRow): Promise<Put> {
    const rowNow = () => rowAt(clock.nowMs())
    return cloak === null ? writer.put(rowNow) : putNoted(writer.put, rowNow, cloak)
  }

  function recordedRow(event: AuditEvent, around: Envelope, atMs: number): EventRow {
    const recorded = { ...event, ...around }
    if (cloak === null) return rowOf(recorded, bodyOf(recorded), atMs)
    const { event: cloaked, note } = cloak.cloak(recorded, atMs)
    const row = rowOf(cloaked, bodyOf(cloaked), atMs)
    return cloakedRow(row, { event: cloaked, clear: recorded, note })
  }

  return {
    async append(event) {
      await put((atMs) => recordedRow(event, envelope(atMs), atMs))
    },
    appendIntent(intent, instead) {
      return put((atMs) => {
        // One of the three is written, so all share the envelope, and its counter has no gap.
        const around = envelope(atMs)
        const row = recordedRow(intent, around, atMs)
        if (intent.uses.length === 0) return row
        const refusal = (met: MetLimit) => recordedRow(instead(met), around, atMs)
        const refusals = { replayed: refusal('replayed'), uses_exhausted: refusal('uses_exhausted') }
        return spendingRow({ ...intent, ...around }, row, refusals)
      })
    },
    async appendIssued(issued, intent, kept = null) {
      const { receipt } = await put((atMs) =>
        receiptedRow(recordedRow(issued, envelope(atMs), atMs), { intent, kept }),
      )
      if (receipt === null) throw new VendorError('audit_unavailable', { facts: { reason: 'no receipt' } })
      return receipt
    },
    page: async (query) => reader.page(query),
    exportPage: async (query) => readable(() => exports.page(query)),
    sinkDelivered: async (name) => readable(() => delivered(name)),
    async keepDelivered(sink, seq) {
      await writer.ask({ do: 'deliver', sink, seq })
    },
    pruning: {
      upTo: async () => readable(prunes.prunedUpTo),
      facts: async () => readable(prunes.pruneFacts),
      horizonMs: async () => readable(prunes.prunedBeforeMs),
      candidates: async (asked) => readable(() => prunes.pruneCandidates(asked)),
      isPending: async () => readable(prunes.pruningPending),
      slice: async () => (await writer.ask({ do: 'prune' })).more,
      async looked(upto, held) {
        await writer.ask({ do: 'looked', upto, held })
      },
    },
    last: async (type: EventType) => reader.last(type),
    shadowUse: async (mapping) => reader.shadowUse(mapping),
    usesOf: async (mapping) => reader.usesOf(mapping),
    openIntents: async () => reader.openIntents(),
    revocations: async () => reader.revocations(),
    liveSessions: async (query) => reader.liveSessions(query),
    probes: async (query) => reader.probes(query),
    probe: async (id) => reader.probe(id),
    openProbes: async () => reader.openProbes(),
    ghosts: reader.ghosts,
    async keepSessions() {
      await writer.ask({ do: 'keep' })
    },
    async purgeSessions(nowMs) {
      await writer.ask({ do: 'purge', nowMs })
    },
    personal: createPersonalLog({
      cloak,
      reader: personal,
      put,
      rowOf: (event, atMs) => recordedRow(event, envelope(atMs), atMs),
      wipe: async () => (await writer.ask({ do: 'wipe' })).wiped,
    }),
    findings: createFindingReader(connection),
    usage: createUsageReader({
      path: options.path,
      connection,
      async count() {
        await writer.ask({ do: 'count' })
      },
    }),
    packs: createPackReader(connection),
    reviews: {
      ...createReviewReader(connection),
      async stage(review, part) {
        await writer.ask({ do: 'stage_review', part: { review, ...part } })
      },
    },
    healthy: writer.healthy,
    recheck: writer.recheck,
    waiting: writer.waiting,
    tree: {
      ...createTreeReader(connection),
      firstKey: writer.isNewKey ? writer.vkey : null,
      async checkpoint() {
        const { size, note } = await writer.ask({ do: 'checkpoint' })
        return { size, note }
      },
      async prepareNextKey(origin) {
        const { vkey, replaces, handover } = await writer.ask({ do: 'prepare_key', origin })
        return { vkey, replaces, handover }
      },
      async useNextKey(next) {
        await writer.ask({ do: 'use_key', next })
      },
    },
    async close() {
      // The writer is the last to go: only it can put what is in the WAL into the file.
      reader.close()
      await writer.close()
    },
  }
}

function bodyOf(recorded: RecordedEvent): string {
  const body = canonicalize(recorded)
  if (body.length > SURELY_FITS && Buffer.byteLength(body) > MAX_EVENT_BYTES)
    throw new VendorError('audit_unavailable', { facts: { reason: 'event_too_large', type: recorded.type } })
  return body
}
