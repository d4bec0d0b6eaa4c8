import type { DecisionRow } from '../../domain/replay/replay.ts'
import type { DecisionReader } from '../../ports/replay.ts'
import type { Connection } from '../../storage/sqlite/open.ts'
import { createPersonalReader } from '../personal/personal-reader.ts'
import { PRUNED_BODY } from '../pruner.ts'

const DECISIONS = `SELECT at_ms, assumption, code, body FROM event
  WHERE seq > @after AND seq <= @until AND type IN ('assume.intent', 'assume.refused') AND at_ms >= @fromMs ORDER BY seq`
// What was pruned says no more how many it stood for.
const SUMMARISED = `SELECT sum(body ->> '$.count') AS count, sum(body = '${PRUNED_BODY}') AS pruned FROM event
  WHERE seq > @after AND seq <= @until AND type = 'assume.refused_summary' AND at_ms >= @fromMs`

/** A list, because a million of them are read in seconds. */
type Row = readonly [atMs: number, assumption: string, code: string | null, body: string]

/** Reads decisions, on a connection that only reads. */
export function createDecisionReader(connection: Connection): DecisionReader {
  const newest = connection.prepare<[], { seq: number | null }>('SELECT max(seq) AS seq FROM event')
  const at = connection.prepare<[number], { atMs: number }>('SELECT at_ms AS atMs FROM event WHERE seq = ?')
  const decisions = connection.prepare<[object], Row>(DECISIONS).raw()
  const reveal = createPersonalReader(connection).reveal()
  const summarised = connection.prepare<[object], { count: number | null; pruned: number | null }>(SUMMARISED)
  return {
    since(fromMs) {
      const last = newest.get()?.seq ?? 0
      // Events stand in the order of their times, but for a clock that was set back: a day more is looked at for that.
      let [low, high] = [0, last]
      while (low < high) {
        const middle = Math.floor((low + high) / 2)
        if ((at.get(middle + 1)?.atMs ?? 0) < fromMs - CLOCK_MS) low = middle + 1
        else high = middle
      }
      return { after: low, newest: last }
    },
    decisions(range) {
      return decisions.all(range).map(([atMs, assumption, code, body]): DecisionRow => {
        if (body === PRUNED_BODY) return { atMs, assumption, code, body: null }
        return { atMs, assumption, code, body: reveal.isIdle ? body : reveal.decision(body) }
      })
    },
    summarised(range) {
      const { count = null, pruned = null } = summarised.get(range) ?? {}
      return { count: count ?? 0, pruned: pruned ?? 0 }
    },
  }
}

const CLOCK_MS = 86_400_000
