import type { ConditionKeys } from '../condition-key.ts'
import { utf8Bytes } from '../print.ts'
import type { Dialect } from './dialect.ts'
import { RGW_ACTIONS } from './rgw-actions.ts'
import type { ConditionRules } from './standard-conditions.ts'
import { checkConditionsBy } from './standard-conditions.ts'
import type { StatementRules } from './statement.ts'
import { checkStatementBy } from './statement.ts'

const KEYS: ConditionKeys = {
  common: new Set([
    'aws:CurrentTime',
    'aws:EpochTime',
    'aws:PrincipalType',
    'aws:Referer',
    'aws:SecureTransport',
    'aws:SourceIp',
    'aws:TagKeys',
    'aws:TokenIssueTime',
    'aws:UserAgent',
    'aws:username',
    'aws:PrincipalTag',
    'aws:RequestTag',
  ]),
  tagged: new Set(['aws:PrincipalTag', 'aws:RequestTag', 's3:ExistingObjectTag', 's3:RequestObjectTag']),
  actions: RGW_ACTIONS,
}

/**
 * Tried on 16.2 with forged headers and query names, which helped nobody (`aws:SourceIp` where `rgw_remote_addr_param`
 * is left as it is). What nobody tried counts as forgeable, though the source fills it from fixed names.
 */
const HELD = new Set(['s3:prefix', 'aws:CurrentTime', 'aws:SourceIp', 'aws:TokenIssueTime'])

const SETS = new Set(['StringEquals', 'StringEqualsIgnoreCase', 'StringLike'])

/** Facts of src/rgw/rgw_iam_policy.cc, `Condition::eval`. */
const CONDITIONS: ConditionRules = {
  keys: KEYS,
  has: ({ base, family, qualifier }) =>
    family !== 'arn' && family !== 'binary' && (qualifier === null || SETS.has(base)),
  isForgeable: (key) => !HELD.has(key),
  refuseValues: ({ negated, family }, values) => {
    if (negated && family !== 'ip' && values.length > 1)
      return 'RGW takes several values of a negated operator for one of which may differ, which always holds:'
    if (family === 'null' && values.some((value) => value !== 'true'))
      return 'RGW does not read the value of Null and always asks whether the key is missing:'
    return null
  },
}

const RULES: StatementRules = {
  actions: RGW_ACTIONS,
  mixed: true,
  oneSign: true,
  anySegment: false,
  escapes: false,
  wholeStore: ['arn:aws:s3:::*'],
  isKeyArn: () => false,
  checkConditions: (condition, at) => checkConditionsBy(CONDITIONS, condition, at),
}

/** Ceph RGW from 16.2 on. */
export const RGW: Dialect = {
  name: 'rgw',
  title: 'Ceph RGW',
  actions: RGW_ACTIONS,
  open: false,
  keys: KEYS,
  budget: {
    // src/rgw/rgw_sts.h MAX_POLICY_SIZE.
    max: 2048,
    unit: 'bytes',
    counted: 'the document as it is sent',
    unseen: null,
  },
  measure: utf8Bytes,
  escapes: new Map(),
  isForgeable: CONDITIONS.isForgeable,
  reading: {
    starIgnoresResource: false,
    starBeginsAll: true,
    actionsByCase: false,
    keysByCase: true,
    oneSign: 'character',
    bucketIsPath: false,
    escapes: false,
    implies: new Map(),
    missingHoldsNot: false,
    notOf: 'any',
    nullReadsValue: false,
  },
  checkStatement: (statement, placeholders, path) =>
    checkStatementBy(RULES, statement, { placeholders, path }),
}
