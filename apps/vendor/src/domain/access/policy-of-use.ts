import type { Dialect, PolicyDocument, Statement } from '@stint/policy'
import { DIALECTS, grantsOf, parsePolicy } from '@stint/policy'
import type { PolicyBody, RoleBody } from '../resource.ts'
import { type Role, withFixedValues } from '../role.ts'
import type { PlaceUse } from './exercised.ts'
import { isTold } from './store-api.ts'

/** A document with nothing in it but what was used; null: nothing of it was. */
export type PolicyOfUse = {
  readonly document: PolicyDocument | null
  /** Actions that the document names, that nobody was seen to use, and that stay, because the store would not tell. */
  readonly untold: readonly string[]
  /** What it allowed and does not any more: each action on each resource, as the document writes it. */
  readonly dropped: readonly Dropped[]
}

/** `told` false: of a pattern, and the store would not tell of a use. */
export type Dropped = { readonly action: string; readonly resource: string; readonly told: boolean }

export type UseOf = {
  readonly dialect: Dialect
  readonly uses: readonly PlaceUse[]
  /** A resource of the document as uses name it: with the values that the role fixes. */
  readonly placeOf: (resource: string) => string
}

/** Each policy of a role, in its order, narrowed to what was used of it. */
export function policiesOfUse(
  role: { readonly compiled: Role; readonly body: RoleBody },
  policies: ReadonlyMap<string, PolicyBody>,
  uses: readonly PlaceUse[],
): readonly (PolicyOfUse & { readonly use: string })[] {
  const dialect = DIALECTS[role.compiled.sessionPolicy.dialect]
  return role.body.policies.flatMap(({ use, with: values }) => {
    const parsed = parsePolicy(policies.get(use)?.document)
    if (!parsed.ok) return []
    const placeOf = (resource: string) => withFixedValues(resource, values)
    return [{ use, ...policyOfUse(parsed.value, { dialect, uses, placeOf }) }]
  })
}

/**
 * Narrows a document to what was used of it: of each statement the actions that were used, on the resources that they were
 * used on, under its own conditions; every Deny stays. It allows nothing that the document does not. An access is counted under
 * the first resource of the role that fits, so an action whose place no statement grants it on stays wherever it stood.
 */
export function policyOfUse(document: PolicyDocument, of: UseOf): PolicyOfUse {
  const allowed = of.uses.filter((use) => use.allowed > 0)
  const used = new Set(allowed.map(({ action, place }) => JSON.stringify([action, place])))
  const places = new Set(allowed.map(({ place }) => place))
  const astray = strayActions(document, allowed, of)
  const untold = new Set<string>()
  const dropped: Dropped[] = []
  const Statement = document.Statement.flatMap((statement): readonly Statement[] => {
    if (statement.Effect === 'Deny') return [statement]
    const byResource = new Map<string, string[]>()
    for (const { action, resources } of grantsOf([statement], of.dialect))
      for (const resource of resources) {
        const place = of.placeOf(resource)
        const isUsed = used.has(JSON.stringify([action, place])) || astray.has(action)
        const told = isTold(action)
        const isKept = isUsed || (!told && statement.Action.includes(action) && places.has(place))
        if (isKept && !isUsed) untold.add(action)
        if (isKept) byResource.set(resource, [...(byResource.get(resource) ?? []), action])
        else dropped.push({ action, resource, told })
      }
    return grouped(byResource, statement)
  })
  const isEmpty = Statement.every(({ Effect }) => Effect === 'Deny')
  return {
    document: isEmpty ? null : { Version: document.Version, Statement },
    untold: [...untold].toSorted(),
    dropped,
  }
}

/** Actions that were used under a place on which nothing grants them: it was the first that fits, and not the one that gave it. */
function strayActions(
  { Statement }: PolicyDocument,
  uses: readonly PlaceUse[],
  { dialect, placeOf }: UseOf,
): ReadonlySet<string> {
  const allows = Statement.filter(({ Effect }) => Effect === 'Allow')
  const granted = new Map(
    grantsOf(allows, dialect).map(({ action, resources }) => [action, new Set(resources.map(placeOf))]),
  )
  return new Set(
    uses.flatMap(({ action, place }) =>
      place !== null && granted.get(action)?.has(place) === true ? [] : [action],
    ),
  )
}

/** One statement for all resources that the same was done on. */
function grouped(
  byResource: ReadonlyMap<string, readonly string[]>,
  { Condition }: Statement,
): readonly Statement[] {
  const alike = Map.groupBy([...byResource], ([, actions]) => actions.toSorted().join(' '))
  return [...alike.values()].map((some) => ({
    Effect: 'Allow',
    Action: (some[0]?.[1] ?? []).toSorted(),
    Resource: some.map(([resource]) => resource).toSorted(),
    ...(Condition === undefined ? {} : { Condition }),
  }))
}
