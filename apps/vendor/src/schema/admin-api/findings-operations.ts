import { RESOURCE_KINDS } from '../../domain/resource.ts'
import type { Operation } from './operation.ts'
import { answer, listOf, object, oneOf, operation, orNull, query, text, whole } from './operation-parts.ts'

const STRING = { type: 'string' }
const COUNT = whole(0, Number.MAX_SAFE_INTEGER)
const INSTANT = { type: 'string', format: 'date-time' }
const KINDS = [...RESOURCE_KINDS, 'log']

/** What lint, probes, detectors and stores find; of one that is gone only what the log kept of it. */
const FINDING = object(
  {
    rule: STRING,
    severity: oneOf(['warning', 'notice']),
    kind: oneOf(KINDS),
    name: STRING,
    message: STRING,
    at: listOf({ type: ['string', 'integer'] }),
    fix: STRING,
    source: oneOf(['lint', 'detector', 'store']),
    detector: orNull({ type: 'string', pattern: '^S(0[1-9]|1[0-9]|20)$' }),
    key: { ...orNull(STRING), description: 'the same thing has the same key; null: of the lint' },
    evidence: {
      type: 'object',
      description: 'what it rests on',
      additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
    },
    firstSeen: { ...orNull(INSTANT), description: 'when the log first heard of it; null: not yet' },
    gone: INSTANT,
    times: { ...COUNT, description: 'how often it was there' },
  },
  ['at', 'fix', 'source', 'evidence', 'gone', 'times'],
)

export const FINDINGS_OPERATIONS: readonly Operation[] = [
  {
    ...operation('listFindings', 'GET', '/v1/admin/findings', 'config.read'),
    summary:
      'what somebody should think about in what stands: lint, probes, detectors S01 to S20, and what stores tell',
    parameters: [
      ...['rule', 'name'].map((name) => query(name, text(128), 'only these')),
      query('kind', oneOf(KINDS), 'only these'),
      query('severity', oneOf(['warning', 'notice']), 'only these'),
      query('source', oneOf(['lint', 'detector', 'store']), 'only these'),
      query('detector', { type: 'string', pattern: '^S(0[1-9]|1[0-9]|20)$' }, 'only these'),
      query('state', oneOf(['open', 'gone']), 'gone: what detectors found and find no more, without filters'),
      query('after', whole(0, 999_999_999), 'how many to leave out'),
      query('limit', whole(1, 1000), 'how many; 100 where nothing is said'),
    ],
    answers: {
      200: answer(
        'a page',
        object({
          generation: COUNT,
          total: COUNT,
          findings: listOf(FINDING),
          next: orNull({ type: 'integer' }),
        }),
      ),
    },
  },
]
