import type { Finding } from '../../domain/lint/rule.ts'
import type { UsedBetween } from '../../domain/usage.ts'
import type { RosterRow } from '../roster.ts'

/** How a mapping stands, as somebody who reviews it counts: a mapping in force whose time is over is `expired`. */
export const STANDINGS = ['enforce', 'shadow', 'off', 'expired', 'disabled'] as const
export type Standing = (typeof STANDINGS)[number]

export const SORTS = ['name', 'used', 'findings', 'expires'] as const
export type Sort = (typeof SORTS)[number]

export type MappingRow = RosterRow & {
  readonly standing: Standing
  readonly warnings: number
  readonly notices: number
  /** null: never. */
  readonly lastUsedMs: number | null
}

export type MappingFilter = {
  /** Found in name, issuer, role, owner or purpose; every word somewhere. */
  readonly text: string
  /** Empty: all but those that left the configuration. */
  readonly standing: Standing | ''
  readonly sort: Sort
  readonly page: number
}

export type MappingList = {
  readonly rows: readonly MappingRow[]
  readonly total: number
  readonly page: number
  readonly pages: number
}

const ROWS_A_PAGE = 50

/** Reads the filter of a query; what is no choice of ours counts as not chosen. */
export function mappingFilter(query: URLSearchParams): MappingFilter {
  const standing = STANDINGS.find((one) => one === query.get('standing')) ?? ''
  const sort = SORTS.find((one) => one === query.get('sort')) ?? 'name'
  const page = Number(query.get('page') ?? '1')
  const text = (query.get('q') ?? '').slice(0, 256)
  return { text, standing, sort, page: Number.isSafeInteger(page) && page > 0 ? page : 1 }
}

/** One page of the mappings that a filter lets through. */
export function mappingList(
  of: {
    readonly rows: readonly RosterRow[]
    readonly findings: readonly Finding[]
    readonly lastUsed: ReadonlyMap<string, UsedBetween>
    readonly nowMs: number
  },
  filter: MappingFilter,
): MappingList {
  const words = filter.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const counted = findingsByMapping(of.findings)
  const found = of.rows
    .map((row) => mappingRow(row, { ...of, counted }))
    .filter((row) => isWanted(row, filter.standing) && words.every((word) => speaksOf(row, word)))
    .toSorted(ORDER[filter.sort])
  const pages = Math.max(1, Math.ceil(found.length / ROWS_A_PAGE))
  const page = Math.min(filter.page, pages)
  const rows = found.slice((page - 1) * ROWS_A_PAGE, page * ROWS_A_PAGE)
  return { rows, total: found.length, page, pages }
}

/** How a mapping stands at an instant. */
export function standingOf(
  { mode, expiresMs }: Pick<RosterRow, 'mode' | 'expiresMs'>,
  nowMs: number,
): Standing {
  return (mode === 'enforce' || mode === 'shadow') && expiresMs <= nowMs ? 'expired' : mode
}

type Counted = { readonly warnings: number; readonly notices: number }
const NONE: Counted = { warnings: 0, notices: 0 }

function findingsByMapping(findings: readonly Finding[]): ReadonlyMap<string, Counted> {
  const counted = new Map<string, Counted>()
  for (const { kind, name, severity } of findings) {
    if (kind !== 'mapping') continue
    const { warnings, notices } = counted.get(name) ?? NONE
    const isWarning = severity === 'warning'
    counted.set(name, {
      warnings: warnings + (isWarning ? 1 : 0),
      notices: notices + (isWarning ? 0 : 1),
    })
  }
  return counted
}

function mappingRow(
  row: RosterRow,
  of: {
    readonly counted: ReadonlyMap<string, Counted>
    readonly lastUsed: ReadonlyMap<string, UsedBetween>
    readonly nowMs: number
  },
): MappingRow {
  const lastUsedMs = of.lastUsed.get(row.name)?.lastMs ?? null
  return { ...row, ...(of.counted.get(row.name) ?? NONE), standing: standingOf(row, of.nowMs), lastUsedMs }
}

function isWanted({ standing }: MappingRow, wanted: Standing | ''): boolean {
  return wanted === '' ? standing !== 'disabled' : standing === wanted
}

function speaksOf({ name, issuer, role, owner, purpose }: MappingRow, word: string): boolean {
  return [name, issuer, role, owner, purpose].some((text) => text.toLowerCase().includes(word))
}

type Compare = (a: MappingRow, b: MappingRow) => number
const byName: Compare = (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
/** Each order has what a review looks for first on top: unused for longest, most findings, next to expire. */
const ORDER: Readonly<Record<Sort, Compare>> = {
  name: byName,
  used: (a, b) => (a.lastUsedMs ?? 0) - (b.lastUsedMs ?? 0) || byName(a, b),
  findings: (a, b) => b.warnings - a.warnings || b.notices - a.notices || byName(a, b),
  expires: (a, b) => a.expiresMs - b.expiresMs || byName(a, b),
}
