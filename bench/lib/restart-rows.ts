import { join } from 'node:path'
import { startFakeSts } from '../../test/support/fake-sts.ts'
import { type ChildVendor, configurationFor, startVendor } from '../../test/support/vendor.ts'
import type { Grown } from './pack-rows.ts'
import type { Row } from './row.ts'

const CALLERS = 64
const KILLS = 3
const DELIVERED_A_KILL = 500
const BAR_MS = 2_000

/**
 * The service as it is deployed, over a log of so many events, killed under load: how long until it is ready again. `program`:
 * where it is built.
 */
export async function restartRows(
  { data, url, listen, size, say }: Grown,
  program: string,
): Promise<readonly Row[]> {
  const env = { STINT_LISTEN: listen, STINT_PUBLIC_URL: url, STINT_LOG_LEVEL: 'error' }
  await using store = await startFakeSts({ ledger: false })
  const vendor = await startVendor({
    ...{ dataFolder: data, at: url, env },
    program: [process.execPath, '--max-semi-space-size=64', join(program, 'bin/stint.mjs')],
  })
  try {
    const { status } = await vendor.apply(configurationFor(vendor, store.endpoint))
    if (status !== 200) throw new Error(`the configuration was not applied: ${status}`)
    const times: number[] = []
    for (let kill = 0; kill < KILLS; kill++) times.push(await killedUnderLoad(vendor))
    say(`killed over ${size} events: ready after ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`)
    const value = Math.max(...times)
    const bar =
      size >= 1_000_000
        ? { bar: `≤ ${BAR_MS} ms, the slowest of ${KILLS} kills`, holds: value <= BAR_MS }
        : {}
    return [{ name: `restart.${size}.ms`, value, unit: 'ms', baseline: null, ratio: null, ...bar }]
  } finally {
    await vendor.stop()
  }
}

async function killedUnderLoad(vendor: ChildVendor): Promise<number> {
  let [delivered, running] = [0, true]
  const { promise: enough, resolve } = Promise.withResolvers<void>()
  const callers = Array.from({ length: CALLERS }, async () => {
    while (running) {
      const answer = await vendor.exchange(vendor.token()).catch(() => null)
      if (answer?.status === 200 && ++delivered === DELIVERED_A_KILL) resolve()
    }
  })
  await enough
  await vendor.kill()
  running = false
  await Promise.all(callers)
  const began = performance.now()
  await vendor.restart()
  return performance.now() - began
}
