import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { startChromium } from './chromium.ts'
import { type FakeSts, startFakeSts } from './fake-sts.ts'
import { type PeopleProvider, startPeopleProvider } from './people-provider.ts'
import { freePort } from './ports.ts'
import { type ChildVendor, configurationFor, startVendor, type VendorOptions } from './vendor.ts'

const CLIENT = 'stint-page'
const SECRET = 'a-secret-of-the-page-0123456789'
const SHOTS = join(import.meta.dirname, '../../screenshots')

/** A Stint with its page, a real provider where people sign in, a store, and a browser. */
export type PageWorld = AsyncDisposable & {
  readonly vendor: ChildVendor
  readonly people: PeopleProvider
  readonly store: FakeSts
  readonly browser: Browser
  readonly redirectUri: string
  stop(): Promise<void>
}

export const PAGE_CLIENT = { clientId: CLIENT, secret: SECRET }

export async function startPageWorld(
  options: VendorOptions & { readonly isPublic?: boolean } = {},
): Promise<PageWorld> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const redirectUri = `${url}/ui/callback`
  const isPublic = options.isPublic === true
  const folder = await mkdtemp(join(tmpdir(), 'stint-page-'))
  const secretFile = join(folder, 'client-secret')
  await writeFile(secretFile, `${SECRET}\n`, { mode: 0o400 })
  const [people, store, browser] = await Promise.all([
    startPeopleProvider({
      clientId: 'stint-cli',
      audiences: [],
      page: { clientId: CLIENT, redirectUri, ...(isPublic ? {} : { secret: SECRET }) },
    }),
    startFakeSts(),
    startChromium(),
  ])
  const vendor = await startVendor({
    ...options,
    at: url,
    env: {
      STINT_LISTEN: `127.0.0.1:${port}`,
      STINT_UI_ISSUER: people.issuer,
      STINT_UI_CLIENT_ID: CLIENT,
      ...(isPublic ? {} : { STINT_UI_CLIENT_SECRET_FILE: secretFile }),
      ...options.env,
    },
  })
  const stop = async () => {
    await browser.close()
    await vendor.stop()
    await Promise.all([people.stop(), store.stop()])
    await rm(folder, { recursive: true })
  }
  return { vendor, people, store, browser, redirectUri, stop, [Symbol.asyncDispose]: stop }
}

/** The usual configuration, and people of the provider with one admin role each. */
export function peopledConfiguration({ vendor, people, store }: PageWorld) {
  const usual = configurationFor(vendor, store.endpoint)
  const bound = (name: string, ...roles: string[]) => ({
    issuer: 'people',
    sub: name,
    person: `${name}@example.com`,
    roles,
  })
  return {
    ...usual,
    issuers: {
      ...usual.issuers,
      people: {
        url: people.issuer,
        audiences: ['https://people.example.com'],
        for: 'human',
        allowPrivateAddresses: ['127.0.0.0/8'],
      },
    },
    admins: {
      ann: bound('ann', 'author', 'auditor'),
      bob: bound('bob', 'approver', 'auditor'),
      vic: bound('vic', 'viewer'),
      rita: bound('rita', 'reviewer'),
    },
  }
}

export type Looks = { readonly width?: number; readonly scheme?: 'light' | 'dark' }

const VIOLATION = 'securitypolicyviolation'
const TELL_VIOLATIONS = `addEventListener('${VIOLATION}', (event) =>
  console.log('${VIOLATION}', event.effectiveDirective, event.blockedURI, event.sample))`

/** A browser of its own, and everything that its console said in anger, violations of our policy among it. */
export async function openBrowser(
  { browser, vendor }: PageWorld,
  { width = 1280, scheme = 'light' }: Looks = {},
): Promise<{ readonly context: BrowserContext; readonly page: Page; readonly said: string[] }> {
  const context = await browser.newContext({
    viewport: { width, height: width < 500 ? 812 : 900 },
    colorScheme: scheme,
    baseURL: vendor.url,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  const said: string[] = []
  await context.addInitScript(TELL_VIOLATIONS)
  page.on('console', (message) => {
    // What the provider's pages say is the provider's business.
    if (message.text().startsWith(VIOLATION)) said.push(message.text())
    if (['error', 'warning'].includes(message.type()) && message.location().url.startsWith(vendor.url))
      said.push(`${message.text()} ${message.location().url}`)
  })
  page.on('pageerror', (error) => said.push(String(error)))
  return { context, page, said }
}

/** Signs in at the provider as anybody does, from wherever the page sends one. */
export async function signIn(page: Page, name: string, at = '/ui'): Promise<void> {
  await page.goto(at)
  await page.getByRole('link', { name: /^Sign in/ }).click()
  await page.locator('input[name=login]').fill(name)
  await page.locator('input[name=password]').fill('any')
  await page.locator('button[type=submit]').click()
  await page.getByRole('button', { name: /continue/i }).click()
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
}

/** Keeps what the page looks like, for a person: `screenshots/` is in no repository. */
export async function keepShot(page: Page, name: string): Promise<void> {
  await mkdir(SHOTS, { recursive: true })
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true })
}
