/** The condition operators of MinIO (pkg v3.1.3), without and with `ForAllValues:`/`ForAnyValue:` before them. */
const OPERATORS = new Set([
  'StringEquals',
  'StringNotEquals',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
  'StringLike',
  'StringNotLike',
  'BinaryEquals',
  'IpAddress',
  'NotIpAddress',
  'Null',
  'Bool',
  'NumericEquals',
  'NumericNotEquals',
  'NumericLessThan',
  'NumericLessThanEquals',
  'NumericGreaterThan',
  'NumericGreaterThanEquals',
  'NumericGreaterThanIfExists',
  'DateEquals',
  'DateNotEquals',
  'DateLessThan',
  'DateLessThanEquals',
  'DateGreaterThan',
  'DateGreaterThanEquals',
])

/** Keys that MinIO takes with every action. */
const COMMON_KEYS = new Set([
  's3:signatureversion',
  's3:authType',
  's3:signatureAge',
  's3:x-amz-content-sha256',
  's3:LocationConstraint',
  'aws:Referer',
  'aws:SourceIp',
  'aws:UserAgent',
  'aws:SecureTransport',
  'aws:CurrentTime',
  'aws:EpochTime',
  'aws:principaltype',
  'aws:userid',
  'aws:username',
  'aws:groups',
])

const LIST_ACTIONS = new Set(['s3:ListBucket', 's3:ListBucketVersions'])
const LIST_KEYS = new Set(['s3:prefix', 's3:delimiter', 's3:max-keys'])

/** Whether MinIO has the operator; set qualifiers may stand before it. */
export function isConditionOperator(operator: string): boolean {
  return OPERATORS.has(operator.replace(/^(?:ForAllValues|ForAnyValue):/, ''))
}

/** Whether MinIO takes the key in a statement of exactly these actions; a key that fits only some refuses the policy. */
export function isConditionKey(key: string, actions: readonly string[]): boolean {
  if (COMMON_KEYS.has(key)) return true
  return LIST_KEYS.has(key) && actions.every((action) => LIST_ACTIONS.has(action))
}
