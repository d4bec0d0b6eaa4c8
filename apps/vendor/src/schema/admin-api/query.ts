import { VendorError } from '../../errors.ts'
import type { Parameter } from './operation.ts'

const WHOLE = /^(?:0|[1-9][0-9]{0,15})$/

/**
 * The query of a request as its operation declares it: an unknown parameter, one that stands twice, one that is missing
 * and one whose value its schema refuses are all refused by name (`parameter_invalid`).
 */
export function readQuery(url: string, parameters: readonly Parameter[]): ReadonlyMap<string, string> {
  const query = new URL(url).searchParams
  const known = new Map(
    parameters.filter(({ in: place }) => place === 'query').map((one) => [one.name, one] as const),
  )
  const found = new Map<string, string>()
  for (const [name, value] of query) {
    const parameter = known.get(name)
    if (parameter === undefined || found.has(name) || !fits(value, parameter))
      throw new VendorError('parameter_invalid', {
        facts: { parameter: name.slice(0, 64) || 'one without a name' },
      })
    found.set(name, value)
  }
  for (const { name, required } of known.values()) {
    if (required && !found.has(name))
      throw new VendorError('parameter_invalid', { facts: { parameter: name } })
  }
  return found
}

/** The few words of JSON Schema that parameters of a query are written in. */
function fits(value: string, { schema }: Parameter): boolean {
  const { type, enum: choices, minimum, maximum, minLength, maxLength } = schema
  if (type === 'integer') {
    const number = WHOLE.test(value) ? Number(value) : Number.NaN
    return number >= Number(minimum) && number <= Number(maximum)
  }
  if (Array.isArray(choices)) return choices.includes(value)
  return value.length >= Number(minLength ?? 0) && value.length <= Number(maxLength ?? 0)
}
