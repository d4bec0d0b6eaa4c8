import { manyMappings } from '../test/support/many-mappings.ts'
import { signedIn } from '../test/support/page-session.ts'
import { type PageWorld, peopledConfiguration, startPageWorld } from '../test/support/page-world.ts'
import { reviewClient, reviewedConfiguration } from '../test/support/reviews.ts'
import { fire } from './lib/load.ts'
import { type Bench, median, type Row } from './lib/row.ts'
import { exchangeShots } from './lib/tokens.ts'

const MAPPINGS = 5_000
const EXCHANGES = 2_000
const ROUNDS = 15
const BAR_MS = 100

type View = readonly [name: string, path: string]

/** Each page with 5,000 mappings in it, beside an answer of the same server that says nothing. */
export const bench: Bench = async (say) => {
  await using world = await startPageWorld({ child: true, env: { STINT_LOG_LEVEL: 'warn' } })
  const { vendor } = world
  const { status } = await vendor.apply(manyMappings(configured(world), MAPPINGS))
  if (status !== 200) throw new Error(`the configuration was not applied: ${status}`)
  await fire(vendor.url, exchangeShots(vendor, EXCHANGES), { count: EXCHANGES, callers: 32 })
  const review = await reviewClient(vendor).running()
  say(`${MAPPINGS} mappings, ${EXCHANGES} exchanges, a review of all of them`)
  const { cookie } = await signedIn(vendor.url, 'ann')
  const [newest] = await vendor.events('type=assume.issued&limit=1')
  const views: readonly View[] = [
    ['overview', ''],
    ['mappings', '/mappings'],
    ['mappings.last', '/mappings?page=100&sort=used'],
    ['mapping', '/mappings/app-main'],
    ['trust', '/trust'],
    ['findings', '/findings'],
    ['changes', '/changes'],
    ['log', '/log'],
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
  await answer.text()
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`)
  return performance.now() - begun
}
