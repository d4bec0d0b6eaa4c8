import type { Decision, Pin } from './audit-event.ts'
import type { MappingMode } from './resource.ts'

/**
 * What a mapping in shadow would have made of a decision, had it been in force. `would_admit`: it matched, nothing else
 * did, and the request would have been granted. `also_admitted`: it matched what was granted anyway. `would_refuse`: it
 * matched what was granted, which would have been refused: it is for another role than the one that the others agreed on,
 * or its limits are tighter. `still_refused`: it matched, and the request would have been refused all the same. The other
 * two: it did not match.
 */
export const SHADOW_EFFECTS = [
  'would_admit',
  'also_admitted',
  'would_refuse',
  'still_refused',
  'not_matched_granted',
  'not_matched_refused',
] as const
export type ShadowEffect = (typeof SHADOW_EFFECTS)[number]

/** One shadow mapping's part in one decision. */
export type ShadowNote = Pin & { readonly effect: ShadowEffect }

/** The parts of all shadow mappings in a decision, for counting. */
export function shadowNotes(decision: Decision): readonly ShadowNote[] {
  return decision.shadow.map((one) => ({
    name: one.name,
    version: one.version,
    effect: effectOf(one, decision),
  }))
}

function effectOf({ would, refused }: Decision['shadow'][number], { outcome, code }: Decision): ShadowEffect {
  const granted = outcome === 'granted'
  if (would === 'not_match') return granted ? 'not_matched_granted' : 'not_matched_refused'
  if (granted) return refused === undefined ? 'also_admitted' : 'would_refuse'
  return code === 'no_mapping' && refused === undefined ? 'would_admit' : 'still_refused'
}

/** What one version of a mapping would have done while it stood in shadow. */
export type ShadowUse = {
  readonly version: number
  readonly totals: Readonly<Record<ShadowEffect, number>>
  /** By day, UTC, oldest first; days without any decision are left out. */
  readonly days: readonly {
    readonly day: string
    readonly counts: Readonly<Partial<Record<ShadowEffect, number>>>
  }[]
  /** Subjects that it would newly admit. `more`: there are more than were told apart. */
  readonly subjects: { readonly count: number; readonly more: boolean }
  /** The newest first. */
  readonly samples: Readonly<Record<ShadowEffect, readonly ShadowSample[]>>
}

export type ShadowSample = {
  readonly seq: number
  readonly at: string
  readonly request: string
  readonly issuer: string
  readonly sub: string
  readonly role: string | null
}

/** How the mapping stands now (null: off, disabled or gone), and what its versions would have done. */
export type ShadowReport = {
  readonly mapping: string
  readonly now: { readonly version: number; readonly mode: MappingMode } | null
  readonly versions: readonly ShadowUse[]
}
