import { hasWildcard, matchesPattern } from './pattern.ts'

/** What an action acts on: a bucket, an object, a KMS key, or the store as a whole. */
export type ResourceKind = 'bucket' | 'object' | 'key' | 'service'

export type Action = { readonly kind: ResourceKind; readonly keys: readonly string[] }
export const object = (...keys: readonly string[]): Action => ({ kind: 'object', keys })
export const bucket = (...keys: readonly string[]): Action => ({ kind: 'bucket', keys })
export const key = (...keys: readonly string[]): Action => ({ kind: 'key', keys })
export const service = (): Action => ({ kind: 'service', keys: [] })

/** The actions of a store by their full names, in the one spelling in which they are written. */
export type ActionTable = {
  readonly kinds: ReadonlyMap<string, ResourceKind>
  /** The condition keys that this action takes besides the common ones; tag keys without the tag's name. */
  keysOf(action: string): readonly string[]
  /** The table's spelling of a name in another case, or null. */
  canonical(name: string): string | null
  /** The names of the table that a text of `Action` names, by case: one, or those that a pattern matches. */
  matching(text: string): readonly string[]
}

/** A table of rows by their names; one without a service is of `s3`. */
export function actionTable(rows: Readonly<Record<string, Action>>): ActionTable {
  const byName = new Map(
    Object.entries(rows).map(([name, row]) => [name.includes(':') ? name : `s3:${name}`, row] as const),
  )
  const names = [...byName.keys()]
  const spellings = new Map(names.map((name) => [name.toLowerCase(), name]))
  return {
    kinds: new Map([...byName].map(([name, { kind }]) => [name, kind])),
    keysOf: (action) => byName.get(action)?.keys ?? [],
    canonical: (name) => spellings.get(name.toLowerCase()) ?? null,
    matching: (text) => {
      if (!hasWildcard(text)) return byName.has(text) ? [text] : []
      return names.filter((name) => matchesPattern(text, name))
    },
  }
}
