/** A browser as far as a sign-in needs one: cookies, redirects, forms. Nothing of a page runs. */
export type Browser = {
  /** Follows redirects from there; where one leads to another origin than the provider's, it is asked too. */
  open(url: string): Promise<Page>
  /** Sends the page's first form, with these fields over its own. */
  submit(page: Page, fields?: Readonly<Record<string, string>>): Promise<Page>
}

export type Page = { readonly url: string; readonly status: number; readonly body: string }

type Cookie = {
  readonly origin: string
  readonly path: string
  readonly name: string
  readonly value: string
}

const MOST_REDIRECTS = 20

/** `stopAt`: an origin that is not asked; a page of it is where it was sent. */
export function createBrowser({ stopAt }: { readonly stopAt?: string } = {}): Browser {
  const cookies: Cookie[] = []
  async function go(start: string, form: URLSearchParams | null): Promise<Page> {
    let [url, body] = [start, form]
    for (let hops = 0; hops < MOST_REDIRECTS; hops += 1) {
      const { origin, pathname } = new URL(url)
      if (origin === stopAt) return { url, status: 0, body: '' }
      const held = cookies.filter((one) => one.origin === origin && pathname.startsWith(one.path))
      const response = await fetch(url, {
        method: body === null ? 'GET' : 'POST',
        redirect: 'manual',
        headers: { cookie: held.map(({ name, value }) => `${name}=${value}`).join('; ') },
        ...(body === null ? {} : { body }),
      })
      for (const line of response.headers.getSetCookie()) keep(cookies, origin, line)
      const location = response.headers.get('location')
      if (location === null) return { url, status: response.status, body: await response.text() }
      await response.body?.cancel()
      url = new URL(location, url).href
      body = null
    }
    throw new Error('too many redirects')
  }
  return {
    open: (url) => go(url, null),
    submit: (page, fields = {}) => {
      const [, attributes = '', inner = ''] = /<form([^>]*)>([\s\S]*?)<\/form>/.exec(page.body) ?? []
      const action = attribute(attributes, 'action') ?? page.url
      const inputs = [...inner.matchAll(/<input([^>]*)>/g)].flatMap(([, one = '']) => {
        const name = attribute(one, 'name')
        return name === undefined ? [] : [[name, attribute(one, 'value') ?? ''] as const]
      })
      const form = new URLSearchParams({ ...Object.fromEntries(inputs), ...fields })
      return go(new URL(action, page.url).href, form)
    },
  }
}

function keep(cookies: Cookie[], origin: string, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
  const path = /;\s*path=([^;]*)/i.exec(line)?.[1] ?? '/'
  const at = cookies.findIndex((one) => one.origin === origin && one.path === path && one.name === name)
  if (at !== -1) cookies.splice(at, 1)
  if (value !== '') cookies.push({ origin, path, name, value })
}

function attribute(text: string, name: string): string | undefined {
  const found = new RegExp(`${name}="([^"]*)"`).exec(text)?.[1]
  return found?.replaceAll('&amp;', '&')
}
