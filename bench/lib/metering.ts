import { createLiveSessions } from '../../apps/vendor/src/metrics/live-sessions.ts'
import { createMetrics } from '../../apps/vendor/src/metrics/metrics.ts'
import { systemClock } from '../../apps/vendor/src/runtime.ts'
import { createExchangeMeter, timer } from '../../apps/vendor/src/wiring/meter-exchange.ts'
import type { Row } from './row.ts'

const TURNS = 100_000
/** The stages of an exchange that is granted. */
const STAGES = ['verify', 'decide', 'intent', 'mint', 'outcome'] as const

/** What counting costs one exchange: the same empty work with the meter around it, and without. */
export async function meteringRow(): Promise<Row> {
  const metrics = createMetrics()
  const meter = createExchangeMeter(metrics, { clock: systemClock, sessions: createLiveSessions() })
  const timed = timer(systemClock)
  const bare = STAGES.map(() => () => true)
  const metered = STAGES.map((stage) => timed(metrics.histogram('stageSeconds', stage), () => true))
  const failed = { ok: false, code: 'no_mapping', request: 'req_x' } as const
  const work = async (stages: readonly (() => boolean)[]) => {
    for (const stage of stages) stage()
    return failed
  }
  const cost = async (turn: () => Promise<unknown>) => {
    for (let at = 0; at < TURNS / 4; at++) await turn()
    const before = process.cpuUsage()
    for (let at = 0; at < TURNS; at++) await turn()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / TURNS
  }
  const baseline = await cost(() => work(bare))
  const value = (await cost(() => meter.during('token', () => work(metered)))) - baseline
  return { name: 'stage.metering', value, unit: 'µs', baseline: null, ratio: null }
}
