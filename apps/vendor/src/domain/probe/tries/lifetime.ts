import { LEAST_LIFETIME_SECONDS, STORE_FLOOR_SECONDS } from '../../lifetime.ts'
import type { ProbeTry } from '../try.ts'
import { mint, policyOf, touch } from '../try.ts'

/** Whether a session ends when it should. */
export const LIFETIME_TRIES: readonly ProbeTry[] = [
  {
    id: 'lifetime-honest',
    group: 'lifetime',
    title: 'a session lives longer than was asked for',
    expected: 'the Expiration is what was asked for, and 5 s at most beyond it',
    bears: 'guarantee',
    needs: [],
    steps: [
      mint('a', () => policyOf(), { lifetimeSeconds: STORE_FLOOR_SECONDS }),
      { do: 'expiration', says: 'the Expiration is in 900 s', is: 'claim', expect: 'allowed', session: 'a' },
    ],
  },
  {
    id: 'lifetime-short',
    group: 'lifetime',
    title: 'a session below the floor of the store outlives the token that it was given for',
    expected: 'it lives until the `exp` of the token, and is gone within 5 s',
    bears: 'guarantee',
    needs: ['own_token'],
    steps: [
      mint('a', () => policyOf(), { lifetimeSeconds: LEAST_LIFETIME_SECONDS }),
      { do: 'expiration', says: 'the Expiration is in 5 s', is: 'claim', expect: 'allowed', session: 'a' },
      touch('a', 'it lives', 'control', 'allowed'),
      {
        do: 'outlive',
        says: 'it is gone after its end',
        is: 'claim',
        expect: 'gone',
        session: 'a',
        marginSeconds: 5,
      },
    ],
  },
]
