import { RESOURCE_KINDS } from '../domain/resource.ts'

const anyOf = (values: readonly string[]) => (text: string) => values.includes(text)
const short = (text: string) => text.length > 0 && text.length <= 128

/** What findings are asked for by: members of them that must be this text, and which texts there are. */
const FILTERS = {
  rule: short,
  severity: anyOf(['warning', 'notice']),
  kind: anyOf([...RESOURCE_KINDS, 'log']),
  name: short,
  source: anyOf(['lint', 'detector', 'store']),
  detector: (text: string) => /^S(0[1-9]|1[0-9]|20)$/.test(text),
} as const
type FilterName = keyof typeof FILTERS
const NAMES = Object.keys(FILTERS) as FilterName[] // own keys of the table
type Filter = readonly (readonly [FilterName, string])[]

export type FindingsQuery = {
  readonly filter: Filter
  /** `gone`: what detectors found and find no more. */
  readonly state: 'open' | 'gone'
  /** How many to leave out before the page begins. */
  readonly after: number
  readonly limit: number
}

const KNOWN = new Set<string>([...NAMES, 'state', 'after', 'limit'])
const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1_000
const WHOLE = /^[0-9]{1,9}$/
/** What is gone is read from the log a page at a time, by when it went: no filter is there for it. */
const OF_GONE = new Set<string>(['state', 'after', 'limit'])

/**
 * Reads the query of the findings: an unknown parameter is refused by name, and so are one that stands twice and a filter
 * of what is gone.
 */
export function parseFindingsQuery(
  query: URLSearchParams,
): { readonly ok: true; readonly value: FindingsQuery } | { readonly ok: false; readonly parameter: string } {
  const state = query.get('state') ?? 'open'
  if (state !== 'open' && state !== 'gone') return { ok: false, parameter: 'state' }
  const known = state === 'gone' ? OF_GONE : KNOWN
  const bad = [...query.keys()].find((name) => !known.has(name) || query.getAll(name).length > 1)
  if (bad !== undefined) return { ok: false, parameter: bad.slice(0, 64) || 'one without a name' }
  const [after = '0', limit = String(DEFAULT_LIMIT)] = ['after', 'limit'].map(
    (name) => query.get(name) ?? undefined,
  )
  if (!WHOLE.test(after)) return { ok: false, parameter: 'after' }
  if (!WHOLE.test(limit) || Number(limit) < 1 || Number(limit) > MAX_LIMIT)
    return { ok: false, parameter: 'limit' }
  const filter = NAMES.flatMap((name) => {
    const value = query.get(name)
    return value === null ? [] : [[name, value] as const]
  })
  const wrong = filter.find(([name, value]) => !FILTERS[name](value))
  if (wrong !== undefined) return { ok: false, parameter: wrong[0] }
  return { ok: true, value: { filter, state, after: Number(after), limit: Number(limit) } }
}
