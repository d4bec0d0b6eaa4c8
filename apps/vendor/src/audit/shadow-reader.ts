import type { RecordedEvent } from '../domain/audit-event.ts'
import type { ShadowEffect, ShadowSample, ShadowUse } from '../domain/shadow.ts'
import { SHADOW_EFFECTS } from '../domain/shadow.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import type { Reveal } from './personal/personal-reader.ts'
import { PRUNED_BODY } from './pruner.ts'
import { SHADOW_SUBJECTS } from './shadow-counter.ts'

type CountRow = { version: number; effect: ShadowEffect; day: number; count: number }
type SampleRow = { version: number; effect: ShadowEffect; seq: number; body: string }
type SubjectRow = { version: number; count: number }

const DAY_MS = 86_400_000
const COUNTS =
  'SELECT version, effect, day, count FROM shadow_count WHERE mapping = ? ORDER BY version DESC, day'
const SAMPLES = `SELECT s.version, s.effect, s.seq, e.body FROM shadow_sample s JOIN event e ON e.seq = s.seq
  WHERE s.mapping = ? AND e.body <> '${PRUNED_BODY}' ORDER BY s.seq DESC`
const SUBJECTS = 'SELECT version, count(*) AS count FROM shadow_subject WHERE mapping = ? GROUP BY version'

/** What the versions of a mapping would have done in shadow, newest first. */
export function readShadowUse(connection: Connection, mapping: string, reveal: Reveal): readonly ShadowUse[] {
  const counts = Map.groupBy(connection.prepare<[string], CountRow>(COUNTS).all(mapping), byVersion)
  const samples = Map.groupBy(connection.prepare<[string], SampleRow>(SAMPLES).all(mapping), byVersion)
  const subjects = new Map(
    connection
      .prepare<[string], SubjectRow>(SUBJECTS)
      .all(mapping)
      .map(({ version, count }) => [version, count] as const),
  )
  return [...counts].map(([version, rows]) => {
    const told = subjects.get(version) ?? 0
    return {
      version,
      totals: byEffect((effect) => sum(rows.filter((row) => row.effect === effect))),
      days: [...Map.groupBy(rows, ({ day }) => day)].map(([day, ofDay]) => ({
        day: new Date(day * DAY_MS).toISOString().slice(0, 10),
        counts: Object.fromEntries(ofDay.map(({ effect, count }) => [effect, count])),
      })),
      subjects: { count: Math.min(told, SHADOW_SUBJECTS), more: told > SHADOW_SUBJECTS },
      samples: byEffect((effect) =>
        (samples.get(version) ?? []).flatMap((row) =>
          row.effect === effect ? (sampleOf(row.seq, reveal.event(JSON.parse(row.body))) ?? []) : [],
        ),
      ),
    }
  })
}

function byVersion({ version }: { readonly version: number }): number {
  return version
}

function byEffect<T>(make: (effect: ShadowEffect) => T): Readonly<Record<ShadowEffect, T>> {
  // Every effect is a key, by the list that the type is made of.
  return Object.fromEntries(SHADOW_EFFECTS.map((effect) => [effect, make(effect)])) as Record<ShadowEffect, T>
}

function sum(rows: readonly CountRow[]): number {
  return rows.reduce((total, { count }) => total + count, 0)
}

/** The counter takes no other event. */
function sampleOf(seq: number, event: RecordedEvent): ShadowSample | null {
  if (event.type !== 'assume.intent' && event.type !== 'assume.refused') return null
  const { at, request, subject, decision } = event
  if (subject === null || decision === null) return null
  return { seq, at, request, issuer: subject.issuer.name, sub: subject.sub, role: decision.roleAsked }
}
