import { actionsTaking } from '../condition-key.ts'
import { parseOperator } from '../condition-operator.ts'
import type { Statement } from '../document.ts'
import { hasWildcard, withoutEscapes } from '../pattern.ts'
import type { PolicyHit, PolicyLintInput, PolicyRule } from './rule.ts'
import { actionsOf, conditionsOf, listed } from './rule.ts'

type Condition = ReturnType<typeof conditionsOf>[number] & {
  readonly statement: Statement
  readonly parsed: ReturnType<typeof parseOperator>
}

/** Each key of each condition that the rule says something of. */
function each(find: (condition: Condition, input: PolicyLintInput) => string | null) {
  return (input: PolicyLintInput): readonly PolicyHit[] =>
    input.statements.flatMap((statement, index) =>
      conditionsOf(statement).flatMap((condition) => {
        const parsed = parseOperator(condition.operator)
        const says = find({ ...condition, statement, parsed }, input)
        return says === null ? [] : [{ at: ['Statement', index, ...condition.at], says }]
      }),
    )
}

/** Keys that hold several values, for which a plain operator is not meant. */
const MANY_VALUED = new Set([
  'aws:TagKeys',
  'aws:CalledVia',
  'aws:PrincipalOrgPaths',
  'aws:groups',
  'jwt:groups',
  'ldap:groups',
  's3:RequestObjectTagKeys',
])

/** Rules that look at what conditions really ask. */
export const CONDITION_RULES: readonly PolicyRule[] = [
  {
    id: 'key-of-some',
    severity: 'warning',
    about:
      'a condition key that some of the actions do not have: there an Allow never allows, and a Deny never denies',
    fix: 'give those actions a statement of their own',
    dialects: ['aws', 'rgw'],
    find: each(({ key, statement }, input) => {
      const names = [...actionsOf(input, statement)]
      if (actionsTaking(input.dialect.keys, key, names) !== 'some') return null
      const without = names.filter((name) => actionsTaking(input.dialect.keys, key, [name]) === 'none')
      return `${listed(without)} has no \`${key}\``
    }),
  },
  {
    id: 'star-in-equals',
    severity: 'warning',
    about: 'a wildcard behind an operator that compares text with text: it is a character there',
    fix: 'use StringLike (or StringNotLike)',
    find: each(({ parsed, values }) =>
      parsed?.family === 'string' && values.some((value) => hasWildcard(withoutEscapes(value)))
        ? 'it matches nothing but itself'
        : null,
    ),
  },
  {
    id: 'matches-everything',
    severity: 'warning',
    about: 'a condition that any value passes',
    fix: 'say which values, or take it away',
    find: each(({ parsed, values, key }) =>
      parsed?.family === 'like' && !parsed.negated && values.some((value) => /^\*+$/.test(value))
        ? `any \`${key}\` passes`
        : null,
    ),
  },
  {
    id: 'list-prefix-wide',
    severity: 'warning',
    about: 'a prefix condition whose `*` does not follow a `/`: `team*` lists `team-b/` as well',
    fix: 'write `team/*`, and `team/` beside it for clients that list the folder itself',
    find: each(({ key, parsed, values }) => {
      if (key !== 's3:prefix' || parsed?.family !== 'like' || parsed.negated) return null
      const wide = values.find((value) => /[^/*]\*$/.test(withoutEscapes(value)))
      return wide === undefined ? null : `\`${wide}\``
    }),
  },
  {
    id: 'for-all-values',
    severity: 'warning',
    about: '`ForAllValues:` in an Allow holds where the request has no such key at all',
    fix: 'add `Null` with "false" on the same key',
    dialects: ['aws', 'rgw', 'minio'],
    find: each(({ parsed, key, statement }) =>
      parsed?.qualifier === 'ForAllValues' &&
      statement.Effect === 'Allow' &&
      statement.Condition?.['Null']?.[key]?.[0] !== 'false'
        ? `a request without \`${key}\` passes`
        : null,
    ),
  },
  {
    id: 'if-exists',
    severity: 'notice',
    about: '`…IfExists` in an Allow holds where the request has no such key',
    fix: 'use the plain operator where the key is always there',
    find: each(({ parsed, key, statement }) =>
      parsed?.ifExists === true && statement.Effect === 'Allow'
        ? `a request without \`${key}\` passes`
        : null,
    ),
  },
  {
    id: 'not-in-allow',
    severity: 'notice',
    about: 'a negated condition in an Allow holds for everything that nobody thought of',
    fix: 'say what is allowed, or deny what is not',
    find: each(({ parsed, key, statement }) =>
      parsed?.negated === true && statement.Effect === 'Allow' ? `every other \`${key}\` passes` : null,
    ),
  },
  {
    id: 'deny-needs-key',
    severity: 'notice',
    about: 'a Deny on a key that a request may leave out: without it nothing is denied',
    fix: 'deny what is not allowed (a negated operator), or add `…IfExists` where the dialect has it',
    find: each(({ parsed, key, statement }) =>
      statement.Effect === 'Deny' &&
      LEFT_OUT.has(key) &&
      parsed !== null &&
      !parsed.negated &&
      !parsed.ifExists &&
      parsed.family !== 'null'
        ? `a request without \`${key}\` is not denied`
        : null,
    ),
  },
  {
    id: 'deny-not-on-rgw',
    severity: 'warning',
    about:
      'a Deny on what differs from a value: on Ceph a missing key does not differ, and nothing is denied',
    fix: 'add `IfExists` to the operator',
    dialects: ['rgw'],
    find: each(({ parsed, key, statement }) =>
      statement.Effect === 'Deny' && parsed?.negated === true && !parsed.ifExists
        ? `a request without \`${key}\` is not denied`
        : null,
    ),
  },
  {
    id: 'set-operator-missing',
    severity: 'warning',
    about: 'a key with several values behind an operator for one',
    fix: 'put `ForAnyValue:` or `ForAllValues:` before the operator, whichever is meant',
    find: each(({ parsed, key }) =>
      MANY_VALUED.has(key) && parsed !== null && parsed.qualifier === null && parsed.family !== 'null'
        ? `\`${key}\` has several values`
        : null,
    ),
  },
  {
    id: 'set-operator-needless',
    severity: 'notice',
    about: '`ForAnyValue:` or `ForAllValues:` on a key that has one value',
    fix: 'take it away: it changes what a missing key means, and nothing else',
    find: each(({ parsed, key }) =>
      parsed !== null && parsed.qualifier !== null && !MANY_VALUED.has(key)
        ? `\`${key}\` has one value`
        : null,
    ),
  },
  {
    id: 'address',
    severity: 'notice',
    about:
      'an address decides: proxies, tunnels and VPC endpoints change it, and a gateway in front of the store may take it from a header',
    fix: 'decide who may come in the mapping, and keep the store in its own network',
    dialects: ['aws', 'rgw'],
    find: each(({ key }) => (key === 'aws:SourceIp' ? 'it is the address that the store sees' : null)),
  },
  {
    id: 'time',
    severity: 'notice',
    about: 'the end of a session stands in its policy',
    fix: 'use `lifetime` of the role, or `expires` and `maxLifetime` of the mapping: those end the session itself',
    find: each(({ key }) =>
      key === 'aws:CurrentTime' || key === 'aws:EpochTime'
        ? 'a date in a policy is not seen in a review'
        : null,
    ),
  },
]

/** What a client leaves out as it likes. */
const LEFT_OUT = new Set([
  'aws:Referer',
  'aws:UserAgent',
  's3:prefix',
  's3:x-amz-acl',
  's3:x-amz-server-side-encryption',
  's3:x-amz-storage-class',
])
