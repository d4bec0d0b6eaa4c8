import { parseS3Arn } from '../arn.ts'
import { hasWildcard, withoutEscapes } from '../pattern.ts'
import { segmentsCollide } from './collision.ts'
import type { PolicyHit, PolicyLintInput, PolicyRule } from './rule.ts'
import { actionsOf, conditionsOf, keySegments, kindOf, listed, statementsOf } from './rule.ts'

const WRITING = ['s3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion']

/** Rules that look at how much a policy reaches. */
export const BREADTH_RULES: readonly PolicyRule[] = [
  {
    id: 'every-action',
    severity: 'warning',
    about: '`s3:*`: every action that the store has or will have, bucket policies and deletion among them',
    fix: 'name the actions that the work needs',
    find: (input) =>
      statementsOf(input, 'Allow').flatMap(({ statement, index }) =>
        statement.Action.flatMap((text, place) =>
          text === 's3:*' || text === '*'
            ? [
                {
                  at: ['Statement', index, 'Action', place],
                  says: `${actionsOf(input, statement).size} actions`,
                },
              ]
            : [],
        ),
      ),
  },
  {
    id: 'action-pattern',
    severity: 'notice',
    about: 'a pattern of actions: what it allows is not what a reviewer reads',
    fix: 'write out the names',
    find: (input) =>
      statementsOf(input, 'Allow').flatMap(({ statement, index }) =>
        statement.Action.flatMap((text, place) => {
          if (!hasWildcard(text) || text === 's3:*' || text === '*') return []
          const names = [...actionsOf(input, { ...statement, Action: [text] })]
          return [{ at: ['Statement', index, 'Action', place], says: `it is ${listed(names)}` }]
        }),
      ),
  },
  {
    id: 'whole-bucket',
    severity: 'warning',
    about: 'every object of a bucket may be written or deleted, whoever put it there',
    fix: 'give the role a prefix of its own',
    find: (input) =>
      statementsOf(input, 'Allow').flatMap(({ statement, index }) => {
        const names = actionsOf(input, statement)
        if (!WRITING.some((name) => names.has(name))) return []
        return statement.Resource.flatMap((text, place) =>
          keySegments(text)?.join('/') === '*'
            ? [{ at: ['Statement', index, 'Resource', place], says: 'there is no prefix' }]
            : [],
        )
      }),
  },
  {
    id: 'star-without-slash',
    severity: 'warning',
    about: 'a pattern whose last `*` does not follow a `/`: `team*` reaches `team-b/` as well',
    fix: 'write `team/*`',
    find: (input) =>
      atResources(input, (text) => {
        const last = keySegments(withoutEscapes(text))?.at(-1) ?? ''
        return /[^*]\*$/.test(last) ? `every key that begins with \`${last.slice(0, -1)}\`` : null
      }),
  },
  {
    id: 'star-in-front',
    severity: 'notice',
    about: 'a `*` before the end of a key crosses `/`: it is no single segment, and prefixes of others match',
    fix: 'write the segments out, or use a placeholder for the one that varies',
    find: (input) =>
      atResources(input, (text) => {
        const key = keySegments(withoutEscapes(text))?.join('/') ?? ''
        return key.slice(0, -1).includes('*') ? 'the first `*` matches any number of segments' : null
      }),
  },
  {
    id: 'prefix-collision',
    severity: 'warning',
    about:
      'two places beside each other of which a value can make one the other: with `ci-{{a}}` beside `ci-{{a}}-x`, who is `b-x` for the first reaches what is `b`’s of the second',
    fix: 'put a segment before them that tells them apart: `runs/{{a}}` and `caches/{{a}}`',
    find: collisions,
  },
  {
    id: 'list-without-prefix',
    severity: 'notice',
    about: 'a bucket may be listed whole: the names of everybody’s keys are seen',
    fix: 'keep secrets out of names; where conditions hold, add one on `s3:prefix`; else one bucket for each tenant',
    find: (input) =>
      statementsOf(input, 'Allow').flatMap(({ statement, index }) => {
        const lists = [...actionsOf(input, statement)].filter((name) => LISTING.has(name))
        const asked = conditionsOf(statement).some(({ key }) => key === 's3:prefix')
        return lists.length > 0 && !asked
          ? [{ at: ['Statement', index], says: `${listed(lists)} without a prefix` }]
          : []
      }),
  },
  {
    id: 'list-all-buckets',
    severity: 'notice',
    about: 'the names of all buckets are seen',
    fix: 'take `s3:ListAllMyBuckets` away: clients that know their bucket do not need it',
    find: (input) =>
      statementsOf(input, 'Allow').flatMap(({ statement, index }) =>
        actionsOf(input, statement).has('s3:ListAllMyBuckets')
          ? [{ at: ['Statement', index], says: 'the store is listed' }]
          : [],
      ),
  },
  {
    id: 'key-for-everything',
    severity: 'notice',
    about: 'a KMS key that may be used outside the store, too: what else it encrypts can be decrypted',
    fix: 'add a condition StringEquals on `kms:ViaService`, such as `s3.eu-west-1.amazonaws.com`',
    dialects: ['aws'],
    find: (input) =>
      statementsOf(input, 'Allow').flatMap(({ statement, index }) => {
        const uses = [...actionsOf(input, statement)].filter((name) => kindOf(input, name) === 'key')
        const bound = conditionsOf(statement).some(({ key }) => key === 'kms:ViaService')
        return uses.length > 0 && !bound
          ? [{ at: ['Statement', index], says: `${listed(uses)} from anywhere` }]
          : []
      }),
  },
]

const LISTING = new Set(['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'])

function atResources(
  input: PolicyLintInput,
  find: (resource: string) => string | null,
): readonly PolicyHit[] {
  return statementsOf(input, 'Allow').flatMap(({ statement, index }) =>
    statement.Resource.flatMap((text, place) => {
      const says = find(text)
      return says === null ? [] : [{ at: ['Statement', index, 'Resource', place], says }]
    }),
  )
}

type Place = { readonly at: PolicyHit['at']; readonly segments: readonly string[] }

/** Keys of one bucket that are alike up to a segment in which a value can make them alike as well. */
function collisions(input: PolicyLintInput): readonly PolicyHit[] {
  const places = statementsOf(input, 'Allow').flatMap(({ statement, index }) =>
    statement.Resource.flatMap((text, place): Place[] => {
      const arn = parseS3Arn(text)
      if (arn?.key == null) return []
      return [{ at: ['Statement', index, 'Resource', place], segments: [arn.bucket, ...arn.key.split('/')] }]
    }),
  )
  return places.flatMap((one, at) => {
    const other = places.slice(0, at).find((before) => segmentsCollide(before.segments, one.segments))
    if (other === undefined) return []
    return [
      { at: one.at, says: `\`${other.segments.join('/')}\` stands beside \`${one.segments.join('/')}\`` },
    ]
  })
}
