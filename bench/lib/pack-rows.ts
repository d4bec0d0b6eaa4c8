import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../test/support/ports.ts'
import { reviewClient, reviewedConfiguration } from '../../test/support/reviews.ts'
import { type ChildVendor, startVendor } from '../../test/support/vendor.ts'
import { longestWait } from './longest-wait.ts'
import { residentMb } from './process-cpu.ts'
import { median, type Row } from './row.ts'

const BAR_S = 30
const HOLD_BAR_MS = 50
const ROUNDS = 3
const IDLE_MS = 3_000

/** Where the service is that has the log: the name of a log is its address, for good. */
export async function packAddress(): Promise<{ readonly url: string; readonly listen: string }> {
  const listen = `127.0.0.1:${await freePort()}`
  return { listen, url: `http://${listen}` }
}

/** A log of so many events, and where its service is. */
export type Grown = {
  readonly data: string
  readonly url: string
  readonly listen: string
  readonly size: number
  readonly say: (line: string) => void
}

/** A review over a log of so many events: how long its evidence takes, and for how long that holds the service. */
export async function packRows({ data, url, listen, size, say }: Grown): Promise<readonly Row[]> {
  const env = { STINT_LISTEN: listen, STINT_PUBLIC_URL: url, STINT_LOG_LEVEL: 'warn' }
  // Issuers have other ports each time: what stood in the configuration before is replaced.
  const vendor = await startVendor({ child: true, dataFolder: data, at: url, env })
  try {
    const { status } = await vendor.apply(reviewedConfiguration(vendor, 'http://127.0.0.1:9'))
    if (status !== 200) throw new Error(`the configuration was not applied: ${status}`)
    const id = await sealed(vendor)
    const idle = await longestWait(url, new Promise((resolve) => setTimeout(resolve, IDLE_MS)))
    const { pid } = vendor.process()
    const before = residentMb(pid)
    const [times, holds]: [number[], number[]] = [[], []]
    for (let round = 0; round < ROUNDS; round++) {
      rmSync(join(data, 'evidence', `${id}.tar`), { force: true })
      const begun = performance.now()
      const made = reviewClient(vendor).post(`/${id}/evidence`, {})
      holds.push(await longestWait(url, made))
      times.push((performance.now() - begun) / 1000)
      if ((await made).status !== 200) throw new Error(`no evidence: ${JSON.stringify((await made).body)}`)
    }
    // What else the machine does makes a request wait, too: the round that it left in peace counts.
    const [seconds, hold] = [median(times), Math.min(...holds)]
    const memory = residentMb(pid) - before
    say(
      `evidence over ${size} events: ${seconds.toFixed(1)} s, a request waits ${hold.toFixed(0)} ms at most`,
    )
    const isBarred = size >= 1_000_000
    const none = { baseline: null, ratio: null }
    const bar = isBarred ? { bar: `≤ ${BAR_S} s`, holds: seconds <= BAR_S } : {}
    const holdBar = isBarred ? { bar: `≤ ${HOLD_BAR_MS} ms`, holds: hold <= HOLD_BAR_MS } : {}
    return [
      { name: `pack.${size}.s`, value: seconds, unit: 's', ...none, ...bar },
      { name: `pack.${size}.hold`, value: hold, unit: 'ms', baseline: idle, ratio: hold / idle, ...holdBar },
      { name: `pack.${size}.memory`, value: memory, unit: 'MB', ...none },
    ]
  } finally {
    await vendor.stop()
  }
}

async function sealed(vendor: ChildVendor): Promise<string> {
  const client = reviewClient(vendor)
  const id = await client.running({ scope: { kinds: ['mapping'] } })
  for (const name of ['app-main', 'app-quick']) {
    const { item } = await client.item(id, name)
    await client.decide(id, item.n, { verdict: 'attest' })
  }
  await client.sealed(id)
  return id
}
