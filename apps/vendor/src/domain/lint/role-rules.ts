import type { CompiledSessionPolicy, Diagnostic, Dialect, Result, SizeBounds, Statement } from '@stint/policy'
import { statementCovers, statementsMeet } from '@stint/policy'
import { durationWords } from '../duration-words.ts'
import type { PolicyBody, RoleBody } from '../resource.ts'
import type { Hit, Rule } from './rule.ts'

/** A role with what it pins, as its target reads it. */
export type RoleInput = {
  readonly body: RoleBody
  readonly used: boolean
  readonly dialect: Dialect
  /** The statements of its policies with the policy that each is of; a hole stands by its claim. */
  readonly statements: readonly PlacedStatement[]
  readonly compiled: Result<CompiledSessionPolicy>
  readonly policies: ReadonlyMap<string, PolicyBody>
  readonly size: SizeBounds | null
  /** The newest version of each policy that is enabled, by its name without one. */
  readonly newest: ReadonlyMap<string, number>
}

export type PlacedStatement = {
  readonly statement: Statement
  readonly use: string
  /** Its policy’s place in the role, and its own in the policy. */
  readonly policy: number
  readonly index: number
}

const NOTHING: readonly Hit[] = []
const LONG_SECONDS = 4 * 3600
/** So much of the budget leaves room for a longer name, and not for another policy. */
const NEAR = 0.9
/** AWS packs what it is sent: a random half of the plain limit has been seen to fill the packed one. */
const PACKED_AT = 0.5

/** Claims that somebody who may push, or name a workflow, chooses. */
const CHOSEN = new Set([
  'actor',
  'base_ref',
  'branch',
  'build_branch',
  'environment',
  'head_ref',
  'ref',
  'ref_name',
  'user_login',
  'workflow',
])
/** Names that hold no other of their kind: nothing is called `acme/app/x` beside `acme/app`. */
const OF_FIXED_DEPTH = new Set(['repository', 'project_path', 'pipeline_slug', 'repository_id', 'sub'])

