import type { TargetBody } from '../domain/resource.ts'
import type { Clock, CredentialTarget } from '../ports.ts'
import type { TargetKey } from './target-key.ts'

/** What every adapter is opened with. */
export type TargetOptions = {
  readonly name: string
  readonly body: TargetBody
  /** `iss` of our tokens for this store. */
  readonly issuerUrl: string
  /** What we sign them with; there is one where the mode has an identity that we issue. */
  readonly key: TargetKey
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
