import type { OperatorFamily } from '../conditions.ts'
import { isConditionKey, operatorFamily } from '../conditions.ts'
import type { Diagnostic, DiagnosticCode } from '../diagnostic.ts'
import { diagnose } from '../diagnostic.ts'
import type { ConditionBlock } from '../document.ts'
import { isBucketName, type Placeholders, placeholderOf } from '../placeholder.ts'
import { parseTemplate } from '../template.ts'

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
    const family = operatorFamily(operator)
    if (family === null) return [diagnose('condition_operator', path, `\`${operator}\``)]
    return Object.entries(keys).flatMap(([key, values]) => {
      const here = `${path}.${key}`
      if (!isConditionKey(key, at.actions)) return [diagnose('condition_key', here, `\`${key}\``)]
      return [
        diagnose('condition_forgeable', here, `\`${key}\`:`),
        ...checkValues(values, { family, key, placeholders: at.placeholders, path: here }),
      ]
    })
  })
}

type Place = {
  readonly family: OperatorFamily
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
    return plain && FORMS[family](value) ? null : 'condition_value'
  }
  // `team-{{x}}*` would be `team-ab*` for one and hold `team-abc` of another: the rule for Resource, and for its reason.
  const beside = (segment: string) => {
    const { names: inside, pieces: around } = parseTemplate(segment)
    return inside.length > 1 || (inside.length > 0 && around.some((piece) => piece.includes('*')))
  }
  if (family === 'like' && value.split('/').some(beside)) return 'placeholder_beside'
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

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const WHOLE_NUMBER = /^(?:0|-?[1-9][0-9]{0,14})$/

/**
 * The forms that MinIO reads as meant and writes again in no more bytes; others it would refuse, widen (an IPv6 address
 * without its length is a /32 there) or write longer than we count.
 */
const FORMS: Readonly<Record<Exclude<OperatorFamily, 'string' | 'like'>, (value: string) => boolean>> = {
  binary: (value) => BASE64.test(value),
  ip: (value) => isNetwork(value),
  null: (value) => value === 'true' || value === 'false',
  bool: (value) => value === 'true' || value === 'false',
  numeric: (value) => WHOLE_NUMBER.test(value),
  date: (value) => isDate(value),
}

const DATE =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$/

/** RFC 3339 section 5.6, upper case, without leap seconds, and a day that the month has. */
function isDate(value: string): boolean {
  const found = DATE.exec(value)
  if (found === null) return false
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])]
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
  return day >= 1 && day <= days
}

const NETWORK = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/
const OCTET = /^(?:0|[1-9][0-9]{0,2})$/
const GROUP = /^[0-9a-f]{1,4}$/

const TWO_ZEROS = /(?:^|:)0+:0+(?::|$)/

/**
 * A network with its length. IPv6 as RFC 5952 section 4 writes it: lower case, `::` for two groups or more and for the
 * only run of zeros, since Go would put it at the first of the longest runs and the text could grow.
 */
function isNetwork(value: string): boolean {
  const [, address = '', length = ''] = NETWORK.exec(value) ?? []
  if (!address.includes(':')) {
    const octets = address.split('.')
    const whole = octets.length === 4 && octets.every((one) => OCTET.test(one) && Number(one) <= 255)
    return whole && Number(length) <= 32
  }
  const halves = address.split('::')
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const short = halves.length === 2 && groups.length <= 6 && !TWO_ZEROS.test(address)
  const many = short || (halves.length === 1 && groups.length === 8)
  return many && groups.every((group) => GROUP.test(group)) && Number(length) <= 128
}
