import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../apps/vendor/src/ids.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { signedIn } from '../support/page-session.ts'
import { PAGE_CLIENT } from '../support/page-world.ts'
import { type PeopleProvider, startPeopleProvider } from '../support/people-provider.ts'
import { freePort } from '../support/ports.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'
import { until } from '../support/wait.ts'

const DAY = 86_400_000

let people: PeopleProvider
let store: FakeSts
let vendor: ChildVendor
let cookie: string
/** What happened long ago; whoever signs in does so today, because their provider lives in our days. */
let ahead = -10 * DAY
let old: { readonly seq: number; readonly request: string; readonly assumption: string }

beforeAll(async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const page = { clientId: PAGE_CLIENT.clientId, redirectUri: `${url}/ui/callback` }
  people = await startPeopleProvider({ clientId: 'stint-cli', audiences: [], page })
  store = await startFakeSts({ nowMs: () => Date.now() + ahead })
  vendor = await startVendor({
    at: url,
    wallAheadMs: () => ahead,
    env: {
      STINT_LISTEN: `127.0.0.1:${port}`,
      STINT_UI_ISSUER: people.issuer,
      STINT_UI_CLIENT_ID: page.clientId,
      STINT_RETENTION_DAYS: '2',
    },
  })
  const usual = configurationFor(vendor, store.endpoint)
  const issuer = {
    ...{ url: people.issuer, audiences: ['https://people.example.com'], for: 'human' },
    allowPrivateAddresses: ['127.0.0.0/8'],
  }
  const bob = { issuer: 'people', sub: 'bob', person: 'bob', roles: ['operator'] }
  const configuration = { ...usual, issuers: { ...usual.issuers, people: issuer }, admins: { bob } }
  expect((await vendor.apply(configuration)).body).toMatchObject({ applied: true })
  for (let at = 0; at < 3; at++) expect((await vendor.exchange(vendor.token())).status).toBe(200)
  const [intent] = await vendor.events('type=assume.intent&limit=1')
  if (intent?.event.type !== 'assume.intent') throw new Error('nothing was given')
  const { request, assumption } = intent.event
  old = { seq: intent.seq, request, assumption }
  ahead = 0
  await vendor.restart()
  await until('bodies are gone', async () => (await vendor.events('type=assume.intent')).length === 0)
  cookie = (await signedIn(url, 'bob')).cookie
}, 60_000)
afterAll(async () => {
  await vendor?.stop()
  await Promise.all([people?.stop(), store?.stop()])
})

async function shown(path: string): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(`${vendor.url}/ui${path}`, { redirect: 'manual', headers: { cookie } })
  return { status: answer.status, text: await answer.text() }
}

test('the page of an event that was pruned is gone, says so, and leads back to the log', async () => {
  const { status, text } = await shown(`/log/${old.seq}`)
  expect(status).toBe(410)
  expect(text).toContain('/ui/log"')
  expect(text).not.toContain(old.assumption)
})

test.each(['request', 'assumption'] as const)(
  'why a pruned %s ended so is gone, and says what took it',
  async (by) => {
    for (const path of [`/why/${old[by]}`, `/why?id=${old[by]}`]) {
      const { status, text } = await shown(path)
      expect([path, status]).toEqual([path, 410])
      expect(text).toContain('log.pruned')
    }
  },
)

test('what never was is not found: an event behind the last, an id of today, and what is none', async () => {
  const never = newId('req', Date.now(), new Uint8Array(10))
  for (const path of ['/log/999999', '/log/0', '/log/x', `/why/${never}`, '/why/nothing'])
    expect([path, (await shown(path)).status]).toEqual([path, 404])
})

test('the list of the log leaves pruned events out, and has the one that says which', async () => {
  const { status, text } = await shown('/log')
  expect(status).toBe(200)
  expect(text).not.toContain(`/ui/log/${old.seq}"`)
  const [pruned] = await vendor.events('type=log.pruned&limit=1')
  expect((await shown(`/log/${pruned?.seq}`)).status).toBe(200)
})
