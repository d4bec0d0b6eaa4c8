import { PROBE_ROLE_SCHEMA, PROBE_TARGET_SCHEMA } from '../probe.ts'
import type { Operation, Parameter, Schema } from './operation.ts'
import {
  answer,
  listOf,
  named,
  object,
  operation,
  orNull,
  path,
  query,
  text,
  whole,
} from './operation-parts.ts'
import { nameOf } from './resource-operations.ts'

const ID: Schema = { type: 'string', pattern: '^prb_[0-9a-f-]{36}$' }
const SHEET = { 200: answer('the sheet, with what was asked and what came', named('ProbeSheet')) }
const LIMIT = query('limit', whole(1, 100), 'how many; 20 where nothing is said')
const FILTERS: readonly Parameter[] = [
  query('target', text(64), 'only of this target'),
  query('role', text(64), 'only of this role; left out: of targets and roles alike'),
  query('before', text(64), 'older than this probe: the `next` of the page before'),
  LIMIT,
]

/** What a store really does, measured. */
export const PROBE_OPERATIONS: readonly Operation[] = [
  {
    ...operation('probeTarget', 'POST', '/v1/admin/targets/{name}:probe', 'target.probe'),
    summary: 'tries the store with sessions that are ended and proved so; takes up to 90 seconds',
    parameters: [nameOf('targets')],
    body: PROBE_TARGET_SCHEMA,
    answers: SHEET,
  },
  {
    ...operation('probeRole', 'POST', '/v1/admin/roles/{name}:probe', 'target.probe'),
    summary: 'tries what the role may do, and what it may not, at its store',
    parameters: [nameOf('roles')],
    body: PROBE_ROLE_SCHEMA,
    answers: SHEET,
  },
  {
    ...operation('listProbes', 'GET', '/v1/admin/probes', 'config.read'),
    summary: 'sheets without their transcripts, newest first',
    parameters: FILTERS,
    answers: {
      200: answer('a page', object({ probes: listOf(named('ProbeHead')), next: orNull(ID) })),
    },
  },
  {
    ...operation('getProbe', 'GET', '/v1/admin/probes/{id}', 'config.read'),
    summary: 'one sheet with its transcript',
    parameters: [path('id', ID, 'the probe')],
    answers: SHEET,
  },
  {
    ...operation('getProbeSchedule', 'GET', '/v1/admin/probe-schedule', 'config.read'),
    summary: 'how every target stands by its probes, and when it is probed next by itself',
    answers: { 200: answer('the schedule', object({ targets: listOf(named('ProbeScheduled')) })) },
  },
]
