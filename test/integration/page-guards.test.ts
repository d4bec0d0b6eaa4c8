import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { askApi } from '../support/admin-api.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { callbackOf, cookieIn, PAGE_COOKIE, signedIn as signedInAt } from '../support/page-session.ts'
import { PAGE_CLIENT } from '../support/page-world.ts'
import { type PeopleProvider, startPeopleProvider } from '../support/people-provider.ts'
import { freePort } from '../support/ports.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

const HOUR = 3_600_000

let people: PeopleProvider
let vendor: ChildVendor
let store: FakeSts
let aheadMs = 0
let wallAheadMs = 0

beforeAll(async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  // A public client: PKCE alone.
  const page = { clientId: PAGE_CLIENT.clientId, redirectUri: `${url}/ui/callback` }
  people = await startPeopleProvider({ clientId: 'stint-cli', audiences: [], page })
  store = await startFakeSts()
  vendor = await startVendor({
    at: url,
    aheadMs: () => aheadMs,
    wallAheadMs: () => wallAheadMs,
    env: {
      STINT_LISTEN: `127.0.0.1:${port}`,
      STINT_UI_ISSUER: people.issuer,
      STINT_UI_CLIENT_ID: page.clientId,
      STINT_APPROVALS: 'on',
    },
  })
})
afterAll(async () => {
  await vendor?.stop()
  await Promise.all([people?.stop(), store?.stop()])
})
beforeEach(() => {
  aheadMs = 0
})

const configured = (more: object = {}) => {
  const bound = (name: string, ...roles: string[]) => ({ issuer: 'people', sub: name, person: name, roles })
  const usual = configurationFor(vendor, store.endpoint)
  const issuer = (of: string) => ({
    url: of,
    audiences: ['https://people.example.com'],
    for: 'human',
    allowPrivateAddresses: ['127.0.0.0/8'],
  })
  return {
    ...usual,
    issuers: { ...usual.issuers, people: issuer(people.issuer) },
    admins: {
      bob: bound('bob', 'approver', 'operator'),
      vic: bound('vic', 'viewer'),
      rae: bound('rae', 'reviewer'),
    },
    ...more,
  }
}

const signedIn = (name: string) => signedInAt(vendor.url, name)

const page = (cookie: string, path = '') =>
  fetch(`${vendor.url}/ui${path}`, { redirect: 'manual', headers: { cookie } })

async function csrfOf(cookie: string): Promise<string> {
  return /name="csrf" value="([^"]+)"/.exec(await (await page(cookie)).text())?.[1] ?? ''
}

