import type { Granted } from '@stint/policy'
import { isTold } from './store-api.ts'

/** Uses of one thing, as far as the store told: how often, and when last. */
export type Uses = { readonly name: string; readonly count: number; readonly lastMs: number }

/** What sessions did with one action on one place that they were granted; a day at a time. */
export type PlaceUse = {
  /** As IAM names it: `s3:GetObject`. */
  readonly action: string
  /** The granted resource that it fell under, as the role writes it; null: under none that stood then. */
  readonly place: string | null
  readonly allowed: number
  /** Tried, and refused by the store. */
  readonly refused: number
  readonly lastMs: number
}

/** From when to when a store told of what was done there. Nobody can tell what was lost on the way. */
export type Told = { readonly sinceMs: number; readonly untilMs: number }

/**
 * What is granted against what was used. `never` rests on what the store told since `told.sinceMs`: where its audit entries
 * were lost, or came later than the use, it says too much.
 */
export type Exercised = {
  readonly role: string
  /** null: of the role, whichever mapping admitted. */
  readonly mapping: string | null
  readonly target: string
  readonly told: Told
  /** Sessions of it that the store told of. */
  readonly sessions: number
  readonly calls: number
  /** By name; each action of a pattern stands for itself. */
  readonly actions: {
    readonly granted: readonly string[]
    readonly used: readonly Uses[]
    readonly never: readonly string[]
    /** Not seen, and the store would not tell if they were used: nobody knows whether they are needed. */
    readonly untold: readonly string[]
  }
  /** Resources as the role writes them, `{{placeholders}}` in them. */
  readonly places: {
    readonly granted: readonly string[]
    readonly used: readonly Uses[]
    readonly never: readonly string[]
  }
  /** What was tried and refused by the store: by action. */
  readonly refused: readonly Uses[]
}

/** Holds what is granted against what was used. Uses of what is not granted any more are in no list but `refused`. */
export function grantedAgainstUsed(
  granted: readonly Granted[],
  uses: readonly PlaceUse[],
): Pick<Exercised, 'calls' | 'actions' | 'places' | 'refused'> {
  const actions = granted.map(({ action }) => action)
  const places = [...new Set(granted.flatMap(({ resources }) => resources))].toSorted()
  const allowed = uses.filter((one) => one.allowed > 0)
  return {
    calls: allowed.reduce((sum, one) => sum + one.allowed, 0),
    actions: actionsAgainst(
      actions,
      summed(allowed, ({ action, allowed: count }) => [action, count]),
    ),
    places: against(
      places,
      summed(allowed, ({ place, allowed: count }) => [place, count]),
    ),
    refused: summed(
      uses.filter((one) => one.refused > 0),
      ({ action, refused }) => [action, refused],
    ),
  }
}

function against(granted: readonly string[], used: readonly Uses[]) {
  const names = new Set(granted)
  const seen = used.filter(({ name }) => names.has(name))
  const seenNames = new Set(seen.map(({ name }) => name))
  return { granted, used: seen, never: granted.filter((name) => !seenNames.has(name)) }
}

function actionsAgainst(granted: readonly string[], used: readonly Uses[]) {
  const all = against(granted, used)
  const [never, untold] = [true, false].map((told) => all.never.filter((name) => isTold(name) === told))
  return { ...all, never: never ?? [], untold: untold ?? [] }
}

/** By name, the most used first. */
function summed(
  uses: readonly PlaceUse[],
  of: (use: PlaceUse) => readonly [name: string | null, count: number],
): readonly Uses[] {
  const sums = new Map<string, Uses>()
  for (const use of uses) {
    const [name, count] = of(use)
    if (name === null) continue
    const known = sums.get(name) ?? { name, count: 0, lastMs: 0 }
    sums.set(name, { name, count: known.count + count, lastMs: Math.max(known.lastMs, use.lastMs) })
  }
  return [...sums.values()].toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
}

/** `used 3 of 11 actions, 1 of 4 places; never: s3:DeleteObject, …`, for people. */
export function exercisedInWords({ actions, places }: Pick<Exercised, 'actions' | 'places'>): string {
  const ratio = (of: { readonly granted: readonly string[]; readonly used: readonly Uses[] }, what: string) =>
    `${of.used.length} of ${of.granted.length} ${what}`
  const never = actions.never.slice(0, MOST_NAMED).join(', ')
  const more = actions.never.length - MOST_NAMED
  const tail = never === '' ? '' : `; never: ${never}${more > 0 ? ` and ${more} more` : ''}`
  const untold =
    actions.untold.length === 0 ? '' : `; of ${actions.untold.join(', ')} the store does not tell`
  return `used ${ratio(actions, 'actions')}, ${ratio(places, 'places')}${tail}${untold}`
}

const MOST_NAMED = 8
