import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'

/** Somebody without a mouse: Tab, Enter, the space bar, and what they type. */
export type Keyboard = {
  /** Goes there by Tab alone; whatever gets the focus must show it. */
  reach(target: Locator): Promise<void>
  /** Goes there and presses Enter, until the page that it leads to is there. */
  follow(target: Locator): Promise<void>
  /** Goes there and writes over what stands. */
  write(target: Locator, text: string): Promise<void>
  press(keys: string): Promise<void>
}

const MOST_STOPS = 150
const IS_SHOWN = `(() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
  return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2
})()`

export function keyboardOf(page: Page): Keyboard {
  const { keyboard } = page
  const isThere = (target: Locator) => target.evaluate((one) => one === one.ownerDocument.activeElement)

  async function reach(target: Locator): Promise<void> {
    for (let stop = 0; stop < MOST_STOPS; stop++) {
      if (await isThere(target)) return
      await keyboard.press('Tab')
      const focused = () => page.evaluate<string>('document.activeElement.outerHTML.slice(0, 160)')
      const isBody = await page.evaluate<boolean>('document.activeElement === document.body')
      if (!isBody && !(await page.evaluate<boolean>(IS_SHOWN)))
        throw new Error(`the focus is not to be seen at ${await focused()}`)
    }
    throw new Error(`not reached by keyboard: ${target}`)
  }

  return {
    reach,
    async follow(target) {
      await reach(target)
      await Promise.all([page.waitForNavigation(), keyboard.press('Enter')])
    },
    async write(target, text) {
      await reach(target)
      await keyboard.press('Control+A')
      await keyboard.type(text)
      expect(await target.inputValue()).toBe(text)
    },
    press: (keys) => keyboard.press(keys),
  }
}
