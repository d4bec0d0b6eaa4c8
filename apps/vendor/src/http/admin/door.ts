import type { Context, Hono } from 'hono'
import type { Actor } from '../../domain/audit-event.ts'
import type { VendorError } from '../../errors.ts'
import { asVendorError, errorRow } from '../../errors.ts'
import type { AdminRequest } from '../../flows/admin.ts'
import { ConfigurationInvalid } from '../../flows/configuration.ts'
import type { RequestFacts } from '../../flows/request-facts.ts'
import type { RequestId } from '../../ids.ts'
import type { Logger } from '../../ports.ts'
import { routePath } from '../../schema/admin-api/operation.ts'
import { operationOf } from '../../schema/admin-api/operations.ts'
import type { Env, RequestFactsOf } from '../context.ts'
import { operatorFacts, problemDetails } from '../on-error.ts'

export type AdminDoorDeps = {
  readonly requestFacts: RequestFactsOf
  readonly authorise: (request: AdminRequest) => Promise<Actor>
  /** `WWW-Authenticate` of a 401: where somebody learns how to sign in (RFC 9728 §5.1). */
  readonly challenge: string
  readonly log: Logger
  /** Told of every answer, by the operation's id. */
  readonly onAnswer?: (operation: string, status: number) => void
}

/** Who asked, and the facts of the request. */
export type Asked = { readonly actor: Actor; readonly facts: RequestFacts }

type Handler = (c: Context<Env>, asked: Asked) => Promise<Response> | Response

const BEARER = /^Bearer ([\w.~+/=-]+)$/i

/**
 * Adds one admin operation, by its id in the table: who asks, whether they may, then the work. Everything that goes
 * wrong leaves as RFC 9457 problem details with the class and the request id.
 */
export function adminRoute(app: Hono<Env>, deps: AdminDoorDeps, id: string, handler: Handler): void {
  const { method, path, permission } = operationOf(id)
  const answer = async (c: Context<Env>): Promise<Response> => {
    const facts = deps.requestFacts('admin', c.env?.incoming)
    try {
      const token = bearerOf(c)
      const operation = `${c.req.method} ${new URL(c.req.url).pathname}`
      const actor = await deps.authorise({ ...facts, token, permission, operation })
      return await handler(c, { actor, facts })
    } catch (thrown) {
      return problemOf(deps, c, { thrown, request: facts.request })
    }
  }
  app.on(method, routePath(path), async (c) => {
    const response = await answer(c)
    deps.onAnswer?.(id, response.status)
    return response
  })
}

/** The token of a request, or null. */
export function bearerOf(c: Context<Env>): string | null {
  return BEARER.exec(c.req.header('authorization') ?? '')?.[1] ?? null
}

/** What went wrong as RFC 9457 problem details, and in the process log. */
export function problemOf(
  deps: Pick<AdminDoorDeps, 'log' | 'challenge'>,
  c: Context<Env>,
  { thrown, request }: { readonly thrown: unknown; readonly request: RequestId },
): Response {
  const error = asVendorError(thrown)
  const report = errorRow(error.code).status >= 500 ? deps.log.error : deps.log.info
  report('admin.failed', { request, ...operatorFacts(error) })
  const response = problemDetails(c, { code: error.code, request, ...problemsOf(error), ...detailOf(error) })
  if (response.status === 401) response.headers.set('www-authenticate', deps.challenge)
  return response
}

/** A refused configuration carries its problems on the error, as data. */
function problemsOf(error: VendorError): Partial<Pick<ConfigurationInvalid, 'problems' | 'moreProblems'>> {
  if (!(error instanceof ConfigurationInvalid)) return {}
  return { problems: error.problems, moreProblems: error.moreProblems }
}

/** Which part of the request was wrong: the caller's own words, named back. */
function detailOf({ facts }: VendorError): { readonly detail?: string } {
  const named = facts['parameter'] ?? facts['member'] ?? facts['wanted']
  return typeof named === 'string' && named !== '' ? { detail: named } : {}
}
