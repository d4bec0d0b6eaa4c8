import type { Metrics } from '../metrics/metrics.ts'
import type { Clock, CredentialTarget } from '../ports.ts'
import { once, timer } from './meter-exchange.ts'

/** The same look-up of targets, whose calls are counted by how they ended and whose mints are timed. */
export function meteredTargets(
  target: (name: string) => CredentialTarget | undefined,
  metrics: Metrics,
  clock: Clock,
): (name: string) => CredentialTarget | undefined {
  const timed = timer(clock)
  return once(target, (found) => {
    const { name } = found
    const minted = metrics.counter('targetCalls', name, 'mint', 'ok')
    const mint = timed(metrics.histogram('targetSeconds', name), found.mint)
    return {
      ...found,
      async mint(request) {
        const mintOf = await mint(request)
        if (mintOf.ok) minted.add()
        else metrics.counter('targetCalls', name, 'mint', mintOf.code).add()
        return mintOf
      },
      async end(assumption, accessKeyId) {
        const ending = await found.end(assumption, accessKeyId)
        metrics.counter('targetCalls', name, 'end', ending.proof).add()
        return ending
      },
    }
  })
}
