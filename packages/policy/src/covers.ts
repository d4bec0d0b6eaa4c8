import { conditionIsTighter, isUnconditional, sameCondition } from './condition-covers.ts'
import type { Statement } from './document.ts'
import { patternCovers, withoutEscapes } from './pattern.ts'

/**
 * Whether all that `inner` allows `outer` allows: every action on every resource of an Allow of `inner` stands within
 * one Allow of `outer`, under conditions that are as tight, and no Deny of `outer` is missing in `inner`. Sound and not
 * complete: false means that it is not proved. Placeholders (`{{name}}`) of both are the same unknown text where they
 * have the same name.
 */
export function covers(outer: readonly Statement[], inner: readonly Statement[]): boolean {
  const allows = outer.filter(({ Effect }) => Effect === 'Allow')
  const denies = inner.filter(({ Effect }) => Effect === 'Deny')
  return (
    outer.every((deny) => deny.Effect === 'Allow' || denies.some((one) => deniesAll(one, deny))) &&
    inner.every((allow) => allow.Effect === 'Deny' || allowedBy(allows, allow))
  )
}

function allowedBy(allows: readonly Statement[], inner: Statement): boolean {
  return inner.Action.every((action) =>
    inner.Resource.every((resource) =>
      allows.some(
        (outer) =>
          actionCovered(outer.Action, action) &&
          anyCovers(outer.Resource, resource) &&
          conditionIsTighter(inner.Condition ?? {}, outer.Condition ?? {}),
      ),
    ),
  )
}

/** A Deny may deny more, and only on the same condition: of another one nobody knows when it holds. */
function deniesAll(one: Statement, wanted: Statement): boolean {
  return (
    wanted.Action.every((action) => actionCovered(one.Action, action)) &&
    wanted.Resource.every((resource) => anyCovers(one.Resource, resource)) &&
    (isUnconditional(one) || sameCondition(one.Condition ?? {}, wanted.Condition ?? {}))
  )
}

function anyCovers(outers: readonly string[], inner: string): boolean {
  const wanted = withoutEscapes(inner)
  return outers.some((outer) => patternCovers(withoutEscapes(outer), wanted))
}

/** On MinIO a statement that names exactly this action allows the other one as well. */
const IMPLIES: ReadonlyMap<string, string> = new Map([['s3:GetObjectVersion', 's3:GetObject']])

function actionCovered(outers: readonly string[], inner: string): boolean {
  if (outers.includes(inner)) return true
  const implied = IMPLIES.get(inner)
  return anyCovers(outers, inner) && (implied === undefined || anyCovers(outers, implied))
}
