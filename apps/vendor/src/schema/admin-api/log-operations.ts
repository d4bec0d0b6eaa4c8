import { EXPORT_FORMATS } from '../../domain/export/export-line.ts'
import { HASH_TOKEN_SCHEMA } from '../hash-token.ts'
import type { Operation } from './operation.ts'
import { answer, listOf, object, oneOf, operation, query, text, whole } from './operation-parts.ts'

const MOST = 999_999_999_999_999

/** Proofs in the audit log's tree, for who may read it. */
export const LOG_OPERATIONS: readonly Operation[] = [
  {
    ...operation('getProof', 'GET', '/v1/admin/audit/proof', 'audit.read'),
    summary: 'that an event stands in the tree of the newest checkpoint, as a C2SP .tlog-proof',
    parameters: [{ ...query('seq', whole(1, MOST), 'the event'), required: true }],
    answers: {
      200: answer(
        'the proof, and the hash of the leaf that it is of',
        object({
          seq: whole(1, MOST),
          leaf: { type: 'string', pattern: '^[0-9a-f]{64}$' },
          proof: text(100_000),
        }),
      ),
    },
  },
  {
    ...operation('getConsistency', 'GET', '/v1/admin/audit/consistency', 'audit.read'),
    summary: 'that the log of one size goes on from the log of another (RFC 6962 §2.1.2)',
    parameters: [
      { ...query('from', whole(1, MOST), 'the older size'), required: true },
      { ...query('to', whole(1, MOST), 'the newer size'), required: true },
    ],
    answers: {
      200: answer(
        'the proof',
        object({
          from: whole(1, MOST),
          to: whole(1, MOST),
          proof: listOf({ type: 'string', pattern: '^[A-Za-z0-9+/]{43}=$' }),
        }),
      ),
    },
  },
  {
    ...operation('hashToken', 'POST', '/v1/admin/audit/hash', 'audit.read'),
    summary:
      'the keyed digest under which events know this token (`digest`), so that one in hand is found in the log; the token goes nowhere',
    body: HASH_TOKEN_SCHEMA,
    answers: { 200: answer('the digest', object({ digest: text(64) })) },
  },
  {
    ...operation('exportEvents', 'GET', '/v1/admin/audit/export', 'audit.read'),
    summary: 'a page of the log in its order, in a form that others read (docs/EVENTS.md)',
    parameters: [
      { ...query('format', oneOf(EXPORT_FORMATS), 'the form of a line'), required: true },
      query('from', { ...text(64), format: 'date-time' }, 'not before'),
      query('to', { ...text(64), format: 'date-time' }, 'before'),
      query('after', whole(0, MOST), 'above this sequence: the header `stint-next` of the page before'),
      query('limit', whole(1, 1000), 'how many at most; 500 where nothing is said'),
    ],
    answers: {
      200: {
        ...answer('a line an event; without `stint-next` the log ends here', { type: 'string' }),
        mediaType: 'application/x-ndjson',
      },
    },
  },
]
