import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gallery, startGallery } from '../support/page-gallery.ts'
import { LONG_MAPPING, LONG_ROLE } from '../support/page-gallery-configuration.ts'
import { faultsOf } from '../support/page-look.ts'
import { openBrowser, signIn } from '../support/page-world.ts'

let gallery: Gallery
beforeAll(async () => {
  gallery = await startGallery()
})
afterAll(() => gallery?.world.stop())

const NOBODY = '00000000-0000-7000-8000-000000000000'

type Stop = readonly [name: string, path: string, heading: string, status?: number]

/** What each person looks at: every page in four looks, and in two each other state that it has (`page--state`). */
const TOURS: Readonly<Record<string, (of: Gallery) => readonly Stop[]>> = {
  ada: ({ assumptions, refused }) => [
    ['overview', '', 'Overview'],
    ['mappings', '/mappings', 'Mappings'],
    ['mappings--none', '/mappings?q=nothing-like-that', 'Mappings'],
    ['mappings--shadow', '/mappings?standing=shadow', 'Mappings'],
    ['mapping', '/mappings/app-main', 'app-main'],
    ['mapping--shadow', '/mappings/shadow-main', 'shadow-main'],
    ['mapping--never-used', '/mappings/stale-2', 'stale-2'],
    ['mapping--ended', '/mappings/ended-lately', 'ended-lately'],
    ['mapping--disabled', '/mappings/gone', 'gone'],
    ['mapping--long', `/mappings/${LONG_MAPPING}`, LONG_MAPPING],
    ['trust', '/trust', 'Trust'],
    ['trust--none', '/trust?issuer=nobody', 'Trust'],
    ['findings', '/findings', 'Findings'],
    ['findings--none', '/findings?rule=none', 'Findings'],
    ['log', '/log', 'Log'],
    ['log--refused', '/log?kind=refused', 'Log'],
    ['log--filtered', '/log?kind=refused&code=no_mapping&role=app-artifacts&from=2026-01-01', 'Log'],
    ['log--none', '/log?mapping=nobody', 'Log'],
    ['log--changes', '/log?kind=changes', 'Log'],
    ['log--stores', '/log?kind=stores', 'Log'],
    ['event', `/log/${refused}`, `Event ${refused}`],
    ['why', `/why/${assumptions.refused}`, 'Refused no_mapping'],
    ['why--malformed', `/why/${assumptions.malformed}`, 'Refused malformed'],
    ['why--granted', `/why/${assumptions.granted}`, 'Granted'],
    ['why--unknown', `/why/req_${NOBODY}`, 'Nothing is recorded', 404],
  ],
  'ada-2': ({ reviews, changes }) => [
    ['roles', '/roles', 'Roles'],
    ['role', '/roles/app-artifacts', 'app-artifacts'],
    ['role--long', `/roles/${LONG_ROLE}`, LONG_ROLE],
    ['issuers', '/issuers', 'Issuers'],
    ['issuer', '/issuers/ci', 'ci'],
    ['issuer--people', '/issuers/people', 'people'],
    ['targets', '/targets', 'Targets'],
    ['target', '/targets/store', 'store'],
    ['review-evidence', `/reviews/${reviews.sealed}/evidence`, 'Evidence'],
    ['review-evidence--early', `/reviews/${reviews.closed}/evidence`, 'Evidence'],
    ['change--of-others', `/changes/${changes.pending}`, 'mapping stale-2'],
    ['error--not-found', '/mappings/no-such-mapping', 'Nothing here', 404],
    ['error--parameter', '/log?limit=5&nonsense=1', 'That did not work', 400],
  ],
  bob: ({ reviews, changes }) => [
    ['overview--approver', '', 'Overview'],
    ['changes', '/changes', 'Changes'],
    ['changes--none', '/changes?state=withdrawn', 'Changes'],
    ['change', `/changes/${changes.pending}`, 'mapping stale-2'],
    ['change--hostile', `/changes/${changes.own}`, 'mapping app-quick'],
    ['change--rejected', `/changes/${changes.rejected}`, 'mapping stale-2'],
    ['review--held', `/reviews/${reviews.held}`, 'too much'],
  ],
  ann: ({ changes }) => [['change--own', `/changes/${changes.own}`, 'mapping app-quick']],
  rita: ({ reviews }) => [
    ['overview--reviewer', '', 'Overview'],
    ['reviews', '/reviews', 'Reviews'],
    ['review--draft', `/reviews/${reviews.draft}`, 'next quarter'],
    ['review--prepared', `/reviews/${reviews.prepared}`, 'prepared quarter'],
    ['review', `/reviews/${reviews.running}`, '"><svg'],
    ['review--grace', `/reviews/${reviews.grace}`, 'what nobody answered for'],
    ['review--closed', `/reviews/${reviews.closed}`, 'closed quarter'],
    ['review--log', `/reviews/${reviews.closed}/log`, 'The log itself'],
    ['review--sealed', `/reviews/${reviews.sealed}`, 'third quarter'],
    ['review-items', `/reviews/${reviews.running}/items?state=undecided`, 'Items'],
    ['review-items--none', `/reviews/${reviews.running}/items?state=failed`, 'Items'],
    ['review-item', `/reviews/${reviews.running}/queue`, ''],
    ['review-item--not-running', `/reviews/${reviews.prepared}/queue`, ''],
    ['review-item--suspended', `/reviews/${reviews.grace}/queue?n=2`, ''],
    ['review-item--requested', `/reviews/${reviews.grace}/queue?n=1`, ''],
  ],
  vic: () => [
    ['overview--viewer', '', 'Overview'],
    ['error', '/log', 'Not allowed', 403],
  ],
  gus: () => [['overview--long-person', '', 'Overview']],
}

