import type { Actor } from '../domain/audit-event.ts'
import type { RequestFacts } from '../flows/request-facts.ts'
import type { Html } from './html.ts'
import type { Session } from './sessions.ts'
import type { Site } from './site.ts'

/** What every page is made with: who looks, what they may, and when. */
export type View = {
  readonly site: Site
  readonly session: Session
  readonly actor: Actor
  readonly roles: readonly string[]
  readonly facts: RequestFacts
  readonly nowMs: number
  /** Whether whoever looks may do that operation of the admin API, by its id: a part of a page is one. */
  may(operation: string): boolean
  /** A key by which a form that is sent twice is done once. */
  newKey(): string
  readonly query: URLSearchParams
  /** A part of the path; empty where the route has none of that name. */
  param(name: string): string
}

/** The places of the navigation. */
export type Section =
  | 'overview'
  | 'mappings'
  | 'trust'
  | 'roles'
  | 'issuers'
  | 'targets'
  | 'findings'
  | 'changes'
  | 'reviews'
  | 'log'

export type PageContent = {
  readonly title: string
  readonly section: Section | null
  readonly body: Html
  readonly status?: number
}
