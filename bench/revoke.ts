import { startTrustingMinio } from '../test/support/trusting-minio.ts'
import { configurationFor, startVendor, type TestVendor } from '../test/support/vendor.ts'
import { fire } from './lib/load.ts'
import { type Bench, median, type Row } from './lib/row.ts'
import { exchangeShots } from './lib/tokens.ts'

const SESSIONS = 1_000
const CALLERS = 16
const PAGE = 500

/** One mapping with a thousand live sessions on a real MinIO: how long from the call until each of them is dead. */
export const bench: Bench = async (say) => {
  const vendor = await startVendor({ child: true, env: { STINT_LOG_LEVEL: 'warn' } })
  const minio = await startTrustingMinio(vendor, (endpoint) => configurationFor(vendor, endpoint))
  try {
    const fired = await fire(vendor.url, exchangeShots(vendor, SESSIONS), {
      count: SESSIONS,
      callers: CALLERS,
    })
    if (fired.bad > 0) throw new Error(`${fired.bad} exchanges failed`)
    say(`${SESSIONS} sessions live`)
    const { body } = await vendor.post('/v1/admin/mappings/app-main:revoke', { reason: 'a benchmark' })
    say(
      `${String(body['proved'])} of ${String(body['sessions'])} proved, the last after ${String(body['lastMs'])} ms`,
    )
    if (body['proved'] !== SESSIONS) throw new Error('not every session is proved to be over')
    return rows(await timesToDead(vendor), Number(body['stoppedMs']))
  } finally {
    await minio.stop()
    await vendor.stop()
  }
}

/** From the instants of the log: when each was proved, after the event with which the lock stood. */
async function timesToDead(vendor: TestVendor): Promise<readonly number[]> {
  const [begun] = await vendor.events('type=revoke.begun&limit=1')
  const times: number[] = []
  let before = ''
  while (times.length < SESSIONS) {
    const page = await vendor.events(`type=assume.revoked&limit=${PAGE}${before}`)
    const last = page.at(-1)
    if (begun === undefined || last === undefined) break
    times.push(...page.map(({ event }) => Date.parse(event.at) - Date.parse(begun.event.at)))
    before = `&before=${last.seq}`
  }
  return times.toSorted((a, b) => a - b)
}

function rows(times: readonly number[], stoppedMs: number): readonly Row[] {
  const plain = { unit: 'ms', baseline: null, ratio: null }
  const p99 = times[Math.floor(times.length * 0.99)] ?? Number.NaN
  return [
    { name: 'revoke.stopped.ms', value: stoppedMs, ...plain },
    { name: 'revoke.p50.ms', value: median(times), ...plain },
    { name: 'revoke.p99.ms', value: p99, ...plain },
    { name: 'revoke.last.ms', value: times.at(-1) ?? Number.NaN, ...plain },
  ]
}
