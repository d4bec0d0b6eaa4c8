import type { ProbeTry } from '../try.ts'

/** What only an administrator of the store could try: run on a real MinIO by our tests, and never from here. */
const ROWS: readonly (readonly [id: string, title: string, expected: string, untried: string])[] = [
  [
    'second-provider',
    'a second identity provider at the store signs for ours, or ours for it',
    'refused',
    'needs a second provider at the store; community MinIO takes either for both, so it must have none',
  ],
  [
    'key-removed',
    'a token of a key that Stint publishes no more',
    'refused',
    'needs a key of Stint’s to be withdrawn; community MinIO keeps it until it restarts',
  ],
  [
    'key-replaced',
    'a token of the old key once a new one stands under its kid',
    'refused',
    'it would replace the key: `stint target rekey --compromised` does, and proves it',
  ],
  [
    'wall-edited',
    'a live session once the base policy denies everything',
    'refused at once',
    'needs the base policy to be edited',
  ],
  [
    'wall-conditions',
    'a condition of the base policy, answered by the caller',
    'refused',
    'needs the base policy to be edited; the rows `forged-…` show the same of a session policy',
  ],
  [
    'revoked-by-administrator',
    'a session that an administrator of the store revoked by its TokenRevokeType',
    'gone, and its siblings live',
    'needs a key of an administrator of the store; Stint ends sessions without one',
  ],
  [
    'shared-user',
    'a session of AssumeRole ends those of others, which share its user',
    'refused',
    'it would end sessions of others',
  ],
]

export const ADMINISTRATOR_TRIES: readonly ProbeTry[] = ROWS.map(([id, title, expected, untried]) => ({
  id,
  group: 'administrator',
  title,
  expected,
  bears: 'weakness',
  needs: [],
  untried,
  steps: [],
}))
