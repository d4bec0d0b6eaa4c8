import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Result } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { keepShot } from './page-world.ts'

/** Half as long as what the package gives by its name: it is read anew on every page. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const LOOKS = [
  { name: 'wide-light', width: 1280, scheme: 'light', rules: 'all' },
  { name: 'narrow-dark', width: 375, scheme: 'dark', rules: 'all' },
  { name: 'wide-dark', width: 1280, scheme: 'dark', rules: 'look' },
  { name: 'narrow-light', width: 375, scheme: 'light', rules: 'look' },
] as const

/** Each layout and each scheme is held against every rule once; in the other two looks only what a look can change. */
const RULES = {
  all: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  look: {
    type: 'rule',
    values: ['color-contrast', 'target-size', 'scrollable-region-focusable', 'link-in-text-block'],
  },
} as const

/** What axe finds, as one text a violation, so that a failure says what and where. */
async function violations(page: Page, rules: keyof typeof RULES): Promise<readonly string[]> {
  const options = { runOnly: RULES[rules], resultTypes: ['violations'], preload: false }
  const found = await page.evaluate<readonly Result[]>(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations)`,
  )
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary?.slice(0, 300)}`),
  )
}

/** What is wider than it may be: the page, and tables that a narrow screen would scroll. */
const TOO_WIDE = `[document.documentElement, ...document.querySelectorAll('.scroll:has(table), .bar, .head, h1, .badge')]
  .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline')
  .map((one) => one.outerHTML.slice(0, 120))`

/** What no page of ours has: somebody wrote it into a name. */
const INJECTED = `[
  ...document.querySelectorAll('script:not([src^="/ui/assets/"]), img, iframe, object, embed, style, [style], svg [href], form[action^="http"], a[href^="http"], a[href^="javascript"]'),
  ...[...document.querySelectorAll('*')].filter(({ attributes }) => [...attributes].some(({ name }) => name.startsWith('on'))),
].map(({ outerHTML }) => outerHTML.slice(0, 120)).concat(
  (document.documentElement.outerHTML + document.title).match(/[\\u202a-\\u202e\\u2066-\\u2069\\u200b-\\u200f]/g) ?? [],
)`

/**
 * One page in all four looks, each kept as a picture; answers with what is wrong: for axe, or too wide. Another state of a
 * page (`page--state`) is seen in two of them: each layout and each scheme once.
 */
export async function faultsOf(page: Page, name: string): Promise<readonly string[]> {
  const faults = (await page.evaluate<string[]>(INJECTED)).map((one) => `${name}: ${one}`)
  await page.evaluate(AXE)
  const looks = LOOKS.filter(({ rules }) => rules === 'all' || !name.includes('--'))
  for (const { name: of, width, scheme, rules } of looks) {
    await page.setViewportSize({ width, height: width < 500 ? 812 : 900 })
    await page.emulateMedia({ colorScheme: scheme })
    await keepShot(page, `${name}-${of}`)
    const wrong = [...(await page.evaluate<string[]>(TOO_WIDE)), ...(await violations(page, rules))]
    faults.push(...wrong.map((one) => `${name}-${of}: ${one}`))
  }
  return faults
}

/** The same, and there must be nothing. */
export async function look(page: Page, name: string): Promise<void> {
  expect(await faultsOf(page, name)).toEqual([])
}
