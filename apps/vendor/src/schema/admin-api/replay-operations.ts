import type { Operation, Schema } from './operation.ts'
import { answer, listOf, object, operation, orNull, query, whole } from './operation-parts.ts'

const COUNT: Schema = { type: 'integer', minimum: 0 }
const STRING: Schema = { type: 'string' }
const INSTANT: Schema = { type: 'string', format: 'date-time' }
const HASH: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$' }

const SAID = orNull(
  object({ code: orNull({ ...STRING, description: 'why refused; null: granted' }), role: orNull(STRING) }),
)
const LIST = object({
  items: listOf(
    object({
      issuer: STRING,
      sub: STRING,
      roleAsked: orNull(STRING),
      present: SAID,
      drafted: SAID,
      unknown: { ...listOf(listOf(STRING)), description: 'claims that were not recorded' },
      recorded: { ...STRING, description: 'how the newest was decided: `granted` or the code' },
      count: COUNT,
      first: INSTANT,
      last: INSTANT,
      assumption: { ...STRING, description: 'the newest of them' },
    }),
  ),
  more: { ...COUNT, description: 'items beside these' },
})

/** What a draft would have done. */
export const REPLAY_OPERATIONS: readonly Operation[] = [
  {
    ...operation('replayConfiguration', 'POST', '/v1/admin/config:replay', 'config.plan'),
    summary:
      'what this configuration would have made of recorded decisions; changes nothing. With `Accept: application/x-ndjson` lines of `progress`, drafted one of `report` or `error`',
    parameters: [
      query('days', whole(1, 3660), 'decisions of so many days up to present; 30 where nothing is said'),
      query('limit', whole(1, 1000), 'items of each list; 100 where nothing is said'),
    ],
    body: object(
      {
        configuration: { type: 'object', description: 'the content of a stint.yaml' },
        expectedGeneration: { type: 'integer', minimum: 0 },
      },
      ['expectedGeneration'],
    ),
    answers: {
      200: answer(
        'what would change, by effect',
        object({
          generation: COUNT,
          hashAfter: HASH,
          from: INSTANT,
          to: INSTANT,
          decisions: COUNT,
          counts: object({
            refuses: COUNT,
            allows: COUNT,
            differs: COUNT,
            cannot_tell: COUNT,
            unchanged: COUNT,
          }),
          refuses: LIST,
          allows: LIST,
          differs: LIST,
          cannot_tell: LIST,
          notReplayed: object({
            chained: COUNT,
            unverified: COUNT,
            limited: COUNT,
            summarised: COUNT,
            pruned: { ...COUNT, description: 'taken out of the log by their age' },
          }),
        }),
      ),
    },
  },
]
