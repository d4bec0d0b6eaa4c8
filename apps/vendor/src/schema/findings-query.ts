const FILTERS = ['rule', 'severity', 'kind', 'name'] as const
type Filter = readonly (readonly [(typeof FILTERS)[number], string])[]

export type FindingsQuery = {
  readonly filter: Filter
  /** How many to leave out before the page begins. */
  readonly after: number
  readonly limit: number
}

const KNOWN = new Set<string>([...FILTERS, 'after', 'limit'])
const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1_000
const WHOLE = /^[0-9]{1,9}$/

/** Reads the query of the findings: an unknown parameter is refused by name, and so is one that stands twice. */
export function parseFindingsQuery(
  query: URLSearchParams,
): { readonly ok: true; readonly value: FindingsQuery } | { readonly ok: false; readonly parameter: string } {
  const bad = [...query.keys()].find((name) => !KNOWN.has(name) || query.getAll(name).length > 1)
  if (bad !== undefined) return { ok: false, parameter: bad.slice(0, 64) || 'one without a name' }
  const [after = '0', limit = String(DEFAULT_LIMIT)] = ['after', 'limit'].map(
    (name) => query.get(name) ?? undefined,
  )
  if (!WHOLE.test(after)) return { ok: false, parameter: 'after' }
  if (!WHOLE.test(limit) || Number(limit) < 1 || Number(limit) > MAX_LIMIT)
    return { ok: false, parameter: 'limit' }
  const filter = FILTERS.flatMap((name) => {
    const value = query.get(name)
    return value === null ? [] : [[name, value] as const]
  })
  return { ok: true, value: { filter, after: Number(after), limit: Number(limit) } }
}
