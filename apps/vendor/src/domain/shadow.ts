import type { Decision, Pin } from './audit-event.ts'
import type { MappingMode } from './resource.ts'

/**
 * What a mapping in shadow would have made of a decision. `would_admit`: it matched, and nothing else did: in force it
 * would have let the request on to the role. `also_admitted`: it matched what was granted anyway. `still_refused`: it
 * matched, and the request was refused for something that no mapping mends. The other two: it did not match.
 */
export const SHADOW_EFFECTS = [
  'would_admit',
  'also_admitted',
  'still_refused',
  'not_matched_granted',
  'not_matched_refused',
] as const
export type ShadowEffect = (typeof SHADOW_EFFECTS)[number]

/** One shadow mapping's part in one decision. */
export type ShadowNote = Pin & { readonly effect: ShadowEffect }

/** The parts of all shadow mappings in a decision, for counting. */
export function shadowNotes(decision: Decision): readonly ShadowNote[] {
  return decision.shadow.map(({ name, version, would }) => ({
    name,
    version,
    effect: effectOf(would === 'match', decision),
  }))
}

function effectOf(matched: boolean, { outcome, code }: Decision): ShadowEffect {
  const granted = outcome === 'granted'
  if (!matched) return granted ? 'not_matched_granted' : 'not_matched_refused'
  if (granted) return 'also_admitted'
  return code === 'no_mapping' ? 'would_admit' : 'still_refused'
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
