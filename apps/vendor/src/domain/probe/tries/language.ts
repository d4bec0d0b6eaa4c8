import type { ProbeTry } from '../try.ts'
import { allow, allows, bucketOf, control, mint, objectAt, policyOf, refuses, under } from '../try.ts'

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
      mint('a', (scope) => policyOf(allow(['s3:GetObject'], [under(scope, '${jwt:sub}/*')]))),
      { ...allows('a', 'read under its own subject', ({ bucket, root }, sub) => ({
        method: 'GET',
        path: `/${bucket}/${root}/${sub}/x`,
      })), is: 'control' },
      refuses('a', 'read b/x', objectAt('GET', 'b/x')),
      refuses('a', 'read b/x with the header Sub: b', objectAt('GET', 'b/x', { sub: 'b' })),
      refuses('a', 'read b/x with the query Sub=b', ({ bucket, root }) => ({
        method: 'GET',
        path: `/${bucket}/${root}/b/x`,
        query: { Sub: 'b' },
      })),
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
      mint('a', (scope) => policyOf(allow(['s3:GetObject'], [under(scope, '${jwt:profile}/*')]))),
      refuses('a', 'read b/x', objectAt('GET', 'b/x')),
      refuses('a', 'read b/x with the header Profile: b', objectAt('GET', 'b/x', { profile: 'b' })),
      refuses('a', 'read b/x with the query Profile=b', ({ bucket, root }) => ({
        method: 'GET',
        path: `/${bucket}/${root}/b/x`,
        query: { Profile: 'b' },
      })),
    ],
  },
]
