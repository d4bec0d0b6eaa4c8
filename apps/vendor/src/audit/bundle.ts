import type { Run } from '../domain/log-event.ts'
import { peaksOf } from '../domain/merkle-tree.ts'
import { VendorError } from '../errors.ts'
import type { Anchored } from '../ports.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import { openForReading } from '../storage/sqlite/open.ts'
import { PRUNED_BODY } from './pruner.ts'
import { tarEnd, tarFile } from './tar.ts'
import { openCheckpoint, originOf } from './tree/log-key.ts'
import type { StoredNodes } from './tree/stored-nodes.ts'
import { createStoredNodes } from './tree/stored-nodes.ts'

export type BundleAsked = {
  /** `audit.db`; a service may be writing it. */
  readonly path: string
  /** Events from one instant to before another, milliseconds since 1970; null: from the first, to the last. */
  readonly fromMs: number | null
  readonly toMs: number | null
  /** Anchored checkpoints to put in. */
  readonly anchors: readonly Anchored[]
}

export type Bundle = {
  readonly from: number
  readonly to: number
  readonly size: number
  /** The bytes of the file, in pieces. The same log and range make the same bytes. */
  chunks(): Generator<Uint8Array>
  close(): void
}

/** Events in one file of the bundle. */
const CHUNK = 4096
const CHECKPOINTS = 'SELECT size, note FROM checkpoint ORDER BY size, note'
const LEAVES = 'SELECT body, leaf FROM event WHERE seq > ? AND seq <= ? ORDER BY seq'
const BARE = `SELECT 1 FROM event WHERE seq > ? AND seq <= ? AND body = '${PRUNED_BODY}' LIMIT 1`
const PRUNINGS = `SELECT seq, body FROM event WHERE type = 'log.pruned' AND type NOT GLOB 'assume.*'
  AND seq > ? AND seq <= ? ORDER BY seq`
const RANGE = `SELECT min(seq) AS first, max(seq) AS last FROM event WHERE seq <= ? AND at_ms >= ? AND at_ms < ?`

/**
 * A part of the log for somebody who has nothing else of us (docs/LOG.md): its events, byte for byte, the checkpoints,
 * the keys, and the few hashes that stand for what is before and after. Events that no checkpoint covers yet are left
 * out. Throws `not_found` where no checkpoint or no event is there, `audit_unavailable`.
 */
export function openBundleOf(asked: BundleAsked): Bundle {
  const connection = openForReading(asked.path)
  try {
    // One instant for all reads: the service goes on writing.
    connection.exec('BEGIN')
    return bundleOf(connection, asked)
  } catch (thrown) {
    connection.close()
    if (thrown instanceof VendorError) throw thrown
    throw new VendorError('audit_unavailable', { cause: thrown })
  }
}

function bundleOf(connection: Connection, asked: BundleAsked): Bundle {
  const keys = connection
    .prepare<[], string>('SELECT vkey FROM log_key ORDER BY from_size, vkey')
    .pluck()
    .all()
  const kept = connection.prepare<[], Anchored>(CHECKPOINTS).all()
  const checkpoints = kept.filter((one, at) => kept[at + 1]?.size !== one.size)
  const size = checkpoints.at(-1)?.size ?? 0
  const range = connection
    .prepare<[number, number, number], { first: number | null; last: number | null }>(RANGE)
    .get(size, asked.fromMs ?? Number.MIN_SAFE_INTEGER, asked.toMs ?? Number.MAX_SAFE_INTEGER)
  if (range?.first == null || range.last === null) throw new VendorError('not_found')
  const [from, to] = [range.first - 1, range.last]
  const stored = createStoredNodes(connection)
  const origin = originOf(keys.findLast((key) => openCheckpoint(checkpoints.at(-1)?.note ?? '', key)) ?? '')
  const isPruned = connection.prepare<[number, number], number>(BARE).pluck().get(from, to) === 1
  const later = isPruned ? prunings(connection, { from, to, size }) : []
  const head = `{"format":"stint-bundle@${isPruned ? 'v2' : 'v1'}","from":${from},"origin":${JSON.stringify(origin)},"size":${size},"to":${to}}\n`

  function* chunks(): Generator<Uint8Array> {
    yield tarFile('stint-bundle.json', Buffer.from(head))
    yield tarFile('keys', Buffer.from(keys.map((key) => `${key}\n`).join('')))
    yield tarFile('checkpoints.jsonl', keptLines(checkpoints))
    yield tarFile('anchors.jsonl', keptLines(asked.anchors))
    yield tarFile('left', Buffer.concat(peaksOf(from).map(({ level, index }) => stored.at(level, index))))
    if (isPruned)
      yield tarFile('later', Buffer.from(later.map(({ seq, body }) => `${seq} ${body}\n`).join('')))
    yield tarFile('right', Buffer.concat(around(stored, later, { to, size })))
    const leaves = connection.prepare<[number, number], { body: string; leaf: Buffer }>(LEAVES)
    for (let first = from; first < to; first += CHUNK) {
      const rows = leaves.all(first, Math.min(to, first + CHUNK))
      const number = String(first).padStart(12, '0')
      yield tarFile(`hashes/${number}`, Buffer.concat(rows.map(({ leaf }) => leaf)))
      yield tarFile(`leaves/${number}.jsonl`, Buffer.from(rows.map(lineOf).join('')))
    }
    yield tarEnd()
  }
  return { from, to, size, chunks, close: () => connection.close() }
}

/** A pruned one is an empty line: its hash stands beside. */
function lineOf({ body }: { readonly body: string }): string {
  return body === PRUNED_BODY ? '\n' : `${body}\n`
}

type Later = { readonly seq: number; readonly body: string }

/** What says, behind the part, that events of it were pruned. */
function prunings(
  connection: Connection,
  { from, to, size }: { readonly from: number; readonly to: number; readonly size: number },
): readonly Later[] {
  return connection
    .prepare<[number, number], Later>(PRUNINGS)
    .all(to, size)
    .filter(({ body }) => {
      const { runs } = JSON.parse(body) as { runs: readonly Run[] } // written by audit/log.ts
      return runs.some((run) => run.from <= to && run.to > from)
    })
}

/** The complete subtrees behind the part, with a leaf for each event that stands alone there. */
function around(
  stored: StoredNodes,
  later: readonly Later[],
  { to, size }: { readonly to: number; readonly size: number },
): readonly Uint8Array[] {
  const found: Uint8Array[] = []
  let start = to
  for (const { seq } of later) {
    found.push(...after(stored, start, seq - 1), stored.at(0, seq - 1))
    start = seq
  }
  return [...found, ...after(stored, start, size)]
}

/** The complete subtrees from one size up to another, from left to right. */
function after(stored: StoredNodes, from: number, to: number): readonly Uint8Array[] {
  const found: Uint8Array[] = []
  for (let start = from; start < to; ) {
    let level = 0
    while (start % 2 ** (level + 1) === 0 && start + 2 ** (level + 1) <= to) level += 1
    found.push(stored.at(level, start / 2 ** level))
    start += 2 ** level
  }
  return found
}

function keptLines(kept: readonly Anchored[]): Buffer {
  const lines = kept
    .toSorted((a, b) => a.size - b.size || (a.note < b.note ? -1 : 1))
    .map(({ note, size }) => `${JSON.stringify({ note, size })}\n`)
  return Buffer.from(lines.join(''))
}
