import type { RecordedEvent } from '../domain/audit-event.ts'
import type { HeldFacts } from '../domain/retention.ts'
import type { PruneCandidates } from '../ports/log-keeping.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import { PRUNED_BODY } from './pruner.ts'

type Row = { seq: number; at: number; body: string }

/** The sheets that the service keeps of a target or role in memory. */
const SHEETS = 20
const HELD = `SELECT e.seq, e.at_ms AS at, e.body FROM pruning_held h JOIN event e ON e.seq = h.seq
  WHERE h.seq > ? ORDER BY h.seq LIMIT ?`
const NEXT = 'SELECT seq, at_ms AS at, body FROM event WHERE seq > ? ORDER BY seq LIMIT ?'
const NEWEST = `SELECT max(seq) FROM event WHERE type NOT GLOB 'assume.*' AND body <> '${PRUNED_BODY}' GROUP BY type`
// What is named is about to go. An older `log.pruned` may have had fewer days: what was looked at then counts as well.
const HORIZON = `SELECT max(ms) FROM (SELECT at_ms AS ms FROM event WHERE seq = (SELECT upto FROM pruning)
    AND EXISTS (SELECT 1 FROM event WHERE type = 'log.pruned' AND type NOT GLOB 'assume.*')
  UNION ALL SELECT * FROM (SELECT CAST(1000 * unixepoch(body ->> '$.before', 'subsec') AS INTEGER) FROM event
    WHERE type = 'log.pruned' AND type NOT GLOB 'assume.*' ORDER BY seq DESC LIMIT 1))`
const SHEET_SEQS = `SELECT seq FROM (SELECT seq, row_number() OVER (PARTITION BY target, role ORDER BY id DESC) AS place
  FROM probe WHERE seq IS NOT NULL) WHERE place <= ${SHEETS}`

/** What retention has to know of the log, read beside the writer. */
export function createPruneReader(connection: Connection) {
  const upto = connection.prepare<[], number>('SELECT upto FROM pruning').pluck()
  const heldRows = connection.prepare<[number, number], Row>(HELD)
  const nextRows = connection.prepare<[number, number], Row>(NEXT)
  const open = connection.prepare<[], string>('SELECT assumption FROM open_intent').pluck()
  const newest = connection.prepare<[], number>(NEWEST).pluck()
  const sheets = connection.prepare<[], number>(SHEET_SEQS).pluck()
  const revocations = connection
    .prepare<[], string>('SELECT id FROM revocation WHERE locked = 1 OR finished = 0')
    .pluck()
  const probes = connection.prepare<[], string>('SELECT id FROM probe WHERE seq IS NULL').pluck()
  const horizon = connection.prepare<[], number | null>(HORIZON).pluck()
  const pending = connection.prepare<[], number>('SELECT count(*) FROM pruning_run').pluck()

  return {
    pruningPending: () => (pending.get() ?? 0) > 0,
    prunedBeforeMs: () => horizon.get() ?? null,
    prunedUpTo: () => upto.get() ?? 0,
    pruneFacts: (): HeldFacts => ({
      newest: new Set([...newest.all(), ...sheets.all()]),
      open: new Set(open.all()),
      unfinished: new Set([...revocations.all(), ...probes.all()]),
    }),
    pruneCandidates({ among, after, limit }: PruneCandidates) {
      return (among === 'held' ? heldRows : nextRows).all(after, limit).map(({ seq, at, body }) => ({
        seq,
        atMs: at,
        // Written by audit/log.ts, which types it.
        event: body === PRUNED_BODY ? null : (JSON.parse(body) as RecordedEvent),
      }))
    },
  }
}
