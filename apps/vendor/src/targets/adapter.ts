import type { X509Certificate } from 'node:crypto'
import type { StoreUser, TargetBody } from '../domain/resource.ts'
import type { TargetKind } from '../domain/target-kind.ts'
import type { TargetMode } from '../domain/target-kinds/target-kind.ts'
import { VendorError } from '../errors.ts'
import type { Clock, CredentialTarget, Mint, Timers } from '../ports.ts'
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
  readonly timers: Timers
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
  /** Around our public key, where there is one. */
  readonly certificate: X509Certificate | null
}

/** What a person does at the store, in this order, and what he should know. */
export type TargetSetup = {
  readonly target: string
  readonly kind: TargetKind
  readonly mode: TargetMode
  readonly endpoint: string
  /** `text` is to be typed or saved; `{{client-secret}}` in it stands for a random one that is made where it is printed. */
  readonly steps: readonly { readonly title: string; readonly text: string }[]
  readonly notes: readonly string[]
}

/** The code behind a kind of target. */
export type TargetAdapter = {
  open(options: TargetOptions): CredentialTarget
  /** What makes an existing store trust Stint, for `stint target setup`. */
  setup(input: SetupInput): TargetSetup
}

/** The signing key of a mode that has one: whoever opens such a target has made it. */
export function keyOf({ key, name }: TargetOptions): TargetKey {
  if (key === null)
    throw new VendorError('internal_error', { facts: { reason: 'no signing key', target: name } })
  return key
}

/** A user of the store with its secret as it stands now. Throws `secret_unusable`. */
export function userOf(
  { secret }: TargetOptions,
  user: StoreUser,
): { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: null } {
  return {
    accessKeyId: user.accessKeyId,
    secretAccessKey: secret(user.secret).reveal(),
    sessionToken: null,
  }
}

/** A mint without the secret that it needs: refused, and nothing was asked. Any other error is a defect, and thrown on. */
export function withoutSecret(thrown: unknown): Mint {
  if (!(thrown instanceof VendorError) || thrown.code !== 'secret_unusable') throw thrown
  return {
    ok: false,
    code: 'secret_unusable',
    mayExist: false,
    retry: false,
    status: null,
    errorCode: null,
    latencyMs: 0,
  }
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
