import { join } from 'node:path'
import type { StoredEvent } from '../../apps/vendor/src/ports.ts'
import { askApi } from './admin-api.ts'
import { writeSecret } from './minio-user.ts'
import {
  type GalleryConfiguration,
  galleryConfiguration,
  HOSTILE,
  REPOSITORY,
  WEEKS_BACK,
} from './page-gallery-configuration.ts'
import { type PageWorld, startPageWorld } from './page-world.ts'
import { reviewClient } from './reviews.ts'
import { newestSession, storeTells } from './store-tells.ts'
import { ACCOUNT } from './vendor.ts'
import { until } from './wait.ts'

const DAY_MS = 86_400_000
const INTAKE = 'intake-secret-of-a-test'
export type Gallery = {
  readonly world: PageWorld
  readonly reviews: Readonly<
    Record<'sealed' | 'draft' | 'prepared' | 'running' | 'held' | 'grace' | 'closed', string>
  >
  readonly changes: Readonly<Record<'pending' | 'own' | 'rejected', string>>
  readonly assumptions: Readonly<Record<'granted' | 'refused' | 'malformed', string>>
  /** The event of a refusal, by its number. */
  readonly refused: number
}

/**
 * A Stint that was used for nine weeks: mappings of every standing, names as long as they may be, reviews and changes in
 * every state, what strangers write. `people` sign in at its page; `staff` are the same persons over REST.
 */
export async function startGallery(): Promise<Gallery> {
  const clock = { aheadMs: -WEEKS_BACK * 7 * DAY_MS }
  const world = await startPageWorld({
    wallAheadMs: () => clock.aheadMs,
    env: { STINT_APPROVALS: 'on' },
  })
  return { world, ...(await lived(world, clock)) }
}

async function lived(world: PageWorld, clock: { aheadMs: number }): Promise<Omit<Gallery, 'world'>> {
  const { vendor, store } = world
  const at = (days: number) => new Date(Date.now() + clock.aheadMs + days * DAY_MS).toISOString()
  const client = reviewClient(vendor)
  // The store has the clock of the service, whatever that says.
  const shifted = (iso: string) => new Date(Date.parse(iso) + clock.aheadMs).toISOString()
  const rewrite = (xml: string) =>
    xml.replace(/(?<=<Expiration>)[^<]+/, (iso) => shifted(iso).replace(/\.\d+Z/, 'Z'))
  store.setFault({ kind: 'rewrite', rewrite })
  await writeSecret(join(vendor.dataFolder, 'secrets'), 'store-intake', INTAKE)
  const began = galleryConfiguration(world, at)
  await took(
    vendor.apply({ ...began, mappings: { ...began.mappings, gone: began.mappings['app-quick'] } }),
    200,
  )
  await took(vendor.apply(began), 200)

  const sealed = await client.running({
    ...PERIOD(at),
    title: 'third quarter',
    dueAt: at(20),
    scope: only('app-main'),
  })
  await took(client.decide(sealed, 1, { verdict: 'attest' }), 200)
  for (const verb of ['close', 'seal']) await step(client, sealed, verb)
  await exchanges(vendor, 2)
  const late = {
    ...PERIOD(at),
    dueAt: at(WEEKS_BACK * 7 - 9),
    reviewers: ['rita@example.com', 'rolf@example.com'],
  }
  const grace = await client.running({
    ...late,
    title: 'what nobody answered for',
    scope: only('stale-1', 'app-quick'),
  })
  await took(client.decide(grace, 1, { verdict: 'narrow' }), 200)
  const all = { kinds: ['mapping'] }
  const held = await client.running({ ...late, title: 'too much to suspend at once', scope: all })

  for (let week = 1; week < WEEKS_BACK; week++) {
    clock.aheadMs += 7 * DAY_MS
    await exchanges(vendor, 1 + ((week * 5) % 4))
    if (week % 2 === 0) await refusals(vendor, week)
    if (week === 5) await took(vendor.apply(edited(began)), 200)
  }
  clock.aheadMs = 0
  await vendor.restart()
  await until('what is over is suspended', async () => {
    const states = await Promise.all([grace, held].map((id) => client.get(`/${id}`)))
    return states[0]?.body['state'] === 'grace' && states[1]?.body['held'] !== null
  })
  await exchanges(vendor, 3)
  await storeSaid(world)
  const granted = (await newestSession(vendor)).sub
  for (const ref of HOSTILE.refs) await vendor.exchange(vendor.token({ ref }))
  await vendor.exchange(vendor.token({ sub: HOSTILE.sub, ref: 'refs/heads/dev', repository: REPOSITORY }))
  await vendor.exchange('not a token')
  const [malformed, refused] = await vendor.events('type=assume.refused&limit=2')
  const running = await client.running({
    ...{ ...PERIOD(at), title: HOSTILE.title, dueAt: at(20), minReviewers: 1 },
    reviewers: [
      'rita@example.com',
      'RITA@Example.com',
      'rolf@example.com',
      'a-reviewer-with-a-long-address.of-many-parts@sub.department.example.com',
    ],
  })
  const drafted = async (title: string) =>
    String((await client.post('', { title, ...PERIOD(at), dueAt: at(20) })).body['id'])
  const [draft, prepared] = [await drafted('next quarter'), await drafted('prepared quarter')]
  await step(client, prepared, 'prepare')
  const closed = await client.running({
    ...PERIOD(at),
    title: 'closed quarter',
    dueAt: at(20),
    scope: only('app-main'),
  })
  await took(client.decide(closed, 1, { verdict: 'attest' }), 200)
  await step(client, closed, 'close')
  return {
    reviews: { sealed, draft, prepared, running, held, grace, closed },
    changes: await changesOf(world, edited(began)),
    assumptions: { granted, refused: assumptionOf(refused), malformed: assumptionOf(malformed) },
    refused: refused?.seq ?? 0,
  }
}

