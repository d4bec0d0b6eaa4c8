import { MAX_LIFETIME_SECONDS } from '../../lifetime.ts'
import type { ProbeTry } from '../try.ts'
import { mint, policyOf, refuses } from '../try.ts'

/** The store token, stolen on its way and shown again: only the base policy stands between it and the store. */
export const WALL_TRIES: readonly ProbeTry[] = [
  {
    id: 'wall-replay',
    group: 'wall',
    title: 'the store token, replayed without a session policy',
    expected: 'refused; where it is not, the whole base policy is open to whoever has the token for 30 s',
    bears: 'weakness',
    needs: ['own_token'],
    steps: [
      mint('ok', () => policyOf()),
      mint('a', () => null, { says: 'mint without a policy', is: 'claim', expect: 'refused' }),
    ],
  },
  {
    id: 'wall-empty-policy',
    group: 'wall',
    title: 'an empty session policy',
    expected: 'refused; where it is not, it means no limit at all',
    bears: 'weakness',
    needs: ['own_token'],
    steps: [
      mint('ok', () => policyOf()),
      mint('a', () => '', { says: 'mint with an empty policy', is: 'claim', expect: 'refused' }),
    ],
  },
  {
    id: 'wall-long',
    group: 'wall',
    title: 'a session of more than twelve hours',
    expected: 'refused by the base policy',
    bears: 'guarantee',
    needs: ['own_token'],
    steps: [
      mint('ok', () => policyOf()),
      mint('a', () => policyOf(), {
        says: `mint for ${MAX_LIFETIME_SECONDS + 1} s`,
        is: 'claim',
        expect: 'refused',
        lifetimeSeconds: MAX_LIFETIME_SECONDS + 1,
      }),
    ],
  },
  {
    id: 'wall-administers',
    group: 'wall',
    title: 'a replayed token administers the store',
    expected: 'refused by the base policy',
    bears: 'guarantee',
    needs: ['own_token'],
    steps: [
      mint('a', () => null, { says: 'mint without a policy' }),
      refuses('a', 'ask the store about itself', () => ({ method: 'GET', path: '/minio/admin/v3/info' })),
      refuses('a', 'list its users', () => ({ method: 'GET', path: '/minio/admin/v3/list-users' })),
    ],
  },
  {
    id: 'wall-other-buckets',
    group: 'wall',
    title: 'a replayed token reaches buckets that no role of the target names',
    expected: 'refused by the base policy',
    bears: 'guarantee',
    needs: ['own_token', 'closed_wall'],
    steps: [
      mint('a', () => null, { says: 'mint without a policy' }),
      refuses('a', 'read an object of another bucket', ({ stranger }) => ({
        method: 'GET',
        path: `/${stranger}/x`,
      })),
      refuses('a', 'list another bucket', ({ stranger }) => ({
        method: 'GET',
        path: `/${stranger}`,
        query: { 'list-type': '2', 'max-keys': '1' },
      })),
    ],
  },
]
