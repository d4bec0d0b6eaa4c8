import type { ConditionKeys } from '../condition-key.ts'
import { actionsTaking } from '../condition-key.ts'
import type { OperatorFamily } from '../condition-operator.ts'
import { parseOperator } from '../condition-operator.ts'
import { VALUE_FORMS } from '../condition-value.ts'
import type { Diagnostic, DiagnosticCode } from '../diagnostic.ts'
import { diagnose } from '../diagnostic.ts'
import type { ConditionBlock } from '../document.ts'
import { isBucketName, type Placeholders, placeholderOf } from '../placeholder.ts'
import { parseTemplate } from '../template.ts'
import { MINIO_ACTIONS } from './minio-actions.ts'
import { besideWildcard } from './statement.ts'

/** MinIO (facts of its pkg/policy v3.1.3) has no Arn*, and one single …IfExists. */
const ONLY_IF_EXISTS = 'NumericGreaterThan'

/**
 * What a set qualifier does on each family: MinIO reads `ForAnyValue:NumericEquals` as `NumericEquals`, and when it
 * writes both again one overwrites the other. So only where it is kept is it taken.
 */
const QUALIFIED: ReadonlySet<OperatorFamily> = new Set(['string', 'like', 'binary'])

/** What the operator compares, or null where MinIO has no such operator or would drop its set qualifier. */
function familyOf(text: string): Exclude<OperatorFamily, 'arn'> | null {
  const operator = parseOperator(text)
  if (operator === null || operator.family === 'arn') return null
  if (operator.ifExists && (operator.base !== ONLY_IF_EXISTS || operator.qualifier !== null)) return null
  return operator.qualifier === null || QUALIFIED.has(operator.family) ? operator.family : null
}

const CLAIMS =
  'sub iss aud jti name upn groups given_name family_name middle_name nickname preferred_username profile picture website email gender birthdate phone_number address scope client_id'

export const MINIO_CONDITION_KEYS: ConditionKeys = {
  common: new Set([
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
  ]),
  tagged: new Set(['s3:ExistingObjectTag', 's3:RequestObjectTag']),
  actions: MINIO_ACTIONS,
}

/**
 * Checks the conditions of a statement that allows or denies exactly these actions. Every key is one that the caller
 * can answer itself on community MinIO, which fills conditions from all headers and query names (DESIGN rule 7).
 */
export function checkMinioConditions(
  condition: ConditionBlock,
  at: { readonly actions: readonly string[]; readonly placeholders: Placeholders; readonly path: string },
): readonly Diagnostic[] {
  return Object.entries(condition).flatMap(([operator, keys]) => {
    const path = `${at.path}.${operator}`
    const family = familyOf(operator)
    if (family === null) return [diagnose('condition_operator', path, `\`${operator}\``)]
    return Object.entries(keys).flatMap(([key, values]) => {
      const here = `${path}.${key}`
      // A key that an action does not take: MinIO refuses the policy, or behind a pattern never matches that action.
      if (actionsTaking(MINIO_CONDITION_KEYS, key, at.actions) !== 'all')
        return [diagnose('condition_key', here, `\`${key}\``)]
      return [
        diagnose('condition_forgeable', here, `\`${key}\`:`),
        ...checkValues(values, { family, key, placeholders: at.placeholders, path: here }),
      ]
    })
  })
}

type Place = {
  readonly family: Exclude<OperatorFamily, 'arn'>
  readonly key: string
  readonly placeholders: Placeholders
  readonly path: string
}

/** Families that MinIO lets compare one value only, and only with this key. */
const ONE_VALUE: ReadonlySet<OperatorFamily> = new Set(['null', 'bool', 'numeric', 'date'])
const ONLY_KEY: Partial<Readonly<Record<OperatorFamily, string>>> = {
  ip: 'aws:SourceIp',
  bool: 'aws:SecureTransport',
}

function checkValues(values: readonly string[], place: Place): readonly Diagnostic[] {
  const { family, key, path } = place
  const only = ONLY_KEY[family]
  if (only !== undefined && key !== only)
    return [diagnose('condition_key', path, `this operator is for \`${only}\`; \`${key}\``)]
  if (ONE_VALUE.has(family) && new Set(values).size > 1)
    return [diagnose('condition_value', path, 'one value only:')]
  return values.flatMap((value, index) => {
    const code = refuseConditionValue(value, place)
    return code === null ? [] : [diagnose(code, `${path}[${index}]`)]
  })
}

function refuseConditionValue(value: string, { family, key, placeholders }: Place): DiagnosticCode | null {
  const { names, pieces } = parseTemplate(value)
  if (family !== 'string' && family !== 'like') {
    // What is read as a number, a date or a network is written again in another form: no hole there has a proved size.
    if (names.length > 0) return 'placeholder_position'
    const plain = family !== 'binary' || !PARTICULAR_KEYS.has(key)
    return plain && VALUE_FORMS[family](value) ? null : 'condition_value'
  }
  if (family === 'like' && besideWildcard(value)) return 'placeholder_beside'
  if (key === 's3:x-amz-copy-source') return isCopySource(value, placeholders) ? null : 'condition_value'
  if (family === 'string' && key === 's3:x-amz-content-sha256' && value === '') return 'condition_value'
  const allowed = family === 'string' ? ONLY_VALUES[key] : undefined
  if (allowed === undefined) return null
  return names.length === 0 && allowed.includes(pieces.join('')) ? null : 'condition_value'
}

/** Values that MinIO's own parser insists on, but not for the Like operators. */
const ONLY_VALUES: Readonly<Record<string, readonly string[]>> = {
  's3:x-amz-server-side-encryption': ['AES256', 'aws:kms'],
  's3:x-amz-server-side-encryption-customer-algorithm': ['AES256'],
  's3:x-amz-metadata-directive': ['COPY', 'REPLACE'],
}

/** Keys whose values MinIO reads more closely; behind BinaryEquals it would do so with the decoded bytes. */
const PARTICULAR_KEYS: ReadonlySet<string> = new Set([
  ...Object.keys(ONLY_VALUES),
  's3:x-amz-copy-source',
  's3:x-amz-content-sha256',
])

/** `bucket/object`, the bucket written out or one whole placeholder; else MinIO refuses the policy at the exchange. */
function isCopySource(value: string, placeholders: Placeholders): boolean {
  const text = value.startsWith('/') ? value.slice(1) : value
  const slash = text.indexOf('/')
  if (slash === -1 || slash === text.length - 1) return false
  const bucket = text.slice(0, slash)
  const { names, pieces } = parseTemplate(bucket)
  const [name] = names
  if (name === undefined) return isBucketName(bucket)
  return pieces.join('') === '' && names.length === 1 && placeholderOf(placeholders, name)?.type === 'bucket'
}
