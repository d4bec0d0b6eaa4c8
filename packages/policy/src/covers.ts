import type { ConditionBlock, Statement } from './document.ts'
import { patternCovers } from './pattern.ts'

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
          isTighter(inner.Condition ?? {}, outer.Condition ?? {}),
      ),
    ),
  )
}

/** A Deny may deny more, and only on the same condition: of another one nobody knows when it holds. */
function deniesAll(one: Statement, wanted: Statement): boolean {
  const unconditional = Object.keys(one.Condition ?? {}).length === 0
  return (
    wanted.Action.every((action) => actionCovered(one.Action, action)) &&
    wanted.Resource.every((resource) => anyCovers(one.Resource, resource)) &&
    (unconditional || sameText(one.Condition) === sameText(wanted.Condition))
  )
}

function anyCovers(outers: readonly string[], inner: string): boolean {
  return outers.some((outer) => patternCovers(outer, inner))
}

/** On MinIO a statement that names exactly this action gives, or denies, the other one as well; a wildcard does not. */
const IMPLIES: ReadonlyMap<string, string> = new Map([['s3:GetObjectVersion', 's3:GetObject']])

function actionCovered(outers: readonly string[], inner: string): boolean {
  if (outers.includes(inner)) return true
  const implied = IMPLIES.get(inner)
  return anyCovers(outers, inner) && (implied === undefined || anyCovers(outers, implied))
}

/** Operators whose values are alternatives of which one must hold: fewer of them is tighter. */
const ANY_OF = /^(?:String|Numeric|Date|Bool|Binary|Ip|Arn)(?!Not)[A-Za-z]*$/

/** Whether `inner` asks for everything that `outer` asks for; what it asks for beside that only narrows it. */
function isTighter(inner: ConditionBlock, outer: ConditionBlock): boolean {
  return Object.entries(outer).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => {
      const own = inner[operator]?.[key]
      if (own === undefined) return false
      if (!ANY_OF.test(operator) || operator.endsWith('IfExists'))
        return sameText([...own].toSorted()) === sameText([...values].toSorted())
      return own.every((value) => values.includes(value))
    }),
  )
}

function sameText(value: unknown): string {
  return JSON.stringify(value ?? {})
}
