import type { Collection } from '../../domain/collection.ts'
import { REASON_SCHEMA, REKEY_SCHEMA, SUBJECT_REVOKE_SCHEMA } from '../revoke.ts'
import type { Operation } from './operation.ts'
import { answer, listOf, named, object, operation, path } from './operation-parts.ts'
import { nameOf } from './resource-operations.ts'

const REPORT = { 200: answer('what became of it, measured', named('RevokeReport')) }
const STOPS = 'nothing of it is given any more until the lock is lifted, and what was given is ended'

/** The switch, and what it holds. */
export const REVOKE_OPERATIONS: readonly Operation[] = [
  {
    ...operation('revokeAssumption', 'POST', '/v1/admin/assumptions/{id}:revoke', 'sessions.revoke'),
    summary: 'ends one session at its store',
    parameters: [path('id', { type: 'string', pattern: '^asm_[0-9a-f-]{36}$' }, 'the assumption')],
    body: REASON_SCHEMA,
    answers: REPORT,
  },
  of('revokeMapping', 'mappings'),
  of('revokeRole', 'roles'),
  of('revokeTarget', 'targets'),
  of('revokeIssuer', 'issuers'),
  {
    ...operation('rekeyTarget', 'POST', '/v1/admin/targets/{name}:rekey', 'target.rekey'),
    summary: 'a new signing key; a compromised one is taken from the store, and proved to be refused',
    parameters: [nameOf('targets')],
    body: REKEY_SCHEMA,
    answers: { 200: answer('what the store says of both keys', named('RekeyReport')) },
  },
  {
    ...operation('revokeSubject', 'POST', '/v1/admin/subjects:revoke', 'sessions.revoke'),
    summary: STOPS,
    body: SUBJECT_REVOKE_SCHEMA,
    answers: REPORT,
  },
  {
    ...operation('listLocks', 'GET', '/v1/admin/locks', 'config.read'),
    summary: 'what is stopped, by whom and why',
    answers: { 200: answer('the locks, oldest first', object({ locks: listOf(named('Lock')) })) },
  },
  {
    ...operation('liftLock', 'POST', '/v1/admin/locks/{id}:lift', 'change.decide'),
    summary: 'it is given again; somebody other than who locked it, where two persons are required',
    parameters: [path('id', { type: 'string', pattern: '^rvk_[0-9a-f-]{36}$' }, 'the lock')],
    body: REASON_SCHEMA,
    answers: { 200: answer('the lock that was', named('Lock')) },
  },
]

function of(id: string, collection: Collection): Operation {
  return {
    ...operation(id, 'POST', `/v1/admin/${collection}/{name}:revoke`, 'sessions.revoke'),
    summary: STOPS,
    parameters: [nameOf(collection)],
    body: REASON_SCHEMA,
    answers: REPORT,
  }
}
