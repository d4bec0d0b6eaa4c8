import type { Configuration } from '../configuration.ts'
import type { ClaimPath } from '../subject.ts'
import type { Again, DeciderOptions } from './decide-again.ts'
import { createDecider, isSameGiven } from './decide-again.ts'
import type { RecordedDecision } from './recorded-decision.ts'
import { createStoreChanges, type StoreChange } from './same-store.ts'

/**
 * What a drafted configuration would make of a decision, held against what the present one makes of it. `differs`: granted
 * by both, with another role, store, identity there, tags, session policy or lifetime.
 */
export const REPLAY_EFFECTS = ['refuses', 'allows', 'differs', 'cannot_tell', 'unchanged'] as const
export type ReplayEffect = (typeof REPLAY_EFFECTS)[number]

export type Comparison = {
  readonly effect: ReplayEffect
  /** null: cannot be told; else how it is granted or refused. */
  readonly present: Said | null
  readonly drafted: Said | null
  /** The claims that nobody recorded, where that is why it cannot be told; empty: the caller's own policy is. */
  readonly unknown: readonly ClaimPath[]
}
/** `code` null: granted. */
export type Said = { readonly code: string | null; readonly role: string | null }

export type Comparer = {
  compare(decision: RecordedDecision): Comparison
  /**
   * False where nothing of what a request of that issuer for that role is decided by differs between the two: then every
   * decision of it is `unchanged`, whatever it says.
   */
  mayDiffer(issuerUrl: string, roleAsked: string | null): boolean
}

/** Holds a draft against what stands. The faster the more of the draft is taken over from what stands as it is. */
export function createComparer(
  { present, draft }: { readonly present: Configuration; readonly draft: Configuration },
  options: DeciderOptions,
): Comparer {
  const decideNow = createDecider(present, options)
  const decideThen = createDecider(draft, options)
  const storeChange = createStoreChanges({ present, draft })
  return {
    compare(decision) {
      const now = decideNow(decision)
      const then = decideThen(decision)
      const store = storeOf(now, then, storeChange)
      const [present, drafted] = [now, store === 'unproved' && then.known ? unprovedOf(then) : then]
      const said = { present: saidOf(present), drafted: saidOf(drafted) }
      if (!present.known || !drafted.known) {
        const unknown = pathsOf([present, drafted])
        return { effect: 'cannot_tell', ...said, unknown }
      }
      const effect = effectOf(present, drafted, { narrowed: decision.narrowed, store })
      return { effect, ...said, unknown: [] }
    },
    mayDiffer: differenceOf(present, draft),
  }
}

type Known = Extract<Again, { known: true }>

/** Of what both grant. */
function storeOf(now: Again, then: Again, changeOf: ReturnType<typeof createStoreChanges>): StoreChange {
  const [stood, drafted] = [now, then].map((one) => (one.known && one.code === null ? one.role : null))
  return stood == null || drafted == null ? 'same' : changeOf(stood, drafted)
}

function unprovedOf(then: Known): Known {
  return { ...then, code: 'probe_stale', sessionPolicy: null, lifetimeSeconds: null }
}

type Beside = { readonly narrowed: boolean; readonly store: StoreChange }

function effectOf(present: Known, drafted: Known, { narrowed, store }: Beside): ReplayEffect {
  const [granted, grants] = [present.code === null, drafted.code === null]
  if (!granted && !grants) return 'unchanged'
  if (granted && grants) {
    const same = isSameGiven(present, drafted)
    if (same && store !== 'same') return 'differs'
    // What the caller narrowed it with is not in the log: whether it still fits another policy nobody can tell.
    return same ? 'unchanged' : narrowed ? 'cannot_tell' : 'differs'
  }
  if (grants) return narrowed ? 'cannot_tell' : 'allows'
  return 'refuses'
}

function saidOf(again: Again): Said | null {
  return again.known ? { code: again.code, role: again.role?.name ?? null } : null
}

function pathsOf(all: readonly Again[]): readonly ClaimPath[] {
  const paths = all.flatMap((one) => (one.known ? [] : one.claims))
  return [...new Map(paths.map((path) => [JSON.stringify(path), path] as const)).values()]
}

const ROLE = /:role\/([a-z0-9-]{1,64})$/

/** By identity: what an amendment takes over is the same object. */
function differenceOf(present: Configuration, draft: Configuration): Comparer['mayDiffer'] {
  const known = new Map<string, Map<string | null, boolean>>()
  const differs = (url: string, roleAsked: string | null): boolean => {
    const [issuer, other] = [present.issuers.get(url), draft.issuers.get(url)]
    const isSame = issuer?.name === other?.name && issuer?.version === other?.version
    if (!isSame || issuer?.enabled !== other?.enabled) return true
    const of = issuer?.name ?? ''
    const [before, after] = [present.mappings.get(of), draft.mappings.get(of)]
    const role = roleAsked === null ? null : (ROLE.exec(roleAsked)?.[1] ?? '')
    const groupOf = (one: typeof before) => (role === null ? one?.found.all : one?.found.byRole.get(role))
    if (groupOf(before) !== groupOf(after)) return true
    const roles = role === null ? [...(before?.byRole.keys() ?? [])] : [role]
    return roles.some((name) => present.roles.get(name) !== draft.roles.get(name))
  }
  return (url, roleAsked) => {
    const ofIssuer = known.get(url) ?? new Map<string | null, boolean>()
    if (known.size < MOST_KNOWN) known.set(url, ofIssuer)
    const found = ofIssuer.get(roleAsked)
    if (found !== undefined) return found
    const made = differs(url, roleAsked)
    // A caller may ask for any text.
    if (ofIssuer.size < MOST_KNOWN) ofIssuer.set(roleAsked, made)
    return made
  }
}

const MOST_KNOWN = 10_000
