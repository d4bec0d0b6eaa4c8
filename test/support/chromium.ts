import { type Browser as ChromiumBrowser, chromium } from 'playwright-core'
import { partPath } from '../../scripts/parts/part-path.ts'

/** A real Chromium without a window. Whoever opens it closes it. */
export async function startChromium(): Promise<ChromiumBrowser> {
  const executablePath = await partPath('chromium', (line) => console.error(line))
  // As root, and in most containers, its sandbox cannot be had; it only opens pages of this test.
  return chromium.launch({ executablePath, chromiumSandbox: false, args: ['--disable-gpu'] })
}
