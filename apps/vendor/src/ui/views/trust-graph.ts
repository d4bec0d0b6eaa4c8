/** How the trusts of a link stand: used or new and clean, unused, or with another warning. */
export const TRUST_TONES = ['good', 'warn', 'bad'] as const
export type TrustTone = (typeof TRUST_TONES)[number]

/** One mapping in force: whom it believes, and where that leads. */
export type Trust = {
  readonly issuer: string
  readonly mapping: string
  readonly role: string
  /** Buckets by store, as the role writes them. */
  readonly places: readonly string[]
  readonly tone: TrustTone
}

export type TrustNode = { readonly name: string; readonly weight: number }

export type TrustLink = {
  /** Of that column to the next one. */
  readonly column: number
  /** Places of the nodes in their columns. */
  readonly from: number
  readonly to: number
  /** Mappings, by how they stand. */
  readonly tones: Readonly<Record<TrustTone, number>>
}

export type TrustColumn = { readonly head: string; readonly nodes: readonly TrustNode[] }
export type TrustGraph = { readonly columns: readonly TrustColumn[]; readonly links: readonly TrustLink[] }

/** More beside each other nobody reads: what has the fewest mappings goes together. */
const MOST_NODES = 12
/** Up to here each mapping is a node of its own. */
const MOST_MAPPINGS = 12

type Path = { readonly tone: TrustTone; readonly steps: readonly (readonly string[])[] }

/** Who reaches what: issuers, mappings where they are few, roles, buckets; how wide a link is says how many mappings. */
export function trustGraph(trusts: readonly Trust[]): TrustGraph {
  const few = trusts.length <= MOST_MAPPINGS
  const heads = ['Issuer', ...(few ? ['Mapping'] : []), 'Role', 'Bucket']
  const paths = trusts.map(({ issuer, mapping, role, places, tone }): Path => {
    const steps = [[issuer], ...(few ? [[mapping]] : []), [role], places]
    return { tone, steps }
  })
  const columns = heads.map((head, at) => columnOf(head, paths, at))
  const links = columns.slice(0, -1).flatMap((_, at) => linksOf(columns, paths, at))
  return { columns: columns.map(({ head, nodes }) => ({ head, nodes })), links }
}

type Column = TrustColumn & { readonly placeOf: (name: string) => number }

function columnOf(head: string, paths: readonly Path[], at: number): Column {
  const weights = new Map<string, number>()
  for (const { steps } of paths)
    for (const name of steps[at] ?? []) weights.set(name, (weights.get(name) ?? 0) + 1)
  const ranked = [...weights].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  const shown = ranked.length > MOST_NODES ? ranked.slice(0, MOST_NODES - 1) : ranked
  const places = new Map(shown.map(([name], place) => [name, place] as const))
  const rest = ranked.slice(shown.length)
  const nodes = shown.map(([name, weight]) => ({ name, weight }))
  const others = {
    name: `${rest.length} others`,
    weight: rest.reduce((sum, [, weight]) => sum + weight, 0),
  }
  return {
    head,
    nodes: rest.length === 0 ? nodes : [...nodes, others],
    placeOf: (name) => places.get(name) ?? nodes.length,
  }
}

function linksOf(columns: readonly Column[], paths: readonly Path[], column: number): readonly TrustLink[] {
  const [left, right] = [columns[column], columns[column + 1]]
  if (left === undefined || right === undefined) return []
  const found = new Map<string, { from: number; to: number; tones: Record<TrustTone, number> }>()
  for (const { tone, steps } of paths)
    for (const [from, to] of pairs(steps[column] ?? [], steps[column + 1] ?? [])) {
      const ends = { from: left.placeOf(from), to: right.placeOf(to) }
      const key = `${ends.from} ${ends.to}`
      const link = found.get(key) ?? { ...ends, tones: { good: 0, warn: 0, bad: 0 } }
      link.tones[tone] += 1
      found.set(key, link)
    }
  return [...found.values()]
    .toSorted((a, b) => a.from - b.from || a.to - b.to)
    .map((link) => ({ column, ...link }))
}

function pairs(left: readonly string[], right: readonly string[]): readonly (readonly [string, string])[] {
  return left.flatMap((from) => right.map((to) => [from, to] as const))
}

/** One line of the table beside the picture. */
export type TrustRow = {
  readonly issuer: string
  readonly role: string
  readonly places: readonly string[]
  readonly tones: Readonly<Record<TrustTone, number>>
}

/** The same by issuer and role, most mappings first. */
export function trustRows(trusts: readonly Trust[]): readonly TrustRow[] {
  const rows = new Map<string, TrustRow & { readonly tones: Record<TrustTone, number> }>()
  for (const { issuer, role, places, tone } of trusts) {
    const key = `${issuer} ${role}`
    const row = rows.get(key) ?? { issuer, role, places, tones: { good: 0, warn: 0, bad: 0 } }
    row.tones[tone] += 1
    rows.set(key, row)
  }
  return [...rows.entries()]
    .toSorted(([a, one], [b, other]) => weightOf(other.tones) - weightOf(one.tones) || (a < b ? -1 : 1))
    .map(([, row]) => row)
}

export function weightOf(tones: TrustRow['tones']): number {
  return tones.good + tones.warn + tones.bad
}
