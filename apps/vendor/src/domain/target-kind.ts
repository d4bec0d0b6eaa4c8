import type { CapabilitySheet } from './capability.ts'
import { MINIO } from './target-kinds/minio.ts'
import type { TargetKindRow, TargetMode, TargetModeRow } from './target-kinds/target-kind.ts'

/** What is known of stores, by the `kind` that a configuration says. A kind is one file, and one line here. */
export const TARGET_KINDS = {
  minio: MINIO,
} as const satisfies Record<string, TargetKindRow>
export type TargetKind = keyof typeof TARGET_KINDS

/** The modes of a kind, the one first that a configuration means where it names none. */
export function modesOf(kind: TargetKind): readonly (readonly [TargetMode, TargetModeRow])[] {
  const { modes }: TargetKindRow = TARGET_KINDS[kind]
  // The keys of a const table.
  return Object.entries(modes) as [TargetMode, TargetModeRow][]
}

/** What a target can do, as far as its kind and mode say. */
export function capabilityOf(target: {
  readonly kind: TargetKind
  readonly mode: TargetMode
}): CapabilitySheet {
  const row = modesOf(target.kind).find(([mode]) => mode === target.mode)
  if (row === undefined) throw new RangeError(`${target.kind} has no mode ${target.mode}`)
  return row[1].sheet
}
