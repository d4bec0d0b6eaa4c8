import Database from 'better-sqlite3'
import { openEventTable } from '../../apps/vendor/src/audit/event-table.ts'
import { rowOf } from '../../apps/vendor/src/audit/row.ts'
import { recountUsage } from '../../apps/vendor/src/audit/usage/counter.ts'
import type { AuditEvent, RecordedEvent } from '../../apps/vendor/src/domain/audit-event.ts'
import { canonicalize } from '../../apps/vendor/src/domain/canonical.ts'
import { keyBeside } from '../../test/support/log-key.ts'
import { benchIntent, benchIssued } from './audit-events.ts'
import { QUARTER } from './usage-rollups.ts'

const AT_ONCE = 4_096

/**
 * A log of so many whole events, spread over a quarter: of three exchanges two are given (two events) and one is refused
 * (one). Written by the writer’s own table. Answers how many decisions it has.
 */
export function grownLog(path: string, migrations: string, events: number): { readonly decisions: number } {
  const table = openEventTable(
    { path, migrations, key: keyBeside(path) },
    { expected: null, onProgress: () => undefined, unkept: [] },
  )
  try {
    const stepMs = (QUARTER.toMs - QUARTER.fromMs) / events
    let [n, exchange, decisions] = [0, 0, 0]
    while (n < events) {
      const batch: AuditEvent[] = []
      while (batch.length < AT_ONCE && n + batch.length < events) {
        batch.push(...exchanged(exchange++).slice(0, events - n - batch.length))
      }
      table.append(
        batch.map((event, at) => {
          const atMs = Math.round(QUARTER.fromMs + (n + at) * stepMs)
          const recorded: RecordedEvent = {
            ...{ ...event, v: 1, id: `evt_${n + at}`, at: new Date(atMs).toISOString() },
            ...{ mono: '0', boot: 'bench', n: n + at },
          }
          return rowOf(recorded, canonicalize(recorded), atMs)
        }),
      )
      table.count('many')
      n += batch.length
      decisions += batch.filter(({ type }) => type !== 'assume.issued').length
    }
    table.count('now')
    return { decisions }
  } finally {
    table.close()
  }
}

function exchanged(at: number): readonly AuditEvent[] {
  const intent = benchIntent(at)
  if (at % 3 !== 0) return [intent, benchIssued(at)]
  const { assumption, request, door, source, subject, decision } = intent
  // A branch that nobody may publish from.
  const claims = subject.claims.map((one) =>
    one.path[0] === 'ref' ? { ...one, value: 'refs/heads/dev' } : one,
  )
  return [
    {
      ...{ type: 'assume.refused', code: 'no_mapping', assumption, request, door, source, claimed: null },
      ...{ claimedSessionName: null, subject: { ...subject, claims } },
      decision: {
        ...{ ...decision, outcome: 'refused', code: 'no_mapping', role: null, target: null, mappings: [] },
        ...{ policies: [], sessionPolicySha256: null, lifetime: { askedSeconds: null, givenSeconds: null } },
      },
    },
  ]
}

/** Seconds to count everything anew, as if there were no rollups. */
export function countWholeEvents(path: string): number {
  const connection = new Database(path)
  try {
    connection.pragma('synchronous = OFF')
    const started = performance.now()
    recountUsage(connection)
    return (performance.now() - started) / 1000
  } finally {
    connection.close()
  }
}
