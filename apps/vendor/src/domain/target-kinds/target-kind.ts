import type { CapabilitySheet } from '../capability.ts'

/** How Stint shows itself to a store (DESIGN §5). */
export const TARGET_MODES = ['issued-identity', 'assume-role', 'pass-through'] as const
export type TargetMode = (typeof TARGET_MODES)[number]

/** The members that only some targets have; what each looks like stands once, in `schema/target.ts`. */
export type TargetMember =
  | 'endpoint'
  | 'region'
  | 'user'
  | 'roleArn'
  | 'maxSession'
  | 'admin'
  | 'externalId'
  | 'sourceIdentity'
  | 'transitiveTags'
  | 'iamEndpoint'
  | 'accept'
  | 'intake'
  | 'reconcile'

export type TargetModeRow = {
  readonly members: Readonly<Partial<Record<TargetMember, 'required' | 'optional'>>>
  readonly sheet: CapabilitySheet
  /** A code that `accept` must name, or the target is refused at save; what it means. */
  readonly mustAccept?: { readonly code: string; readonly why: string }
  /** Whether two targets of one endpoint would be two identity providers of one store: never on MinIO. */
  readonly ownsEndpoint?: true
  /** Whether the store knows our key by a certificate that is made with it. */
  readonly certificate?: true
}

/** What is known of a kind of store: its modes, the first of them being what a configuration means that names none. */
export type TargetKindRow = {
  readonly about: string
  /** Where a store of that region is, if there is one place for all. */
  readonly endpointOf?: (region: string) => string
  readonly modes: Readonly<Partial<Record<TargetMode, TargetModeRow>>>
}
