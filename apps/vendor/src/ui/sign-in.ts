import type { Context, Hono } from 'hono'
import { asVendorError, errorRow, VendorError } from '../errors.ts'
import type { RequestFacts } from '../flows/request-facts.ts'
import type { Env } from '../http/context.ts'
import type { AuditLog, PersonSignIn } from '../ports.ts'
import { operationOf } from '../schema/admin-api/operations.ts'
import { cookieOf, setCookie } from './headers.ts'
import { signInBody, type WhySignIn } from './pages/sign-in.ts'
import { guardedForm } from './request-guard.ts'
import { printError, printLone, type RouteDeps, redirect } from './route.ts'
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
  app.get('/ui/login', (c) => signInPage(c, deps))
  app.get('/ui/login/start', (c) => guarded(c, deps, () => begin(c, deps)))
  app.get('/ui/callback', (c) => guarded(c, deps, (facts) => finish(c, deps, facts)))
  app.post('/ui/logout', (c) => guarded(c, deps, (facts) => signOut(c, deps, facts)))
}

function held(c: Context<Env>, { site }: SignInDeps): string | null {
  return cookieOf(c.req.header('cookie'), site.sessionCookie)
}

function signInPage(c: Context<Env>, deps: SignInDeps): Response {
  const { site, sessions, signIn } = deps
  const cookie = held(c, deps)
  const to = pathBack(c.req.query('to') ?? null)
  if (cookie !== null && sessions.find(cookie) !== null) return redirect(c, site.to('') + to)
  // A browser that still has the cookie was signed in: its session ended by itself.
  const why: WhySignIn = c.req.query('out') === '1' ? 'signed_out' : cookie === null ? null : 'over'
  // A link and no form: `form-action` would hold its redirect to our own origin.
  const body = signInBody({ start: site.to('/login/start', { to }), host: new URL(signIn.issuer).host, why })
  return printLone(c, deps, { title: 'Sign in', body })
}

async function begin(c: Context<Env>, { site, cookies, signIn }: SignInDeps): Promise<Response> {
  const { cookie, secrets } = cookies.begin(pathBack(c.req.query('to') ?? null))
  const location = await signIn.begin(secrets)
  const set = setCookie(site, { name: site.signInCookie, value: cookie, maxAgeSeconds: COOKIE_SECONDS })
  return redirect(c, location, [set])
}

async function finish(c: Context<Env>, deps: SignInDeps, facts: RequestFacts): Promise<Response> {
  const { site, sessions } = deps
  const begun = deps.cookies.read(cookieOf(c.req.header('cookie'), site.signInCookie) ?? '')
  if (begun === null || c.req.url.length > MOST_CALLBACK)
    throw new VendorError('sign_in_refused', { facts: { reason: 'not_begun_here' } })
  const person = await deps.signIn.finish(new URL(c.req.url), begun.secrets)
  const { permission } = operationOf('getSelf')
  const actor = await deps.authorise(person, { ...facts, permission, operation: 'sign in' })
  // Whoever comes with a session of before leaves it: somebody may have given him that one.
  const before = held(c, deps)
  if (before !== null) sessions.end(before)
  const { cookie, session } = sessions.open(person)
  const { authTime, acr } = person
  const signedIn = { ...facts, actor, session: session.handle, authTime, acr, roles: deps.rolesOf(person) }
  await deps.audit.append({ type: 'admin.signed_in', ...signedIn }).catch((thrown: unknown) => {
    sessions.end(cookie)
    throw thrown
  })
  return redirect(c, site.to('') + begun.to, [
    setCookie(site, { name: site.sessionCookie, value: cookie }),
    setCookie(site, { name: site.signInCookie, value: null }),
  ])
}

async function signOut(c: Context<Env>, deps: SignInDeps, facts: RequestFacts): Promise<Response> {
  const { site, sessions, personOf } = deps
  const cookie = held(c, deps)
  const session = cookie === null ? null : sessions.find(cookie)
  const location = site.to('/login', { out: 1 })
  if (cookie === null || session === null) return redirect(c, location)
  await guardedForm(c, { ...deps, session })
  sessions.end(cookie)
  const actor = { ...session.identity, person: personOf(session.identity) }
  await deps.audit.append({ type: 'admin.signed_out', ...facts, actor, session: session.handle })
  const ended = setCookie(site, { name: site.sessionCookie, value: null })
  return redirect(c, location, [ended])
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
