import type { RecordedEvent } from '../domain/audit-event.ts'
import type { Sheet, SheetHead } from '../domain/probe/sheet.ts'
import { headOf } from '../domain/probe/sheet.ts'
import type { ProbeId } from '../ids.ts'
import type { AuditLog } from '../ports.ts'
import type { Connection } from '../storage/sqlite/open.ts'

type Query = Parameters<AuditLog['probes']>[0]

/** The sheets of probes, each from the event that ended it. */
export function createProbeReader(connection: Connection) {
  const page = connection.prepare<[Readonly<Record<string, unknown>>], { body: string }>(
    `SELECT e.body FROM probe p JOIN event e ON e.seq = p.seq
     WHERE (@target IS NULL OR p.target = @target) AND (@anyRole = 1 OR p.role IS @role)
       AND (@before IS NULL OR p.id < @before)
     ORDER BY p.id DESC LIMIT @limit`,
  )
  const one = connection.prepare<[string], { body: string }>(
    'SELECT e.body FROM probe p JOIN event e ON e.seq = p.seq WHERE p.id = ?',
  )
  const open = connection.prepare<[], { body: string }>(
    'SELECT e.body FROM probe p JOIN event e ON e.seq = p.begun WHERE p.seq IS NULL ORDER BY p.id',
  )
  return {
    probes: ({ role, ...query }: Query): readonly SheetHead[] =>
      page
        .all({ ...query, role: role ?? null, anyRole: role === undefined ? 1 : 0 })
        .flatMap(({ body }) => sheetOf(body) ?? [])
        .map(headOf),
    probe(id: ProbeId): Sheet | null {
      const found = one.get(id)
      return found === undefined ? null : sheetOf(found.body)
    },
    openProbes: (): readonly Sheet[] => open.all().flatMap(({ body }) => cutSheet(body) ?? []),
  }
}

/** The sheet without what the log put around it. */
function sheetOf(body: string): Sheet | null {
  const event = JSON.parse(body) as RecordedEvent // written by the log itself, in the form of its type
  if (event.type !== 'probe.finished') return null
  const { type: _type, v: _v, id: _id, at: _at, mono: _mono, boot: _boot, n: _n, ...sheet } = event
  return sheet
}

/** What is known of a probe that nobody finished. */
function cutSheet(body: string): Sheet | null {
  const event = JSON.parse(body) as RecordedEvent // as above
  if (event.type !== 'probe.begun') return null
  const { probe, target, role, store, trigger, actor, at } = event
  return {
    ...{ probe, target, role, store, trigger, actor },
    began: at,
    ended: at,
    outcome: 'cut',
    code: null,
    identity: null,
    tries: [],
    sessions: { minted: 0, proved: 0, unproved: [] },
    left: [],
  }
}
