import { manyMappings } from '../test/support/many-mappings.ts'
import { type ChildVendor, configurationFor, startVendor } from '../test/support/vendor.ts'
import { listening } from './lib/listening.ts'
import { fire } from './lib/load.ts'
import { longestWait } from './lib/longest-wait.ts'
import type { Bench, Row } from './lib/row.ts'
import { exchangeShots } from './lib/tokens.ts'

const SIZES = [500, 5_000] as const
const EXCHANGES = 2_000
const BAR_S = 10
const DAY_MS = 86_400_000

/** A review of every mapping: how long its snapshot takes, for how long that holds the service, and how it is read. */
export const bench: Bench = async (say) => {
  const rows: Row[] = []
  for (const size of SIZES) rows.push(...(await rowsOf(size, say)))
  const [small, large] = SIZES.map((size) => rows.find(({ name }) => name === `campaign.${size}.s`)?.value)
  if (small !== undefined && large !== undefined)
    say(`ten times the mappings take ${(large / small).toFixed(1)} times as long`)
  return rows
}

async function rowsOf(size: number, say: (line: string) => void): Promise<readonly Row[]> {
  const stub = await listening(['test/support/fake-sts.ts'])
  const vendor = await startVendor({ child: true, env: { STINT_LOG_LEVEL: 'warn' } })
  try {
    const { status } = await vendor.apply(manyMappings(configurationFor(vendor, stub.origin), size))
    if (status !== 200) throw new Error(`the configuration was not applied: ${status}`)
    await fire(vendor.url, exchangeShots(vendor, EXCHANGES), { count: EXCHANGES, callers: 32 })
    const ask = asker(vendor)
    const id = String((await ask('POST', '', draft())).body['id'])
    const prepared = await timed(async () => {
      const done = ask('POST', `/${id}/prepare`, {}, 1)
      const wait = await longestWait(vendor.url, done)
      return { wait, review: (await done).body }
    })
    const { items } = prepared.value.review['prepared'] as { items: number } // the admin door's own answer
    if (items < size) throw new Error(`${items} items of ${size} mappings`)
    await ask('POST', `/${id}/start`, {}, 2)
    const page = await timed(() => ask('GET', `/${id}/items?limit=50&after=${Math.floor(size / 2)}`))
    const report = await timed(() => ask('GET', `/${id}/report.csv`))
    say(`${size} mappings, ${items} items: prepared in ${prepared.seconds.toFixed(2)} s`)
    const plain = { baseline: null, ratio: null }
    const isBarred = size === SIZES.at(-1)
    const bar = isBarred ? { bar: `≤ ${BAR_S} s`, holds: prepared.seconds <= BAR_S } : {}
    return [
      { name: `campaign.${size}.s`, value: prepared.seconds, unit: 's', ...plain, ...bar },
      { name: `campaign.${size}.hold`, value: prepared.value.wait, unit: 'ms', ...plain },
      { name: `campaign.${size}.page`, value: page.seconds * 1000, unit: 'ms', ...plain },
      { name: `campaign.${size}.csv`, value: report.seconds, unit: 's', ...plain },
    ]
  } finally {
    await vendor.stop()
    await stub.process.stop()
  }
}

function draft() {
  const day = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString()
  return { title: 'a benchmark', period: { from: day(-90), to: day(1) }, dueAt: day(30) }
}

let keys = 0

function asker(vendor: ChildVendor) {
  return async (method: string, path: string, body?: object, revision?: number) => {
    keys += 1
    const token = vendor.admin.sign({ sub: 'first-administrator', aud: 'stint-admin' })
    const response = await fetch(`${vendor.url}/v1/admin/reviews${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': `benchmark-${keys}`,
        ...(revision === undefined ? {} : { 'if-match': `"${revision}"` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    const isJson = (response.headers.get('content-type') ?? '').includes('json')
    return { body: (isJson ? JSON.parse(text) : {}) as Readonly<Record<string, unknown>> } // the admin door's own answer
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly seconds: number }> {
  const begun = performance.now()
  const value = await work()
  return { value, seconds: (performance.now() - begun) / 1000 }
}
