import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUsageReader } from '../apps/vendor/src/audit/usage/reader.ts'
import { openForReading } from '../apps/vendor/src/storage/sqlite/open.ts'
import type { Bench, Row } from './lib/row.ts'
import { countWholeEvents, grownLog } from './lib/usage-log.ts'
import { replayOver } from './lib/usage-replay.ts'
import { QUARTER, rolledUp } from './lib/usage-rollups.ts'

const MIGRATIONS = join(import.meta.dirname, '../migrations/sqlite/audit')
const SIZES = [10_000, 100_000, 1_000_000] as const
const EVENTS_IN_ROLLUPS = 10_000_000
const ROUNDS = 3
const MILLION = 1_000_000

/** The use of mappings: a quarter from rollups and from whole events, replay, how both grow, and what a file weighs. */
export const bench: Bench = async (say) => {
  const folder = mkdtempSync(join(tmpdir(), 'stint-bench-usage-'))
  try {
    const rows = [...(await rollupRows(join(folder, 'rollups.db'), say))]
    for (const size of SIZES) rows.push(...(await eventRows(join(folder, `${size}.db`), size, say)))
    rows.push(...(await millionRows(join(folder, 'million.db'), say)))
    return rows
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const plain = { baseline: null, ratio: null }

async function rollupRows(path: string, say: (line: string) => void): Promise<readonly Row[]> {
  const started = performance.now()
  const events = rolledUp(path, MIGRATIONS, EVENTS_IN_ROLLUPS)
  say(`rollups of ${events} events are there, after ${((performance.now() - started) / 1000).toFixed(0)} s`)
  const seconds = await populationSeconds(path)
  const bytes = statSync(path).size / events
  return [
    {
      ...{ name: `quarter.${EVENTS_IN_ROLLUPS}.s`, value: seconds, unit: 's', ...plain },
      ...{ bar: '≤ 1 s, 5,000 mappings from rollups', holds: seconds <= 1 },
    },
    { name: `rollups.${EVENTS_IN_ROLLUPS}.bytes`, value: bytes, unit: 'B/event', ...plain },
  ]
}

/** The best of a few: what else the machine does is not of it. */
async function populationSeconds(path: string): Promise<number> {
  const connection = openForReading(path)
  try {
    const usage = createUsageReader({ path, connection, count: async () => undefined })
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now()
      const found = await usage.population(QUARTER)
      times.push((performance.now() - started) / 1000)
      if (found.size === 0) throw new Error('nobody used anything')
    }
    return Math.min(...times)
  } finally {
    connection.close()
  }
}

async function eventRows(path: string, size: number, say: (line: string) => void): Promise<readonly Row[]> {
  const started = performance.now()
  const { decisions } = grownLog(path, MIGRATIONS, size)
  say(`${size} events are there, after ${((performance.now() - started) / 1000).toFixed(0)} s`)
  const bytes = statSync(path).size / size
  const fromRollups = await populationSeconds(path)
  const fromEvents = countWholeEvents(path)
  const last = size === SIZES.at(-1)
  const rows: Row[] = [
    { name: `quarter.rollups.${size}.s`, value: fromRollups, unit: 's', ...plain },
    {
      ...{ name: `quarter.events.${size}.s`, value: fromEvents, unit: 's', baseline: fromRollups },
      ratio: fromEvents / fromRollups,
      ...(last ? { bar: '≤ 0.5 s, without rollups', holds: fromEvents <= 0.5 } : {}),
    },
    { name: `bytes.${size}`, value: bytes, unit: 'B/event', ...plain },
  ]
  return last ? rows : [...rows, ...(await replayRows(path, decisions, say))]
}

/** A million decisions, with the outcomes between them. */
async function millionRows(path: string, say: (line: string) => void): Promise<readonly Row[]> {
  const { decisions } = grownLog(path, MIGRATIONS, Math.floor((MILLION * 5) / 3))
  return replayRows(path, decisions, say)
}

async function replayRows(
  path: string,
  decisions: number,
  say: (line: string) => void,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const change of ['one mapping', 'every mapping'] as const) {
    const { seconds, report } = await replayOver(path, change)
    say(
      `${decisions} decisions, ${change} changed: ${JSON.stringify(report.counts)} in ${seconds.toFixed(2)} s`,
    )
    if (report.decisions !== decisions) throw new Error(`${report.decisions} of ${decisions} were replayed`)
    const name = `replay.${decisions}${change === 'one mapping' ? '.one' : ''}.s`
    const bar = decisions >= MILLION ? { bar: `≤ 10 s, ${change} changed`, holds: seconds <= 10 } : {}
    rows.push({ name, value: seconds, unit: 's', ...plain, ...bar })
  }
  return rows
}
