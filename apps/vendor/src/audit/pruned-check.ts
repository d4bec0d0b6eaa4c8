import type { Link } from '../domain/audit-chain.ts'
import type { Run } from '../domain/log-event.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import { PRUNED_BODY } from './pruner.ts'

// The condition is that of the index, word for word: without it SQLite does not take it.
const PRUNINGS =
  "SELECT seq, body FROM event WHERE type = 'log.pruned' AND type NOT GLOB 'assume.*' ORDER BY seq"

/** A row of the log as a link of its chain: of a pruned one the leaf stands in for the body. */
export function linkOf(row: {
  readonly seq: number
  readonly body: string
  readonly leaf: Uint8Array
  readonly chain: Uint8Array
}): Link {
  const body = row.body === PRUNED_BODY ? null : Buffer.from(row.body)
  return { seq: row.seq, body, leaf: row.leaf, chain: row.chain }
}

/** Rows without a body that are walked over, held against what says that they were pruned. */
export function createPrunedCheck() {
  const bare: number[] = []
  return {
    bare: (seq: number) => void bare.push(seq),
    /** The first that no `log.pruned` after it names. */
    firstUnnamed(connection: Connection): number | null {
      if (bare.length === 0) return null
      const named = connection
        .prepare<[], { seq: number; body: string }>(PRUNINGS)
        .all()
        .flatMap(({ seq, body }) => {
          const { runs } = JSON.parse(body) as { runs: readonly Run[] } // written by audit/log.ts
          return runs.filter(({ to }) => to < seq)
        })
        .toSorted((a, b) => a.from - b.from)
      let [at, until] = [0, 0]
      for (const seq of bare) {
        for (let next = named[at]; next !== undefined && next.from <= seq; next = named[++at])
          until = Math.max(until, next.to)
        if (until < seq) return seq
      }
      return null
    },
  }
}
