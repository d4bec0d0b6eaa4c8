import type { CapabilitySheet } from './capability.ts'
import type { TargetBody } from './resource.ts'
import { AWS } from './target-kinds/aws.ts'
import { MINIO } from './target-kinds/minio.ts'
import { RGW } from './target-kinds/rgw.ts'
import type { TargetKindRow, TargetMode, TargetModeRow } from './target-kinds/target-kind.ts'

/** What is known of stores, by the `kind` that a configuration says. A kind is one file, and one line here. */
export const TARGET_KINDS = {
  minio: MINIO,
  rgw: RGW,
  aws: AWS,
} as const satisfies Record<string, TargetKindRow>
export type TargetKind = keyof typeof TARGET_KINDS

/** The modes of a kind, the one first that a configuration means where it names none. */
export function modesOf(kind: TargetKind): readonly (readonly [TargetMode, TargetModeRow])[] {
  const { modes }: TargetKindRow = TARGET_KINDS[kind]
  // The keys of a const table.
  return Object.entries(modes) as [TargetMode, TargetModeRow][]
}

type Of = { readonly kind: TargetKind; readonly mode: TargetMode }

/** The row of a target's mode. The schema lets no other pair in. */
export function modeOf({ kind, mode }: Of): TargetModeRow {
  const row = modesOf(kind).find(([name]) => name === mode)
  if (row === undefined) throw new RangeError(`${kind} has no mode ${mode}`)
  return row[1]
}

/** What a target can do, as far as its kind and mode say. */
export function capabilityOf(target: Of): CapabilitySheet {
  return modeOf(target).sheet
}

/** The ways in which this very target can end a session: those of its sheet that it has everything for. */
export function waysOfEnding(body: TargetBody): CapabilitySheet['ending'] {
  return capabilityOf(body).ending.filter(({ needs }) => needs === 'nothing' || body.admin !== undefined)
}
