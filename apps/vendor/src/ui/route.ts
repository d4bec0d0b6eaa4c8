import type { Context, Hono } from 'hono'
import type { Permission } from '../domain/admin-role.ts'
import { mayAdminister } from '../domain/admin-role.ts'
import type { Actor } from '../domain/audit-event.ts'
import { asVendorError, errorRow, VendorError } from '../errors.ts'
import type { RequestFacts } from '../flows/request-facts.ts'
import type { Env, RequestFactsOf } from '../http/context.ts'
import { operatorFacts } from '../http/on-error.ts'
import { statusOf } from '../http/plain-answer.ts'
import type { Clock, Logger } from '../ports.ts'
import { operationOf } from '../schema/admin-api/operations.ts'
import { cookieOf, PAGE_HEADERS } from './headers.ts'
import type { Html } from './html.ts'
import type { AssetPaths } from './layout.ts'
import { lonePage, wholePage } from './layout.ts'
import { errorBody, strangerBody } from './pages/error.ts'
import { guardedForm } from './request-guard.ts'
import type { Session, Sessions } from './sessions.ts'
import type { Site } from './site.ts'
import type { PageContent, View } from './view.ts'

export type RouteDeps = {
  readonly site: Site
  readonly assets: AssetPaths
  readonly sessions: Sessions
  readonly requestFacts: RequestFactsOf
  /** Whether this person may, now; a refusal is in the log. `authoriseIdentity`. */
  readonly authorise: (
    identity: Session['identity'],
    request: RequestFacts & { readonly permission: Permission; readonly operation: string },
  ) => Promise<Actor>
  readonly rolesOf: (identity: Session['identity']) => readonly string[]
  /** The person that an identity is said to be. */
  readonly personOf: (identity: Session['identity']) => string
  readonly sameText: (a: string, b: string) => boolean
  /** A text that nobody had before. */
  readonly newKey: () => string
  readonly clock: Clock
  readonly log: Logger
}

/** A page, by the operation of the admin API whose permission it wants. */
export type UiPage = {
  /** Below `/ui`, as Hono matches it. */
  readonly path: string
  readonly operation: string
  readonly show: (view: View) => Promise<PageContent> | PageContent
}

/** A file to take away. */
export type UiFile = {
  readonly path: string
  readonly operation: string
  readonly type: string
  /** Its bytes, and the name that it is kept under. */
  readonly read: (view: View) => Promise<FileContent>
}

export type FileContent = {
  readonly name: string
  readonly content: string | ReadableStream<Uint8Array>
  /** Of a stream, so that whoever takes it sees how far it is. */
  readonly bytes?: number
}

/** A change: answers with the path below `/ui` that shows what came of it. */
export type UiAction = {
  readonly path: string
  readonly operation: string
  readonly act: (view: View, form: URLSearchParams) => Promise<string>
}

/** Adds one page: a session, then the permission, then the work; whatever goes wrong is a page as well. */
export function uiPage(app: Hono<Env>, deps: RouteDeps, page: UiPage): void {
  app.get(`/ui${page.path}`, async (c) => {
    const facts = deps.requestFacts('admin', c.env?.incoming)
    const session = sessionOf(c, deps)
    if (session === null) return toSignIn(c, deps)
    return answer(c, deps, { session, facts }, async () => {
      const view = await viewOf(c, deps, { session, facts, operation: page.operation })
      return print(c, deps, view, await page.show(view))
    })
  })
}

/** Adds one file, behind the same. */
export function uiFile(app: Hono<Env>, deps: RouteDeps, file: UiFile): void {
  app.get(`/ui${file.path}`, async (c) => {
    const facts = deps.requestFacts('admin', c.env?.incoming)
    const session = sessionOf(c, deps)
    if (session === null) return toSignIn(c, deps)
    return answer(c, deps, { session, facts }, async () => {
      const view = await viewOf(c, deps, { session, facts, operation: file.operation })
      const { name, content, bytes } = await file.read(view)
      return c.body(content, 200, {
        ...PAGE_HEADERS,
        'content-type': file.type,
        'content-disposition': `attachment; filename="${name}"`,
        ...(bytes === undefined ? {} : { 'content-length': String(bytes) }),
      })
    })
  })
}

