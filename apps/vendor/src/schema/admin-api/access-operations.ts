import { GHOST_REASONS } from '../../domain/access/ghost.ts'
import { REASON_SCHEMA } from '../revoke.ts'
import type { Operation, Schema } from './operation.ts'
import {
  answer,
  listOf,
  object,
  oneOf,
  operation,
  orNull,
  path,
  query,
  text,
  whole,
} from './operation-parts.ts'
import { nameOf } from './resource-operations.ts'

const STRING: Schema = { type: 'string' }
const COUNT: Schema = { type: 'integer', minimum: 0 }
const INSTANT: Schema = { type: 'string', format: 'date-time' }
const EVENT_ID: Schema = { type: 'string', pattern: '^evt_[0-9a-f-]{36}$' }
const REASON = oneOf(Object.keys(GHOST_REASONS))
const DAYS = query('days', whole(1, 400), 'of so many days; 90 where nothing is said')

const BY = object({
  ...{ assumption: STRING, request: STRING, at: INSTANT, issuer: STRING, sub: STRING },
  role: orNull(STRING),
  mappings: listOf(STRING),
  commit: orNull(STRING),
  claims: listOf(object({ path: listOf(STRING), value: {} })),
})
const ACCESS = object({
  ...{ target: STRING, bucket: STRING },
  object: { ...STRING, description: 'a key; where `exact` is false what the keys begin with' },
  exact: { type: 'boolean' },
  api: { ...STRING, description: 'the store’s name of what was asked' },
  deed: oneOf(['read', 'wrote', 'deleted', 'listed', 'other']),
  ...{ allowed: COUNT, refused: COUNT, first: INSTANT, last: INSTANT },
  accessKeyId: { ...STRING, description: 'empty: nobody, the store lets everybody' },
  source: STRING,
  ghost: orNull(REASON),
  by: orNull(BY),
  pruned: {
    ...orNull(STRING),
    description: 'the assumption that it names, where what the log had of it was taken out by its age',
  },
})
const TOLD = { sinceMs: COUNT, untilMs: COUNT }
const GHOST = object({
  ...{ id: EVENT_ID, at: INSTANT, target: STRING, reason: REASON, accessKeyId: STRING },
  sub: orNull(STRING),
  assumption: orNull(STRING),
  by: oneOf(['webhook', 'list']),
  firstSeen: INSTANT,
  lastUsed: orNull(INSTANT),
  expires: orNull(INSTANT),
  source: orNull(STRING),
  uses: COUNT,
  dismissed: orNull(object({ by: STRING, at: INSTANT, reason: STRING })),
})
const USES = listOf(object({ name: STRING, count: COUNT, lastMs: COUNT }))
const AGAINST = object({ granted: listOf(STRING), used: USES, never: listOf(STRING) })
const EXERCISED = object({
  role: STRING,
  mapping: orNull(STRING),
  target: STRING,
  told: object(TOLD),
  sessions: COUNT,
  calls: COUNT,
  actions: object({
    ...{ granted: listOf(STRING), used: USES, never: listOf(STRING) },
    untold: { ...listOf(STRING), description: 'not seen, and the store would not tell of a use' },
  }),
  places: AGAINST,
  refused: USES,
})

/** What stores told of sessions: accesses, what was used of what is granted, and sessions that are none of ours. */
export const ACCESS_OPERATIONS: readonly Operation[] = [
  {
    ...operation('listAccesses', 'GET', '/v1/admin/accesses', 'audit.read'),
    summary: 'who was behind the accesses to an object, as far as its store told; newest first',
    parameters: [
      { ...query('bucket', text(256), 'the bucket'), required: true },
      query('key', text(1024), 'the object; left out: everything of the bucket'),
      query('target', text(64), 'only at this store'),
      query('since', { type: 'string', format: 'date-time', maxLength: 32 }, 'not before'),
      query('cursor', text(4096), 'the `next` of the page before'),
      query('limit', whole(1, 500), 'how many; 50 where nothing is said'),
    ],
    answers: {
      200: answer(
        'a page, and from when to when each store told anything',
        object({
          accesses: listOf(ACCESS),
          next: orNull(STRING),
          told: listOf(object({ target: STRING, ...TOLD })),
        }),
      ),
    },
  },
  {
    ...operation('getRoleExercised', 'GET', '/v1/admin/roles/{name}/exercised', 'audit.read'),
    summary: 'what the role grants against what its sessions used, as far as its store told',
    parameters: [nameOf('roles'), DAYS],
    answers: { 200: answer('granted against used', EXERCISED) },
  },
  {
    ...operation('getMappingExercised', 'GET', '/v1/admin/mappings/{name}/exercised', 'audit.read'),
    summary: 'what the mapping’s role grants against what sessions used that it admitted',
    parameters: [nameOf('mappings'), DAYS],
    answers: { 200: answer('granted against used', EXERCISED) },
  },
  {
    ...operation('generatePolicies', 'POST', '/v1/admin/policies:generate', 'config.plan'),
    summary:
      'the policies of a mapping’s role with nothing in them but what its sessions used, as far as its store told; never wider than they are, and nothing is saved',
    parameters: [{ ...query('mapping', text(64), 'the mapping'), required: true }, DAYS],
    answers: {
      200: answer(
        'each policy as it could be; `document` null: nothing of it was used',
        object({
          ...{
            mapping: STRING,
            role: STRING,
            told: object(TOLD),
            since: INSTANT,
            sessions: COUNT,
            calls: COUNT,
          },
          policies: listOf(
            object({
              use: STRING,
              document: orNull({ type: 'object' }),
              untold: { ...listOf(STRING), description: 'stay, because the store would not tell of a use' },
              dropped: listOf(object({ action: STRING, resource: STRING, told: { type: 'boolean' } })),
            }),
          ),
        }),
      ),
    },
  },
  {
    ...operation('listGhosts', 'GET', '/v1/admin/ghosts', 'audit.read'),
    summary: 'sessions that a store knows and the log does not, newest first',
    parameters: [
      query('target', text(64), 'only at this store'),
      query('state', oneOf(['open', 'all']), 'open ones where nothing is said'),
      query('before', text(64), 'older than this id: the `next` of the page before'),
      query('limit', whole(1, 500), 'how many; 50 where nothing is said'),
    ],
    answers: { 200: answer('a page', object({ ghosts: listOf(GHOST), next: orNull(EVENT_ID) })) },
  },
  {
    ...operation('dismissGhost', 'POST', '/v1/admin/ghosts/{id}:dismiss', 'sessions.revoke'),
    summary: 'somebody looked into it: it is no finding any more, and stays in the log',
    parameters: [path('id', EVENT_ID, 'the event that tells of it')],
    body: REASON_SCHEMA,
    answers: { 200: answer('the ghost', GHOST) },
  },
  {
    ...operation('reconcileTarget', 'POST', '/v1/admin/targets/{name}:reconcile', 'target.probe'),
    summary: 'asks the store for its list of sessions now, and holds it against the log',
    parameters: [nameOf('targets')],
    answers: {
      200: answer(
        'how that went',
        object({ target: STRING, ok: orNull(INSTANT), sessions: COUNT, failed: orNull(STRING) }),
      ),
    },
  },
]
