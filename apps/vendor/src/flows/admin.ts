import type { Permission } from '../domain/admin-role.ts'
import { ADMIN_ROLES, mayAdminister } from '../domain/admin-role.ts'
import type { Actor } from '../domain/audit-event.ts'
import type { Configuration } from '../domain/configuration.ts'
import { VendorError } from '../errors.ts'
import type { AuditLog, TokenVerifier } from '../ports.ts'
import type { RequestFacts } from './request-facts.ts'

/** The one identity that server settings name: it holds every admin role, so that a first configuration can be applied. */
export type FirstAdministrator = { readonly issuer: string; readonly subject: string }

export type AdminDeps = {
  readonly verifier: TokenVerifier
  readonly configuration: () => Configuration
  readonly first: FirstAdministrator
  readonly audit: Pick<AuditLog, 'append'>
}

export type AdminRequest = RequestFacts & {
  readonly token: string | null
  readonly permission: Permission
  readonly operation: string
}

/**
 * Who administers, or a throw: `admin_unauthenticated` without a token of the admin audience, `admin_forbidden` where
 * the subject's roles lack the permission; the latter is in the audit log before it is answered.
 */
export async function authoriseAdmin(deps: AdminDeps, request: AdminRequest): Promise<Actor> {
  if (request.token === null) throw new VendorError('admin_unauthenticated')
  const verified = await deps.verifier.verify(request.token)
  if (!verified.ok) {
    // An unreadable key set is no fault of the caller: 503, so that a client tries again.
    if (verified.code === 'jwks_unavailable') throw new VendorError('jwks_unavailable')
    throw new VendorError('admin_unauthenticated', { facts: { reason: verified.code } })
  }
  const { iss, sub } = verified.subject
  return authoriseIdentity(deps, { issuer: iss, sub }, request)
}

/** The same of an identity that was verified before: the person of a session. Throws `admin_forbidden`, recorded. */
export async function authoriseIdentity(
  deps: Omit<AdminDeps, 'verifier'>,
  { issuer: iss, sub }: Pick<Actor, 'issuer' | 'sub'>,
  request: Omit<AdminRequest, 'token'>,
): Promise<Actor> {
  const bindings = bindingsOf(deps, iss, sub)
  const actor: Actor = { issuer: iss, sub, person: bindings[0]?.person ?? sub }
  if (bindings.some(({ roles }) => mayAdminister(roles, request.permission))) return actor
  await deps.audit.append({
    type: 'admin.refused',
    request: request.request,
    door: 'admin',
    source: request.source,
    code: 'admin_forbidden',
    operation: request.operation,
    claimed: null,
    subject: actor,
  })
  throw new VendorError('admin_forbidden')
}

/** The person that an identity is said to be; its subject where nothing is said. */
export function personOf(
  deps: Pick<AdminDeps, 'configuration' | 'first'>,
  { issuer, sub }: Pick<Actor, 'issuer' | 'sub'>,
): string {
  return bindingsOf(deps, issuer, sub)[0]?.person ?? sub
}

/** The admin roles of whoever was authorised, each once. */
export function rolesOf(
  deps: Pick<AdminDeps, 'configuration' | 'first'>,
  { issuer, sub }: Pick<Actor, 'issuer' | 'sub'>,
): readonly string[] {
  return [...new Set(bindingsOf(deps, issuer, sub).flatMap(({ roles }) => roles))].toSorted()
}

function bindingsOf(
  deps: Pick<AdminDeps, 'configuration' | 'first'>,
  iss: string,
  sub: string,
): { person: string; roles: readonly string[] }[] {
  const configuration = deps.configuration()
  const issuer = configuration.issuers.get(iss)
  const bound = configuration.adminBindings
    .filter(({ body }) => issuer?.enabled === true && body.issuer === issuer.name && body.sub === sub)
    .map(({ body }) => ({ person: body.person, roles: body.roles }))
  const isFirst = deps.first.issuer === iss && deps.first.subject === sub
  return isFirst ? [{ person: bound[0]?.person ?? sub, roles: Object.keys(ADMIN_ROLES) }, ...bound] : bound
}

/**
 * Every person that the configuration says this identity is, or said before it was disabled: an administrator who
 * disables his own binding is the same person still.
 */
export function personsOf(
  configuration: Configuration,
  { issuer: iss, sub }: Pick<Actor, 'issuer' | 'sub'>,
): readonly string[] {
  const { others } = configuration.standing
  const issuers = new Set(
    others.flatMap((one) => (one.kind === 'issuer' && one.body.url === iss ? [one.name] : [])),
  )
  return others.flatMap((one) =>
    one.kind === 'admin_binding' && one.body.sub === sub && issuers.has(one.body.issuer)
      ? [one.body.person]
      : [],
  )
}
