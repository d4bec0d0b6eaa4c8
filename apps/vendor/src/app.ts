import { TOKEN_PATH } from '@stint/sts-client/wire'
import type { Context } from 'hono'
import { Hono } from 'hono'
import type { ErrorCode } from './errors.ts'
import { asVendorError, errorRow } from './errors.ts'
import type { ConfigurationFlow } from './flows/configuration.ts'
import type { AccessesDoorDeps } from './http/admin/accesses.ts'
import { accessesDoor } from './http/admin/accesses.ts'
import { auditDoor } from './http/admin/audit.ts'
import type { ChangesDoorDeps } from './http/admin/changes.ts'
import { changesDoor } from './http/admin/changes.ts'
import { configurationDoor } from './http/admin/configuration.ts'
import type { AdminDoorDeps } from './http/admin/door.ts'
import { type ErasureDoorDeps, erasureDoor } from './http/admin/erasure.ts'
import { explainDoor } from './http/admin/explain.ts'
import type { ExportDoorDeps } from './http/admin/export.ts'
import { exportDoor } from './http/admin/export.ts'
import { findingsDoor } from './http/admin/findings.ts'
import type { ProbesDoorDeps } from './http/admin/probes.ts'
import { probesDoor } from './http/admin/probes.ts'
import type { ReplayDoorDeps } from './http/admin/replay.ts'
import { replayDoor } from './http/admin/replay.ts'
import type { ResourcesDoorDeps } from './http/admin/resources.ts'
import { resourcesDoor } from './http/admin/resources.ts'
import type { ReviewsDoorDeps } from './http/admin/review-answers.ts'
import { reviewsDoor } from './http/admin/reviews.ts'
import type { RevokeDoorDeps } from './http/admin/revoke.ts'
import { revokeDoor } from './http/admin/revoke.ts'
import { selfDoor } from './http/admin/self.ts'
import { shadowDoor } from './http/admin/shadow.ts'
import { type SimulateDoorDeps, simulateDoor } from './http/admin/simulate.ts'
import { targetsDoor } from './http/admin/targets.ts'
import type { UsageDoorDeps } from './http/admin/usage.ts'
import { usageDoor } from './http/admin/usage.ts'
import { usesDoor } from './http/admin/uses.ts'
import { pathUnder } from './http/base-path.ts'
import { containerError } from './http/container/answer.ts'
import type { ContainerDoorDeps } from './http/container/door.ts'
import { containerDoor } from './http/container/door.ts'
import type { Env, RequestFactsOf } from './http/context.ts'
import { eventsSchemaDoor } from './http/events-schema.ts'
import type { IntakeDoorDeps } from './http/intake.ts'
import { intakeDoor } from './http/intake.ts'
import type { IssuerDocuments } from './http/issuer.ts'
import { issuerDoor } from './http/issuer.ts'
import { logDoor } from './http/log.ts'
import { metadataDoor } from './http/metadata.ts'
import { oauthError, operatorFacts, problemDetails } from './http/on-error.ts'
import { openApiDoor } from './http/openapi.ts'
import type { Readiness } from './http/ops.ts'
import { opsDoor } from './http/ops.ts'
import type { SignInFacts } from './http/protected-resource.ts'
import { protectedResourceDoor } from './http/protected-resource.ts'
import { stsError } from './http/sts/answer.ts'
import type { StsDoorDeps } from './http/sts/door.ts'
import { isStsRequest, stsDoor } from './http/sts/door.ts'
import type { TokenDoorDeps } from './http/token.ts'
import { tokenDoor } from './http/token.ts'
import { isCredentialsPath } from './http/unreadable.ts'
import type { RequestId } from './ids.ts'
import type { Logger } from './ports.ts'

export type AppDeps = {
  readonly publicUrl: string
  readonly signIn: SignInFacts
  readonly requestFacts: RequestFactsOf
  readonly log: Logger
  readonly issuerDocuments: (target: string) => IssuerDocuments | undefined
  readonly readiness: Readiness
}

export type DoorDeps = {
  readonly token: TokenDoorDeps
  readonly sts: StsDoorDeps
  readonly container: ContainerDoorDeps
  readonly admin: AdminDoorDeps
  readonly audit: Parameters<typeof auditDoor>[0]['audit']
  readonly digestOf: Parameters<typeof auditDoor>[0]['digestOf']
  readonly exportLog: ExportDoorDeps['exportLog']
  readonly explain: Parameters<typeof explainDoor>[0]['explain']
  readonly findings: Parameters<typeof findingsDoor>[0]['findings']
  readonly mapping: Parameters<typeof shadowDoor>[0]['mapping']
  readonly configuration: ConfigurationFlow
  readonly store: ResourcesDoorDeps['store']
  readonly changes: Omit<ChangesDoorDeps, keyof AdminDoorDeps | 'flow'>
  readonly reviews: Omit<ReviewsDoorDeps, keyof AdminDoorDeps>
  readonly revoke: Omit<RevokeDoorDeps, keyof AdminDoorDeps | 'store'>
  readonly erasing: ErasureDoorDeps['erasing']
  readonly targets: Parameters<typeof targetsDoor>[0]['setup']
  readonly probes: Omit<ProbesDoorDeps, keyof AdminDoorDeps>
  readonly watching: AccessesDoorDeps['watching']
  readonly generate: AccessesDoorDeps['generate']
  readonly intake: IntakeDoorDeps
  readonly nowMs: UsageDoorDeps['nowMs']
  readonly replay: ReplayDoorDeps['replay']
  readonly simulate: SimulateDoorDeps['simulate']
  readonly rolesOf: Parameters<typeof selfDoor>[0]['rolesOf']
  /** The page; null where nobody can sign in to it. */
  readonly ui: Hono<Env> | null
}

