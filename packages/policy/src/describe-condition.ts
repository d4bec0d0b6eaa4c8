import { parseOperator } from './condition-operator.ts'
import type { ConditionBlock } from './document.ts'

/** What people call the keys that stand in most policies; every other one stands by its name. */
const KEYS: Readonly<Record<string, string>> = {
  's3:prefix': 'the prefix listed',
  's3:max-keys': 'the number of keys asked for',
  's3:x-amz-acl': 'the access list sent (s3:x-amz-acl)',
  's3:x-amz-server-side-encryption': 'the encryption asked for',
  'aws:SourceIp': 'the caller’s address',
  'aws:SecureTransport': 'TLS',
  'aws:CurrentTime': 'the time',
  'aws:UserAgent': 'the User-Agent sent',
  'aws:Referer': 'the Referer sent',
  'aws:TokenIssueTime': 'the time at which the session was issued',
  'aws:SourceVpce': 'the VPC endpoint',
  'kms:ViaService': 'the service that it comes through',
}

const COMPARED: Readonly<Record<string, string>> = {
  StringEquals: 'is',
  StringNotEquals: 'is not',
  StringEqualsIgnoreCase: 'is, in any case,',
  StringNotEqualsIgnoreCase: 'is not, in any case,',
  StringLike: 'is like',
  StringNotLike: 'is not like',
  ArnEquals: 'is like',
  ArnLike: 'is like',
  ArnNotEquals: 'is not like',
  ArnNotLike: 'is not like',
  BinaryEquals: 'is the bytes',
  IpAddress: 'is in',
  NotIpAddress: 'is not in',
  NumericEquals: 'is',
  NumericNotEquals: 'is not',
  NumericLessThan: 'is below',
  NumericLessThanEquals: 'is at most',
  NumericGreaterThan: 'is above',
  NumericGreaterThanEquals: 'is at least',
  DateEquals: 'is',
  DateNotEquals: 'is not',
  DateLessThan: 'is before',
  DateLessThanEquals: 'is no later than',
  DateGreaterThan: 'is after',
  DateGreaterThanEquals: 'is no earlier than',
}

/** A condition block in words, each part of which must hold; an operator that nobody knows stands as it is. */
export function conditionInWords(condition: ConditionBlock): string {
  const parts = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => partInWords(operator, key, values)),
  )
  return joined(parts, 'and')
}

function partInWords(text: string, key: string, values: readonly string[]): string {
  const operator = parseOperator(text)
  const name = Object.hasOwn(KEYS, key) ? KEYS[key] : key
  if (operator === null) return `${key} ${text} ${joined(values, 'or')}`
  if (operator.family === 'null')
    return values.includes('true') && values.includes('false')
      ? `${name} is or is not there`
      : `${name} is ${values.includes('true') ? 'not there' : 'there'}`
  const missing = operator.ifExists ? ' or is not there' : ''
  if (operator.family === 'bool')
    return `${name} is ${joined(
      values.map((value) => (value === 'true' ? 'on' : 'off')),
      'or',
    )}${missing}`
  const each = { ForAllValues: 'all of ', ForAnyValue: 'any of ' }
  const subject = operator.qualifier === null ? name : `${each[operator.qualifier]}${name}`
  const quoted = values.map((value) => (value === '' ? 'nothing' : value))
  // None of several, or one of them.
  const last = operator.negated ? 'nor' : 'or'
  const none = operator.qualifier === 'ForAllValues' ? ' or is not there' : missing
  return `${subject} ${COMPARED[operator.base] ?? text} ${joined(quoted, last)}${none}`
}

export function joined(words: readonly string[], last: 'and' | 'or' | 'nor'): string {
  if (words.length <= 2) return words.join(` ${last} `)
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1) ?? ''}`
}
