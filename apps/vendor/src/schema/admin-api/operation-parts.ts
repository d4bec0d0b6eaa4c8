import { PROBE_GROUPS } from '../../domain/probe/try.ts'
import type { Operation, Parameter, Schema } from './operation.ts'

/** Pieces of which operations are made: parameters and the schemas of answers. */

export const text = (maxLength: number): Schema => ({ type: 'string', minLength: 1, maxLength })
export const whole = (minimum: number, maximum: number): Schema => ({ type: 'integer', minimum, maximum })
export const oneOf = (values: readonly string[]): Schema => ({ type: 'string', enum: values })
export const listOf = (items: Schema): Schema => ({ type: 'array', items })
export const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] })
export const named = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })
const BOOLEAN: Schema = { type: 'boolean' }
const STRING: Schema = { type: 'string' }
const COUNT: Schema = { type: 'integer', minimum: 0 }
const HASH: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$' }
const INSTANT: Schema = { type: 'string', format: 'date-time' }

/** All members are there, and no others. */
export function object(
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, required, additionalProperties: false }
}

export function query(name: string, schema: Schema, description: string): Parameter {
  return { name, in: 'query', required: false, description, schema }
}

export function path(name: string, schema: Schema, description: string): Parameter {
  return { name, in: 'path', required: true, description, schema }
}

const WIDENS = listOf(object({ kind: STRING, name: STRING, code: STRING }))
const ACTOR = object({ issuer: STRING, sub: STRING, person: STRING })
const PROBLEMS = listOf(
  object({
    severity: oneOf(['error', 'warning', 'notice']),
    code: STRING,
    path: listOf({ type: ['string', 'integer'] }),
    message: STRING,
  }),
)
const PLAN = {
  generation: COUNT,
  hashBefore: HASH,
  hashAfter: HASH,
  changes: listOf(
    object({
      kind: STRING,
      name: STRING,
      action: oneOf(['create', 'change', 'enable', 'disable']),
      version: COUNT,
      sha256: HASH,
      lines: listOf(STRING),
    }),
  ),
  problems: PROBLEMS,
  moreProblems: COUNT,
  widens: WIDENS,
  moreWidens: COUNT,
  applied: BOOLEAN,
  waits: { ...BOOLEAN, description: 'whether it needs a second person’s yes' },
}
const VERSION = {
  version: COUNT,
  state: oneOf(['enabled', 'disabled']),
  sha256: HASH,
  author: STRING,
  at: INSTANT,
  generation: COUNT,
}
const CHANGE = {
  id: { type: 'string', pattern: '^chg_[0-9a-f-]{36}$' },
  state: oneOf(['pending', 'applied', 'rejected', 'withdrawn']),
  stale: { ...BOOLEAN, description: 'the configuration moved on: nobody can approve it any more' },
  generation: COUNT,
  hash: HASH,
  author: ACTOR,
  at: INSTANT,
  widens: WIDENS,
  moreWidens: COUNT,
  decided: orNull(object({ by: ACTOR, at: INSTANT, reason: orNull(STRING) })),
}

const PROBE_HEAD = {
  probe: { type: 'string', pattern: '^prb_[0-9a-f-]{36}$' },
  target: object({ name: STRING, version: COUNT }),
  role: orNull(object({ name: STRING, version: COUNT })),
  store: object({ kind: STRING, mode: STRING, endpoint: STRING, region: STRING }),
  trigger: oneOf(['asked', 'new_target', 'schedule']),
  actor: orNull(ACTOR),
  began: INSTANT,
  ended: INSTANT,
  outcome: oneOf(['completed', 'failed', 'cut']),
  code: orNull(STRING),
  identity: orNull(
    object({
      server: orNull(STRING),
      reads: { type: 'object', additionalProperties: oneOf(['holds', 'fails']) },
    }),
  ),
  sessions: object({
    minted: COUNT,
    proved: COUNT,
    unproved: listOf(object({ assumption: STRING, detail: STRING, latestExpiry: INSTANT })),
  }),
  left: listOf(STRING),
  holds: COUNT,
  fails: COUNT,
  notTried: COUNT,
  broken: listOf(STRING),
  blind: BOOLEAN,
  immune: { ...BOOLEAN, description: 'it withstood every condition that a caller could answer himself' },
}
const PROBE_TRY = object({
  id: STRING,
  group: oneOf(PROBE_GROUPS),
  title: STRING,
  expected: STRING,
  bears: oneOf(['guarantee', 'weakness']),
  verdict: oneOf(['holds', 'fails', 'not_tried']),
  reason: orNull(STRING),
  steps: listOf(
    object({
      says: STRING,
      is: oneOf(['control', 'claim']),
      expect: oneOf(['allowed', 'refused', 'gone']),
      meaning: oneOf(['allowed', 'refused', 'missing', 'gone', 'unclear', 'unanswered']),
      status: orNull(COUNT),
      code: orNull(STRING),
      ms: COUNT,
    }),
  ),
  ms: COUNT,
})

