import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startFakeSts } from '../test/support/fake-sts.ts'
import { manyMappings } from '../test/support/many-mappings.ts'
import { signedIn } from '../test/support/page-session.ts'
import { type PageWorld, peopledConfiguration, startPageWorld } from '../test/support/page-world.ts'
import { reviewClient, reviewedConfiguration } from '../test/support/reviews.ts'
import { configurationFor, startVendor } from '../test/support/vendor.ts'
import { lengthen } from './lib/lengthen.ts'
import { fire } from './lib/load.ts'
import { type Bench, median, type Row } from './lib/row.ts'
import { exchangeShots } from './lib/tokens.ts'

const MAPPINGS = 5_000
const EXCHANGES = 2_000
const EVENTS = 100_000
const ROUNDS = 15
const BAR_MS = 100
const MOST_LETTERS = 150_000

type View = readonly [name: string, path: string]

/** Each page with 5,000 mappings in it and 100,000 events behind it, beside an answer of the same server that says nothing. */
export const bench: Bench = async (say) => {
  const folder = await mkdtemp(join(tmpdir(), 'stint-bench-page-'))
  try {
    const dataFolder = await longLog(join(folder, 'data'))
    say(`a log of ${EVENTS} events`)
    return await viewRows(dataFolder, say)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A data folder with a log of that length. */
async function longLog(dataFolder: string): Promise<string> {
  await using store = await startFakeSts()
  const vendor = await startVendor({ dataFolder, child: true, env: { STINT_LOG_LEVEL: 'warn' } })
  try {
    await vendor.apply(configurationFor(vendor, store.endpoint))
    const { status } = await vendor.exchange(vendor.token())
    if (status !== 200) throw new Error(`nothing was issued: ${status}`)
  } finally {
    await vendor.stop()
  }
  lengthen(join(dataFolder, 'audit.db'), EVENTS)
  return dataFolder
}

async function viewRows(dataFolder: string, say: (line: string) => void): Promise<readonly Row[]> {
  await using world = await startPageWorld({ dataFolder, child: true, env: { STINT_LOG_LEVEL: 'warn' } })
  const { vendor } = world
  const { status } = await vendor.apply(manyMappings(configured(world), MAPPINGS))
  if (status !== 200) throw new Error(`the configuration was not applied: ${status}`)
  await fire(vendor.url, exchangeShots(vendor, EXCHANGES), { count: EXCHANGES, callers: 32 })
  const review = await reviewClient(vendor).running()
  say(`${MAPPINGS} mappings, ${EXCHANGES} exchanges, a review of all of them`)
  const { cookie } = await signedIn(vendor.url, 'ann')
  const [newest] = await vendor.events('type=assume.issued&limit=1')
  await vendor.exchange(vendor.token({ ref: 'refs/heads/dev' }))
  const [refused] = await vendor.events('type=assume.refused&limit=1')
  const assumption = refused?.event.type === 'assume.refused' ? refused.event.assumption : ''
  const views: readonly View[] = [
    ['overview', ''],
    ['mappings', '/mappings'],
    ['mappings.last', '/mappings?page=100&sort=used'],
    ['mappings.search', '/mappings?q=many-4321'],
    ['mapping', '/mappings/app-main'],
    ['trust', '/trust'],
    ['findings', '/findings'],
    ['changes', '/changes'],
    ['log', '/log'],
    ['log.older', `/log?before=${EVENTS / 2}`],
    ['log.refused', '/log?kind=refused&code=no_mapping'],
    ['log.nothing', '/log?mapping=nobody'],
    ['log.days', '/log?from=2026-01-01&to=2026-01-02'],
    ['why', `/why/${assumption}`],
    ['event', `/log/${newest?.seq ?? 1}`],
    ['role', '/roles/app-artifacts'],
    ['roles', '/roles'],
    ['issuer', '/issuers/ci'],
    ['target', '/targets/store'],
    ['reviews', '/reviews'],
    ['review', `/reviews/${review}`],
    ['review.items', `/reviews/${review}/items?state=undecided`],
    ['review.item', `/reviews/${review}/queue`],
  ]
  const rows: Row[] = []
  for (const view of views) rows.push(await viewRow(vendor.url, cookie, view))
  return rows
}

/** Who signs in at the page, and who speaks for themselves over REST. */
function configured(world: PageWorld) {
  const page = peopledConfiguration(world)
  const staff = reviewedConfiguration(world.vendor, world.store.endpoint)
  const admins = Object.entries(page.admins).map(([name, one]) => [`page-${name}`, one] as const)
  return {
    ...page,
    issuers: { ...staff.issuers, ...page.issuers },
    admins: { ...staff.admins, ...Object.fromEntries(admins) },
  }
}

async function viewRow(url: string, cookie: string, [name, path]: View): Promise<Row> {
  const [views, nothings]: [number[], number[]] = [[], []]
  await took(`${url}/ui${path}`, cookie) // what is made once a generation is there
  for (let round = 0; round < ROUNDS; round++) {
    views.push(await took(`${url}/ui${path}`, cookie))
    nothings.push(await took(`${url}/healthz`, ''))
  }
  const [value, baseline] = [median(views), median(nothings)]
  const bar = `≤ ${BAR_MS} ms`
  const of = { name: `page.${MAPPINGS}.${name}.ms`, value, unit: 'ms', baseline, ratio: value / baseline }
  return { ...of, bar, holds: value <= BAR_MS }
}

async function took(url: string, cookie: string): Promise<number> {
  const begun = performance.now()
  const answer = await fetch(url, { headers: { cookie }, redirect: 'manual' })
  const { length } = await answer.text()
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`)
  // A page that lists everything of 5,000 is longer.
  if (length > MOST_LETTERS) throw new Error(`${url} is ${length} characters long`)
  return performance.now() - begun
}
