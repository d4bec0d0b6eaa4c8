import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyPack } from '../../apps/vendor/src/verify/pack.ts'
import { keyboardOf } from '../support/page-keyboard.ts'
import { look } from '../support/page-look.ts'
import {
  openBrowser,
  type PageWorld,
  peopledConfiguration,
  signIn,
  startPageWorld,
} from '../support/page-world.ts'

const WHY = 'looked at with its owner, ticket OPS-1234'

let world: PageWorld
/** The clock is set once before anybody signs in: the log has something to say of itself. */
let aheadMs = -3_600_000

beforeAll(async () => {
  world = await startPageWorld({ wallAheadMs: () => aheadMs })
  const usual = peopledConfiguration(world)
  const again = (sub: string, ...roles: string[]) => ({
    issuer: 'people',
    sub,
    person: `${sub}@example.com`,
    roles,
  })
  const admins = { ...usual.admins, rolf: again('rolf', 'reviewer', 'auditor') }
  const { body } = await world.vendor.apply({ ...usual, admins })
  expect(body).toMatchObject({ applied: true })
  aheadMs = 0
  expect((await world.vendor.exchange(world.vendor.token())).status).toBe(200)
})
afterAll(() => world?.stop())

/** Until the page that a form leads to is there. */
async function send(page: Page, button: string): Promise<void> {
  await Promise.all([
    page.waitForNavigation(),
    page.getByRole('button', { name: button, exact: true }).click(),
  ])
}

const heading = (page: Page) => page.locator('h1').textContent()
const stateOf = (page: Page) => page.locator('h1 .badge').last().textContent()

