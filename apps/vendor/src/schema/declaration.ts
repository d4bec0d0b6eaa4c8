import { collectionOf } from '../domain/collection.ts'
import type { AdminBindingBody, Problem, Resource, RoleBody, TargetBody } from '../domain/resource.ts'
import type { Declared } from './resources.ts'
import { readConfiguration } from './resources.ts'

/**
 * A resource in the words of `stint.yaml`: what the admin API answers, and what it takes back. Reading it again gives
 * the same body, byte for byte of its RFC 8785 form.
 */
export function declarationOf(resource: Pick<Resource, 'kind' | 'name' | 'body'>): Record<string, unknown> {
  // Only the type is told apart: a resource's body is of its kind.
  const one = resource as Resource
  switch (one.kind) {
    case 'issuer': {
      const { leewaySeconds, maxLifetimeSeconds, maxAgeSeconds, jwksUri, algorithms, typ, ...rest } = one.body
      return {
        ...rest,
        ...(algorithms.length === 0 ? {} : { algorithms }),
        ...(typ.length === 0 ? {} : { typ }),
        leeway: leewaySeconds,
        maxLifetime: maxLifetimeSeconds,
        ...(maxAgeSeconds === null ? {} : { maxAge: maxAgeSeconds }),
        ...(jwksUri === null ? {} : { jwks: jwksUri }),
      }
    }
    case 'target':
      return targetDeclaration(one.body)
    case 'policy':
      return { ...one.body }
    case 'role':
      return roleDeclaration(one.body)
    case 'mapping': {
      const { maxLifetimeSeconds, maxUses, ...rest } = one.body
      return {
        ...rest,
        ...(maxLifetimeSeconds === null ? {} : { maxLifetime: maxLifetimeSeconds }),
        ...(maxUses === null ? {} : { maxUses }),
      }
    }
    case 'admin_binding':
      return { ...(one.body satisfies AdminBindingBody) }
  }
}

function targetDeclaration(body: TargetBody): Record<string, unknown> {
  const { subjectBudget, maxSessionSeconds, probe, intake, reconcile, ...rest } = body
  const budget =
    subjectBudget === null ? 'none' : { sessions: subjectBudget.sessions, per: subjectBudget.perSeconds }
  const session = maxSessionSeconds === undefined ? {} : { maxSession: maxSessionSeconds }
  const { bucket, prefix, everySeconds } = probe
  const ownBucket = bucket === null ? {} : { bucket }
  const looks = { ...ownBucket, prefix, every: everySeconds ?? 'never' }
  const watched = {
    ...(intake === undefined ? {} : { intake: { secret: intake.secret, days: intake.keepDays } }),
    ...(reconcile === undefined
      ? {}
      : { reconcile: { user: reconcile.user, every: reconcile.everySeconds } }),
  }
  return { ...rest, ...session, ...watched, subjectBudget: budget, probe: looks }
}

function roleDeclaration({ lifetime, policies, replay, ...rest }: RoleBody): Record<string, unknown> {
  return {
    ...rest,
    ...(replay === null ? {} : { replay: { window: replay.windowSeconds } }),
    lifetime: { min: lifetime.minSeconds, default: lifetime.defaultSeconds, max: lifetime.maxSeconds },
    policies: policies.map(({ use, with: values }) => ({
      use,
      with: Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, 'value' in value ? value.value : value]),
      ),
    })),
  }
}

/**
 * Reads one resource as its part of a file would be read. Problems have their place within the declaration; null where
 * one is an error.
 */
export function readDeclaration(
  at: Pick<Resource, 'kind' | 'name'>,
  input: unknown,
): { readonly declared: Declared | null; readonly problems: readonly Problem[] } {
  const { declared, problems } = readConfiguration({ [collectionOf(at.kind)]: { [at.name]: input } })
  return { declared: declared[0] ?? null, problems }
}
