import { manyMappings } from '../test/support/many-mappings.ts'
import { type ChildVendor, configurationFor, startVendor } from '../test/support/vendor.ts'
import { type Listening, listening } from './lib/listening.ts'
import { fire, type Shot } from './lib/load.ts'
import { cpuMicros, residentMb } from './lib/process-cpu.ts'
import { type Bench, median, type Row } from './lib/row.ts'
import { exchangeShots } from './lib/tokens.ts'

const BASE = 10
const COUNTS = [BASE, 1_000, 100_000] as const
const ROUNDS = 7
const PER_ROUND = 4_000
const CALLERS = 64
const BAR = 1.1
const NODE_FLAGS = '--max-semi-space-size=64'

type Side = { readonly count: number; readonly vendor: ChildVendor; readonly shots: (at: number) => Shot }

/** What an exchange costs beside 1,000 and 100,000 mappings, at most 100 a role, against the same beside 10. */
export const bench: Bench = async (say) => {
  const stub = await listening(['test/support/fake-sts.ts'])
  const sides: Side[] = []
  try {
    const applied: Row[] = []
    for (const count of COUNTS) {
      say(`${count} mappings`)
      const vendor = await startVendor({
        child: true,
        env: { STINT_LOG_LEVEL: 'warn', NODE_OPTIONS: NODE_FLAGS },
      })
      const side = { count, vendor, shots: exchangeShots(vendor, PER_ROUND) }
      sides.push(side)
      applied.push(...(await applyRows(side, stub)))
    }
    return [...(await cpuRows(sides, say)), ...applied]
  } finally {
    await Promise.all(sides.map(({ vendor }) => vendor.stop()))
    await stub.process.stop()
  }
}

async function applyRows({ count, vendor }: Side, stub: Listening): Promise<readonly Row[]> {
  const configuration = manyMappings(configurationFor(vendor, stub.origin), count)
  const begun = performance.now()
  const { status } = await vendor.apply(configuration)
  if (status !== 200) throw new Error(`the configuration was not applied: ${status}`)
  const applyMs = performance.now() - begun
  if (count === BASE) return []
  const restarted = performance.now()
  await vendor.restart()
  const startMs = performance.now() - restarted
  const plain = { baseline: null, ratio: null }
  return [
    { name: `mappings.${count}.apply`, value: applyMs / 1000, unit: 's', ...plain },
    { name: `mappings.${count}.start`, value: startMs / 1000, unit: 's', ...plain },
    { name: `mappings.${count}.memory`, value: residentMb(vendor.process().pid), unit: 'MB', ...plain },
  ]
}

/** Rounds of all sides in turn, so that what else the machine does falls on each of them alike. */
async function cpuRows(sides: readonly Side[], say: (line: string) => void): Promise<readonly Row[]> {
  const spent = new Map<number, number[]>(sides.map(({ count }) => [count, []]))
  const load = { count: PER_ROUND, callers: CALLERS }
  for (const { vendor, shots } of sides) await fire(vendor.url, shots, load)
  for (let round = 1; round <= ROUNDS; round++) {
    for (const { count, vendor, shots } of sides) {
      const { pid } = vendor.process()
      const before = cpuMicros(pid)
      const fired = await fire(vendor.url, shots, load)
      if (fired.bad > 0) throw new Error(`${fired.bad} exchanges failed`)
      spent.get(count)?.push((cpuMicros(pid) - before) / PER_ROUND)
    }
    say(
      `round ${round}: ${sides.map(({ count }) => `${count}: ${spent.get(count)?.at(-1)?.toFixed(0)} µs`).join(', ')}`,
    )
  }
  const baseline = median(spent.get(BASE) ?? [])
  return sides
    .filter(({ count }) => count !== BASE)
    .map(({ count }) => {
      const value = median(spent.get(count) ?? [])
      const ratio = value / baseline
      const bar = `≤ ${BAR.toFixed(2)} × ${BASE} mappings`
      return { name: `mappings.${count}.cpu`, value, unit: 'µs', baseline, ratio, bar, holds: ratio <= BAR }
    })
}
