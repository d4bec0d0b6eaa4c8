import { namesOf } from './action-set.ts'
import { isUnconditional } from './condition-covers.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { Statement } from './document.ts'
import { resourceCovers } from './minimise.ts'
import { onlyFitting } from './narrow-resources.ts'

/** One action that is allowed, by its full name, and the texts of `Resource` that it is allowed on. */
export type Granted = { readonly action: string; readonly resources: readonly string[] }

/**
 * What statements allow at most, action by action: patterns of `Action` become the names of the dialect's table, each with
 * the resources of its kind. What an unconditional Deny takes away whole is left out; a Deny with a condition takes
 * nothing, because nobody can tell before the request. Where the store knows actions that the table does not
 * (`Dialect.open`), a name that is written out stands for itself. Placeholders may stand in resources. Sorted by action.
 */
export function grantsOf(statements: readonly Statement[], dialect: Dialect): readonly Granted[] {
  const denies = statements.filter((one) => one.Effect === 'Deny' && isUnconditional(one))
  const found = new Map<string, Set<string>>()
  for (const { Effect, Action, Resource } of statements) {
    if (Effect === 'Deny') continue
    for (const action of actionsOf(Action, dialect)) {
      const fitting = dialect.actions.kinds.has(action)
        ? (onlyFitting(dialect, { Action: [action], Resource })?.Resource ?? [])
        : Resource
      const left = fitting.filter(
        (resource) => !denies.some((deny) => takes(deny, action, resource, dialect)),
      )
      if (left.length === 0) continue
      const resources = found.get(action) ?? new Set()
      for (const resource of left) resources.add(resource)
      found.set(action, resources)
    }
  }
  return [...found]
    .map(([action, resources]) => ({ action, resources: [...resources].toSorted() }))
    .toSorted((a, b) => (a.action < b.action ? -1 : 1))
}

function actionsOf(texts: readonly string[], dialect: Dialect): ReadonlySet<string> {
  const names = new Set(namesOf(dialect, texts, dialect.reading))
  if (dialect.open)
    for (const text of texts)
      if (!/[*?]/.test(text) && dialect.actions.canonical(text) === null) names.add(text)
  return names
}

function takes(deny: Statement, action: string, resource: string, dialect: Dialect): boolean {
  return (
    actionsOf(deny.Action, dialect).has(action) &&
    deny.Resource.some((text) => text === '*' || resourceCovers(text, resource))
  )
}
