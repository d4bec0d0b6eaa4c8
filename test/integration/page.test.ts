import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  keepShot,
  openBrowser,
  type PageWorld,
  peopledConfiguration,
  signIn,
  startPageWorld,
} from '../support/page-world.ts'

let world: PageWorld

beforeAll(async () => {
  world = await startPageWorld()
  expect((await world.vendor.apply(peopledConfiguration(world))).status).toBe(200)
  const { vendor } = world
  for (const n of [1, 2, 3]) expect((await vendor.exchange(vendor.token({ jti: `t${n}` }))).status).toBe(200)
  await vendor.exchange(vendor.token({ ref: 'refs/heads/\u202etxt.<script>alert(1)</script>' }))
  await vendor.exchange(
    vendor.token({ sub: `<img src=x onerror=alert(1)>${'x'.repeat(200)}`, ref: 'refs/heads/dev' }),
  )
})
afterAll(() => world?.stop())

type Found = {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

/** What axe finds, as one text a violation, so that a failure says what and where. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const found = await page.evaluate<Found>(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
  )
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary.slice(0, 300)}`),
  )
}

/** Each page with its heading: a sign-in page would be a page as well. */
const PAGES = [
  ['overview', '/ui', 'Overview'],
  ['mappings', '/ui/mappings', 'Mappings'],
  ['mappings-none', '/ui/mappings?q=nothing-like-that', 'Mappings'],
  ['mapping', '/ui/mappings/app-main', 'app-main'],
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

const LOOKS = [
  { name: 'wide-light', width: 1280, scheme: 'light' },
  { name: 'narrow-dark', width: 375, scheme: 'dark' },
  { name: 'wide-dark', width: 1280, scheme: 'dark' },
  { name: 'narrow-light', width: 375, scheme: 'light' },
] as const
/** Axe looks at these two: between them each colour and each layout is seen once. */
const JUDGED = ['wide-light', 'narrow-dark']

/** One page in all four looks: nothing wrong for axe, nothing wider than the screen. */
async function look(page: Page, name: string): Promise<void> {
  for (const { name: of, width, scheme } of LOOKS) {
    await page.setViewportSize({ width, height: width < 500 ? 812 : 900 })
    await page.emulateMedia({ colorScheme: scheme })
    const over = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    expect([name, of, over]).toEqual([name, of, 0])
    if (!JUDGED.includes(of)) continue
    await keepShot(page, `${name}-${of}`)
    expect([name, of, await violations(page)]).toEqual([name, of, []])
  }
}

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
      const shown = await page.locator('h1').innerText()
      expect([name, answer?.status(), shown.startsWith(heading)]).toEqual([name, 200, true])
      await look(page, name)
    }
    expect(said).toEqual([])
    await context.close()
  })
})
