import { isUtf8 } from 'node:buffer'

export type Json = Readonly<Record<string, unknown>>

/** How deep arrays and objects may stand in each other; what is recorded of a token is at most 16 deep. */
const MAX_DEPTH = 64

/**
 * An object of JSON in the one form that it has by RFC 8785; null where the bytes are anything else. So no member stands
 * twice, no number is written in two ways, and whoever reads it reads the same.
 */
export function readPlain(raw: Uint8Array): Json | null {
  try {
    const text = Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString()
    const value: unknown = JSON.parse(text)
    return isObject(value) && isUtf8(raw) && isPlain(value, text) ? value : null
  } catch {
    // Not JSON, or what has no such form: the same answer.
    return null
  }
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A count or a place: from 0, and no more than a double has without loss. */
export function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 // a safe integer is a number
}

/** Exactly these members. */
export function hasOnly(value: Json, names: readonly string[]): boolean {
  return Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name))
}

/** The platform’s own print is the form where members are in order already, and nothing is escaped that UTF-8 cannot hold. */
function isPlain(value: Json, text: string): boolean {
  if (isInOrder(value, 1) && JSON.stringify(value) === text && !text.includes('\\ud')) return true
  return print(value, 1) === text
}

function isInOrder(value: object, depth: number): boolean {
  if (depth > MAX_DEPTH) return false
  if (Array.isArray(value)) return value.every((one) => !isNested(one) || isInOrder(one, depth + 1))
  const members = value as Json // an object of JSON
  let last: string | null = null
  for (const name in members) {
    if (last !== null && last >= name) return false
    last = name
    const inner = members[name]
    if (isNested(inner) && !isInOrder(inner, depth + 1)) return false
  }
  return true
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function print(value: unknown, depth: number): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (depth > MAX_DEPTH) throw new RangeError('too deep')
  if (Array.isArray(value)) return `[${value.map((one) => print(one, depth + 1)).join(',')}]`
  let members = ''
  for (const name of Object.keys(value).sort()) {
    const member = print(Reflect.get(value, name), depth + 1)
    members += `${members === '' ? '' : ','}${quoted(name)}:${member}`
  }
  return `{${members}}`
}

/** Printable ASCII without what JSON escapes there. */
const AS_IT_IS = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

function quoted(text: string): string {
  if (AS_IT_IS.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw new RangeError('a lone surrogate')
  return JSON.stringify(text)
}
