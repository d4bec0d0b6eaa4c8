import type { Operation, Parameter, Schema } from './operation.ts'
import { answer, listOf, object, oneOf, operation, orNull, query, text, whole } from './operation-parts.ts'
import { nameOf } from './resource-operations.ts'

const COUNT: Schema = { type: 'integer', minimum: 0 }
const INSTANT: Schema = { type: 'string', format: 'date-time' }
const DATE: Schema = { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' }
const STRING: Schema = { type: 'string' }

const COUNTS = object({
  issued: COUNT,
  redelivered: COUNT,
  refused: COUNT,
  withheld: COUNT,
  upstreamFailed: COUNT,
})
const USED = orNull(object({ first: INSTANT, last: INSTANT }))
const TOLD = object({ count: COUNT, more: { type: 'boolean', description: 'there were more than these' } })
const SECONDS = orNull(COUNT)
const LIFETIME = object({ count: COUNT, p50Seconds: SECONDS, p95Seconds: SECONDS, mostSeconds: SECONDS })
const POINTS = listOf(
  object({
    from: { ...DATE, description: 'the first day of the step' },
    counts: COUNTS,
    used: USED,
    refusals: { type: 'object', additionalProperties: COUNT },
  }),
)
const PERIOD = { from: DATE, to: DATE, step: oneOf(['day', 'week', 'month']) }

const PARAMETERS: readonly Parameter[] = [
  query('from', text(10), 'the first UTC day, 2026-07-01; 89 days before `to` where nothing is said'),
  query('to', text(10), 'the last UTC day; today where nothing is said'),
  query('step', oneOf(['day', 'week', 'month']), 'of the series; week where nothing is said'),
]
const LIMIT = query('limit', whole(1, 1000), 'how many; 100 where nothing is said')

const MAPPING = object({
  mapping: STRING,
  ...PERIOD,
  counts: COUNTS,
  used: USED,
  ever: USED,
  versions: listOf(object({ version: COUNT, issuer: STRING, role: STRING, counts: COUNTS, used: USED })),
  subjects: TOLD,
  networks: TOLD,
  given: LIFETIME,
  asked: LIFETIME,
  points: POINTS,
})
const SEEN = { first: INSTANT, last: INSTANT, count: COUNT }

function series(id: string, collection: 'roles' | 'issuers' | 'targets'): Operation {
  return {
    ...operation(id, 'GET', `/v1/admin/${collection}/{name}/usage`, 'config.read'),
    summary: 'what was given and refused, step by step',
    parameters: [nameOf(collection), ...PARAMETERS],
    answers: { 200: answer('the series', object({ name: STRING, ...PERIOD, points: POINTS })) },
  }
}

/** How mappings, roles, issuers and targets were used. */
export const USAGE_OPERATIONS: readonly Operation[] = [
  {
    ...operation('getMappingUsage', 'GET', '/v1/admin/mappings/{name}/usage', 'config.read'),
    summary: 'how a mapping was used in a period',
    parameters: [nameOf('mappings'), ...PARAMETERS],
    answers: { 200: answer('its use', MAPPING) },
  },
  {
    ...operation('getMappingSubjects', 'GET', '/v1/admin/mappings/{name}/subjects', 'audit.read'),
    summary: 'whom a mapping admitted and where they came from, last seen first',
    parameters: [nameOf('mappings'), LIMIT],
    answers: {
      200: answer(
        'subjects and networks',
        object({
          mapping: STRING,
          subjects: listOf(object({ issuer: STRING, sub: STRING, ...SEEN, firstNetwork: STRING })),
          networks: listOf(
            object({ network: STRING, ...SEEN, firstSubject: object({ issuer: STRING, sub: STRING }) }),
          ),
        }),
      ),
    },
  },
  series('getRoleUsage', 'roles'),
  series('getIssuerUsage', 'issuers'),
  series('getTargetUsage', 'targets'),
]
