import { newId } from '../ids.ts'
import type { Clock, Random } from '../ports.ts'
import type { RequestFactsOf } from './context.ts'
import { createSourceReader } from './source.ts'

/** Makes the facts that every request has: a new id, its door, its source. */
export function createRequestFacts(deps: {
  readonly trustedProxies: readonly string[]
  readonly clock: Clock
  readonly random: Random
}): RequestFactsOf {
  const sourceOf = createSourceReader(deps.trustedProxies)
  return (door, incoming) => ({
    request: newId('req', deps.clock.nowMs(), deps.random.bytes(10)),
    door,
    source: sourceOf(incoming?.socket.remoteAddress, incoming?.headers ?? {}),
  })
}