/** Adds one change: the same, and its form must be one of our own pages'. */
export function uiAction(app: Hono<Env>, deps: RouteDeps, action: UiAction): void {
  app.post(`/ui${action.path}`, async (c) => {
    const facts = deps.requestFacts('admin', c.env?.incoming)
    const session = sessionOf(c, deps)
    return answer(c, deps, { session, facts }, async () => {
      if (session === null) throw new VendorError('session_ended')
      const form = await guardedForm(c, { ...deps, session })
      const view = await viewOf(c, deps, { session, facts, operation: action.operation })
      return redirect(c, deps.site.to('') + (await action.act(view, form)))
    })
  })
}

/** Leads to another page of ours; no cache keeps even that. */
export function redirect(c: Context<Env>, location: string, cookies: readonly string[] = []): Response {
  const response = c.body(null, 303, { ...PAGE_HEADERS, location })
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}

/** Prints a page of nobody who is signed in. */
export function printLone(
  c: Context<Env>,
  deps: Pick<RouteDeps, 'site' | 'assets'>,
  content: Pick<PageContent, 'title' | 'body' | 'status'>,
): Response {
  return printed(c, lonePage(deps.site, deps.assets, content), content.status ?? 200)
}

/** The page of an error, and its line in the process log. */
export function printError(
  c: Context<Env>,
  deps: RouteDeps,
  of: { readonly thrown: unknown; readonly facts: RequestFacts; readonly session: Session | null },
): Response {
  const error = asVendorError(of.thrown)
  const row = errorRow(error.code)
  const report = row.status >= 500 ? deps.log.error : deps.log.info
  report('ui.failed', { request: of.facts.request, ...operatorFacts(error) })
  const failed = { error, request: of.facts.request }
  const content = { title: 'Refused', status: row.status }
  const view = of.session === null ? null : plainView(c, deps, { session: of.session, facts: of.facts })
  // Somebody whose last role was taken away sees no navigation.
  return view === null || view.roles.length === 0
    ? printLone(c, deps, { ...content, body: strangerBody(deps.site, failed) })
    : print(c, deps, view, {
        ...content,
        body: errorBody(view, { ...failed, isChange: c.req.method !== 'GET' }),
        section: null,
      })
}

function sessionOf(c: Context<Env>, { site, sessions }: RouteDeps): Session | null {
  const cookie = cookieOf(c.req.header('cookie'), site.sessionCookie)
  return cookie === null ? null : sessions.find(cookie)
}

/** Back to where they wanted to go, once they signed in. */
function toSignIn(c: Context<Env>, { site }: RouteDeps): Response {
  const asked = new URL(c.req.url)
  const at = asked.pathname.lastIndexOf('/ui') + '/ui'.length
  return redirect(c, site.to('/login', { to: asked.pathname.slice(at) + asked.search }))
}

async function answer(
  c: Context<Env>,
  deps: RouteDeps,
  of: { readonly session: Session | null; readonly facts: RequestFacts },
  work: () => Promise<Response>,
): Promise<Response> {
  try {
    return await work()
  } catch (thrown) {
    return printError(c, deps, { thrown, ...of })
  }
}

async function viewOf(
  c: Context<Env>,
  deps: RouteDeps,
  of: { readonly session: Session; readonly facts: RequestFacts; readonly operation: string },
): Promise<View> {
  const { permission } = operationOf(of.operation)
  const operation = `${c.req.method} ${new URL(c.req.url).pathname}`
  const actor = await deps.authorise(of.session.identity, { ...of.facts, permission, operation })
  return { ...plainView(c, deps, of), actor }
}

function plainView(
  c: Context<Env>,
  deps: RouteDeps,
  { session, facts }: { readonly session: Session; readonly facts: RequestFacts },
): View {
  const roles = deps.rolesOf(session.identity)
  return {
    site: deps.site,
    session,
    actor: { ...session.identity, person: deps.personOf(session.identity) },
    roles,
    facts,
    nowMs: deps.clock.nowMs(),
    may: (operation) => mayAdminister(roles, operationOf(operation).permission),
    newKey: deps.newKey,
    query: new URL(c.req.url).searchParams,
    param: (name) => c.req.param(name) ?? '',
  }
}

function print(c: Context<Env>, deps: RouteDeps, view: View, content: PageContent): Response {
  return printed(c, wholePage(view, deps.assets, content), content.status ?? 200)
}

/** Nothing in our templates waits, so a page is a text at once. */
function printed(c: Context<Env>, page: Html, status: number): Response {
  return c.body(String(page), statusOf(status), PAGE_HEADERS)
}
