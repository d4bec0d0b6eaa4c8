import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ChildVendor, configurationFor, startVendor } from '../test/support/vendor.ts'
import { type Listening, listening } from './lib/listening.ts'
import { fire } from './lib/load.ts'
import { minioRows } from './lib/minio-rows.ts'
import { cpuMicros, residentMb } from './lib/process-cpu.ts'
import { type Bench, median, type Row } from './lib/row.ts'
import { stageRows } from './lib/stages.ts'
import { exchangeShots } from './lib/tokens.ts'
import { treeMicros } from './lib/tree-stage.ts'
import { bench as mappingsBench } from './mappings.ts'

const ROUNDS = 5
const PER_ROUND = 8_000
const CALLERS = 64
const MEMORY_EXCHANGES = 100_000
const CPU_BAR = 18
const NODE_FLAGS = '--max-semi-space-size=64'

/** Cost of one exchange against a stub STS, then rates and latency against the real MinIO. */
export const bench: Bench = async (say) => {
  const stub = await listening(['test/support/fake-sts.ts'])
  const echo = await listening([NODE_FLAGS, 'bench/lib/echo-server.ts'])
  const vendor = await startVendor({
    child: true,
    env: { STINT_LOG_LEVEL: 'warn', NODE_OPTIONS: NODE_FLAGS },
  })
  try {
    const applied = await vendor.apply(configurationFor(vendor, stub.origin))
    if (applied.status !== 200) throw new Error(`the configuration was not applied: ${applied.status}`)
    const rest = residentMb(vendor.process().pid)
    say(`signing ${PER_ROUND} tokens`)
    const shots = exchangeShots(vendor, PER_ROUND)
    const cpu = await cpuRows({ vendor, echo, shots, say })
    const rows = [...cpu, ...(await stageRows(say)), treeRow(cpu)]
    const memory = await memoryRows({ vendor, shots, rest, say })
    const minio = await minioRows({ fdatasyncMs: fdatasyncMs(), say })
    return [...rows, ...memory, ...minio, ...(await mappingsBench(say))]
  } finally {
    await vendor.stop()
    await Promise.all([stub.process.stop(), echo.process.stop()])
  }
}

type CpuInput = {
  readonly vendor: ChildVendor
  readonly echo: Listening
  readonly shots: ReturnType<typeof exchangeShots>
  readonly say: (line: string) => void
}

async function cpuRows({ vendor, echo, shots, say }: CpuInput): Promise<readonly Row[]> {
  const json = {
    path: '/',
    headers: { 'content-type': 'application/json' },
    body: '{"hello":"this is stint"}',
  }
  const { pid } = vendor.process()
  const load = { count: PER_ROUND, callers: CALLERS }
  await fire(vendor.url, shots, load)
  await fire(echo.origin, () => json, load)
  const ours: number[] = []
  const bare: number[] = []
  const rates: number[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    const a = cpuMicros(echo.process.pid)
    await fire(echo.origin, () => json, { count: PER_ROUND * 3, callers: CALLERS })
    bare.push((cpuMicros(echo.process.pid) - a) / (PER_ROUND * 3))
    const b = cpuMicros(pid)
    const fired = await fire(vendor.url, shots, load)
    ours.push((cpuMicros(pid) - b) / PER_ROUND)
    rates.push(fired.perSecond)
    if (fired.bad > 0) throw new Error(`${fired.bad} exchanges failed`)
    say(
      `round ${round}: exchange ${ours.at(-1)?.toFixed(0)} µs, echo ${bare.at(-1)?.toFixed(1)} µs, ${fired.perSecond.toFixed(0)}/s, p50 ${fired.p50Ms.toFixed(1)} ms, p99 ${fired.p99Ms.toFixed(1)} ms`,
    )
  }
  const [value, baseline] = [median(ours), median(bare)]
  const ratio = value / baseline
  return [
    {
      name: 'exchange.cpu',
      value,
      unit: 'µs',
      baseline,
      ratio,
      bar: `≤ ${CPU_BAR} × echo (aim 12)`,
      holds: ratio <= CPU_BAR,
    },
    { name: 'exchange.rps', value: median(rates), unit: '/s', baseline: null, ratio: null },
  ]
}

/** What the tree, the signature and the receipt are of an exchange, which has them in its own figure. */
function treeRow(cpu: readonly Row[]): Row {
  const baseline = cpu.find(({ name }) => name === 'exchange.cpu')?.value ?? 0
  const value = treeMicros()
  const ratio = value / baseline
  return {
    ...{ name: 'stage.tree', value, unit: 'µs', baseline, ratio },
    ...{ bar: '≤ 0.1 of exchange.cpu', holds: ratio <= 0.1 },
  }
}

async function memoryRows(
  input: Omit<CpuInput, 'echo'> & { readonly rest: number },
): Promise<readonly Row[]> {
  input.say(`${MEMORY_EXCHANGES} exchanges for memory`)
  await fire(input.vendor.url, input.shots, { count: MEMORY_EXCHANGES, callers: CALLERS })
  const after = residentMb(input.vendor.process().pid)
  return [
    { name: 'memory.rest', value: input.rest, unit: 'MB', baseline: null, ratio: null },
    { name: 'memory.after', value: after, unit: 'MB', baseline: input.rest, ratio: after / input.rest },
  ]
}

/** The p50 of writing 4 KB and syncing it: what this disk asks for one durable record. */
function fdatasyncMs(): number {
  const folder = mkdtempSync(join(tmpdir(), 'stint-bench-'))
  const file = openSync(join(folder, 'sync'), 'w')
  const block = Buffer.alloc(4096, 1)
  const times = Array.from({ length: 300 }, () => {
    const started = performance.now()
    writeSync(file, block)
    fdatasyncSync(file)
    return performance.now() - started
  })
  closeSync(file)
  rmSync(folder, { recursive: true })
  return median(times)
}