/** The whole HTTP surface, once the databases are open. */
export function buildApp(deps: AppDeps, doors: DoorDeps): Hono<Env> {
  const app = emptyApp(deps)
  app.route('/', tokenDoor(doors.token))
  app.route('/', stsDoor(doors.sts))
  app.route('/', containerDoor(doors.container))
  app.route('/', configurationDoor({ ...doors.admin, flow: doors.configuration }))
  app.route('/', resourcesDoor({ ...doors.admin, flow: doors.configuration, store: doors.store }))
  app.route('/', changesDoor({ ...doors.admin, ...doors.changes, flow: doors.configuration }))
  app.route('/', revokeDoor({ ...doors.admin, ...doors.revoke, store: doors.store }))
  app.route('/', erasureDoor({ ...doors.admin, erasing: doors.erasing, store: doors.store }))
  app.route('/', reviewsDoor({ ...doors.admin, ...doors.reviews }))
  app.route('/', targetsDoor({ ...doors.admin, setup: doors.targets }))
  app.route('/', probesDoor({ ...doors.admin, ...doors.probes }))
  app.route('/', accessesDoor({ ...doors.admin, watching: doors.watching, generate: doors.generate }))
  app.route('/', intakeDoor(doors.intake))
  app.route('/', selfDoor({ ...doors.admin, rolesOf: doors.rolesOf }))
  app.route('/', auditDoor({ ...doors.admin, audit: doors.audit, digestOf: doors.digestOf }))
  app.route('/', exportDoor({ ...doors.admin, exportLog: doors.exportLog }))
  app.route('/', explainDoor({ ...doors.admin, explain: doors.explain }))
  app.route('/', simulateDoor({ ...doors.admin, simulate: doors.simulate }))
  app.route('/', findingsDoor({ ...doors.admin, findings: doors.findings }))
  app.route('/', usesDoor({ ...doors.admin, audit: doors.audit, mapping: doors.mapping }))
  const { usage } = doors.audit
  app.route('/', usageDoor({ ...doors.admin, usage, store: doors.store, nowMs: doors.nowMs }))
  app.route('/', replayDoor({ ...doors.admin, replay: doors.replay, nowMs: doors.nowMs }))
  app.route('/', shadowDoor({ ...doors.admin, audit: doors.audit, mapping: doors.mapping }))
  app.route('/', logDoor({ ...doors.admin, tree: doors.audit.tree }))
  if (doors.ui !== null) app.route('/', doors.ui)
  return withBasics(app, deps, 'not_found')
}

/** What answers before that: the issuer documents, because a store waits for them, and how far the start has come. */
export function buildEarlyApp(deps: AppDeps): Hono<Env> {
  return withBasics(emptyApp(deps), deps, 'config_unavailable')
}

function emptyApp({ publicUrl }: AppDeps): Hono<Env> {
  return new Hono<Env>({ getPath: pathUnder(publicUrl) })
}

function withBasics(app: Hono<Env>, deps: AppDeps, elsewhere: 'not_found' | 'config_unavailable'): Hono<Env> {
  app.route('/', issuerDoor(deps.issuerDocuments))
  app.route('/', opsDoor(deps.readiness))
  app.route('/', metadataDoor(deps.publicUrl))
  app.route('/', protectedResourceDoor(deps.publicUrl, deps.signIn))
  app.route('/', openApiDoor())
  app.route('/', eventsSchemaDoor())
  const requestOf = (c: Context<Env>) => deps.requestFacts('admin', c.env?.incoming).request
  app.notFound((c) => {
    const request = requestOf(c)
    deps.log.info('http.refused', { request, code: elsewhere })
    return answerError(c, elsewhere, request)
  })
  app.onError((thrown, c) => {
    const request = requestOf(c)
    const error = asVendorError(thrown)
    if (errorRow(error.code).status < 500) deps.log.info('http.refused', { request, code: error.code })
    else deps.log.error('http.failed', { request, ...operatorFacts(error) })
    return answerError(c, error.code, request)
  })
  return app
}

/** The form of an error is the door's, framework errors included. */
function answerError(c: Context<Env>, code: ErrorCode, request: RequestId): Response {
  const { path } = c.req
  if (path === TOKEN_PATH) return oauthError(c, code, request)
  if (isCredentialsPath(path)) return containerError(c, code, request)
  return isStsRequest(c) ? stsError(c, code, request) : problemDetails(c, { code, request })
}