function assumptionOf(stored: StoredEvent | undefined): string {
  return stored?.event.type === 'assume.refused' ? stored.event.assumption : ''
}

const PERIOD = (at: (days: number) => string) => ({ period: { from: at(-90), to: at(1) } })
const only = (...mappings: string[]) => ({ kinds: ['mapping'], mappings })

async function took(
  answer: Promise<{ readonly status: number; readonly body: object }>,
  wanted: number,
): Promise<void> {
  const { status, body } = await answer
  if (status !== wanted) throw new Error(`${status} and not ${wanted}: ${JSON.stringify(body)}`)
}

async function step(client: ReturnType<typeof reviewClient>, id: string, verb: string): Promise<void> {
  const { body } = await client.get(`/${id}`)
  await took(client.post(`/${id}/${verb}`, {}, { revision: Number(body['revision']) }), 200)
}

/** What changed since the quarter before: it lets nothing more happen, so nobody is asked. */
function edited<T extends GalleryConfiguration>(base: T): T {
  const { 'app-main': main } = base.mappings
  const when = [...main.when, { claim: ['repository'], equals: 'acme/app' }]
  return {
    ...base,
    mappings: { ...base.mappings, 'app-main': { ...main, when, owner: 'platform@example.com' } },
  }
}

async function exchanges(vendor: PageWorld['vendor'], count: number): Promise<void> {
  for (let nth = 0; nth < count; nth++) await took(vendor.exchange(vendor.token()), 200)
}

/** Of several reasons, more in some weeks than in others. */
async function refusals(vendor: PageWorld['vendor'], week: number): Promise<void> {
  for (let nth = 0; nth < week / 2; nth++)
    await vendor.exchange(vendor.token({ ref: `refs/heads/feature-${nth}` }))
  await vendor.exchange(vendor.token(), { resource: `arn:aws:iam::${ACCOUNT}:role/no-such-role` })
  if (week > 4) await vendor.exchange(vendor.token({ aud: 'https://elsewhere.example.com' }))
}

async function storeSaid({ vendor }: PageWorld): Promise<void> {
  const calls = [
    { api: 'GetObject', key: 'acme/app/build.tar', status: 200 },
    { api: 'GetObject', key: `acme/app/${'long-folder/'.repeat(12)}build.tar`, status: 200 },
    { api: 'DeleteObject', key: 'acme/app/build.tar', status: 403 },
  ]
  await storeTells(vendor, await newestSession(vendor), { calls, atMs: Date.now(), secret: INTAKE })
  await until('the session is judged', async () => {
    const { body } = await vendor.get('/v1/admin/roles/app-artifacts/exercised')
    return body['calls'] === 2
  })
}

/** What waits for others, what waits for bob, and what somebody refused. */
async function changesOf({ vendor }: PageWorld, base: GalleryConfiguration): Promise<Gallery['changes']> {
  // What the review suspended is not asked for again.
  const { 'stale-1': _suspended, ...standing } = base.mappings
  const wider = (name: 'app-quick' | 'stale-2', purpose: string) => ({
    ...base,
    mappings: {
      ...standing,
      [name]: {
        ...base.mappings[name],
        purpose,
        mode: 'enforce',
        when: [{ claim: ['ref'], equals: 'refs/heads/main' }],
      },
    },
  })
  const ask = async (as: string, configuration: object) => {
    const { body } = await askApi(vendor, '/v1/admin/config:apply', {
      method: 'POST',
      body: { configuration },
      as,
    })
    return body['change'] as { readonly id: string; readonly hash: string; readonly generation: number }
  }
  const rejected = await ask('ann', wider('stale-2', 'for everybody on main'))
  const { hash, generation } = rejected
  const body = { hash, generation, reason: 'too wide: name the repository' }
  await took(
    askApi(vendor, `/v1/admin/changes/${rejected.id}:reject`, { method: 'POST', body, as: 'abe' }),
    200,
  )
  const own = await ask('ann', wider('app-quick', HOSTILE.purpose))
  const pending = await ask('first-administrator', wider('stale-2', 'again, with a reason'))
  return { pending: pending.id, own: own.id, rejected: rejected.id }
}
