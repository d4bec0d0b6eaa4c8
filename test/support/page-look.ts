import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { keepShot } from './page-world.ts'

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

const LOOKS = [
  { name: 'wide-light', width: 1280, scheme: 'light' },
  { name: 'narrow-dark', width: 375, scheme: 'dark' },
  { name: 'wide-dark', width: 1280, scheme: 'dark' },
  { name: 'narrow-light', width: 375, scheme: 'light' },
] as const
/** Axe looks at these two: between them each colour and each layout is seen once. */
const JUDGED = ['wide-light', 'narrow-dark']

/** One page in all four looks: nothing wrong for axe, nothing wider than the screen. */
export async function look(page: Page, name: string): Promise<void> {
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
