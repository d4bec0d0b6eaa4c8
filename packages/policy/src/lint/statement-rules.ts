import { actionsCover, actionsMeet } from '../action-set.ts'
import { isUnconditional } from '../condition-covers.ts'
import { resourceCovers, statementCovers, statementsMeet } from '../minimise.ts'
import { hasWildcard } from '../pattern.ts'
import type { PolicyLintInput, PolicyRule } from './rule.ts'
import { actionsOf, kindOf, listed, statementsOf } from './rule.ts'

/** Rules about statements that do nothing, or not what they seem to. */
export const STATEMENT_RULES: readonly PolicyRule[] = [
  {
    id: 'statement-twice',
    severity: 'notice',
    about: 'a statement that stands twice',
    fix: 'take one of them away',
    find: (input) =>
      twice(
        input,
        (one, other) =>
          statementCovers(input.dialect, one, other) && statementCovers(input.dialect, other, one),
        'says the same',
      ),
  },
  {
    id: 'statement-covered',
    severity: 'notice',
    about: 'a statement that says nothing beside another one: taking it away takes nothing away',
    fix: 'take it away, or narrow the other one',
    find: (input) =>
      input.statements.flatMap((one, index) => {
        const wider = input.statements.findIndex(
          (other, place) =>
            place !== index &&
            other.Effect === one.Effect &&
            statementCovers(input.dialect, other, one) &&
            !statementCovers(input.dialect, one, other),
        )
        return wider === -1
          ? []
          : [{ at: ['Statement', index], says: `statement ${wider + 1} says it already` }]
      }),
  },
  {
    id: 'entry-covered',
    severity: 'notice',
    about: 'an action or a resource that another entry of its list covers',
    fix: 'take it away',
    find: (input) =>
      input.statements.flatMap(({ Action, Resource }, index) => [
        ...covered(Action, (outer, inner) => actionsCover(input.dialect, [outer], [inner])).map((place) => ({
          at: ['Statement', index, 'Action', place],
          says: 'another entry covers it',
        })),
        ...covered(Resource, resourceCovers).map((place) => ({
          at: ['Statement', index, 'Resource', place],
          says: 'another entry covers it',
        })),
      ]),
  },
  {
    id: 'deny-in-part',
    severity: 'warning',
    about: 'a Deny of some of what an Allow allows by a pattern: what the pattern also names stays allowed',
    fix: 'allow by name what is meant, and leave the Deny out',
    find: (input) =>
      statementsOf(input, 'Deny').flatMap(({ statement, index }) => {
        const left = statementsOf(input, 'Allow').flatMap(({ statement: allow }) => {
          const patterns = allow.Action.filter(
            (text) => hasWildcard(text) && actionsMeet(input.dialect, [text], statement.Action),
          )
          if (patterns.length === 0 || !statementsMeet(input.dialect, allow, statement)) return []
          const denied = actionsOf(input, statement)
          return [...actionsOf(input, { ...allow, Action: patterns })].filter(
            (name) => !denied.has(name) && kindOf(input, name) === kindOf(input, [...denied][0] ?? ''),
          )
        })
        return left.length === 0
          ? []
          : [{ at: ['Statement', index, 'Action'], says: `${listed([...new Set(left)])} stays allowed` }]
      }),
  },
  {
    id: 'pattern-half-empty',
    severity: 'notice',
    about:
      'a pattern names actions of buckets and of objects, and only one of both stands in Resource: half of it allows nothing',
    fix: 'name the actions that are meant, or add the other resource',
    dialects: ['aws', 'rgw'],
    find: (input) =>
      statementsOf(input, 'Allow').flatMap(({ statement, index }) => {
        const there = new Set(statement.Resource.map((text) => (text.includes('/') ? 'object' : 'bucket')))
        if (there.size > 1) return []
        return statement.Action.flatMap((text, place) => {
          if (!hasWildcard(text) || text === 's3:*') return []
          const names = [...actionsOf(input, { ...statement, Action: [text] })]
          const empty = names.filter((name) => {
            const kind = kindOf(input, name)
            return (kind === 'bucket' || kind === 'object') && !there.has(kind)
          })
          return empty.length === 0 || empty.length === names.length
            ? []
            : [{ at: ['Statement', index, 'Action', place], says: `${listed(empty)} finds no resource` }]
        })
      }),
  },
  {
    id: 'deny-by-condition-alone',
    severity: 'notice',
    about:
      'a Deny with a condition on what is allowed without one: it holds only while the condition can be trusted',
    fix: 'put the condition into the Allow, or leave the Allow out',
    dialects: ['minio'],
    find: (input) =>
      statementsOf(input, 'Deny').flatMap(({ statement, index }) =>
        !isUnconditional(statement) &&
        statementsOf(input, 'Allow').some(
          ({ statement: allow }) => isUnconditional(allow) && statementsMeet(input.dialect, allow, statement),
        )
          ? [{ at: ['Statement', index, 'Condition'], says: 'on MinIO the caller answers it itself' }]
          : [],
      ),
  },
]

function twice(
  { statements }: PolicyLintInput,
  same: (one: PolicyLintInput['statements'][number], other: PolicyLintInput['statements'][number]) => boolean,
  says: string,
) {
  return statements.flatMap((one, index) => {
    const first = statements
      .slice(0, index)
      .findIndex((other) => other.Effect === one.Effect && same(other, one))
    return first === -1 ? [] : [{ at: ['Statement', index], says: `statement ${first + 1} ${says}` }]
  })
}

/** The places of entries that another one covers; of two equal ones the later. */
function covered(
  list: readonly string[],
  covers: (outer: string, inner: string) => boolean,
): readonly number[] {
  return list.flatMap((one, at) =>
    list.some((other, place) => place !== at && covers(other, one) && (place < at || !covers(one, other)))
      ? [at]
      : [],
  )
}
