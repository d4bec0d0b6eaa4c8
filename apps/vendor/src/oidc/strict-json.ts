import type { ErrorCode } from '../errors.ts'

export type JsonLimits = {
  readonly maxDepth: number
  readonly maxMembers: number
  readonly maxItems: number
  readonly maxStringLength: number
}

export const TOKEN_JSON_LIMITS: JsonLimits = {
  maxDepth: 16,
  maxMembers: 128,
  maxItems: 64,
  maxStringLength: 2048,
}

export type JsonFault = Extract<ErrorCode, 'json_invalid' | 'duplicate_member' | 'too_large'>
export type StrictJson =
  | { readonly ok: true; readonly value: { readonly [name: string]: unknown } }
  | { readonly ok: false; readonly code: JsonFault }

const QUOTE = 0x22
const BACKSLASH = 0x5c
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
/** Names that reach into prototypes: no issuer has them, and no code of ours should ever meet one. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])

class Refused extends Error {
  readonly fault: JsonFault
  constructor(fault: JsonFault) {
    super(fault)
    this.fault = fault
  }
}

/**
 * Reads one JSON object and nothing else: the grammar of RFC 8259 without white space at its ends, names unique at
 * every level once unescaped, numbers finite and within ±2^53, strings well-formed, and all of it bounded. One pass
 * over the text before `JSON.parse` makes the value, so that a duplicate cannot hide behind "the last one wins".
 */
export function parseStrictJson(text: string, limits: JsonLimits): StrictJson {
  // Decoded from strict UTF-8 it is well-formed; the check holds for every other caller, and costs next to nothing.
  if (!text.isWellFormed()) return { ok: false, code: 'json_invalid' }
  const written = readAsWritten(text, limits)
  if (written !== null) return { ok: true, value: written }
  try {
    const end = scanValue({ text, limits }, 0, 1)
    if (end !== text.length || text.charCodeAt(0) !== 0x7b) return { ok: false, code: 'json_invalid' }
    return { ok: true, value: JSON.parse(text) }
  } catch (thrown) {
    return { ok: false, code: thrown instanceof Refused ? thrown.fault : 'json_invalid' }
  }
}

/**
 * The object of a text that is what the platform would write of it: then no name stands twice, because the second would
 * have taken the place of the first, and nothing is left to look at but the bounds. Most tokens are so, and are read in a
 * fifth of the time. null says nothing: the scan decides.
 */
function readAsWritten(text: string, limits: JsonLimits): { readonly [name: string]: unknown } | null {
  // What is escaped has two lengths, and what it says may be no text.
  if (text.charCodeAt(0) !== 0x7b || text.includes('\\')) return null
  try {
    const value = JSON.parse(text)
    return JSON.stringify(value) === text && isWithin(value, limits, 1) ? value : null
  } catch {
    return null
  }
}

function isWithin(value: unknown, limits: JsonLimits, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return value.length <= limits.maxStringLength
    case 'number':
      return Math.abs(value) <= Number.MAX_SAFE_INTEGER
    case 'object': {
      if (value === null) return true
      if (depth > limits.maxDepth) return false
      if (Array.isArray(value))
        return value.length <= limits.maxItems && value.every((item) => isWithin(item, limits, depth + 1))
      const names = Object.keys(value)
      return (
        names.length <= limits.maxMembers &&
        names.every(
          (name) =>
            name.length <= limits.maxStringLength &&
            !FORBIDDEN.has(name) &&
            isWithin(Reflect.get(value, name), limits, depth + 1),
        )
      )
    }
    default:
      return true
  }
}

type Scan = { readonly text: string; readonly limits: JsonLimits }

function scanValue(scan: Scan, at: number, depth: number): number {
  const { text } = scan
  switch (text.charCodeAt(at)) {
    case QUOTE:
      return scanString(scan, at)
    case 0x7b:
      return scanObject(scan, at, depth)
    case 0x5b:
      return scanArray(scan, at, depth)
    case 0x74:
      return literal(text, at, 'true')
    case 0x66:
      return literal(text, at, 'false')
    case 0x6e:
      return literal(text, at, 'null')
    default:
      return scanNumber(text, at)
  }
}

function scanObject(scan: Scan, start: number, depth: number): number {
  const { text, limits } = scan
  if (depth > limits.maxDepth) throw new Refused('too_large')
  let at = space(text, start + 1)
  if (text.charCodeAt(at) === 0x7d) return at + 1
  const names = new Set<string>()
  for (;;) {
    if (text.charCodeAt(at) !== QUOTE) throw new Refused('json_invalid')
    const end = scanString(scan, at)
    addName(names, text.slice(at, end))
    if (names.size > limits.maxMembers) throw new Refused('too_large')
    at = space(text, end)
    if (text.charCodeAt(at) !== 0x3a) throw new Refused('json_invalid')
    at = space(text, scanValue(scan, space(text, at + 1), depth + 1))
    const next = text.charCodeAt(at)
    if (next === 0x7d) return at + 1
    if (next !== 0x2c) throw new Refused('json_invalid')
    at = space(text, at + 1)
  }
}

function addName(names: Set<string>, quoted: string): void {
  // Escaped or not, `sub` and `\u0073ub` are one name.
  const name: string = quoted.includes('\\') ? JSON.parse(quoted) : quoted.slice(1, -1)
  if (names.has(name)) throw new Refused('duplicate_member')
  if (FORBIDDEN.has(name)) throw new Refused('json_invalid')
  names.add(name)
}

function scanArray(scan: Scan, start: number, depth: number): number {
  const { text, limits } = scan
  if (depth > limits.maxDepth) throw new Refused('too_large')
  let at = space(text, start + 1)
  if (text.charCodeAt(at) === 0x5d) return at + 1
  for (let items = 1; ; items++) {
    if (items > limits.maxItems) throw new Refused('too_large')
    at = space(text, scanValue(scan, at, depth + 1))
    const next = text.charCodeAt(at)
    if (next === 0x5d) return at + 1
    if (next !== 0x2c) throw new Refused('json_invalid')
    at = space(text, at + 1)
  }
}

/** From the opening quote to behind the closing one. */
function scanString(scan: Scan, start: number): number {
  const { text, limits } = scan
  let escaped = false
  for (let at = start + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) {
      if (at - start - 1 > limits.maxStringLength) throw new Refused('too_large')
      // From here on a surrogate can only be lone where it was escaped.
      if (escaped && !wellFormed(text.slice(start, at + 1))) throw new Refused('json_invalid')
      return at + 1
    }
    if (unit < 0x20) throw new Refused('json_invalid')
    if (unit === BACKSLASH) {
      escaped = true
      at += 1
    }
  }
  throw new Refused('json_invalid')
}

function wellFormed(quoted: string): boolean {
  const value: string = JSON.parse(quoted) // a wrong escape throws, and is json_invalid
  return value.isWellFormed()
}

function scanNumber(text: string, at: number): number {
  NUMBER.lastIndex = at
  const found = NUMBER.exec(text)?.[0]
  if (found === undefined) throw new Refused('json_invalid')
  // Beyond 2^53 two readers see two numbers; no claim needs it (RFC 8259 §6).
  if (Math.abs(Number(found)) > Number.MAX_SAFE_INTEGER) throw new Refused('json_invalid')
  return at + found.length
}

function literal(text: string, at: number, word: string): number {
  if (!text.startsWith(word, at)) throw new Refused('json_invalid')
  return at + word.length
}

function space(text: string, from: number): number {
  let at = from
  for (;;) {
    const unit = text.charCodeAt(at)
    if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return at
    at += 1
  }
}
