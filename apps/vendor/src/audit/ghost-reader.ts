import type { Ghost, GhostReason } from '../domain/access/ghost.ts'
import type { RecordedEvent } from '../domain/audit-event.ts'
import type { EventId } from '../ids.ts'
import type { GhostLog } from '../ports/ghosts.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import type { PersonalReader, Reveal } from './personal/personal-reader.ts'

/** Ghosts are never pruned: `domain/retention.ts`. */
type Row = { body: string; dismissal: string | null }
type OpenRow = { target: string; reason: GhostReason; count: number; oldest: EventId; newest: EventId }

const GHOST = `SELECT e.body, d.body AS dismissal FROM ghost g JOIN event e ON e.seq = g.seq
  LEFT JOIN event d ON d.seq = g.dismissed`

/** Sessions that stores know and the log does not, each from its event. */
export function createGhostReader(connection: Connection, personal: PersonalReader): GhostLog {
  const has = connection.prepare<[string, string, string], unknown>(
    'SELECT 1 FROM ghost WHERE target = ? AND key = ? AND reason = ?',
  )
  const one = connection.prepare<[string], Row>(`${GHOST} WHERE g.id = ?`)
  const page = connection.prepare<[Readonly<Record<string, unknown>>], Row>(
    `${GHOST} WHERE (@target IS NULL OR g.target = @target) AND (@openOnly = 0 OR g.dismissed IS NULL)
      AND (@before IS NULL OR g.id < @before) ORDER BY g.id DESC LIMIT @limit`,
  )
  const open = connection.prepare<[], OpenRow>(
    `SELECT target, reason, count(*) AS count, min(id) AS oldest, max(id) AS newest FROM ghost WHERE dismissed IS NULL
      GROUP BY target, reason ORDER BY target, reason`,
  )
  const get = (id: EventId): Ghost | null => {
    const row = one.get(id)
    return row === undefined ? null : ghostOf(row, personal.reveal())
  }
  return {
    has: ({ target, accessKeyId, reason }) => has.get(target, accessKeyId, reason) !== undefined,
    get,
    page({ openOnly, ...query }) {
      const reveal = personal.reveal()
      return page.all({ ...query, openOnly: openOnly ? 1 : 0 }).flatMap((row) => ghostOf(row, reveal) ?? [])
    },
    open: () =>
      open.all().flatMap((row) => {
        const newest = get(row.newest)
        const { target, reason, count, oldest } = row
        const since = get(oldest)?.at ?? newest?.at
        return newest === null || since === undefined ? [] : [{ target, reason, count, since, newest }]
      }),
  }
}

function ghostOf({ body, dismissal }: Row, reveal: Reveal): Ghost | null {
  const event = reveal.event(JSON.parse(body)) // written by the log itself, in the form of its type
  if (event.type !== 'ghost.seen') return null
  const { type: _type, v: _v, mono: _mono, boot: _boot, n: _n, id, ...ghost } = event
  return { ...ghost, id: id as EventId, dismissed: dismissedBy(dismissal) } // the log's own id of an event
}

function dismissedBy(body: string | null): Ghost['dismissed'] {
  const event = body === null ? null : (JSON.parse(body) as RecordedEvent) // as above
  if (event?.type !== 'ghost.dismissed') return null
  return { by: event.actor.person, at: event.at, reason: event.reason }
}
