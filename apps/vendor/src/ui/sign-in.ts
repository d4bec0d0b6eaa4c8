import type { Context, Hono } from 'hono'
import { asVendorError, errorRow, VendorError } from '../errors.ts'
import type { RequestFacts } from '../flows/request-facts.ts'
import type { Env } from '../http/context.ts'
import type { AuditLog, PersonSignIn } from '../ports.ts'
import { operationOf } from '../schema/admin-api/operations.ts'
import { cookieOf, PAGE_HEADERS, setCookie } from './headers.ts'
import { signInBody, type WhySignIn } from './pages/sign-in.ts'
import { guardedForm } from './request-guard.ts'
import { printError, printLone, type RouteDeps } from './route.ts'
import { pathBack, type SignInCookies } from './sign-in-cookie.ts'

export type SignInDeps = RouteDeps & {
  readonly signIn: PersonSignIn
  readonly cookies: SignInCookies
  readonly audit: Pick<AuditLog, 'append'>
}

const COOKIE_SECONDS = 600
const MOST_CALLBACK = 4096

/** `/ui/login`, `/ui/callback`, `/ui/logout`. */
export function signInRoutes(app: Hono<Env>, deps: SignInDeps): void {
  const { site, sessions } = deps
  const held = (c: Context<Env>) => cookieOf(c.req.header('cookie'), site.sessionCookie)

  app.get('/ui/login', (c) => {
    const cookie = held(c)
    const to = pathBack(c.req.query('to') ?? null)
    if (cookie !== null && sessions.find(cookie) !== null) return c.redirect(site.to('') + to, 303)
    // A browser that still has the cookie was signed in: its session ended by itself.
    const why: WhySignIn = c.req.query('out') === '1' ? 'signed_out' : cookie === null ? null : 'over'
    const { host } = new URL(deps.signIn.issuer)
    const body = signInBody({ start: site.to('/login/start', { to }), host, why })
    return printLone(c, deps, { title: 'Sign in', body })
  })

  // A link and no form: `form-action` would hold its redirect to our own origin.
  app.get('/ui/login/start', (c) =>
    guarded(c, deps, async () => {
      const { cookie, secrets } = deps.cookies.begin(pathBack(c.req.query('to') ?? null))
      const where = await deps.signIn.begin(secrets)
      const set = setCookie(site, {
        name: site.signInCookie,
        value: cookie,
        maxAgeSeconds: COOKIE_SECONDS,
      })
      return c.body(null, 303, { ...PAGE_HEADERS, location: where, 'set-cookie': set })
    }),
  )

  app.get('/ui/callback', (c) =>
    guarded(c, deps, async (facts) => {
      const begun = deps.cookies.read(cookieOf(c.req.header('cookie'), site.signInCookie) ?? '')
      if (begun === null || c.req.url.length > MOST_CALLBACK)
        throw new VendorError('sign_in_refused', { facts: { reason: 'not_begun_here' } })
      const person = await deps.signIn.finish(new URL(c.req.url), begun.secrets)
      const { permission } = operationOf('getSelf')
      const actor = await deps.authorise(person, { ...facts, permission, operation: 'sign in' })
      // Whoever comes with a session of before leaves it: nobody may have given him that one.
      const before = held(c)
      if (before !== null) sessions.end(before)
      const { cookie, session } = sessions.open(person)
      const roles = deps.rolesOf(person)
      const { authTime, acr } = person
      const signedIn = { ...facts, actor, session: session.handle, authTime, acr, roles }
      await deps.audit.append({ type: 'admin.signed_in', ...signedIn }).catch((thrown: unknown) => {
        sessions.end(cookie)
        throw thrown
      })
      const response = c.body(null, 303, { ...PAGE_HEADERS, location: site.to('') + begun.to })
      response.headers.append('set-cookie', setCookie(site, { name: site.sessionCookie, value: cookie }))
      response.headers.append('set-cookie', setCookie(site, { name: site.signInCookie, value: null }))
      return response
    }),
  )

  app.post('/ui/logout', (c) =>
    guarded(c, deps, async (facts) => {
      const cookie = held(c)
      const session = cookie === null ? null : sessions.find(cookie)
      if (cookie === null || session === null) return c.redirect(site.to('/login', { out: 1 }), 303)
      await guardedForm(c, { ...deps, session })
      sessions.end(cookie)
      const actor = { ...session.identity, person: deps.personOf(session.identity) }
      await deps.audit.append({ type: 'admin.signed_out', ...facts, actor, session: session.handle })
      const ended = setCookie(site, { name: site.sessionCookie, value: null })
      const location = site.to('/login', { out: 1 })
      return c.body(null, 303, { ...PAGE_HEADERS, location, 'set-cookie': ended })
    }),
  )
}

async function guarded(
  c: Context<Env>,
  deps: SignInDeps,
  work: (facts: RequestFacts) => Promise<Response>,
): Promise<Response> {
  const facts = deps.requestFacts('admin', c.env?.incoming)
  try {
    return await work(facts)
  } catch (thrown) {
    const response = printError(c, deps, { thrown, facts, session: null })
    // What was refused is not tried again with the same cookie.
    if (errorRow(asVendorError(thrown).code).status < 500)
      response.headers.append(
        'set-cookie',
        setCookie(deps.site, { name: deps.site.signInCookie, value: null }),
      )
    return response
  }
}
