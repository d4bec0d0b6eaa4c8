/**
 * RFC 8785 (JSON Canonicalization Scheme): members sorted by UTF-16 code units, numbers and strings as ECMAScript
 * prints them, no white space. These bytes are what is hashed, so they are made once and stored as they are. Throws a
 * TypeError on what I-JSON cannot carry: a lone surrogate, a number that is not finite, `undefined`.
 */
export function canonicalize(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return text(value)
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('a number that is not finite has no JSON form')
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? list(value) : members(value)
    default:
      throw new TypeError(`a ${typeof value} has no JSON form`)
  }
}

function list(values: readonly unknown[]): string {
  let out = '['
  for (let at = 0; at < values.length; at++) out += (at === 0 ? '' : ',') + canonicalize(values[at])
  return `${out}]`
}

function members(value: object): string {
  let out = '{'
  const names = Object.keys(value).sort()
  for (const name of names) {
    const member: unknown = Reflect.get(value, name)
    if (member === undefined) continue
    out += `${out.length === 1 ? '' : ','}${text(name)}:${canonicalize(member)}`
  }
  return `${out}}`
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('a lone surrogate has no UTF-8 form')
  return JSON.stringify(value)
}
