import type { ResourceKind } from './resource.ts'

/** What a kind of resource is called where many of them stand together: in a file, and in a path of the admin API. */
export const COLLECTIONS = {
  issuers: 'issuer',
  targets: 'target',
  policies: 'policy',
  roles: 'role',
  mappings: 'mapping',
  admins: 'admin_binding',
} as const satisfies Record<string, ResourceKind>
export type Collection = keyof typeof COLLECTIONS

const OF_KIND = Object.fromEntries(
  Object.entries(COLLECTIONS).map(([collection, kind]) => [kind, collection]),
) as Readonly<Record<ResourceKind, Collection>> // every kind stands in the table once, which its type holds

/** The collection that a kind stands in. */
export function collectionOf(kind: ResourceKind): Collection {
  return OF_KIND[kind]
}
