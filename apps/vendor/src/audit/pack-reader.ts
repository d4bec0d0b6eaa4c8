import { type TreeAt, treeAt } from '../domain/merkle-tree.ts'
import { provedLine } from '../domain/review/pack/manifest.ts'
import { VendorError } from '../errors.ts'
import type { LogLine, PackLog } from '../ports/packs.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import { base64 } from './tree/checkpoint.ts'
import { openCheckpoint } from './tree/log-key.ts'
import { sha256 } from './tree/sha256.ts'
import { createStoredNodes } from './tree/stored-nodes.ts'

// The condition of the index, word for word: without it SQLite does not take it.
const RARE = "type NOT GLOB 'assume.*'"
// What was pruned keeps its place and nothing of its body (0011_keeping.sql).
const HAS_BODY = "length(body) > 2 AND substr(body, 1, 1) = '{'"
const OF_REVIEW = `SELECT seq FROM event WHERE type GLOB 'review.*' AND ${RARE} AND seq <= @upTo AND body ->> '$.review' = @review
  UNION SELECT seq FROM event WHERE type IN ('config.changing', 'config.changed') AND ${RARE} AND seq <= @upTo
    AND body ->> '$.generation' IN (SELECT value FROM json_each(@generations))
  UNION SELECT seq FROM event WHERE type IN ('revoke.begun', 'revoke.finished') AND ${RARE} AND seq <= @upTo
    AND body ->> '$.revocation' IN (SELECT value FROM json_each(@revocations))
  ORDER BY seq`
const PACKED = `SELECT seq, body ->> '$.manifestSha256' AS manifestSha256 FROM event
  WHERE type = 'review.packed' AND ${RARE} AND body ->> '$.review' = ? ORDER BY seq LIMIT 1`
const BODIES = 'SELECT seq, body FROM event WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq'
const CONFIGURATION = `SELECT seq, body FROM event WHERE type IN ('config.changing', 'config.changed') AND ${RARE}
  AND seq > @after AND seq <= @upTo ORDER BY seq LIMIT @limit`
const IN_PERIOD = 'seq > @after AND seq <= @upTo AND at_ms >= @fromMs AND at_ms < @toMs'
const SEEN = `SELECT coalesce(issuer, '') AS issuer, m.value ->> '$.name' AS mapping, count(*) AS events
  FROM event, json_each(body, '$.decision.mappings') AS m
  WHERE ${IN_PERIOD} AND event.type IN ('assume.intent', 'assume.refused') GROUP BY 1, 2`
const ISSUED = `SELECT seq FROM event WHERE ${IN_PERIOD} AND type = 'assume.issued' AND ${HAS_BODY} ORDER BY seq`
const PRUNED = `SELECT count(*) FROM event WHERE ${IN_PERIOD} AND type GLOB 'assume.*' AND NOT ${HAS_BODY}`
const PRUNED_SINCE = `SELECT EXISTS (SELECT 1 FROM event p, json_each(p.body, '$.runs') r, event e
  WHERE p.type = 'log.pruned' AND p.type NOT GLOB 'assume.*' AND p.seq > @after
    AND e.seq BETWEEN r.value ->> '$.from' AND min(r.value ->> '$.to', @upTo)
    AND e.type GLOB 'assume.*' AND e.at_ms >= @fromMs AND e.at_ms < @toMs)`
const REMOVALS = `SELECT seq FROM event WHERE ${RARE} AND seq <= @upTo AND at_ms >= @fromMs AND at_ms < @toMs AND ${HAS_BODY}
  AND (type = 'revoke.begun' OR (type = 'config.changing'
    AND EXISTS (SELECT 1 FROM json_each(body, '$.changes') WHERE value ->> '$.action' = 'disable')))
  AND type IN ('revoke.begun', 'config.changing') ORDER BY seq`
const INTENT = "SELECT seq FROM event WHERE assumption = ? AND type = 'assume.intent' LIMIT 1"
const SIGNED = `SELECT size, note FROM checkpoint
  WHERE size = (SELECT min(size) FROM checkpoint WHERE size >= ?) ORDER BY note`

