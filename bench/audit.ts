import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { logOrigin } from '@stint/sts-client/wire'
import { openAuditLog } from '../apps/vendor/src/audit/log.ts'
import { canonicalize } from '../apps/vendor/src/domain/canonical.ts'
import type { AuditLog } from '../apps/vendor/src/ports.ts'
import { createRandom, systemClock } from '../apps/vendor/src/runtime.ts'
import { verifyLog } from '../apps/vendor/src/verify/verify-log.ts'
import { buildProgram } from '../scripts/build/program.ts'
import { keyBeside } from '../test/support/log-key.ts'
import { benchIntent, benchIssued } from './lib/audit-events.ts'
import { packAddress, packRows } from './lib/pack-rows.ts'
import { restartRows } from './lib/restart-rows.ts'
import { type Bench, median, type Row } from './lib/row.ts'

const PACKED = [100_000, 1_000_000]
const MIGRATIONS = join(import.meta.dirname, '../migrations/sqlite/audit')
const silent = { info() {}, warn() {}, error() {} }
const WAITING = 64
const ROUNDS = 5
const VENDS_A_ROUND = 8_000
const SIZES = [10_000, 100_000, 1_000_000]
const PROOFS = 300

/** The log alone: how fast it takes events, proves one of a million, and is verified; and how both grow. */
export const bench: Bench = async (say) => {
  const folder = mkdtempSync(join(tmpdir(), 'stint-bench-audit-'))
  try {
    const rows = [...(await writerRows(folder, say))]
    const { folder: program } = await buildProgram({
      ...{ root: join(import.meta.dirname, '..'), out: join(folder, 'program'), log: () => {} },
      ...{ commit: 'bench', atSeconds: 0 },
    })
    // As a service would have it, so that a service can be started on it.
    const { url, listen } = await packAddress()
    const data = join(folder, 'data')
    mkdirSync(data, { mode: 0o700 })
    const path = join(data, 'audit.db')
    let audit = await open(path, logOrigin(url))
    let events = 0
    for (const size of SIZES) {
      const started = performance.now()
      while (events < size) {
        const pairs = Math.min(4096, Math.ceil((size - events) / 2))
        await vend(audit, { pairs, callers: 512 })
        events += pairs * 2
      }
      say(`${size} events are there, after ${((performance.now() - started) / 1000).toFixed(0)} s`)
      await audit.tree.checkpoint()
      rows.push(...proofRows(audit, size))
      await audit.close()
      rows.push(...verifyRows(path, size), ...(await startRows(path, { size, origin: logOrigin(url) })))
      if (PACKED.includes(size)) {
        const grown = { data, url, listen, size, say }
        rows.push(...(await packRows(grown)), ...(await restartRows(grown, program)))
      }
      audit = await open(path, logOrigin(url))
    }
    await audit.close()
    return rows
  } finally {
    rmSync(folder, { recursive: true })
  }
}

let opened = 0
function open(path: string, origin?: string): Promise<AuditLog> {
  const key = { ...keyBeside(path), ...(origin === undefined ? {} : { origin }) }
  return openAuditLog({
    ...{ path, migrations: MIGRATIONS, key, clock: systemClock, log: silent },
    random: createRandom(),
    bootId: `bench-${++opened}`,
  })
}

/** So many callers, each an intent and its outcome with a receipt, one after the other. */
async function vend(
  audit: AuditLog,
  { pairs, callers }: { readonly pairs: number; readonly callers: number },
): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (next < pairs) {
        const at = next++
        const { seq } = await audit.appendIntent(benchIntent(at), () => benchIntent(at))
        await audit.appendIssued(benchIssued(at), seq)
      }
    }),
  )
}

/** Beside a worker that does nothing but commit the same rows, of as many bytes, in batches as they come. */
async function writerRows(folder: string, say: (line: string) => void): Promise<readonly Row[]> {
  const audit = await open(join(folder, 'writer.db'))
  const bare = await bareWorker(join(folder, 'bare.db'))
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let round = 0; round <= ROUNDS; round++) {
    const [a, b] = [
      await rate(() => vend(audit, { pairs: VENDS_A_ROUND, callers: WAITING })),
      await rate(bare.run),
    ]
    // The first warms up.
    if (round === 0) continue
    ours.push(a)
    theirs.push(b)
    say(`round ${round}: the log takes ${a.toFixed(0)} events/s, a bare worker ${b.toFixed(0)}`)
  }
  await bare.close()
  await audit.close()
  const [value, baseline] = [median(ours), median(theirs)]
  const ratio = value / baseline
  return [
    {
      ...{ name: 'writer.rate', value, unit: 'events/s', baseline, ratio },
      ...{ bar: '≥ 0.5 × a bare worker', holds: ratio >= 0.5 },
    },
  ]
}

