import type { EventRow } from '../row.ts'
import type { Put } from '../writer-client.ts'
import type { Cloak } from './cloak.ts'

type PutRow = (row: () => EventRow) => Promise<Put>

/** Puts a row, and tells the cloak what came of its notes: of an intent and those in its place one is written. */
export async function putNoted(put: PutRow, rowAt: () => EventRow, cloak: Cloak): Promise<Put> {
  const made: { row: EventRow | null } = { row: null }
  const settle = (written: EventRow | null) => {
    const { row } = made
    if (row === null) return
    for (const one of [row, ...Object.values(row[9]?.instead ?? {})])
      if (one[14] !== undefined) cloak.settled(one[14], one === written)
  }
  try {
    const answer = await put(() => {
      made.row = rowAt()
      return made.row
    })
    const { row } = made
    settle(row === null || answer.met === null ? row : (row[9]?.instead[answer.met] ?? row))
    return answer
  } catch (thrown) {
    settle(null)
    throw thrown
  }
}
