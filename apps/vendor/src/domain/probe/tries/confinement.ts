import type { ProbeTry } from '../try.ts'
import { allow, control, mint, objectAt, policyOf, refuses, under } from '../try.ts'

/** Whether a session policy confines, which everything of Stint rests on. */
export const CONFINEMENT_TRIES: readonly ProbeTry[] = [
  {
    id: 'confined-nothing',
    group: 'confinement',
    title: 'a session whose policy has no statement reads anything',
    expected: 'refused',
    bears: 'guarantee',
    needs: [],
    steps: [
      mint('a', () => policyOf()),
      refuses('a', 'read an object of a bucket that nobody named', ({ stranger }) => ({
        method: 'GET',
        path: `/${stranger}/x`,
      })),
      refuses('a', 'ask the store about itself', () => ({ method: 'GET', path: '/minio/admin/v3/info' })),
    ],
  },
  {
    id: 'confined-inside',
    group: 'confinement',
    title: 'a session that may write, read and delete under its prefix does so',
    expected:
      'allowed; where it is not, the base policy leaves the bucket of the probe out, or there is none',
    bears: 'guarantee',
    needs: ['bucket'],
    gives: 'open_bucket',
    steps: [
      mint('a', (scope) =>
        policyOf(allow(['s3:DeleteObject', 's3:GetObject', 's3:PutObject'], [under(scope, '*')])),
      ),
      control('a', 'write a/x', objectAt('PUT', 'a/x')),
      control('a', 'write b/x', objectAt('PUT', 'b/x')),
      control('a', 'read a/x', objectAt('GET', 'a/x')),
      control('a', 'delete a/y', objectAt('DELETE', 'a/y')),
    ],
  },
  {
    id: 'confined-outside',
    group: 'confinement',
    title: 'a session for one prefix and one verb leaves them',
    expected: 'refused',
    bears: 'guarantee',
    needs: ['bucket', 'open_bucket'],
    steps: [
      mint('a', (scope) => policyOf(allow(['s3:GetObject'], [under(scope, 'a/*')]))),
      control('a', 'read a/x', objectAt('GET', 'a/x')),
      refuses('a', 'read b/x', objectAt('GET', 'b/x')),
      refuses('a', 'write a/x', objectAt('PUT', 'a/x')),
      refuses('a', 'delete a/x', objectAt('DELETE', 'a/x')),
      refuses('a', 'list the bucket', ({ bucket }) => ({
        method: 'GET',
        path: `/${bucket}`,
        query: { 'list-type': '2', 'max-keys': '1' },
      })),
      refuses('a', 'read another bucket', ({ stranger }) => ({ method: 'GET', path: `/${stranger}/a/x` })),
    ],
  },
]

/** The last of all: what the probe wrote is deleted again. */
export const CLEAN_UP: ProbeTry = {
  id: 'confined-clean-up',
  group: 'confinement',
  title: 'the probe’s own objects are deleted again',
  expected: 'allowed',
  bears: 'guarantee',
  needs: ['bucket', 'open_bucket'],
  steps: [
    mint('a', (scope) => policyOf(allow(['s3:DeleteObject'], [under(scope, '*')]))),
    control('a', 'delete a/x', objectAt('DELETE', 'a/x')),
    control('a', 'delete b/x', objectAt('DELETE', 'b/x')),
  ],
}
