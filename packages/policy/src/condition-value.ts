import type { OperatorFamily } from './condition-operator.ts'

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const WHOLE_NUMBER = /^(?:0|-?[1-9][0-9]{0,14})$/

/**
 * The forms that every store reads as meant, and that MinIO writes again in no more bytes; others it would refuse, widen
 * (an IPv6 address without its length is a /32 there) or write longer than we count.
 */
export const VALUE_FORMS: Readonly<
  Record<Exclude<OperatorFamily, 'string' | 'like' | 'arn'>, (value: string) => boolean>
> = {
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
