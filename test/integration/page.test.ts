import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeSecret } from '../support/minio-user.ts'
import { look } from '../support/page-look.ts'
import {
  openBrowser,
  type PageWorld,
  peopledConfiguration,
  signIn,
  startPageWorld,
} from '../support/page-world.ts'
import { newestSession, storeTells } from '../support/store-tells.ts'
import { until } from '../support/wait.ts'

let world: PageWorld

const INTAKE_SECRET = 'intake-secret-of-a-test'

beforeAll(async () => {
  world = await startPageWorld()
  const { vendor } = world
  await writeSecret(join(vendor.dataFolder, 'secrets'), 'store-intake', INTAKE_SECRET)
  const base = peopledConfiguration(world)
  const targets = { store: { ...base.targets.store, intake: { secret: 'store-intake' } } }
  expect((await vendor.apply({ ...base, targets })).status).toBe(200)
  for (const n of [1, 2, 3]) expect((await vendor.exchange(vendor.token({ jti: `t${n}` }))).status).toBe(200)
  const calls = [
    { api: 'GetObject', key: 'acme/app/build.tar', status: 200 },
    { api: 'DeleteObject', key: 'acme/app/build.tar', status: 403 },
  ]
  const told = { calls, atMs: Date.now(), secret: INTAKE_SECRET }
  expect(await storeTells(vendor, await newestSession(vendor), told)).toBe(204)
  await until('the session is judged', async () => {
    const { body } = await vendor.get('/v1/admin/roles/app-artifacts/exercised')
    return body['calls'] === 1
  })
  await vendor.exchange(vendor.token({ ref: 'refs/heads/\u202etxt.<script>alert(1)</script>' }))
  await vendor.exchange(
    vendor.token({ sub: `<img src=x onerror=alert(1)>${'x'.repeat(200)}`, ref: 'refs/heads/dev' }),
  )
})
afterAll(() => world?.stop())

/** Each page with its heading: a sign-in page would be a page as well. */
const PAGES = [
  ['overview', '/ui', 'Overview'],
  ['mappings', '/ui/mappings', 'Mappings'],
  ['mappings-none', '/ui/mappings?q=nothing-like-that', 'Mappings'],
  ['mapping', '/ui/mappings/app-main', 'app-main'],
  ['trust', '/ui/trust', 'Trust'],
  ['findings', '/ui/findings', 'Findings'],
  ['changes', '/ui/changes', 'Changes'],
  ['log', '/ui/log', 'Log'],
  ['log-refused', '/ui/log?kind=refused', 'Log'],
  ['roles', '/ui/roles', 'Roles'],
  ['role', '/ui/roles/app-artifacts', 'app-artifacts'],
  ['issuers', '/ui/issuers', 'Issuers'],
  ['issuer', '/ui/issuers/ci', 'ci'],
  ['targets', '/ui/targets', 'Targets'],
  ['target', '/ui/targets/store', 'store'],
] as const

describe('the page', () => {
  it('shows everything without a fault that axe knows, at 375 and 1280 px, dark and light, and the console is silent', async () => {
    const { context, page, said } = await openBrowser(world)
    await page.goto('/ui/login')
    await look(page, 'sign-in')
    await signIn(page, 'ann')
    const refused = (await world.vendor.events('type=assume.refused')).at(0)
    const assumption = refused?.event.type === 'assume.refused' ? refused.event.assumption : ''
    const more = [
      ['why', `/ui/why/${assumption}`, 'refused no_mapping'],
      ['event', `/ui/log/${refused?.seq}`, `Event ${refused?.seq}`],
    ] as const
    for (const [name, path, heading] of [...PAGES, ...more]) {
      const answer = await page.goto(path)
      const shown = await page.locator('h1').textContent()
      expect([name, answer?.status(), shown?.startsWith(heading)]).toEqual([name, 200, true])
      await look(page, name)
    }
    expect(said).toEqual([])
    await context.close()
  })
})
