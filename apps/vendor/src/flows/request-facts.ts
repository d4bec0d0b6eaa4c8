import type { Door, Source } from '../domain/audit-event.ts'
import type { RequestId } from '../ids.ts'

/** What every request brings along, whichever door it came by. */
export type RequestFacts = {
  readonly request: RequestId
  readonly door: Door
  readonly source: Source
}
