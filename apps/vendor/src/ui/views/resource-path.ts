import type { ResourceKind } from '../../domain/resource.ts'

const PLACES: Readonly<Partial<Record<ResourceKind, string>>> = {
  mapping: 'mappings',
  role: 'roles',
  issuer: 'issuers',
  target: 'targets',
}

/** Where a noun of the configuration has its page below `/ui`; null: it has none of its own. */
export function resourcePath(kind: ResourceKind | string, name: string): string | null {
  const place = kind in PLACES ? PLACES[kind as ResourceKind] : undefined // a key of the table, or not found
  return place === undefined ? null : `/${place}/${encodeURIComponent(name)}`
}
