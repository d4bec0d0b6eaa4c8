import { EVENT_TYPES } from '../../domain/audit-event.ts'
import { DECISION_SCHEMA } from '../admin.ts'
import { SIMULATE_SCHEMA } from '../simulate.ts'
import { ACCESS_OPERATIONS } from './access-operations.ts'
import { ERASURE_OPERATIONS } from './erasure-operations.ts'
import { FINDINGS_OPERATIONS } from './findings-operations.ts'
import { LOG_OPERATIONS } from './log-operations.ts'
import type { Operation, Parameter, Schema } from './operation.ts'
import {
  answer,
  listOf,
  named,
  object,
  oneOf,
  operation,
  orNull,
  path,
  query,
  text,
  whole,
} from './operation-parts.ts'
import { PROBE_OPERATIONS } from './probe-operations.ts'
import { REPLAY_OPERATIONS } from './replay-operations.ts'
import { nameOf, RESOURCES, resourceOperations } from './resource-operations.ts'
import { REVIEW_OPERATIONS } from './review-operations.ts'
import { REVOKE_OPERATIONS } from './revoke-operations.ts'
import { USAGE_OPERATIONS } from './usage-operations.ts'

const SIMULATED: Schema = object({
  generation: { type: 'integer', minimum: 0 },
  outcome: oneOf(['granted', 'refused']),
  code: orNull({ type: 'string', description: 'why refused' }),
  notes: {
    ...listOf(object({ code: { type: 'string' }, says: { type: 'string' } })),
    description: 'what the token door would refuse of these claims before anything is decided',
  },
  decision: orNull({ type: 'object', description: 'as events have it' }),
  sessionPolicy: orNull({ type: 'object', description: 'what the session could do' }),
  lifetimeSeconds: orNull({ type: 'integer' }),
  mappings: listOf({ type: 'object', description: 'held against the claims, condition by condition' }),
  mappingsInAll: { type: 'integer', minimum: 0 },
})