test('a quarter is closed in a browser without a mouse, and a screen reader hears what is seen: drafted, prepared, decided, closed, sealed, its evidence taken away', async () => {
  const { context, page, said } = await openBrowser(world)
  const keys = keyboardOf(page)
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const link = (name: string | RegExp) => page.getByRole('link', { name })
  const spoken = (of = 'main') => page.locator(of).ariaSnapshot()
  await signIn(page, 'rita')

  // Past the places to what the page is about; and by a place to where one wants to go.
  await keys.reach(link('Skip to content'))
  await keys.press('Enter')
  expect(await page.evaluate('document.activeElement.id')).toBe('main')
  await page.reload()
  await keys.follow(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Reviews' }))
  expect(await page.title()).toBe('Reviews · Stint')
  await look(page, 'reviews--none')
  await keys.write(page.getByLabel('Title'), '<b>fourth</b> quarter')
  for (const kind of ['issuers', 'targets', 'admin bindings', 'exceptions']) {
    await keys.reach(page.getByRole('checkbox', { name: kind }))
    await keys.press('Space')
  }
  await keys.follow(button('Draft it'))
  expect(await page.title()).toBe('<b>fourth</b> quarter · Stint')
  for (const [step, state] of [
    ['Prepare', 'prepared'],
    ['Start', 'running'],
  ] as const) {
    await keys.follow(button(step))
    expect(await stateOf(page)).toBe(state)
  }
  const at = new URL(page.url()).pathname
  expect(await spoken()).toMatch(
    /heading "<b>fourth<\/b> quarter running" \[level=1\][\s\S]*list "Steps of the review"[\s\S]*running \(now\)[\s\S]*img "0 of 2 done, 0%"[\s\S]*region "Who has what"[\s\S]*any reviewer 2 0/,
  )

  await keys.follow(page.getByRole('link', { name: 'Stint' }))
  await keys.follow(link('2 items of “<b>fourth</b> quarter” wait for your answer'))
  const first = String((await heading(page))?.split(' ')[0])
  expect(await spoken()).toMatch(
    /group "Verdict":[\s\S]*radio "Attest it is needed as it stands"[\s\S]*radio "Revoke it is not needed[\s\S]*textbox "Rationale, 20 characters or more"[\s\S]*button "Decide and go on"[\s\S]*navigation "Other items"/,
  )
  await keys.press('?')
  expect(await spoken('dialog')).toMatch(/dialog "Keys":[\s\S]*term: Ctrl Enter[\s\S]*button "Close"/)
  await keys.press('Escape')
  await keys.press('a')
  await page.keyboard.type(WHY)
  await Promise.all([page.waitForNavigation(), keys.press('Control+Enter')])
  const said1 = String(await page.getByRole('status').textContent())
  expect([said1.includes('attested'), said1.includes(first)]).toEqual([true, true])
  await look(page, 'review-item--after')

  // The last one by Tab alone, from the list of what waits.
  await keys.follow(page.getByLabel('Breadcrumbs').getByRole('link').last())
  await keys.follow(link('All that waits'))
  await keys.follow(page.getByRole('region', { name: 'Items of the review' }).getByRole('link').first())
  await keys.reach(page.getByRole('radio', { name: /^Attest/ }))
  await keys.press('Space')
  await keys.write(page.getByLabel(/^Rationale/), WHY)
  await keys.follow(button('Decide and go on'))
  expect(await heading(page)).toBe('Nothing waits for you')
  await look(page, 'review-queue--empty')
  await keys.follow(link('Back to the review'))
  await keys.follow(button('Close'))
  expect(await stateOf(page)).toBe('closed')
  await keys.follow(button('Seal'))
  expect(await page.locator('main').textContent()).toContain('review_log_unacknowledged')
  // The browser says so, too.
  expect(said.splice(0)).toEqual([expect.stringContaining('409')])
  await page.goto(at)
  await keys.follow(link('What is found about it'))
  await look(page, 'review-log--waits')
  expect(await page.locator('main').textContent()).toContain('The clock moved by 3600 s')
  await keys.write(page.getByLabel('may stand'), 'the clock of the host was set, ticket OPS-1234')
  await keys.follow(button('Acknowledge'))
  expect(await button('Acknowledge').count()).toBe(0)
  await look(page, 'review-log--acknowledged')
  await keys.follow(page.getByLabel('Breadcrumbs').getByRole('link').last())
  await keys.follow(button('Seal'))
  expect(await stateOf(page)).toBe('sealed')
  await keys.reach(page.locator('summary', { hasText: 'As a table' }))
  await keys.press('Enter')
  expect(await spoken()).toMatch(
    /table "Burn-up"[\s\S]*cell "2"[\s\S]*table "Who has what"[\s\S]*row "any reviewer 0 2"/,
  )
  const csv = await page.request.get(`${at}/report.csv`)
  expect([csv.status(), csv.headers()['content-disposition']]).toEqual([200, expect.stringContaining('.csv')])
  expect(await csv.text()).toContain('attested')
  await keys.follow(link('For an auditor'))
  await keys.follow(button('Make the evidence'))
  await link('Download the evidence').waitFor()
  await keys.reach(link('Download the evidence'))
  const [download] = await Promise.all([page.waitForEvent('download'), keys.press('Enter')])
  const key = (await (await fetch(`${world.vendor.url}/log/keys`)).text()).trim()
  const verdict = verifyPack(await download.path(), [key])
  expect(verdict).toMatchObject({ ok: true })
  await page.goto('/ui/mappings/app-main')
  expect(await page.locator('main').textContent()).toContain('Nothing changed: version 1 was reviewed.')
  expect(said).toEqual([])
  const types = (await world.vendor.events('limit=200')).map(({ event }) => event.type)
  expect(types.filter((type) => type === 'review.sealed')).toHaveLength(1)
  await context.close()
}, 180_000)

test('who may not decide sees no form for it, and a form made up all the same is refused', async () => {
  const rita = await openBrowser(world)
  await signIn(rita.page, 'rita')
  await rita.page.goto('/ui/reviews')
  await rita.page.getByLabel('Title').fill('one more')
  await send(rita.page, 'Draft it')
  const at = new URL(rita.page.url()).pathname
  await send(rita.page, 'Prepare')
  await send(rita.page, 'Start')

  const vic = await openBrowser(world)
  await signIn(vic.page, 'vic')
  await vic.page.goto(`${at}/queue?n=1`)
  expect(await vic.page.locator('form.decision').count()).toBe(0)
  const token = await vic.page.locator('input[name=csrf]').first().getAttribute('value')
  const asked = {
    csrf: String(token),
    key: 'a-key-made-up',
    revision: '1',
    verdict: 'attest',
    rationale: WHY,
    seenVersion: '1',
  }
  const headers = { origin: world.vendor.url }
  const refused = await vic.page.request.post(`${at}/items/1/decision`, { form: asked, headers })
  expect(refused.status()).toBe(403)

  // A form that is sent twice is one answer; one of a state that is past is refused.
  await rita.page.goto(`${at}/queue?n=1`)
  const value = (name: string) =>
    rita.page.locator(`form.decision input[name=${name}]`).first().getAttribute('value')
  const form = { ...asked }
  for (const name of ['csrf', 'key', 'revision', 'seenVersion'] as const)
    form[name] = String(await value(name))
  const post = (of: Record<string, string>) =>
    rita.page.request.post(`${at}/items/1/decision`, { form: of, headers, maxRedirects: 0 })
  expect((await post(form)).status()).toBe(303)
  expect((await post(form)).status()).toBe(303)
  expect((await post({ ...form, key: 'another-key-then' })).status()).toBe(412)
  const decided = (await world.vendor.events('type=review.decided&limit=200')).filter(
    ({ event }) => event.type === 'review.decided' && at.endsWith(event.review),
  )
  expect(decided).toHaveLength(1)
  await Promise.all([rita.context.close(), vic.context.close()])
})