describe('sign-in', () => {
  it('leads through the provider and back to where somebody wanted to go, with PKCE, state and nonce', async () => {
    const begun = await fetch(`${vendor.url}/ui/login/start`, { redirect: 'manual' })
    const asked = new URL(begun.headers.get('location') ?? '').searchParams
    expect(asked.get('response_type')).toBe('code')
    expect(asked.get('code_challenge_method')).toBe('S256')
    expect([asked.get('state')?.length, asked.get('nonce')?.length]).toEqual([64, 64])
    await vendor.apply(configured())
    await approved()
    const { answer } = await signedIn('bob')
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/ui/mappings'])
  })

  it('gives a cookie that no script reads and no other site sends, new at each sign-in, and the session before is over', async () => {
    const first = await signedIn('bob')
    const line = first.answer.headers.getSetCookie().find((one) => one.startsWith(`${PAGE_COOKIE}=`)) ?? ''
    expect(line).toMatch(/^insecure-stint=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
    const begun = await fetch(`${vendor.url}/ui/login/start`, { redirect: 'manual' })
    const sent = `insecure-stint-sign-in=${cookieIn(begun, 'insecure-stint-sign-in')}; ${first.cookie}`
    const callback = await callbackOf(vendor.url, begun.headers.get('location') ?? '', 'bob')
    const second = await fetch(callback, { redirect: 'manual', headers: { cookie: sent } })
    expect(cookieIn(second, PAGE_COOKIE)).not.toBe(first.cookie.slice(PAGE_COOKIE.length + 1))
    expect((await page(first.cookie)).status).toBe(303)
  })

  it.each([
    { name: 'without the cookie that it was begun with', spoil: () => '' },
    {
      name: 'with a cookie that somebody made',
      spoil: (cookie: string) => `${cookie.slice(0, -1)}${cookie.endsWith('0') ? 1 : 0}`,
    },
  ])('refuses a callback $name', async ({ spoil }) => {
    const begun = await fetch(`${vendor.url}/ui/login/start`, { redirect: 'manual' })
    const cookie = cookieIn(begun, 'insecure-stint-sign-in')
    const callback = await callbackOf(vendor.url, begun.headers.get('location') ?? '', 'bob')
    const answer = await fetch(callback, {
      redirect: 'manual',
      headers: { cookie: `insecure-stint-sign-in=${spoil(cookie)}` },
    })
    expect(answer.status).toBe(403)
    expect(answer.headers.getSetCookie().join()).not.toContain(`${PAGE_COOKIE}=`)
  })

  it('refuses the callback of another sign-in, and a code that was used', async () => {
    const [mine, other] = await Promise.all(
      [0, 1].map(() => fetch(`${vendor.url}/ui/login/start`, { redirect: 'manual' })),
    )
    if (mine === undefined || other === undefined) throw new Error('two were begun')
    const callback = await callbackOf(vendor.url, mine.headers.get('location') ?? '', 'bob')
    const at = (begun: Response) =>
      fetch(callback, {
        redirect: 'manual',
        headers: { cookie: `insecure-stint-sign-in=${cookieIn(begun, 'insecure-stint-sign-in')}` },
      })
    expect((await at(other)).status).toBe(403)
    expect((await at(mine)).status).toBe(303)
    expect((await at(mine)).status).toBe(403)
  })

  it('lets in nobody without an admin role, and records that', async () => {
    const { answer } = await signedIn('mallory')
    expect([answer.status, cookieIn(answer, PAGE_COOKIE)]).toEqual([403, ''])
    const [refused] = await vendor.events('type=admin.refused&limit=1')
    expect(refused?.event).toMatchObject({
      code: 'admin_forbidden',
      operation: 'sign in',
      subject: { sub: 'mallory' },
    })
  })

  it('takes over no cookie that somebody planted, and takes none where there are two', async () => {
    const planted = `${PAGE_COOKIE}=${'A'.repeat(43)}`
    const begun = await fetch(`${vendor.url}/ui/login/start`, {
      redirect: 'manual',
      headers: { cookie: planted },
    })
    const callback = await callbackOf(vendor.url, begun.headers.get('location') ?? '', 'bob')
    const cookie = `${planted}; insecure-stint-sign-in=${cookieIn(begun, 'insecure-stint-sign-in')}`
    const answer = await fetch(callback, { redirect: 'manual', headers: { cookie } })
    const own = `${PAGE_COOKIE}=${cookieIn(answer, PAGE_COOKIE)}`
    expect([answer.status, own === planted]).toEqual([303, false])
    expect((await page(own)).status).toBe(200)
    for (const sent of [planted, `${planted}; ${own}`, `${own}; ${planted}`])
      expect([sent, (await page(sent)).status]).toEqual([sent, 303])
  })

  it('records who signed in and who signed out, by a session that nobody can use', async () => {
    const { cookie } = await signedIn('bob')
    const [event] = await vendor.events('type=admin.signed_in&limit=1')
    expect(event?.event).toMatchObject({
      actor: { sub: 'bob', person: 'bob' },
      roles: ['approver', 'operator'],
    })
    expect(JSON.stringify(event)).not.toContain(cookie.slice(PAGE_COOKIE.length + 1))
    const out = await post(cookie, '/logout', { csrf: await csrfOf(cookie) })
    expect([out.status, out.headers.get('location')]).toEqual([303, '/ui/login?out=1'])
    expect((await page(cookie)).status).toBe(303)
    expect((await vendor.events('type=admin.signed_out&limit=1'))[0]?.event).toMatchObject({
      actor: { sub: 'bob' },
    })
  })

  it('leads nowhere else afterwards', async () => {
    for (const to of [
      '//evil.example',
      'https://evil.example',
      '/\\evil.example',
      '/../..//evil.example@x',
    ]) {
      const { answer } = await signedInTo(to)
      expect(answer.headers.get('location')).toMatch(/^\/ui(\/[\w./@]*)?$/)
      expect(new URL(answer.headers.get('location') ?? '', vendor.url).origin).toBe(vendor.url)
    }
  })
})

async function signedInTo(to: string) {
  const begun = await fetch(`${vendor.url}/ui/login/start?to=${encodeURIComponent(to)}`, {
    redirect: 'manual',
  })
  const callback = await callbackOf(vendor.url, begun.headers.get('location') ?? '', 'bob')
  const cookie = `insecure-stint-sign-in=${cookieIn(begun, 'insecure-stint-sign-in')}`
  return { answer: await fetch(callback, { redirect: 'manual', headers: { cookie } }) }
}

describe('a session', () => {
  it('ends after thirty minutes without a page', async () => {
    const { cookie } = await signedIn('bob')
    aheadMs = 0.49 * HOUR
    expect((await page(cookie)).status).toBe(200)
    aheadMs = 0.98 * HOUR
    expect((await page(cookie)).status).toBe(200)
    aheadMs = 1.49 * HOUR
    expect((await page(cookie)).headers.get('location')).toBe('/ui/login')
  })

  it('ends after eight hours however busy it is', async () => {
    const { cookie } = await signedIn('bob')
    for (let at = 0.4; at < 8; at += 0.4) {
      aheadMs = at * HOUR
      expect((await page(cookie, '/findings')).status).toBe(200)
    }
    aheadMs = 8 * HOUR
    expect((await page(cookie, '/findings')).status).toBe(303)
  })

  it('is asked for its roles at each page: what is taken away counts at once', async () => {
    const { cookie } = await signedIn('vic')
    expect((await page(cookie)).status).toBe(200)
    const { vic: _gone, ...admins } = configured().admins
    await vendor.apply(configured({ admins }))
    expect((await page(cookie)).status).toBe(403)
    await vendor.apply(configured())
    await approved()
  })
})

const post = (
  cookie: string,
  path: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
) =>
  fetch(`${vendor.url}/ui${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, origin: vendor.url, 'sec-fetch-site': 'same-origin', ...headers },
    body: new URLSearchParams(form),
  })

/** Says yes to whatever waits, as a second person, by the admin API. */
async function approved(): Promise<void> {
  const { body } = await vendor.get('/v1/admin/changes?state=pending')
  for (const change of body['changes'] as { id: string; hash: string; generation: number }[]) {
    const { id, hash, generation } = change
    const { cookie } = await signedIn('bob')
    if (cookie !== `${PAGE_COOKIE}=`)
      await post(cookie, `/changes/${id}/approve`, {
        csrf: await csrfOf(cookie),
        hash,
        generation: String(generation),
        reason: '',
      })
  }
}

const rejected = { generation: '1', hash: 'f'.repeat(64), reason: '' }
const path = '/changes/chg_00000000-0000-7000-8000-000000000000/reject'

describe('a change', () => {
  it.each([
    {
      name: 'from another site',
      headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    },
    { name: 'from a site beside ours', headers: { 'sec-fetch-site': 'same-site' } },
    { name: 'typed into the address bar', headers: { 'sec-fetch-site': 'none' } },
    {
      name: 'from another origin, by a browser that says no more',
      headers: { 'sec-fetch-site': '', origin: 'https://evil.example' },
    },
    { name: 'from a page without an origin', headers: { 'sec-fetch-site': '', origin: 'null' } },
    {
      name: 'whose origin only begins like ours',
      headers: { 'sec-fetch-site': '', origin: 'ours.evil.example' },
    },
    { name: 'that says nothing of where it comes from', headers: { 'sec-fetch-site': '', origin: '' } },
  ])('$name is refused', async ({ headers }) => {
    const { cookie } = await signedIn('bob')
    const csrf = await csrfOf(cookie)
    const said = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''))
    const answer = await fetch(`${vendor.url}/ui${path}`, {
      method: 'POST',
      headers: { cookie, ...said },
      body: new URLSearchParams({ ...rejected, csrf }),
    })
    expect([answer.status, await codeOf(answer)]).toEqual([403, 'request_forged'])
  })

  it.each([
    { name: 'without the token of its form', csrf: async () => '' },
    { name: 'with the token of another session', csrf: async () => csrfOf((await signedIn('vic')).cookie) },
  ])('$name is refused', async ({ csrf }) => {
    const { cookie } = await signedIn('bob')
    const answer = await post(cookie, path, { ...rejected, csrf: await csrf() })
    expect([answer.status, await codeOf(answer)]).toEqual([403, 'request_forged'])
  })

  it('without a session changes nothing, and says so', async () => {
    const answer = await post('', path, rejected)
    expect([answer.status, await codeOf(answer)]).toEqual([401, 'unauthenticated'])
  })

  it('is for whoever may decide, and the refusal is in the log', async () => {
    const { cookie } = await signedIn('vic')
    const answer = await post(cookie, path, { ...rejected, csrf: await csrfOf(cookie) })
    expect([answer.status, await codeOf(answer)]).toEqual([403, 'admin_forbidden'])
    const [refused] = await vendor.events('type=admin.refused&limit=1')
    expect(refused?.event).toMatchObject({ operation: `POST /ui${path}`, subject: { sub: 'vic' } })
  })

  it('of somebody whose role was taken away meanwhile is refused, and the form of before is worth nothing', async () => {
    const { admins } = configured()
    const bea = { issuer: 'people', sub: 'bea', person: 'bea', roles: ['approver'] }
    await vendor.apply(configured({ admins: { ...admins, bea } }))
    await approved()
    const { cookie } = await signedIn('bea')
    const csrf = await csrfOf(cookie)
    expect((await post(cookie, path, { ...rejected, csrf })).status).toBe(404)
    expect((await vendor.apply(configured())).body).toMatchObject({ applied: true })
    const answer = await post(cookie, path, { ...rejected, csrf })
    const text = await answer.text()
    expect([answer.status, text.includes('<nav')]).toEqual([403, false])
    const [refused] = await vendor.events('type=admin.refused&limit=1')
    expect(refused?.event).toMatchObject({ code: 'admin_forbidden', subject: { sub: 'bea' } })
  })

  it('gets the answers of the flow: of one that nobody asked for, not found', async () => {
    const { cookie } = await signedIn('bob')
    const answer = await post(cookie, path, { ...rejected, csrf: await csrfOf(cookie) })
    expect([answer.status, await codeOf(answer)]).toEqual([404, 'not_found'])
  })

  it('is refused as anything but a form, or above 64 KB', async () => {
    const { cookie } = await signedIn('bob')
    const csrf = await csrfOf(cookie)
    const headers = { cookie, origin: vendor.url }
    const json = await fetch(`${vendor.url}/ui${path}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ ...rejected, csrf }),
    })
    expect(json.status).toBe(415)
    const large = await post(cookie, path, { ...rejected, csrf, reason: 'x'.repeat(70_000) })
    expect(large.status).toBe(413)
  })

  it('is applied with the yes of a second person, and the page shows who said it', async () => {
    const usual = configured()
    const wider = {
      ...usual.mappings['app-main'],
      purpose: 'it widens',
      when: usual.mappings['app-quick'].when,
    }
    const asked = await vendor.apply({ ...usual, mappings: { ...usual.mappings, 'app-main': wider } })
    const { id } = asked.body['change'] as { id: string }
    const { cookie } = await signedIn('bob')
    const shown = await (await page(cookie, `/changes/${id}`)).text()
    const of = (name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(shown)?.[1] ?? ''
    const form = {
      csrf: of('csrf'),
      generation: of('generation'),
      hash: of('hash'),
      reason: 'seen & agreed <b>',
    }
    const answer = await post(cookie, `/changes/${id}/approve`, form)
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/ui/changes/${id}`])
    const after = await (await page(cookie, `/changes/${id}`)).text()
    expect(after).toMatch(/applied<\/span> by bob/)
    const [approvedEvent] = await vendor.events('type=change.approved&limit=1')
    expect(approvedEvent?.event).toMatchObject({
      change: id,
      actor: { sub: 'bob' },
      reason: 'seen & agreed <b>',
    })
    const logged = await (await page(cookie, `/log/${approvedEvent?.seq}`)).text()
    expect(logged).toContain('seen &amp; agreed &lt;b&gt;')
  })
})

async function codeOf(answer: Response): Promise<string> {
  return /<p class="note">Request <code>[^<]+<\/code>, (\w+)<\/p>/.exec(await answer.text())?.[1] ?? ''
}

describe('what is answered', () => {
  it('loads nothing, is framed by nobody and is kept by no cache', async () => {
    const { cookie } = await signedIn('bob')
    const { headers } = await page(cookie)
    const policy = headers.get('content-security-policy') ?? ''
    for (const part of [
      "default-src 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'self'",
    ])
      expect(policy).toContain(part)
    expect(policy).not.toMatch(/unsafe|\*|data:|http/)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-frame-options')).toBe('DENY')
    const html = await (await page(cookie)).text()
    expect(html).not.toMatch(/<script(?! src=)|<style|\sstyle=|\son\w+=|javascript:/i)
  })

  const held = 'cache-control no-store, x-frame-options DENY, x-content-type-options nosniff'
  it.each([
    { name: 'a page', ask: (cookie: string) => page(cookie) },
    { name: 'a page that is not there', ask: (cookie: string) => page(cookie, '/mappings/none') },
    { name: 'a filter that is refused', ask: (cookie: string) => page(cookie, '/log?colour=red') },
    { name: 'a page of somebody who is signed out', ask: () => page('') },
    { name: 'the sign-in', ask: () => page('', '/login') },
    { name: 'the way to the provider', ask: () => page('', '/login/start') },
    { name: 'a callback that nobody began', ask: () => page('', '/callback?code=x&state=y') },
    { name: 'a change that is forged', ask: (cookie: string) => post(cookie, path, { csrf: 'x' }) },
    { name: 'a change without a session', ask: () => post('', path, {}) },
    { name: 'a sign-out of nobody', ask: () => post('', '/logout', {}) },
  ])('$name is kept by no cache, framed by nobody, and of the type that it says', async ({ ask }) => {
    const { headers } = await ask((await signedIn('bob')).cookie)
    const said = held.split(', ').map((one) => `${one.split(' ')[0]} ${headers.get(one.split(' ')[0] ?? '')}`)
    expect(said.join(', ')).toBe(held)
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('referrer-policy')).toBe('same-origin')
  })

  it('shows what strangers wrote as text, and nothing that turns a line round', async () => {
    const evil = '<script>alert(1)</script>"\'><img src=x onerror=alert(2)>\u202egnp.exe'
    const long = `${'y'.repeat(4_000)}`
    await vendor.exchange(vendor.token({ repository_id: long }))
    // A `sub` is ASCII (OIDC Core §2), and refused else; a claim may be anything.
    await vendor.exchange(vendor.token({ sub: evil.slice(0, -8), repository_id: evil }))
    const { cookie } = await signedIn('bob')
    const [refused] = await vendor.events('type=assume.refused&limit=2')
    expect(JSON.stringify(refused)).toContain('<script>')
    const assumption = refused?.event.type === 'assume.refused' ? refused.event.assumption : ''
    for (const path of ['', '/log', `/log/${refused?.seq}`, `/why/${assumption}`]) {
      const answer = await page(cookie, path)
      const text = await answer.text()
      expect([path, answer.status]).toEqual([path, 200])
      expect(text).not.toMatch(/<script(?! src=)|<img|\u202e/)
      expect(text.length).toBeLessThan(200_000)
    }
  })

  it.each(['/mappings/none', '/roles/none', '/changes/none', '/log/0', '/log/999999999', '/nothing'])(
    'says of %s that nothing is there',
    async (path) => {
      const { cookie } = await signedIn('bob')
      expect((await page(cookie, path)).status).toBe(404)
    },
  )

  it('refuses a filter that it does not know, by name', async () => {
    const { cookie } = await signedIn('bob')
    const answer = await page(cookie, '/log?colour=red')
    expect([answer.status, (await answer.text()).includes('colour')]).toEqual([400, true])
  })

  it('shows every review, a page after the other, and hides none that takes answers', async () => {
    const day = (days: number) => new Date(Date.now() + days * 24 * HOUR).toISOString()
    const step = async (at: string, body: object, revision?: number) => {
      const headers = {
        'idempotency-key': randomUUID(),
        ...(revision === undefined ? {} : { 'if-match': `"${revision}"` }),
      }
      const answer = await askApi(vendor, `/v1/admin/reviews${at}`, { method: 'POST', body, headers })
      expect([at, answer.status]).toEqual([at, at === '' ? 201 : 200])
      return String(answer.body['id'])
    }
    for (let at = 1; at <= 21; at++) {
      const plan = { title: `review-${at}`, period: { from: day(-90), to: day(0) }, dueAt: day(40 - at) }
      const id = await step('', { ...plan, scope: { kinds: ['mapping'] } })
      if (at > 7) continue
      await step(`/${id}/prepare`, {}, 1)
      await step(`/${id}/start`, {}, 2)
    }
    const { cookie } = await signedIn('rae')
    const titles = (text: string) => [...text.matchAll(/>(review-[0-9]+)</g)].map(([, title]) => title)
    const first = await (await page(cookie, '/reviews')).text()
    expect(titles(first)).toEqual(Array.from({ length: 20 }, (_, at) => `review-${21 - at}`))
    const older = /href="\/ui(\/reviews\?before=[^"]+)"/.exec(first)?.[1] ?? ''
    expect(titles(await (await page(cookie, older)).text())).toEqual(['review-1'])
    expect((await page(cookie, '/reviews?before=x')).status).toBe(400)
    expect((await page(cookie, '/changes?before=x')).status).toBe(400)
    // Of seven that run the five that are due first, and how many more there are.
    const overview = await (await page(cookie)).text()
    const told = [...overview.matchAll(/items? of “(review-[0-9]+)”/g)].map(([, title]) => title)
    expect(told).toEqual([7, 6, 5, 4, 3].map((at) => `review-${at}`))
    expect(overview).toContain('2 more reviews take answers')
  })

  it('shows no form to whom the answer would be refused: who has voted, and whose own role it is', async () => {
    const day = (days: number) => new Date(Date.now() + days * 24 * HOUR).toISOString()
    const step = async (at: string, body: object, revision?: number) => {
      const headers = {
        'idempotency-key': randomUUID(),
        ...(revision === undefined ? {} : { 'if-match': `"${revision}"` }),
      }
      return askApi(vendor, `/v1/admin/reviews${at}`, { method: 'POST', body, headers })
    }
    const plan = { period: { from: day(-90), to: day(0) }, dueAt: day(9), minReviewers: 2 }
    const scope = { kinds: ['mapping', 'admin_binding'] }
    const id = String((await step('', { title: 'of two', ...plan, scope })).body['id'])
    await step(`/${id}/prepare`, {}, 1)
    await step(`/${id}/start`, {}, 2)
    const { body } = await vendor.get(`/v1/admin/reviews/${id}/items`)
    const items = body['items'] as { item: { n: number; name: string } }[] // the door's own answer
    const numberOf = (name: string) => items.find(({ item }) => item.name === name)?.item.n
    const { cookie } = await signedIn('rae')
    const shown = async (name: string) =>
      (await page(cookie, `/reviews/${id}/queue?n=${numberOf(name)}`)).text()

    expect(await shown('rae')).toContain('an admin binding of yours')
    expect(await shown('rae')).not.toContain('class="decision"')
    const form = await shown('app-main')
    const value = (name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(form)?.[1] ?? ''
    const said = { verdict: 'attest', rationale: 'looked at with its owner, OPS-1234' }
    const hidden = Object.fromEntries(
      ['csrf', 'key', 'revision', 'seenVersion'].map((name) => [name, value(name)]),
    )
    const answer = await post(cookie, `/reviews/${id}/items/${numberOf('app-main')}/decision`, {
      ...hidden,
      ...said,
    })
    expect(answer.status).toBe(303)
    expect(await shown('app-main')).toContain('It takes two persons, and waits for the other one')
    expect(await shown('app-main')).not.toContain('class="decision"')
  })

  it('keeps the log from who may not read it', async () => {
    const { cookie } = await signedIn('vic')
    expect((await page(cookie, '/log')).status).toBe(403)
    const overview = await (await page(cookie)).text()
    expect(overview).not.toMatch(/href="\/ui\/log|Newest events/)
  })

  it('keeps its files for ever, under names of their content', async () => {
    const html = await (await fetch(`${vendor.url}/ui/login`)).text()
    const paths = [...html.matchAll(/(?:href|src)="(\/ui\/assets\/[^"]+)"/g)].map(([, path = '']) => path)
    expect(paths).toHaveLength(3)
    for (const path of paths) {
      const { status, headers } = await fetch(vendor.url + path)
      expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
    }
  })

  it('finds what the admin API finds, of the log itself as well', async () => {
    const { cookie } = await signedIn('bob')
    // A clock that was set is found in the log (S19). Last of all, because nobody sets it back.
    await vendor.exchange(vendor.token())
    wallAheadMs = HOUR
    await vendor.exchange(vendor.token())
    const ask = (query: string) => vendor.get(`/v1/admin/findings?limit=1${query}`)
    await expect.poll(async () => Number((await ask('&kind=log')).body['total'])).toBeGreaterThan(0)
    for (const [api, ui] of [
      ['', '/findings'],
      ['&kind=log', '/findings?kind=log'],
    ] as const) {
      const { total } = (await ask(api)).body
      const shown = await (await page(cookie, ui)).text()
      expect([ui, Number(/<p>(\d+) findings?[ ,<]/.exec(shown)?.[1])]).toEqual([ui, total])
      expect(shown).toContain('the log itself')
    }
  })
})