/** Nodes that proofs of neighbours share; 32 bytes each. */
const NODES_AT_ONCE = 65_536

/** What an evidence pack reads of the log, on a connection that never blocks the writer. */
export function createPackReader(connection: Connection): PackLog {
  const statement = <R>(sql: string) => connection.prepare<[unknown], R>(sql)
  const ofReview = statement<number>(OF_REVIEW).pluck()
  const packed = statement<{ seq: number; manifestSha256: string }>(PACKED)
  const bodies = statement<LogLine>(BODIES)
  const configuration = statement<LogLine>(CONFIGURATION)
  const seen = statement<{ issuer: string; mapping: string; events: number }>(SEEN)
  const pruned = statement<number>(PRUNED).pluck()
  const prunedSince = statement<number>(PRUNED_SINCE).pluck()
  const issued = statement<number>(ISSUED).pluck()
  const removals = statement<number>(REMOVALS).pluck()
  const intent = statement<number>(INTENT).pluck()
  const signedTree = signedTreesOf(connection)
  const tree = treeOf(connection)
  const inclusion = (seq: number, size: number) =>
    tree(size)
      .inclusion(seq - 1)
      .map(base64)
  return {
    eventsOf: async (review, { upTo, generations, revocations }) => {
      const lists = { generations: JSON.stringify(generations), revocations: JSON.stringify(revocations) }
      return readable(() => ofReview.all({ review, upTo, ...lists }))
    },
    packed: async (review) => readable(() => packed.get(review) ?? null),
    bodies: async (seqs) => readable(() => bodies.all(JSON.stringify(seqs))),
    configurationEvents: async (span, limit) => readable(() => configuration.all({ ...span, limit })),
    used: async (span, period) =>
      readable(() => {
        const asked = { ...span, ...period }
        return { seen: seen.all(asked), issued: issued.all(asked), pruned: pruned.get(asked) ?? 0 }
      }),
    isPrunedSince: async (after, of) => readable(() => prunedSince.get({ after, ...of }) === 1),
    removals: async (period) => readable(() => removals.all(period)),
    intentOf: async (assumption) => readable(() => intent.get(assumption) ?? null),
    inclusion: async (seq, size) => readable(() => inclusion(seq, size)),
    consistency: async (from, to) => readable(() => (from < 1 ? [] : tree(to).consistency(from).map(base64))),
    signed: async (events) => readable(() => signedTree(events)),
    proof: async (seq) =>
      readable(() => {
        const at = signedTree(seq)
        const [line] = bodies.all(JSON.stringify([seq]))
        if (at === null || line === undefined) return null
        const { size, note, key } = at
        return provedLine({ body: line.body, index: seq - 1, proof: inclusion(seq, size), key, note })
      }),
  }
}

/** The smallest signed tree that has so many events. */
function signedTreesOf(connection: Connection) {
  const signed = connection.prepare<[unknown], { size: number; note: string }>(SIGNED)
  const keys = connection.prepare<[], string>('SELECT vkey FROM log_key ORDER BY from_size, vkey').pluck()
  return (events: number) => {
    // Where several keys signed the same size, the oldest counts: a key that comes later changes no pack.
    const notes = signed.all(events)
    for (const key of keys.all())
      for (const { note } of notes) {
        const head = openCheckpoint(note, key)
        if (head === null) continue
        return { size: head.size, root: Buffer.from(head.root).toString('hex'), note, key }
      }
    return null
  }
}

/** The tree of a size, with what its proofs were made of last time. */
function treeOf(connection: Connection): (size: number) => TreeAt {
  const stored = createStoredNodes(connection)
  const nodes = new Map<string, Uint8Array>()
  const at = (level: number, index: number) => {
    const key = `${level}/${index}`
    const known = nodes.get(key)
    if (known !== undefined) return known
    if (nodes.size >= NODES_AT_ONCE) nodes.clear()
    const found = stored.at(level, index)
    nodes.set(key, found)
    return found
  }
  let last: TreeAt | null = null
  return (size) => {
    if (last?.size !== size) last = treeAt(size, at, sha256)
    return last
  }
}

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof VendorError) throw cause
    throw new VendorError('audit_unavailable', { cause })
  }
}
