import type { Configuration } from '../configuration.ts'
import type { Problem, Resource } from '../resource.ts'
import { isSameStore, storeOf } from './sheet.ts'

/** Targets whose fresh sheet shows them immune to forged conditions, each with the store that the sheet is of. */
export type ImmuneTargets = readonly { readonly target: string; readonly store: ReturnType<typeof storeOf> }[]

/**
 * What is wrong with the roles that a change would let rest on conditions which a caller can forge: their target must be
 * shown immune now. A role that stands is not looked at here, since a sheet that ran out must not keep anybody from
 * changing what has nothing to do with it: it is refused at every exchange instead.
 */
export function rule7Problems(
  configuration: Configuration,
  changed: readonly Resource[],
  immune: ImmuneTargets,
): readonly Problem[] {
  return changed.flatMap(({ kind, name, state }) => {
    const role = kind === 'role' && state === 'enabled' ? configuration.roles.get(name) : undefined
    if (role === undefined || role.restsOnProbe.length === 0) return []
    const target = configuration.targets.get(role.target.name)
    const isImmune = immune.some(
      (one) =>
        one.target === role.target.name &&
        target !== undefined &&
        isSameStore(one.store, storeOf(target.body)),
    )
    return isImmune ? [] : role.restsOnProbe
  })
}
