import { DAY_SCHEMA, SUBJECT_REVOKE_SCHEMA } from '../revoke.ts'
import type { Operation } from './operation.ts'
import { answer, listOf, object, operation } from './operation-parts.ts'

const ERASED = {
  200: answer(
    'how many commitments nobody can read any more (0: nothing was kept, and nothing is recorded); those of the `sub`; and whether the write-ahead log is rid of it already',
    object({
      values: { type: 'integer', minimum: 0 },
      subs: listOf({ type: 'string', pattern: '^personal:sha256:[A-Za-z0-9_-]{43}$' }),
      wiped: { type: 'boolean' },
    }),
  ),
}

/** What the log keeps of a person beside its events is taken away for good. */
export const ERASURE_OPERATIONS: readonly Operation[] = [
  {
    ...operation('eraseSubject', 'POST', '/v1/admin/subjects:erase', 'personal.erase'),
    summary:
      'erases what the log keeps of a person in clear; its events, proofs and packs stay as they are. Cannot be undone',
    body: SUBJECT_REVOKE_SCHEMA,
    answers: ERASED,
  },
  {
    ...operation('eraseDay', 'POST', '/v1/admin/audit/days:erase', 'personal.erase'),
    summary:
      'the same of what was nobody’s on a UTC day: addresses and agents of tokens that were not verified',
    body: DAY_SCHEMA,
    answers: ERASED,
  },
]