/** Every operation of the admin API. The doors register by it, the document and the tests are made of it. */
export const OPERATIONS: readonly Operation[] = [
  {
    ...operation('planConfiguration', 'POST', '/v1/admin/config:plan', 'config.plan'),
    summary: 'what an apply of this configuration would do; changes nothing',
    body: configurationBody(),
    answers: { 200: answer('the plan, with everything that is wrong', named('Plan')) },
  },
  {
    ...operation('applyConfiguration', 'POST', '/v1/admin/config:apply', 'config.apply'),
    summary: 'makes the configuration this one, all of it or none',
    body: configurationBody(),
    answers: {
      200: answer('it stands, or nothing had to change', named('Applied')),
      202: answer('it widens: nothing of it stands before a second person’s yes', named('Applied')),
    },
  },
  ...REPLAY_OPERATIONS,
  {
    ...operation('simulate', 'POST', '/v1/admin/simulate', 'config.read'),
    summary:
      'what a token with these claims would get by the configuration that stands, and why. Nothing is verified, given, used up or recorded; locks, budgets and limits of use stay out of it',
    parameters: [query('limit', whole(1, 100), 'nearest mappings; 3 where nothing is said')],
    body: SIMULATE_SCHEMA,
    answers: { 200: answer('the decision, and the nearest mappings claim by claim', SIMULATED) },
  },
  ...RESOURCES.flatMap(([collection]) => resourceOperations(collection)),
  {
    ...operation('listChanges', 'GET', '/v1/admin/changes', 'config.read'),
    summary: 'changes that wait for a second person, and those that were decided; newest first',
    parameters: [
      query('state', oneOf(['pending', 'applied', 'rejected', 'withdrawn']), 'only these'),
      query('before', text(64), 'older than this id: the `next` of the page before'),
      query('limit', whole(1, 100), 'how many; 50 where nothing is said'),
    ],
    answers: {
      200: answer('a page', object({ changes: listOf(named('Change')), next: orNull(text(64)) })),
    },
  },
  {
    ...operation('getChange', 'GET', '/v1/admin/changes/{id}', 'config.read'),
    summary: 'one change with the plan that was asked for',
    parameters: [changeId()],
    answers: { 200: answer('the change', named('ChangeWithPlan')) },
  },
  decision('approveChange', 'approve', 'change.decide', {
    summary: 'a second person’s yes to exactly this hash on exactly this generation: it is applied',
    schema: named('Applied'),
  }),
  decision('rejectChange', 'reject', 'change.decide', {
    summary: 'a no: the change waits no more',
    schema: named('Change'),
  }),
  decision('withdrawChange', 'withdraw', 'config.apply', {
    summary: 'its author takes it back',
    schema: named('Change'),
  }),
  ...REVOKE_OPERATIONS,
  ...ERASURE_OPERATIONS,
  ...PROBE_OPERATIONS,
  ...ACCESS_OPERATIONS,
  ...USAGE_OPERATIONS,
  ...REVIEW_OPERATIONS,
  ...FINDINGS_OPERATIONS,
  {
    ...operation('getSelf', 'GET', '/v1/admin/self', 'config.read'),
    summary: 'who asks, as this server knows them, and their admin roles',
    answers: {
      200: answer(
        'who asks',
        object({
          issuer: { type: 'string' },
          sub: { type: 'string' },
          person: { type: 'string' },
          roles: listOf({ type: 'string' }),
        }),
      ),
    },
  },
  {
    ...operation('getTargetSetup', 'GET', '/v1/admin/targets/{name}/setup', 'config.read'),
    summary: 'what makes that store trust this server',
    parameters: [nameOf('targets')],
    answers: { 200: answer('settings, commands and the base policy', { type: 'object' }) },
  },
  {
    ...operation('getMappingUses', 'GET', '/v1/admin/mappings/{name}/uses', 'audit.read'),
    summary: 'the limits of a mapping, and how much is left',
    parameters: [nameOf('mappings')],
    answers: { 200: answer('the uses', { type: 'object' }) },
  },
  {
    ...operation('getMappingShadow', 'GET', '/v1/admin/mappings/{name}/shadow', 'audit.read'),
    summary: 'what a mapping would have done while it stood in shadow',
    parameters: [nameOf('mappings')],
    answers: { 200: answer('counts by version, effect and day', { type: 'object' }) },
  },
  {
    ...operation('explain', 'GET', '/v1/admin/explain/{id}', 'audit.read'),
    summary: 'why a request or assumption ended as it did',
    parameters: [
      path('id', { type: 'string', pattern: '^(req|asm)_[0-9a-f-]{36}$' }, 'a request or assumption'),
      query('limit', whole(1, 100), 'mappings shown; 10 where nothing is said'),
    ],
    answers: { 200: answer('the explanation', { type: 'object' }) },
  },
  ...LOG_OPERATIONS,
  {
    ...operation('listEvents', 'GET', '/v1/admin/audit/events', 'audit.read'),
    summary: 'events of the audit log, newest first',
    parameters: [
      query('type', oneOf(EVENT_TYPES), 'only these; may stand several times'),
      ...['assumption', 'request', 'issuer', 'role', 'mapping', 'code'].map((name) =>
        query(name, { type: 'string', maxLength: 256 }, 'only these'),
      ),
      query('from', { type: 'string', format: 'date-time' }, 'not before'),
      query('to', { type: 'string', format: 'date-time' }, 'before'),
      query('before', whole(0, 999_999_999_999_999), 'below this sequence: the `next` of the page before'),
      query('limit', whole(1, 500), 'how many; 50 where nothing is said'),
    ],
    answers: {
      200: answer(
        'a page',
        object({ events: listOf({ type: 'object' }), next: orNull({ type: 'integer' }) }),
      ),
    },
  },
]

const BY_ID = new Map(OPERATIONS.map((one) => [one.id, one] as const))

/** The operation of that id. Throws a RangeError where there is none: a door of no operation is a defect. */
export function operationOf(id: string): Operation {
  const found = BY_ID.get(id)
  if (found === undefined) throw new RangeError(`no operation ${id}`)
  return found
}

function configurationBody(): Schema {
  return object(
    {
      configuration: { type: 'object', description: 'the content of a stint.yaml' },
      expectedGeneration: { type: 'integer', minimum: 0 },
    },
    ['expectedGeneration'],
  )
}

function changeId(): Parameter {
  return path('id', { type: 'string', pattern: '^chg_[0-9a-f-]{36}$' }, 'the change')
}

function decision(
  id: string,
  verb: string,
  permission: Operation['permission'],
  { summary, schema }: { readonly summary: string; readonly schema: Schema },
): Operation {
  return {
    ...operation(id, 'POST', `/v1/admin/changes/{id}:${verb}`, permission),
    summary,
    parameters: [changeId()],
    body: DECISION_SCHEMA,
    answers: { 200: answer('what became of it', schema) },
  }
}
