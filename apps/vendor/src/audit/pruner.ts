import type { Run } from '../domain/log-event.ts'
import type { Connection } from '../storage/sqlite/open.ts'

/** What stands in the place of a body that was taken out: JSON, so that no question about a member fails on it. */
export const PRUNED_BODY = '{}'

/** Bodies of one request: a few milliseconds of the writer. */
const AT_ONCE = 500

export type Pruner = {
  /** Keeps what a `log.pruned` names, in its transaction. */
  announce(runs: readonly Run[]): void
  /** Takes out the next bodies of what was announced; whether more are left. Durable, and gone from the file. */
  slice(): boolean
  /** How far events were looked at, and which of those are kept although they are old. */
  looked(upto: number, held: readonly number[]): void
}

/** Takes bodies out, in the writer. The trigger of the table lets it do exactly that, and to what was announced. */
export function createPruner(connection: Connection): Pruner {
  const announce = connection.prepare('INSERT OR REPLACE INTO pruning_run VALUES (?, ?)')
  const first = connection.prepare<[], Run>(
    'SELECT first AS "from", last AS "to" FROM pruning_run ORDER BY first LIMIT 1',
  )
  const blank =
    connection.prepare(`UPDATE event SET body = '${PRUNED_BODY}', assumption = NULL, request = NULL,
    issuer = NULL, role = NULL, code = NULL WHERE seq BETWEEN ? AND ? AND body <> '${PRUNED_BODY}'`)
  // Of the same length, so that SQLite writes it into the same bytes: rows that shrink are moved, and leave copies behind.
  const wipe = connection.prepare(`UPDATE event SET body = printf('%.*c', length(CAST(body AS BLOB)), ' ')
    WHERE seq BETWEEN ? AND ? AND body <> '${PRUNED_BODY}'`)
  const done = connection.prepare('DELETE FROM pruning_run WHERE first = ?')
  const upto = connection.prepare('UPDATE pruning SET upto = ?')
  const release = connection.prepare('DELETE FROM pruning_held')
  const hold = connection.prepare('INSERT INTO pruning_held VALUES (?)')

  /** One run or a part of it; runs are taken until so many events were looked at. */
  function take(): boolean {
    let left = AT_ONCE
    for (let run = first.get(); run !== undefined && left > 0; run = first.get()) {
      const last = Math.min(run.to, run.from + left - 1)
      wipe.run(run.from, last)
      blank.run(run.from, last)
      done.run(run.from)
      if (last < run.to) announce.run(last + 1, run.to)
      left -= last - run.from + 1
    }
    return first.get() !== undefined
  }

  return {
    announce(runs) {
      for (const { from, to } of runs) announce.run(from, to)
    },
    slice() {
      // What is written over is overwritten in the pages, too, and not only let go. Of this file alone: that of the
      // session keys has it on for good.
      const before = connection.pragma('main.secure_delete', { simple: true }) === 1
      connection.pragma('main.secure_delete = ON')
      try {
        const more = connection.transaction(take).immediate()
        // It still stands in older frames of the write-ahead log, so that is emptied when all is done.
        if (!more) connection.pragma('main.wal_checkpoint(TRUNCATE)')
        return more
      } finally {
        connection.pragma(`main.secure_delete = ${before ? 'ON' : 'OFF'}`)
      }
    },
    looked: connection.transaction((reached: number, held: readonly number[]) => {
      upto.run(reached)
      release.run()
      for (const seq of held) hold.run(seq)
    }),
  }
}
