import type { TargetBody } from '../domain/resource.ts'
import { VendorError } from '../errors.ts'
import type { Clock, CredentialTarget } from '../ports.ts'
import type { SecretReader } from './secret-file.ts'
import type { TargetKey } from './target-key.ts'

/** What every adapter is opened with. */
export type TargetOptions = {
  readonly name: string
  readonly body: TargetBody
  /** `iss` of our tokens for this store. */
  readonly issuerUrl: string
  /** What we sign them with; null where the mode has no identity that we issue. */
  readonly key: TargetKey | null
  readonly secret: SecretReader
  readonly clock: Clock
}

/** What one role of a target may do, as far as the store's own wall must let it through. */
export type Reach = {
  readonly role: string
  readonly maxLifetimeSeconds: number
  readonly statements: readonly {
    readonly effect: 'Allow' | 'Deny'
    readonly actions: readonly string[]
    readonly resources: readonly string[]
  }[]
}

export type SetupInput = {
  readonly target: string
  readonly body: TargetBody
  readonly publicUrl: string
  readonly reaches: readonly Reach[]
}

/** The code behind a kind of target. */
export type TargetAdapter = {
  open(options: TargetOptions): CredentialTarget
  /** What makes an existing store trust Stint, for `stint target setup`. */
  setup(input: SetupInput): object
}

/** The signing key of a mode that has one: whoever opens such a target has made it. */
export function keyOf({ key, name }: TargetOptions): TargetKey {
  if (key === null)
    throw new VendorError('internal_error', { facts: { reason: 'no signing key', target: name } })
  return key
}

/** A member that the kind and mode of the body require: the schema refuses a declaration without it. */
export function memberOf<M extends keyof TargetBody>(
  body: TargetBody,
  member: M,
): NonNullable<TargetBody[M]> {
  const value = body[member]
  if (value === undefined || value === null)
    throw new VendorError('internal_error', { facts: { reason: 'member missing', member } })
  return value
}