/** Browsers side by side: a processor waits for the other's pictures otherwise. */
const AT_ONCE = 3

/** What is wrong with any of them. */
async function tour(person: string, stops: readonly Stop[]): Promise<readonly string[]> {
  const { context, page, said } = await openBrowser(gallery.world)
  const faults: string[] = []
  if (person === 'gus') {
    await page.goto('/ui/login')
    faults.push(...(await faultsOf(page, 'sign-in')))
  }
  await signIn(page, person)
  for (const [name, path, heading, status = 200] of stops) {
    const answer = await page.goto(`/ui${path}`)
    const shown = (await page.locator('h1').textContent()) ?? ''
    if (answer?.status() !== status || !shown.startsWith(heading))
      faults.push(`${name}: ${answer?.status()} ${shown}`)
    faults.push(...(await faultsOf(page, name)))
  }
  await context.close()
  // What was asked for and is not there is no fault of a page.
  return [...faults, ...said.filter((one) => !/status of 40[034] /.test(one))]
}

test('what our policy forbids is refused by the browser, and heard of here', async () => {
  const { context, page, said } = await openBrowser(gallery.world)
  await page.goto('/ui/login')
  await page.evaluate(
    `document.head.append(Object.assign(document.createElement('style'), { textContent: 'p {}' }))`,
  )
  await page.evaluate(`try { document.body.innerHTML = '<b>x</b>' } catch {}`)
  await page.evaluate(
    `document.body.append(Object.assign(new Image(), { src: 'https://elsewhere.example/x.png' }))`,
  )
  const heard = () =>
    said.filter((one) => one.startsWith('securitypolicyviolation')).map((one) => one.split(' ')[1])
  await expect
    .poll(() => heard().toSorted())
    .toEqual(['img-src', 'require-trusted-types-for', 'style-src-elem'])
  // Nobody frames it, not even a page of nowhere.
  await page.goto('about:blank')
  await page.setContent(`<iframe src="${gallery.world.vendor.url}/ui/login"></iframe>`)
  await expect.poll(() => page.frames()[1]?.url()).toBe('chrome-error://chromewebdata/')
  await context.close()
})

test('every page in every state and look is without a fault that axe knows, nothing of it is cut off, and the console is silent', async () => {
  const left = Object.entries(TOURS)
  const faults: string[] = []
  const walk = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift())
      faults.push(...(await tour(next[0].replace(/-.*/, ''), next[1](gallery))))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, walk))
  expect(faults).toEqual([])
}, 300_000)