export const ROLE_RULES: readonly Rule<RoleInput>[] = [
  {
    id: 'role-unused',
    severity: 'notice',
    about: 'a role that no mapping leads to',
    fix: 'take it away',
    find: ({ used }) => (used ? NOTHING : [{ at: [], says: 'nobody may assume it' }]),
  },
  {
    id: 'replays',
    severity: 'notice',
    about:
      'one session is given to every holder of the same token: what two of them did cannot be told apart',
    fix: 'keep the window as short as the clients’ retries, or take `replay` away',
    find: ({ body }) =>
      body.replay === null
        ? NOTHING
        : [{ at: ['replay'], says: `for ${body.replay.windowSeconds} seconds after the first` }],
  },
  {
    id: 'deny-misses',
    severity: 'warning',
    about: 'a Deny of the role’s policies that meets nothing of what they allow: it denies nothing',
    fix: 'correct its actions and resources, or take it away',
    find: ({ dialect, statements }) =>
      statements.flatMap(({ statement, policy, use, index }) =>
        statement.Effect === 'Deny' &&
        !statements.some(
          ({ statement: other }) => other.Effect === 'Allow' && statementsMeet(dialect, other, statement),
        )
          ? [{ at: ['policies', policy], says: `statement ${index + 1} of \`${use}\` denies nothing` }]
          : [],
      ),
  },
  {
    id: 'allow-denied',
    severity: 'warning',
    about: 'an Allow that a Deny of the role’s policies takes away whole: it allows nothing',
    fix: 'narrow the Deny, or take the Allow away',
    find: ({ dialect, statements }) =>
      statements.flatMap(({ statement, policy, use, index }) =>
        statement.Effect === 'Allow' &&
        statements.some(
          ({ statement: other }) =>
            other.Effect === 'Deny' &&
            other.Condition === undefined &&
            statementCovers(dialect, other, statement),
        )
          ? [{ at: ['policies', policy], says: `statement ${index + 1} of \`${use}\` allows nothing` }]
          : [],
      ),
  },
  {
    id: 'policy-needless',
    severity: 'notice',
    about: 'a policy of the role that adds nothing to the others: ending it ends nothing',
    fix: 'take it out of the role',
    find: ({ body, dialect, statements }) =>
      body.policies.flatMap(({ use }, policy) => {
        const own = statements.filter((one) => one.policy === policy)
        const others = statements.filter((one) => one.policy !== policy)
        const needless =
          own.length > 0 &&
          own.every(({ statement }) =>
            others.some(
              ({ statement: other, policy: place }) =>
                other.Effect === statement.Effect &&
                statementCovers(dialect, other, statement) &&
                (place < policy || !statementCovers(dialect, statement, other)),
            ),
          )
        return needless ? [{ at: ['policies', policy], says: `the others say all of \`${use}\`` }] : []
      }),
  },
  {
    id: 'policy-superseded',
    severity: 'notice',
    about: 'the role pins a version of a policy that has a newer one',
    fix: 'read what the newer one changes, and pin it',
    find: ({ body, newest }) =>
      body.policies.flatMap(({ use }, policy) => {
        const [name = '', version = ''] = use.split('@')
        const latest = newest.get(name) ?? 0
        return latest > Number(version)
          ? [{ at: ['policies', policy, 'use'], says: `\`${name}@${latest}\` stands` }]
          : []
      }),
  },
  {
    id: 'lives-with',
    severity: 'warning',
    about: 'the role lives with a finding by name: what it says does not hold against whoever has a session',
    fix: 'let Action and Resource confine it, or give each tenant a bucket or a target',
    find: ({ compiled }) =>
      compiled.ok
        ? compiled.value.findings.map(({ code, path, message }: Diagnostic) => ({
            at: ['accept'],
            says: `\`${code}\` at ${path}: ${message}`,
          }))
        : NOTHING,
  },
  {
    id: 'accept-needless',
    severity: 'notice',
    about: 'the role accepts a finding that it does not have: the next one of that kind would pass unseen',
    fix: 'take the code out of `accept`',
    find: ({ body, compiled }) =>
      body.accept.flatMap((code, place) =>
        compiled.ok && !compiled.value.findings.some((found) => found.code === code)
          ? [{ at: ['accept', place], says: `nothing of it is \`${code}\`` }]
          : [],
      ),
  },
  {
    id: 'size-near-limit',
    severity: 'notice',
    about: 'the session policy may get nearly as large as the target takes',
    fix: 'lower `maxBytes` of the dearest placeholder, or say the same in fewer statements',
    find: ({ size }) =>
      size !== null && size.max > NEAR * size.budget.max
        ? [{ at: ['policies'], says: `up to ${size.max} of ${size.budget.max} ${size.budget.unit}` }]
        : NOTHING,
  },
  {
    id: 'packed-size',
    severity: 'notice',
    about:
      'AWS packs policy and tags in a form that only AWS can measure: what fits its plain limit may be refused at an exchange',
    fix: 'try the role with its longest values (`stint probe <role>`), or make the policy smaller',
    find: ({ dialect, size }) =>
      size !== null && dialect.budget.unseen !== null && size.max > PACKED_AT * size.budget.max
        ? [
            {
              at: ['policies'],
              says: `${size.max} of ${size.budget.max} ${size.budget.unit} before it is packed`,
            },
          ]
        : NOTHING,
  },
  {
    id: 'lifetime-long',
    severity: 'notice',
    about: 'sessions may live for more than four hours: so long does whoever copies one have it',
    fix: 'lower `lifetime.max`; clients come again by themselves',
    find: ({ body }) =>
      body.lifetime.maxSeconds > LONG_SECONDS
        ? [{ at: ['lifetime', 'max'], says: `up to ${durationWords(body.lifetime.maxSeconds)}` }]
        : NOTHING,
  },
  {
    id: 'bucket-from-claim',
    severity: 'warning',
    about:
      'a claim fills the bucket: it chooses among all buckets of the store, and the base policy there can name none',
    fix: 'give the placeholder a fixed value, and let the claim vary the prefix',
    find: ({ body, policies }) =>
      body.policies.flatMap(({ use, with: values }, policy) =>
        Object.entries(values).flatMap(([name, value]) =>
          'claim' in value && policies.get(use)?.placeholders[name]?.type === 'bucket'
            ? [{ at: ['policies', policy, 'with', name], says: `\`${name}\` is a bucket` }]
            : [],
        ),
      ),
  },
  {
    id: 'claim-chosen',
    severity: 'warning',
    about:
      'a claim that whoever may push or name a workflow chooses fills a placeholder: a branch of another’s name reaches another’s place',
    fix: 'put an id before it (`{{repository_id}}/{{ref}}`), or pin the claim in every mapping of the role',
    find: ({ body, statements }) =>
      body.policies.flatMap(({ with: values }, policy) =>
        Object.entries(values).flatMap(([name, value]) => {
          if (!('claim' in value) || !CHOSEN.has(value.claim.join('.'))) return []
          const hole = `{{${value.claim.join('.')}}}`
          const alone = statements.some(
            (one) => one.policy === policy && one.statement.Resource.some((text) => firstHole(text) === hole),
          )
          return alone ? [{ at: ['policies', policy, 'with', name], says: `${hole} comes first` }] : []
        }),
      ),
  },
  {
    id: 'path-nests',
    severity: 'notice',
    about:
      'a path of a claim with anything below it: who has the shorter path reaches what is below it, `acme` all of `acme/app`',
    fix: 'make sure that the issuer gives no path below another, or end it with a segment of its own (`{{path}}/_/*`)',
    find: ({ body, policies, statements }) =>
      body.policies.flatMap(({ use, with: values }, policy) =>
        Object.entries(values).flatMap(([name, value]) => {
          if (!('claim' in value) || OF_FIXED_DEPTH.has(value.claim.join('.'))) return []
          if (policies.get(use)?.placeholders[name]?.type !== 'path') return []
          const below = `{{${value.claim.join('.')}}}/*`
          const reaches = statements.some(
            (one) => one.policy === policy && one.statement.Resource.some((text) => text.endsWith(below)),
          )
          return reaches
            ? [{ at: ['policies', policy, 'with', name], says: `everything below \`${name}\`` }]
            : []
        }),
      ),
  },
]

function firstHole(text: string): string | null {
  return /\{\{[^{}]*\}\}/.exec(text)?.[0] ?? null
}
