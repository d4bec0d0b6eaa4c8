import { actionsCover, actionsMeet } from './action-set.ts'
import { conditionIsTighter, conditionText, isUnconditional } from './condition-covers.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { Statement } from './document.ts'
import { patternCovers, withoutEscapes } from './pattern.ts'
import { patternsMeet } from './pattern-intersection.ts'

/**
 * The same meaning in fewer statements: entries and statements that others cover go, statements that differ in their
 * actions or their resources alone become one, and a Deny that meets no Allow goes. For statements that the dialect's
 * checks passed; placeholders may still stand in them.
 */
export function minimise(statements: readonly Statement[], dialect: Dialect): readonly Statement[] {
  const short = statements.map((statement) => withoutCovered(statement, dialect))
  const merged = mergeBy(mergeBy(mergeBy(short, 'Action', dialect), 'Resource', dialect), 'Action', dialect)
  const needed = merged.filter((statement) => meetsAllow(statement, merged, dialect))
  return needed.filter(
    (one, at) => !needed.some((other, place) => makesNeedless(other, one, { at, place, dialect })),
  )
}

function withoutCovered(statement: Statement, dialect: Dialect): Statement {
  const covered = (list: readonly string[], covers: (outer: string, inner: string) => boolean) =>
    list.filter(
      (one, at) =>
        !list.some(
          (other, place) => place !== at && covers(other, one) && (place < at || !covers(one, other)),
        ),
    )
  return {
    ...statement,
    Action: covered(statement.Action, (outer, inner) => actionsCover(dialect, [outer], [inner])),
    Resource: covered(statement.Resource, resourceCovers),
  }
}

/** Statements that are the same but for this list become one with both lists. */
function mergeBy(
  statements: readonly Statement[],
  list: 'Action' | 'Resource',
  dialect: Dialect,
): readonly Statement[] {
  const other = list === 'Action' ? 'Resource' : 'Action'
  const groups = Map.groupBy(statements, (statement) =>
    JSON.stringify([statement.Effect, statement[other].toSorted(), conditionText(statement.Condition ?? {})]),
  )
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined || group.length === 1) return group
    const joined = [...new Set(group.flatMap((statement) => statement[list]))]
    return [withoutCovered({ ...first, [list]: joined }, dialect)]
  })
}

function meetsAllow(statement: Statement, all: readonly Statement[], dialect: Dialect): boolean {
  return (
    statement.Effect === 'Allow' ||
    all.some((other) => other.Effect === 'Allow' && statementsMeet(dialect, statement, other))
  )
}

/** Whether both could speak of one request; a Deny and an Allow that do not meet have nothing to do with each other. */
export function statementsMeet(dialect: Dialect, one: Statement, other: Statement): boolean {
  return (
    one.Resource.some((text) =>
      other.Resource.some((wanted) => patternsMeet(withoutEscapes(text), withoutEscapes(wanted))),
    ) && actionsMeet(dialect, one.Action, other.Action)
  )
}

/** Another statement of the same effect says all of it, or a Deny takes all of an Allow away. */
function makesNeedless(
  other: Statement,
  one: Statement,
  { at, place, dialect }: { readonly at: number; readonly place: number; readonly dialect: Dialect },
): boolean {
  if (place === at) return false
  if (other.Effect !== one.Effect)
    return other.Effect === 'Deny' && isUnconditional(other) && statementCovers(dialect, other, one)
  if (!statementCovers(dialect, other, one)) return false
  return place < at || !statementCovers(dialect, one, other)
}

/** Whether everything that `inner` speaks of `outer` speaks of too, and on a condition that holds whenever its does. */
export function statementCovers(dialect: Dialect, outer: Statement, inner: Statement): boolean {
  return (
    inner.Resource.every((text) => outer.Resource.some((one) => resourceCovers(one, text))) &&
    actionsCover(dialect, outer.Action, inner.Action) &&
    conditionIsTighter(inner.Condition ?? {}, outer.Condition ?? {})
  )
}

export function resourceCovers(outer: string, inner: string): boolean {
  return patternCovers(withoutEscapes(outer), withoutEscapes(inner))
}
