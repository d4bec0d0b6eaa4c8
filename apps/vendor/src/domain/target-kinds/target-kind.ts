import type { CapabilitySheet } from '../capability.ts'

/** How Stint shows itself to a store (DESIGN §5). */
export const TARGET_MODES = ['issued-identity', 'assume-role', 'pass-through'] as const
export type TargetMode = (typeof TARGET_MODES)[number]

/** The members that only some targets have; what each looks like stands once, in `schema/target.ts`. */
export type TargetMember = 'endpoint' | 'region'

export type TargetModeRow = {
  readonly members: Readonly<Partial<Record<TargetMember, 'required' | 'optional'>>>
  readonly sheet: CapabilitySheet
}

/** What is known of a kind of store: its modes, the first of them being what a configuration means that names none. */
export type TargetKindRow = {
  readonly about: string
  readonly modes: Readonly<Partial<Record<TargetMode, TargetModeRow>>>
}
