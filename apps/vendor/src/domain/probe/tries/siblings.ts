import type { ProbeTry } from '../try.ts'
import { control, mint, policyOf, touch } from '../try.ts'

/** MinIO's own call for one's own sessions; without `user` it is never about anybody else's subject. */
const REVOKE_OWN = () =>
  ({ method: 'POST', path: '/minio/admin/v3/revoke-tokens/builtin', query: { fullRevoke: 'true' } }) as const

/** What one session can do to others. All of these are the probe's own, by subjects that nobody else has. */
export const SIBLING_TRIES: readonly ProbeTry[] = [
  {
    id: 'sibling-same-subject',
    group: 'siblings',
    title: 'a session that may nothing ends another one of its own subject',
    expected:
      'refused; where it is allowed no two sessions may share a subject, and Stint ends sessions this way',
    bears: 'weakness',
    needs: ['own_subject'],
    steps: [
      mint('a', () => policyOf()),
      mint('b', () => policyOf(), { sameSubjectAs: 'a' }),
      touch('b', 'b lives', 'control', 'allowed'),
      {
        do: 'send',
        says: 'a ends all of its subject',
        is: 'claim',
        expect: 'refused',
        session: 'a',
        request: REVOKE_OWN,
      },
      touch('b', 'b lives on', 'claim', 'allowed'),
    ],
  },
  {
    id: 'sibling-other-subject',
    group: 'siblings',
    title: 'a session ends one of another subject',
    expected: 'the other one lives on',
    bears: 'guarantee',
    needs: ['own_subject'],
    steps: [
      mint('a', () => policyOf()),
      mint('b', () => policyOf()),
      touch('b', 'b lives', 'control', 'allowed'),
      control('a', 'a ends all of its subject', REVOKE_OWN),
      touch('a', 'a is gone', 'control', 'gone'),
      touch('b', 'b lives on', 'claim', 'allowed'),
    ],
  },
]
