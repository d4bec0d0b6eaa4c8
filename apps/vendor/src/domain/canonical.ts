/** Text that stands between quotes as it is: printable ASCII without the two characters that JSON escapes there. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

/**
 * RFC 8785 (JSON Canonicalization Scheme): members sorted by UTF-16 code units, numbers and strings as ECMAScript
 * prints them, no white space. These bytes are what is hashed, so they are made once and stored as they are. Throws a
 * TypeError on what I-JSON cannot carry: a lone surrogate, a number that is not finite, `undefined` in a list.
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
      if (value === null) return 'null'
      return printed(value) ?? (Array.isArray(value) ? list(value) : members(value))
    default:
      throw new TypeError(`a ${typeof value} has no JSON form`)
  }
}

/**
 * The platform's own print of the same value with its members in order, a fifth of the time; null where its bytes would be
 * others, or it was given what is refused here.
 */
function printed(value: object): string | null {
  const ordered = inOrder(value)
  if (ordered === UNPRINTABLE) return null
  const out = JSON.stringify(ordered)
  // It escapes a lone surrogate.
  return out.includes('\\ud') ? null : out
}

const UNPRINTABLE = Symbol()
/** Names that the engine puts first whatever their order, and the one that makes no member when it is set. */
const MOVED = /^(?:[0-9]|__proto__$)/

/** Itself where its members are in order at every level, as most are. */
function inOrder(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : UNPRINTABLE
    case 'object':
      if (value === null) return value
      if ('toJSON' in value) return UNPRINTABLE
      return Array.isArray(value) ? itemsInOrder(value) : membersInOrder(value)
    default:
      return UNPRINTABLE
  }
}

function itemsInOrder(items: readonly unknown[]): unknown {
  let copy: unknown[] | null = null
  for (let at = 0; at < items.length; at++) {
    const item = inOrder(items[at])
    if (item === UNPRINTABLE) return UNPRINTABLE
    if (item === items[at]) continue
    copy ??= [...items]
    copy[at] = item
  }
  return copy ?? items
}

function membersInOrder(value: object): unknown {
  const given = Object.keys(value)
  const names = inOrderAlready(given) ? given : given.toSorted()
  let copy: Record<string, unknown> | null = names === given ? null : {}
  for (const name of names) {
    const member: unknown = Reflect.get(value, name)
    const ordered = member === undefined ? member : inOrder(member)
    if (ordered === UNPRINTABLE || (names !== given && MOVED.test(name))) return UNPRINTABLE
    if (names === given && ordered === member) continue
    copy ??= { ...value }
    copy[name] = ordered
  }
  return copy ?? value
}

function inOrderAlready(names: readonly string[]): boolean {
  for (let at = 1; at < names.length; at++) {
    if ((names[at - 1] ?? '') > (names[at] ?? '')) return false
  }
  return true
}

function list(values: readonly unknown[]): string {
  let out = ''
  for (const value of values) out += out === '' ? canonicalize(value) : `,${canonicalize(value)}`
  return `[${out}]`
}

function members(value: object): string {
  let out = ''
  for (const name of Object.keys(value).sort()) {
    const member: unknown = Reflect.get(value, name)
    if (member === undefined) continue
    out += `${out === '' ? '' : ','}${text(name)}:${canonicalize(member)}`
  }
  return `{${out}}`
}

function text(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`
  if (!value.isWellFormed()) throw new TypeError('a lone surrogate has no UTF-8 form')
  return JSON.stringify(value)
}