async function rate(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (VENDS_A_ROUND * 2) / ((performance.now() - started) / 1000)
}

type BareRow = readonly (string | number | null)[]

async function bareWorker(path: string) {
  const worker = new Worker(new URL('./lib/bare-writer.ts', import.meta.url), { workerData: { path } })
  await new Promise((resolve) => worker.once('message', resolve))
  const [intent, issued] = [canonicalize(benchIntent(0)), canonicalize(benchIssued(0))]
  let waiting: { readonly row: BareRow; readonly done: () => void }[] = []
  let underWay: typeof waiting | null = null
  let vends = 0
  const send = () => {
    if (underWay !== null || waiting.length === 0) return
    underWay = waiting
    waiting = []
    worker.postMessage(underWay.map(({ row }) => row))
  }
  worker.on('message', () => {
    for (const { done } of underWay ?? []) done()
    underWay = null
    send()
  })
  const put = (row: BareRow) =>
    new Promise<void>((done) => {
      waiting.push({ row, done })
      setImmediate(send)
    })
  return {
    async run() {
      let next = 0
      await Promise.all(
        Array.from({ length: WAITING }, async () => {
          while (next++ < VENDS_A_ROUND) {
            const { assumption, request } = benchIntent(vends++)
            await put(['assume.intent', next, assumption, request, 'github', 'app-artifacts', null, intent])
            await put(['assume.issued', next, assumption, null, null, null, null, issued])
          }
        }),
      )
    },
    close: () => worker.terminate(),
  }
}

function proofRows(audit: AuditLog, size: number): readonly Row[] {
  const times = Array.from({ length: PROOFS }, (_, at) => {
    const seq = 1 + Math.floor((at / PROOFS) * (size - 1))
    // Three times: another process of this machine takes the core for longer than a proof.
    return Math.min(...[1, 2, 3].map(() => proofMs(audit, seq)))
  }).sort((a, b) => a - b)
  const [p50, worst] = [median(times), times.at(-1) ?? 0]
  const last = size === SIZES.at(-1)
  return [
    { name: `proof.${size}.p50.ms`, value: p50, unit: 'ms', baseline: null, ratio: null },
    {
      ...{
        name: last ? 'proof.ms' : `proof.${size}.ms`,
        value: worst,
        unit: 'ms',
        baseline: null,
        ratio: null,
      },
      ...(last ? { bar: '≤ 5 ms, the slowest of 300 events', holds: worst <= 5 } : {}),
    },
  ]
}

function proofMs(audit: AuditLog, seq: number): number {
  const started = performance.now()
  if (audit.tree.proof(seq) === null) throw new Error(`event ${seq} has no proof`)
  return performance.now() - started
}

function verifyRows(path: string, size: number): readonly Row[] {
  const before = process.cpuUsage()
  const verdict = verifyLog({ path, keys: [], anchors: [] })
  const { user, system } = process.cpuUsage(before)
  if (!verdict.ok) throw new Error(`the log does not verify: ${JSON.stringify(verdict)}`)
  const seconds = (user + system) / 1e6
  const bytes = statSync(path).size / size
  return [
    {
      ...{ name: `verify.${size}.s`, value: seconds, unit: 's', baseline: null, ratio: null },
      ...(size === SIZES.at(-1) ? { bar: '≤ 30 s of one core', holds: seconds <= 30 } : {}),
    },
    { name: `bytes.${size}`, value: bytes, unit: 'B/event', baseline: null, ratio: null },
  ]
}

async function startRows(
  path: string,
  { size, origin }: { readonly size: number; readonly origin: string },
): Promise<readonly Row[]> {
  const started = performance.now()
  const audit = await open(path, origin)
  const value = performance.now() - started
  await audit.close()
  return [{ name: `start.${size}.ms`, value, unit: 'ms', baseline: null, ratio: null }]
}
