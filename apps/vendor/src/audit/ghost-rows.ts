import type { GhostReason } from '../domain/access/ghost.ts'
import type { RecordedEvent } from '../domain/audit-event.ts'
import type { Connection } from '../storage/sqlite/open.ts'

/** What one event does to the table of ghosts. */
export type GhostChange =
  | {
      readonly do: 'ghost'
      readonly id: string
      readonly target: string
      readonly accessKeyId: string
      readonly reason: GhostReason
    }
  | { readonly do: 'ghost_dismissed'; readonly id: string }

export function ghostChangeOf(event: RecordedEvent): GhostChange | null {
  switch (event.type) {
    case 'ghost.seen': {
      const { id, target, accessKeyId, reason } = event
      return { do: 'ghost', id, target, accessKeyId, reason }
    }
    case 'ghost.dismissed':
      return { do: 'ghost_dismissed', id: event.ghost }
    default:
      return null
  }
}

/** Writes what one event says of ghosts, in the transaction that writes the event. */
export function createGhostWriter(connection: Connection): (change: GhostChange, seq: number) => void {
  const seen = connection.prepare('INSERT OR IGNORE INTO ghost VALUES (?, ?, ?, ?, ?, NULL)')
  const dismissed = connection.prepare('UPDATE ghost SET dismissed = ? WHERE id = ?')
  return (change, seq) => {
    if (change.do === 'ghost') seen.run(change.id, change.target, change.accessKeyId, change.reason, seq)
    else dismissed.run(seq, change.id)
  }
}
