import type { ActionTable } from './action-table.ts'

/** The condition keys of a store. */
export type ConditionKeys = {
  /** Keys that every action takes. */
  readonly common: ReadonlySet<string>
  /** Keys that name a tag after a slash, and mean nothing without one. */
  readonly tagged: ReadonlySet<string>
  readonly actions: ActionTable
}

/** How many of these actions (names of the table, patterns expanded) take the key: all, some or none of them. */
export function actionsTaking(
  keys: ConditionKeys,
  key: string,
  actions: readonly string[],
): 'all' | 'some' | 'none' {
  const slash = key.indexOf('/')
  const name = slash === -1 ? key : key.slice(0, slash)
  const tagged = slash !== -1 && slash < key.length - 1
  if (keys.tagged.has(name) ? !tagged : slash !== -1) return 'none'
  if (keys.common.has(name)) return 'all'
  const taking = actions.filter((action) => keys.actions.keysOf(action).includes(name))
  if (taking.length === 0) return 'none'
  return taking.length === actions.length ? 'all' : 'some'
}
