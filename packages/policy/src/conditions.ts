import { actionConditionKeys } from './actions.ts'

/** What an operator compares, and so which values it takes. */
export type OperatorFamily = 'string' | 'like' | 'binary' | 'ip' | 'null' | 'bool' | 'numeric' | 'date'

/** The condition operators of MinIO (facts of its pkg/policy v3.1.3): no Arn*, and one single …IfExists. */
const OPERATORS: ReadonlyMap<string, OperatorFamily> = new Map([
  ['StringEquals', 'string'],
  ['StringNotEquals', 'string'],
  ['StringEqualsIgnoreCase', 'string'],
  ['StringNotEqualsIgnoreCase', 'string'],
  ['StringLike', 'like'],
  ['StringNotLike', 'like'],
  ['BinaryEquals', 'binary'],
  ['IpAddress', 'ip'],
  ['NotIpAddress', 'ip'],
  ['Null', 'null'],
  ['Bool', 'bool'],
  ['NumericEquals', 'numeric'],
  ['NumericNotEquals', 'numeric'],
  ['NumericLessThan', 'numeric'],
  ['NumericLessThanEquals', 'numeric'],
  ['NumericGreaterThan', 'numeric'],
  ['NumericGreaterThanEquals', 'numeric'],
  ['NumericGreaterThanIfExists', 'numeric'],
  ['DateEquals', 'date'],
  ['DateNotEquals', 'date'],
  ['DateLessThan', 'date'],
  ['DateLessThanEquals', 'date'],
  ['DateGreaterThan', 'date'],
  ['DateGreaterThanEquals', 'date'],
])

/**
 * What a set qualifier does on each family: MinIO reads `ForAnyValue:NumericEquals` as `NumericEquals`, and when it
 * writes both again one overwrites the other. So only where it is kept is it taken.
 */
const QUALIFIED: ReadonlySet<OperatorFamily> = new Set(['string', 'like', 'binary'])
const QUALIFIER = /^(?:ForAllValues|ForAnyValue):/

const CLAIMS =
  'sub iss aud jti name upn groups given_name family_name middle_name nickname preferred_username profile picture website email gender birthdate phone_number address scope client_id'

/** Keys that MinIO takes with every action. */
const COMMON_KEYS: ReadonlySet<string> = new Set([
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
  'ldap:user',
  'ldap:username',
  'ldap:groups',
  ...CLAIMS.split(' ').map((name) => `jwt:${name}`),
])

/** Keys that name a tag after a slash, and mean nothing without one. */
const TAG_KEYS: ReadonlySet<string> = new Set(['s3:ExistingObjectTag', 's3:RequestObjectTag'])

/** What the operator compares, or null where MinIO has no such operator or would drop its set qualifier. */
export function operatorFamily(operator: string): OperatorFamily | null {
  const family = OPERATORS.get(operator.replace(QUALIFIER, ''))
  if (family === undefined) return null
  return QUALIFIED.has(family) || !QUALIFIER.test(operator) ? family : null
}

/**
 * Whether every one of these actions (names of the table, patterns expanded) takes the key. MinIO refuses a policy with
 * a key that an action does not take; behind a pattern it lets one through that then never matches some of the actions.
 */
export function isConditionKey(key: string, actions: readonly string[]): boolean {
  if (COMMON_KEYS.has(key)) return true
  const slash = key.indexOf('/')
  const name = slash === -1 ? key : key.slice(0, slash)
  const tagged = slash !== -1 && slash < key.length - 1
  if (TAG_KEYS.has(name) ? !tagged : slash !== -1) return false
  return actions.length > 0 && actions.every((action) => actionConditionKeys(action).includes(name))
}
