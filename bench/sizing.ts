import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildProgram } from '../scripts/build/program.ts'
import { type ChildVendor, configurationFor, startVendor } from '../test/support/vendor.ts'
import { lengthen } from './lib/lengthen.ts'
import { type Listening, listening } from './lib/listening.ts'
import { fire } from './lib/load.ts'
import { residentMb } from './lib/process-cpu.ts'
import { type Bench, median, type Row } from './lib/row.ts'
import { exchangeShots } from './lib/tokens.ts'

const EXCHANGES = 4_000
const STARTS = 5
/** The first is the log as the exchanges left it. */
const SIZES = [0, 100_000, 1_000_000]
const FLAGS = ['--max-semi-space-size=64', '--disable-proto=throw']

/** What docs/deploy.md says of disk, start and backup: bytes an assumption, and times by the length of the log. */
export const bench: Bench = async (say) => {
  const stub = await listening(['test/support/fake-sts.ts'])
  const folder = mkdtempSync(join(tmpdir(), 'stint-sizing-'))
  const data = join(folder, 'data')
  try {
    const { folder: program } = await buildProgram({
      root: join(import.meta.dirname, '..'),
      out: join(folder, 'program'),
      commit: 'bench',
      atSeconds: 0,
      log: say,
    })
    const entry = join(program, 'bin/stint.mjs')
    return [...(await diskRows(stub, data, say)), ...(await lengthRows({ folder, data, entry, say }))]
  } finally {
    await stub.process.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const env = { STINT_LOG_LEVEL: 'warn', NODE_OPTIONS: '--max-semi-space-size=64' }
const plain = (name: string, value: number, unit: string): Row => ({
  name,
  value,
  unit,
  baseline: null,
  ratio: null,
})
const bytesOf = (path: string) => (existsSync(path) ? statSync(path).size : 0)

/** The file before and after, each time when the service has stopped and its write-ahead log is in it. */
async function diskRows(stub: Listening, data: string, say: (line: string) => void): Promise<readonly Row[]> {
  mkdirSync(data, { mode: 0o700 })
  const log = join(data, 'audit.db')
  const rows: Row[] = []
  const measured = async (name: string, work: (vendor: ChildVendor) => Promise<void>) => {
    const vendor = await startVendor({ child: true, dataFolder: data, env })
    const applied = await vendor.apply(configurationFor(vendor, stub.origin))
    if (applied.status !== 200) throw new Error(`the configuration was not applied: ${applied.status}`)
    await vendor.restart()
    const before = bytesOf(log)
    await work(vendor)
    await vendor.stop()
    const each = (bytesOf(log) - before) / EXCHANGES
    say(`${name}: ${each.toFixed(0)} bytes`)
    rows.push(plain(name, each, 'B'))
  }
  await measured('disk.assumption', async (vendor) => {
    const { bad } = await fire(vendor.url, exchangeShots(vendor, EXCHANGES), {
      count: EXCHANGES,
      callers: 32,
    })
    if (bad > 0) throw new Error(`${bad} exchanges failed`)
  })
  await measured('disk.refusal', async (vendor) => {
    const shots = exchangeShots(vendor, EXCHANGES)
    const elsewhere = (at: number) => {
      const shot = shots(at)
      return { ...shot, body: shot.body.replace('app-artifacts', 'no-such-role') }
    }
    await fire(vendor.url, elsewhere, { count: EXCHANGES, callers: 32 })
  })
  return rows
}

/** The same log made longer with copies of what was recorded, and the service started on it. */
async function lengthRows(of: {
  readonly folder: string
  readonly data: string
  readonly entry: string
  readonly say: (line: string) => void
}): Promise<readonly Row[]> {
  const { folder, data, entry, say } = of
  const program = [process.execPath, ...FLAGS, entry] as const
  const rows: Row[] = []
  for (const size of SIZES) {
    lengthen(join(data, 'audit.db'), size)
    const name = size >= 1_000_000 ? `${size / 1_000_000}m` : size === 0 ? 'short' : `${size / 1_000}k`
    const megabytes = bytesOf(join(data, 'audit.db')) / 1e6
    const times: number[] = []
    let resident = 0
    for (let turn = 0; turn < STARTS; turn++) {
      const begun = performance.now()
      const vendor = await startVendor({ program, dataFolder: data, env: { STINT_LOG_LEVEL: 'warn' } })
      times.push(performance.now() - begun)
      resident = residentMb(vendor.process().pid)
      await vendor.stop()
    }
    const backup = join(folder, `backup-${name}`)
    const seconds = await timed([entry, 'backup', backup, '--data', data])
    rmSync(backup, { recursive: true })
    say(
      `${size} events, ${megabytes.toFixed(0)} MB: start ${median(times).toFixed(0)} ms, backup ${seconds.toFixed(1)} s`,
    )
    rows.push(
      plain(`log.${name}`, megabytes, 'MB'),
      plain(`start.${name}`, median(times), 'ms'),
      plain(`memory.${name}`, resident, 'MB'),
      plain(`backup.${name}`, seconds, 's'),
    )
  }
  return rows
}

/** Seconds of a command of `stint`. */
async function timed(args: readonly string[]): Promise<number> {
  const begun = performance.now()
  const [code] = await once(spawn(process.execPath, args, { stdio: 'ignore' }), 'exit')
  if (code !== 0) throw new Error(`stint ${args[1]} ended with ${code}`)
  return (performance.now() - begun) / 1000
}
