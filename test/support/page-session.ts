import { createBrowser } from './browser.ts'

/** What the page calls its cookies where it is tried out without TLS. */
export const PAGE_COOKIE = 'insecure-stint'
const UNDER_WAY = `${PAGE_COOKIE}-sign-in`

/** Signs in as somebody, without a real browser, and answers with the cookie of the page, once it is there. */
export async function signedIn(
  url: string,
  name: string,
): Promise<{ readonly cookie: string; readonly answer: Response }> {
  const begun = await fetch(`${url}/ui/login/start?to=/mappings`, { redirect: 'manual' })
  const login = cookieIn(begun, UNDER_WAY)
  const answer = await fetch(await callbackOf(url, begun.headers.get('location') ?? '', name), {
    redirect: 'manual',
    headers: { cookie: `${UNDER_WAY}=${login}` },
  })
  return { cookie: `${PAGE_COOKIE}=${cookieIn(answer, PAGE_COOKIE)}`, answer }
}

/** What the provider sends a browser back to, once that person signed in and consented; nobody follows it. */
export async function callbackOf(url: string, where: string, name: string): Promise<string> {
  const browser = createBrowser({ stopAt: url })
  const consent = await browser.submit(await browser.open(where), { login: name, password: 'any' })
  return (await browser.submit(consent)).url
}

export function cookieIn(response: Response, name: string): string {
  const line = response.headers.getSetCookie().find((one) => one.startsWith(`${name}=`)) ?? ''
  return line.split(';')[0]?.slice(name.length + 1) ?? ''
}
