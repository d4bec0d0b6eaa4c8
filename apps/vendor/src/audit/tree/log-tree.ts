import { verifyChain } from '../../domain/audit-chain.ts'
import type { NodeAt, TreeAt } from '../../domain/merkle-tree.ts'
import { nodeHash, peaksOf, treeAt } from '../../domain/merkle-tree.ts'
import { VendorError } from '../../errors.ts'
import type { Connection } from '../../storage/sqlite/open.ts'
import { linkOf } from '../pruned-check.ts'
import { createRecentNodes } from './recent-nodes.ts'
import { sha256 } from './sha256.ts'
import type { StoredNodes } from './stored-nodes.ts'
import { createStoredNodes, fold, TILE_LEVELS, TILE_WIDTH } from './stored-nodes.ts'

/** The writer's tree: it grows in the transaction that writes the leaves. After a rollback it is opened anew. */
export type LogTree = {
  readonly stored: StoredNodes
  /** Adds one leaf: on average one hash and, each 256 leaves, one row. */
  append(leaf: Uint8Array): void
  /** Complete subtrees, the newest from memory. */
  readonly nodeAt: NodeAt
  /** The tree of all leaves that were appended. */
  now(): TreeAt
}

/** Opens the tree of a log with so many events; `finishTree` was run before. */
export function openLogTree(connection: Connection, events: number): LogTree {
  const insert = connection.prepare('INSERT INTO tree_node VALUES (?, ?, ?)')
  const stored = createStoredNodes(connection)
  const recent = createRecentNodes(stored.at)
  // Every left sibling that a later leaf needs, and that is complete now, is one of these.
  for (const { level, index } of peaksOf(events)) recent.put(level, index, stored.at(level, index))
  let size = events
  return {
    stored,
    append(leaf) {
      let [level, index, hash] = [0, size, leaf]
      recent.put(level, index, hash)
      while (index % 2 === 1) {
        hash = nodeHash(recent.at(level, index - 1), hash, sha256)
        index = (index - 1) / 2
        level += 1
        recent.put(level, index, hash)
        if (level % TILE_LEVELS === 0) insert.run(level / TILE_LEVELS, index, hash)
      }
      size += 1
    },
    nodeAt: recent.at,
    now: () => treeAt(size, recent.at, sha256),
  }
}

/** Events of one transaction while an older log gets its tree. */
const EVENTS_AT_ONCE = TILE_WIDTH * 16

type StoredLink = { seq: number; body: string; leaf: Buffer; chain: Buffer }

/**
 * Gives a log that was written before it had a tree what is missing of one. Every event is verified on the way, because
 * what is signed from here on speaks for all of them. Cut at any time, it goes on where it was. Throws `audit_tampered`
 * naming the first event that does not hold, or where the tree has more than the events.
 */
export function finishTree(
  connection: Connection,
  events: number,
  onProgress: (done: number, of: number) => void,
): void {
  const stored = createStoredNodes(connection)
  const held = connection.prepare<[number], { held: number }>(
    'SELECT coalesce(max(idx) + 1, 0) AS held FROM tree_node WHERE level = ?',
  )
  const insert = connection.prepare('INSERT INTO tree_node VALUES (?, ?, ?)')
  for (let level = 1; TILE_WIDTH ** level <= Math.max(events, TILE_WIDTH); level++) {
    const wanted = Math.floor(events / TILE_WIDTH ** level)
    const first = held.get(level)?.held ?? 0
    if (first > wanted) {
      throw new VendorError('audit_tampered', { facts: { seq: events + 1, reason: 'truncated', level } })
    }
    const atOnce = level === 1 ? EVENTS_AT_ONCE / TILE_WIDTH : wanted
    for (let from = first; from < wanted; from += atOnce) {
      const until = Math.min(wanted, from + atOnce)
      connection.transaction(() => {
        if (level === 1) verifyEvents(connection, from * TILE_WIDTH, until * TILE_WIDTH)
        for (let at = from; at < until; at++)
          insert.run(level, at, fold(stored.run(level - 1, at * TILE_WIDTH, TILE_WIDTH)))
      })()
      if (level === 1) onProgress(until * TILE_WIDTH, events)
    }
  }
}

const LINKS = 'SELECT seq, body, leaf, chain FROM event WHERE seq > ? AND seq <= ? ORDER BY seq'
const BEFORE = 'SELECT seq, chain FROM event WHERE seq = ?'

function verifyEvents(connection: Connection, after: number, until: number): void {
  const before = connection.prepare<[number], { seq: number; chain: Buffer }>(BEFORE).get(after) ?? null
  const rows = connection.prepare<[number, number], StoredLink>(LINKS).all(after, until)
  const fault = verifyChain(rows.map(linkOf), before, sha256)
  if (fault !== null)
    throw new VendorError('audit_tampered', { facts: { seq: fault.seq, reason: fault.reason } })
}

/** The leaf hash of an event's text. */
export function leafOf(body: string): Uint8Array {
  // U+0000 is one byte in UTF-8: RFC 6962's prefix, at the cost of one copy and not of two.
  if (body.length > SURELY_FITS) return sha256(Buffer.from(`\0${body}`))
  return sha256(ROOM.subarray(0, 1 + ROOM.write(body, 1)))
}

/** Filled and hashed in one go, so one serves all; its first byte is the prefix. */
const ROOM = Buffer.alloc(64 * 1024)
/** A UTF-16 code unit is at most three bytes of UTF-8. */
const SURELY_FITS = Math.floor((ROOM.length - 1) / 3)
