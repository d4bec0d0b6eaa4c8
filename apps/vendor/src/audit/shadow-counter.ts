import type { Connection } from '../storage/sqlite/open.ts'
import type { ShadowSighting } from './row.ts'

/** Newest events kept by effect. */
const SHADOW_SAMPLES = 10
/** Subjects told apart by version; beyond, there are "more". */
export const SHADOW_SUBJECTS = 1_000
const DAY_MS = 86_400_000

const COUNT = `INSERT INTO shadow_count VALUES (?, ?, ?, ?, 1)
  ON CONFLICT (mapping, version, effect, day) DO UPDATE SET count = count + 1`
/** A slot that is free, or that of the oldest: one read of ten rows, however long the mapping stood in shadow. */
const SAMPLE = `WITH kept AS MATERIALIZED
    (SELECT slot, seq FROM shadow_sample WHERE mapping = @name AND version = @version AND effect = @effect)
  INSERT OR REPLACE INTO shadow_sample SELECT @name, @version, @effect,
    CASE WHEN (SELECT count(*) FROM kept) < ${SHADOW_SAMPLES} THEN (SELECT coalesce(max(slot), -1) + 1 FROM kept)
      ELSE (SELECT slot FROM kept ORDER BY seq LIMIT 1) END, @seq`
const SUBJECT = `INSERT OR IGNORE INTO shadow_subject SELECT @name, @version, @issuer, @sub
  WHERE (SELECT count(*) FROM shadow_subject WHERE mapping = @name AND version = @version) <= ${SHADOW_SUBJECTS}`

/** Counts what the shadow mappings of one decision would have done, inside the transaction that writes the decision. */
export function createShadowCounter(
  connection: Connection,
): (seen: ShadowSighting, at: { readonly seq: number; readonly atMs: number }) => void {
  const count = connection.prepare(COUNT)
  const sample = connection.prepare(SAMPLE)
  const subject = connection.prepare(SUBJECT)
  return ({ notes, issuer, sub }, { seq, atMs }) => {
    const day = Math.floor(atMs / DAY_MS)
    for (const { name, version, effect } of notes) {
      count.run(name, version, effect, day)
      sample.run({ name, version, effect, seq })
      if (effect === 'would_admit') subject.run({ name, version, issuer, sub })
    }
  }
}
