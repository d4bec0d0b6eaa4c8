import { METADATA_PATH, TOKEN_PATH } from '@stint/sts-client/wire'
import { Hono } from 'hono'
import { asVendorError } from './errors.ts'
import { auditDoor } from './http/admin/audit.ts'
import { configurationDoor } from './http/admin/configuration.ts'
import type { AdminDoorDeps } from './http/admin/door.ts'
import { targetsDoor } from './http/admin/targets.ts'
import type { Env, RequestFactsOf } from './http/context.ts'
import type { IssuerDocuments } from './http/issuer.ts'
import { issuerDoor } from './http/issuer.ts'
import { metadataDoor } from './http/metadata.ts'
import { oauthError, operatorFacts, problemDetails } from './http/on-error.ts'
import type { Readiness } from './http/ops.ts'
import { opsDoor } from './http/ops.ts'
import type { TokenDoorDeps } from './http/token.ts'
import { tokenDoor } from './http/token.ts'
import type { Logger } from './ports.ts'

export type AppDeps = {
  readonly publicUrl: string
  readonly requestFacts: RequestFactsOf
  readonly log: Logger
  readonly issuerDocuments: (target: string) => IssuerDocuments | undefined
  readonly readiness: Readiness
  /** null until the databases are open: the issuer documents are served before. */
  readonly doors: () => Hono<Env> | null
}

export type DoorDeps = {
  readonly token: TokenDoorDeps
  readonly admin: AdminDoorDeps
  readonly audit: Parameters<typeof auditDoor>[0]['audit']
  readonly configuration: Parameters<typeof configurationDoor>[0]['flow']
  readonly targets: Parameters<typeof targetsDoor>[0]['setup']
}

/** The doors that need the databases. */
export function buildDoors(deps: DoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  app.route('/', tokenDoor(deps.token))
  app.route('/', configurationDoor({ ...deps.admin, flow: deps.configuration }))
  app.route('/', targetsDoor({ ...deps.admin, setup: deps.targets }))
  app.route('/', auditDoor({ ...deps.admin, audit: deps.audit }))
  app.notFound((c) =>
    problemDetails(c, {
      code: 'not_found',
      request: deps.token.requestFacts('admin', c.env?.incoming).request,
    }),
  )
  return app
}

/** The whole HTTP surface: what must answer at once, then the doors as soon as they stand. */
export function buildApp(deps: AppDeps): Hono<Env> {
  const app = new Hono<Env>()
  app.route('/', issuerDoor(deps.issuerDocuments))
  app.route('/', opsDoor(deps.readiness))
  app.route('/', metadataDoor(deps.publicUrl))
  app.all('*', (c) => {
    const doors = deps.doors()
    if (doors !== null) return doors.fetch(c.req.raw, c.env)
    const { request } = deps.requestFacts('token', c.env?.incoming)
    return c.req.path === TOKEN_PATH
      ? oauthError(c, 'config_unavailable', request)
      : problemDetails(c, { code: 'config_unavailable', request })
  })
  app.onError((thrown, c) => {
    const { request } = deps.requestFacts('admin', c.env?.incoming)
    const error = asVendorError(thrown)
    deps.log.error('http.failed', { request, ...operatorFacts(error) })
    const oauth = c.req.path === TOKEN_PATH || c.req.path === METADATA_PATH
    return oauth ? oauthError(c, error.code, request) : problemDetails(c, { code: error.code, request })
  })
  app.notFound((c) =>
    problemDetails(c, { code: 'not_found', request: deps.requestFacts('admin', c.env?.incoming).request }),
  )
  return app
}
