import { minioBytes } from '../print.ts'
import type { Dialect } from './dialect.ts'
import { MINIO_ACTIONS } from './minio-actions.ts'
import { checkMinioConditions, MINIO_CONDITION_KEYS } from './minio-conditions.ts'
import type { StatementRules } from './statement.ts'
import { checkStatementBy } from './statement.ts'

const RULES: StatementRules = {
  actions: MINIO_ACTIONS,
  mixed: false,
  oneSign: false,
  anySegment: false,
  escapes: false,
  // What asks for no bucket is matched as `/`, by this resource alone.
  wholeStore: ['arn:aws:s3:::*'],
  isKeyArn: () => false,
  checkConditions: checkMinioConditions,
}

/** Community MinIO and its kin, as pkg/policy v3.1.3 reads a session policy. */
export const MINIO: Dialect = {
  name: 'minio',
  title: 'MinIO',
  actions: MINIO_ACTIONS,
  open: false,
  keys: MINIO_CONDITION_KEYS,
  budget: {
    // minio/minio `cmd/sts-handlers.go` maxSTSSessionPolicySize.
    max: 2048,
    unit: 'bytes',
    counted: 'the document as MinIO writes it again',
    unseen: null,
  },
  measure: minioBytes,
  escapes: new Map(),
  // It fills conditions from all headers and query names of the caller, and looks those up first.
  isForgeable: () => true,
  reading: {
    starIgnoresResource: true,
    starBeginsAll: false,
    actionsByCase: true,
    keysByCase: true,
    oneSign: 'byte',
    bucketIsPath: true,
    escapes: false,
    implies: new Map([['s3:GetObjectVersion', 's3:GetObject']]),
    missingHoldsNot: true,
    notOf: 'all',
    nullReadsValue: true,
  },
  checkStatement: (statement, placeholders, path) =>
    checkStatementBy(RULES, statement, { placeholders, path }),
}
