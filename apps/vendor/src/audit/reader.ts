import type { ShadowUse } from '../domain/shadow.ts'
import { VendorError } from '../errors.ts'
import type { AssumptionId } from '../ids.ts'
import type { GhostLog } from '../ports/ghosts.ts'
import type { AuditLog, AuditQuery, OpenIntent, StoredEvent } from '../ports.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import { createGhostReader } from './ghost-reader.ts'
import { createPersonalReader, type Reveal } from './personal/personal-reader.ts'
import { createProbeReader } from './probe-reader.ts'
import { PRUNED_BODY } from './pruner.ts'
import { createRevocationReader } from './revocation-reader.ts'
import { readShadowUse } from './shadow-reader.ts'

/**
 * How many rows one page may look at. A filter without an index walks the log; a page that finds little says where to
 * go on, so that no question, however rare its answer, stops the process for longer than a few milliseconds.
 */
const MAX_SCANNED = 5_000

type Row = { seq: number; body: string; leaf: Buffer; chain: Buffer }
type Reader = {
  page(query: AuditQuery): Awaited<ReturnType<AuditLog['page']>>
  last(type: string): StoredEvent | null
  openIntents(): readonly OpenIntent[]
  shadowUse(mapping: string): readonly ShadowUse[]
  usesOf(mapping: string): number
  revocations: RevocationReader['revocations']
  liveSessions: RevocationReader['liveSessions']
  probes: ProbeReader['probes']
  probe: ProbeReader['probe']
  openProbes: ProbeReader['openProbes']
  readonly ghosts: GhostLog
  close(): void
}
type ProbeReader = ReturnType<typeof createProbeReader>
type RevocationReader = ReturnType<typeof createRevocationReader>

/**
 * The reading side of `audit.db`, on a connection of its own that never blocks the writer. What is personal is read in clear
 * as far as it is kept; `leaf` and `chain` are of the bytes as they stand in the log.
 */
export function createReader(connection: Connection): Reader {
  const personal = createPersonalReader(connection)
  const columns = 'SELECT seq, body, leaf, chain FROM event'
  const newest = connection.prepare<[string], Row>(
    `${columns} WHERE type = ? AND body <> '${PRUNED_BODY}' ORDER BY seq DESC LIMIT 1`,
  )
  // The condition is that of the index, word for word: without it SQLite does not take it.
  const newestRare = connection.prepare<[string], Row>(
    `${columns} WHERE type = ? AND type NOT GLOB 'assume.*' AND body <> '${PRUNED_BODY}' ORDER BY seq DESC LIMIT 1`,
  )
  const open = connection.prepare<[], OpenRow>('SELECT * FROM open_intent ORDER BY assumption')
  const uses = connection.prepare<[string], { uses: number }>(
    'SELECT uses FROM mapping_use WHERE mapping = ?',
  )
  const revoked = createRevocationReader(connection, personal)
  const probed = createProbeReader(connection)
  const ghosts = createGhostReader(connection, personal)
  return {
    revocations: () => readable(() => revoked.revocations()),
    liveSessions: (query) => readable(() => revoked.liveSessions(query)),
    probes: (query) => readable(() => probed.probes(query)),
    probe: (id) => readable(() => probed.probe(id)),
    ghosts: {
      has: (of) => readable(() => ghosts.has(of)),
      get: (id) => readable(() => ghosts.get(id)),
      page: (query) => readable(() => ghosts.page(query)),
      open: () => readable(() => ghosts.open()),
    },
    openProbes: () => readable(() => probed.openProbes()),
    usesOf: (mapping) => readable(() => uses.get(mapping)?.uses ?? 0),
    page: (query) => readable(() => page(connection, query, personal.reveal())),
    last: (type) =>
      readable(() => {
        const row = (type.startsWith('assume.') ? newest : newestRare).get(type)
        return stored(row, personal.reveal())
      }),
    shadowUse: (mapping) => readable(() => readShadowUse(connection, mapping, personal.reveal())),
    openIntents: () => readable(() => open.all().map(openIntent)),
    close: () => connection.close(),
  }
}

function page(connection: Connection, query: AuditQuery, reveal: Reveal): ReturnType<Reader['page']> {
  const { where, values, indexed } = conditionsOf(query)
  const top = query.before ?? Number.MAX_SAFE_INTEGER
  const newest = connection
    .prepare<[number], { seq: number | null }>('SELECT max(seq) AS seq FROM event WHERE seq < ?')
    .get(top)?.seq
  if (newest === null || newest === undefined) return { events: [], next: null }
  const floor = indexed ? 0 : Math.max(0, newest - MAX_SCANNED)
  const sql = `SELECT seq, body, leaf, chain FROM event WHERE seq < ? AND seq > ? ${where} ORDER BY seq DESC LIMIT ?`
  const rows = connection.prepare<unknown[], Row>(sql).all(top, floor, ...values, query.limit)
  const full = rows.length === query.limit
  const end = full ? (rows.at(-1)?.seq ?? 0) : floor + 1
  return { events: rows.flatMap((row) => stored(row, reveal) ?? []), next: end > 1 ? end : null }
}

/** An intent's outcome stands under its assumption only, so a request id leads there as well. */
const OF_REQUEST = '(request = ? OR assumption = (SELECT assumption FROM event WHERE request = ? LIMIT 1))'
const OF_MAPPING =
  "EXISTS (SELECT 1 FROM json_each(body, '$.decision.mappings') AS m WHERE m.value ->> '$.name' = ?)"

function conditionsOf(query: AuditQuery): { where: string; values: unknown[]; indexed: boolean } {
  const { types, assumption, request, issuer, role, code, mapping, fromMs, toMs } = query
  const parts: [string, ...unknown[]][] = []
  if (types !== undefined) parts.push(['type IN (SELECT value FROM json_each(?))', JSON.stringify(types)])
  if (assumption !== undefined) parts.push(['assumption = ?', assumption])
  if (request !== undefined) parts.push([OF_REQUEST, request, request])
  if (issuer !== undefined) parts.push(['issuer = ?', issuer])
  if (role !== undefined) parts.push(['role = ?', role])
  if (code !== undefined) parts.push(['code = ?', code])
  if (fromMs !== undefined) parts.push(['at_ms >= ?', fromMs])
  if (toMs !== undefined) parts.push(['at_ms < ?', toMs])
  if (mapping !== undefined) parts.push([OF_MAPPING, mapping])
  return {
    where: parts.map(([sql]) => `AND ${sql}`).join(' '),
    values: parts.flatMap(([, ...values]) => values),
    indexed: assumption !== undefined || request !== undefined,
  }
}

function stored(row: Row | undefined, reveal: Reveal): StoredEvent | null {
  // Of a pruned one only the leaf is left: a list of events does not have it.
  if (row === undefined || row.body === PRUNED_BODY) return null
  return {
    seq: row.seq,
    event: reveal.event(JSON.parse(row.body)),
    leaf: row.leaf.toString('hex'),
    chain: row.chain.toString('hex'),
  }
}

type OpenRow = {
  assumption: AssumptionId
  target: string
  store_token_expires_ms: number
  latest_expiry_ms: number
  access_key_id: string | null
  announced: number
}

function openIntent(row: OpenRow): OpenIntent {
  return {
    assumption: row.assumption,
    target: row.target,
    storeTokenExpiresMs: row.store_token_expires_ms,
    latestExpiryMs: row.latest_expiry_ms,
    accessKeyId: row.access_key_id,
    announced: row.announced === 1,
  }
}

/** Reads, and says of a file that cannot be read what callers know. */
export function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new VendorError('audit_unavailable', { cause })
  }
}
