import { join } from 'node:path'
import { detectHere } from '../apps/vendor/src/detect/detect-desk.ts'
import type { LiveFacts } from '../apps/vendor/src/detect/gather.ts'
import { lintConfiguration } from '../apps/vendor/src/domain/lint/lint.ts'
import { readStanding } from '../apps/vendor/src/storage/sqlite/history-reader.ts'
import { openForReading } from '../apps/vendor/src/storage/sqlite/open.ts'
import { manyMappings } from '../test/support/many-mappings.ts'
import { type ChildVendor, configurationFor, startVendor } from '../test/support/vendor.ts'
import { listening } from './lib/listening.ts'
import { fire } from './lib/load.ts'
import { longestWait } from './lib/longest-wait.ts'
import { type Bench, median, type Row } from './lib/row.ts'
import { exchangeShots } from './lib/tokens.ts'

const MAPPINGS = 5_000
const EXCHANGES = 2_000
const ROUNDS = 7
const HOLD_BAR_MS = 50
const BESIDE_LINT = 3

/** One look of lint and detectors over 5,000 mappings and a log, and for how long it holds the service meanwhile. */
export const bench: Bench = async (say) => {
  const stub = await listening(['test/support/fake-sts.ts'])
  const vendor = await startVendor({ child: true, env: { STINT_LOG_LEVEL: 'warn' } })
  try {
    await apply(vendor, { endpoint: stub.origin, purpose: 'a benchmark' })
    await fire(vendor.url, exchangeShots(vendor, EXCHANGES), { count: EXCHANGES, callers: 32 })
    say(`${MAPPINGS} mappings, ${EXCHANGES} exchanges`)
    return [lookRow(vendor, say), await holdRow(vendor, stub.origin, say)]
  } finally {
    await vendor.stop()
    await stub.process.stop()
  }
}

/** Both files read, everything looked at, in this process; beside the lint of the same configuration alone. */
function lookRow({ dataFolder }: ChildVendor, say: (line: string) => void): Row {
  const paths = { config: join(dataFolder, 'config.db'), audit: join(dataFolder, 'audit.db') }
  const nowMs = Date.now()
  const live: LiveFacts = {
    nowMs,
    profile: 'standard',
    twoPersons: true,
    use: { mappings: new Map(), refusals: [], newNetworks: [], shared: [] },
    access: null,
    refusedKids: new Map(),
    givenSecrets: [],
    anchorsBehind: [],
  }
  const connection = openForReading(paths.config)
  const { resources } = readStanding(connection)
  connection.close()
  const [looks, lints]: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    looks.push(millisecondsOf(() => detectHere(paths, live)))
    lints.push(millisecondsOf(() => lintConfiguration(resources, nowMs)))
  }
  const [value, baseline] = [median(looks), median(lints)]
  say(`a look: ${value.toFixed(0)} ms, the lint alone: ${baseline.toFixed(0)} ms`)
  const bar = `≤ ${BESIDE_LINT} × the lint alone`
  const ratio = value / baseline
  return {
    name: `detect.${MAPPINGS}.ms`,
    value,
    unit: 'ms',
    baseline,
    ratio,
    bar,
    holds: ratio <= BESIDE_LINT,
  }
}

function millisecondsOf(work: () => unknown): number {
  const begun = performance.now()
  work()
  return performance.now() - begun
}

/** The longest that a plain request waits while the service looks, beside the longest while it does nothing. */
async function holdRow(vendor: ChildVendor, endpoint: string, say: (line: string) => void): Promise<Row> {
  const [held, idle]: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    // Another generation, which is looked at anew.
    await apply(vendor, { endpoint, purpose: `round ${round}` })
    const look = looked(vendor)
    held.push(await longestWait(vendor.url, look))
    const before = median(held)
    idle.push(await longestWait(vendor.url, new Promise((resolve) => setTimeout(resolve, before * 10))))
  }
  const [value, baseline] = [median(held), median(idle)]
  say(`longest wait while it looks: ${value.toFixed(0)} ms, while it does not: ${baseline.toFixed(0)} ms`)
  const holds = value <= HOLD_BAR_MS + baseline
  const bar = `≤ ${HOLD_BAR_MS} ms above idle`
  return { name: `detect.${MAPPINGS}.hold`, value, unit: 'ms', baseline, ratio: value / baseline, bar, holds }
}

/** The configuration of 5,000 mappings, one of which says another purpose each time. */
async function apply(
  vendor: ChildVendor,
  { endpoint, purpose }: { readonly endpoint: string; readonly purpose: string },
): Promise<void> {
  const base = manyMappings(configurationFor(vendor, endpoint), MAPPINGS)
  const mappings = { ...base.mappings, 'app-quick': { ...base.mappings['app-quick'], purpose } }
  const { status, body } = await vendor.apply({ ...base, mappings })
  if (status !== 200) throw new Error(`the configuration was not applied: ${status} ${body['code']}`)
}

/** Waits for a look at what stands now. */
async function looked(vendor: ChildVendor): Promise<void> {
  const { status } = await vendor.get('/v1/admin/findings?limit=1')
  if (status !== 200) throw new Error(`no findings: ${status}`)
}
