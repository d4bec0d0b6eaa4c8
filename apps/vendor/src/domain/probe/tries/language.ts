import type { ProbeStep, ProbeTry } from '../try.ts'
import { allow, allows, bucketOf, control, mint, objectAt, policyOf, refuses, under } from '../try.ts'

/** What a store fills in by itself, as policies write it. */
const variable = (name: string): string => `\${${name}}`

/** The caller names the value himself: as a header, and as a query name in both spellings that a store may look for. */
function answered(claim: string): readonly ProbeStep[] {
  const asHeader = `${claim.slice(0, 1).toUpperCase()}${claim.slice(1)}`
  return [
    refuses('a', `read b/x with the header ${asHeader}: b`, objectAt('GET', 'b/x', { [claim]: 'b' })),
    ...[asHeader, claim].map((name) =>
      refuses('a', `read b/x with the query ${name}=b`, ({ bucket, root }) => ({
        method: 'GET',
        path: `/${bucket}/${root}/b/x`,
        query: { [name]: 'b' },
      })),
    ),
  ]
}

/** How a store reads the policy language where others read it otherwise. Stint's compiler writes none of these. */
export const LANGUAGE_TRIES: readonly ProbeTry[] = [
  {
    id: 'language-action-star',
    group: 'language',
    title: 'a bare `*` as action opens what Resource does not name',
    expected: 'refused outside of Resource',
    bears: 'weakness',
    needs: ['bucket', 'open_bucket'],
    steps: [
      mint('a', (scope) => policyOf(allow(['*'], [under(scope, 'a/*')]))),
      control('a', 'read a/x', objectAt('GET', 'a/x')),
      refuses('a', 'read b/x', objectAt('GET', 'b/x')),
    ],
  },
  {
    id: 'language-bucket-star',
    group: 'language',
    title: 'a resource of the bucket’s objects (`bucket/*`) is the bucket, too',
    expected: 'refused: listing is an action on the bucket',
    bears: 'weakness',
    needs: ['bucket', 'open_bucket'],
    steps: [
      mint('a', (scope) => policyOf(allow(['s3:ListBucket'], [`${bucketOf(scope)}/*`]))),
      refuses('a', 'list the bucket', ({ bucket }) => ({
        method: 'GET',
        path: `/${bucket}`,
        query: { 'list-type': '2', 'max-keys': '1' },
      })),
    ],
  },
  {
    id: 'language-variable-present',
    group: 'language',
    title: 'a variable of a claim that the token has, answered by the caller',
    expected: 'refused: the claim counts',
    bears: 'weakness',
    needs: ['bucket', 'open_bucket', 'own_token'],
    steps: [
      mint('a', (scope) => policyOf(allow(['s3:GetObject'], [under(scope, `${variable('jwt:sub')}/*`)]))),
      {
        ...allows('a', 'read under its own subject', ({ bucket, root }, sub) => ({
          method: 'GET',
          path: `/${bucket}/${root}/${sub}/x`,
        })),
        is: 'control',
      },
      refuses('a', 'read b/x', objectAt('GET', 'b/x')),
      ...answered('sub'),
    ],
  },
  {
    id: 'language-variable-missing',
    group: 'language',
    title: 'a variable of a claim that the token lacks, answered by the caller',
    expected: 'refused',
    bears: 'weakness',
    needs: ['bucket', 'open_bucket', 'own_token'],
    steps: [
      mint('a', (scope) => policyOf(allow(['s3:GetObject'], [under(scope, `${variable('jwt:profile')}/*`)]))),
      refuses('a', 'read b/x', objectAt('GET', 'b/x')),
      ...answered('profile'),
    ],
  },
]