/** The schemas that answers share, by name. */
export const SCHEMAS: Readonly<Record<string, Schema>> = {
  Problem: {
    type: 'object',
    description: 'RFC 9457 problem details',
    required: ['type', 'title', 'status', 'code', 'request_id'],
    properties: {
      type: STRING,
      title: STRING,
      status: COUNT,
      code: STRING,
      request_id: { type: 'string', pattern: '^req_[0-9a-f-]{36}$' },
      detail: STRING,
      problems: PROBLEMS,
      moreProblems: COUNT,
    },
    additionalProperties: false,
  },
  Plan: object(PLAN),
  Applied: object(
    {
      ...PLAN,
      change: object({ id: CHANGE.id, state: CHANGE.state, generation: COUNT, hash: HASH }),
    },
    ['change'],
  ),
  Version: object(VERSION),
  Resource: object({ kind: STRING, name: STRING, ...VERSION, body: { type: 'object' } }),
  Change: object(CHANGE),
  ChangeWithPlan: object({
    ...CHANGE,
    plan: { type: 'object', description: 'the plan as whoever asked saw it (Plan)' },
  }),
  Lock: object({
    id: { type: 'string', pattern: '^rvk_[0-9a-f-]{36}$' },
    of: { type: 'object' },
    by: ACTOR,
    at: INSTANT,
    reason: STRING,
    locked: BOOLEAN,
  }),
  ProbeHead: object(PROBE_HEAD),
  ProbeSheet: object({ ...PROBE_HEAD, tries: listOf(PROBE_TRY) }),
  ProbeScheduled: object({
    target: STRING,
    every: orNull({ ...COUNT, description: 'seconds; null: only when somebody asks' }),
    running: BOOLEAN,
    due: orNull(INSTANT),
    newest: orNull(named('ProbeHead')),
    completed: orNull(named('ProbeHead')),
  }),
  RekeyReport: object({
    target: STRING,
    thumbprint: STRING,
    replaces: STRING,
    compromised: BOOLEAN,
    newKey: oneOf(['accepted', 'refused', 'unknown']),
    oldKey: orNull(oneOf(['accepted', 'refused', 'unknown'])),
  }),
  RevokeReport: object({
    revocation: STRING,
    lock: orNull(STRING),
    sessions: COUNT,
    proved: COUNT,
    unproved: listOf(object({ assumption: STRING, target: STRING, latestExpiry: INSTANT, detail: STRING })),
    moreUnproved: COUNT,
    deniedOlder: listOf(STRING),
    stoppedMs: COUNT,
    lastMs: orNull(COUNT),
  }),
  Difference: object({ from: COUNT, to: COUNT, lines: listOf(STRING), widens: listOf(STRING) }),
}

/** The head of an operation that takes nothing. */
export function operation(
  id: string,
  method: Operation['method'],
  at: string,
  permission: Operation['permission'],
): Pick<Operation, 'id' | 'method' | 'path' | 'permission' | 'parameters' | 'body'> {
  return { id, method, path: at, permission, parameters: [], body: null }
}

export function answer(description: string, schema: Schema): Operation['answers'][number] {
  return { description, schema }
}
