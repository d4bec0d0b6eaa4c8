import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyPack } from '../../apps/vendor/src/verify/pack.ts'
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

beforeAll(async () => {
  world = await startPageWorld()
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

test('a quarter is closed in a browser: drafted, prepared, decided by keys and together, closed, sealed', async () => {
  const { context, page, said } = await openBrowser(world)
  await signIn(page, 'rita')
  await page.goto('/ui/reviews')
  await look(page, 'reviews-none')
  for (const kind of ['issuer', 'target', 'admin_binding', 'exception'])
    await page.locator(`input[name=kind][value=${kind}]`).uncheck()
  await page.getByLabel('Title').fill('<b>fourth</b> quarter')
  await send(page, 'Draft it')
  expect(await heading(page)).toContain('<b>fourth</b> quarter')
  await send(page, 'Prepare')
  expect(await stateOf(page)).toBe('prepared')
  await send(page, 'Start')
  expect(await stateOf(page)).toBe('running')
  const at = new URL(page.url()).pathname

  await page.goto('/ui')
  expect(await page.locator('.needs').textContent()).toContain(
    '2 items of “<b>fourth</b> quarter” wait for your answer',
  )
  await page.goto(`${at}/items?state=undecided`)
  await page.goto(`${at}/queue`)
  const first = (await heading(page))?.split(' ')[0]

  // Without a hand on the mouse: the verdict, the reason, and on to the next.
  await page.keyboard.press('?')
  await expect.poll(() => page.locator('dialog[open]').count()).toBe(1)
  await page.keyboard.press('Escape')
  await page.keyboard.press('a')
  await page.keyboard.type(WHY)
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Control+Enter')])
  await expect.poll(() => page.getByRole('status').textContent()).toContain('attested')
  expect(await page.getByRole('status').textContent()).toContain(first)
  await look(page, 'review-item-after')

  // What is left, together where it may be.
  await page.goto(`${at}/items?state=undecided`)
  for (const box of await page.locator('input[name=item]').all()) await box.check()
  if ((await page.locator('input[name=item]').count()) > 0) {
    await page.getByLabel(/^Rationale/).fill(WHY)
    await send(page, 'Decide together')
  }
  for (;;) {
    await page.goto(`${at}/queue`)
    if ((await heading(page)) === 'Nothing waits for you') break
    await page.keyboard.press('a')
    await page.keyboard.type(WHY)
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Control+Enter')])
  }
  await look(page, 'review-queue-empty')
  await page.goto(at)
  await send(page, 'Close')
  expect(await stateOf(page)).toBe('closed')
  await send(page, 'Seal')
  expect(await stateOf(page)).toBe('sealed')
  const load = await page.getByRole('region', { name: 'Who has what' }).locator('tbody').textContent()
  expect(load).toBe('any reviewer02')
  await page.getByText('As a table').click()
  expect(await page.getByRole('region', { name: 'Burn-up' }).locator('td').first().textContent()).toBe('2')
  const csv = await page.request.get(`${at}/report.csv`)
  expect([csv.status(), csv.headers()['content-disposition']]).toEqual([200, expect.stringContaining('.csv')])
  expect(await csv.text()).toContain('attested')
  await page.getByRole('link', { name: 'For an auditor' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download the evidence' }).click(),
  ])
  const key = (await (await fetch(`${world.vendor.url}/log/keys`)).text()).trim()
  const verdict = verifyPack(await download.path(), [key])
  expect(verdict).toMatchObject({ ok: true })
  await page.goto('/ui/reviews')
  await page.goto('/ui/mappings/app-main')
  expect(await page.locator('main').textContent()).toContain('Nothing changed: version 1 was reviewed.')
  expect(said).toEqual([])
  const types = (await world.vendor.events('limit=200')).map(({ event }) => event.type)
  expect(types.filter((type) => type === 'review.sealed')).toHaveLength(1)
  await context.close()
})

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
