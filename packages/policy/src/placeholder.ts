import type { Diagnostic, Result } from './diagnostic.ts'
import { diagnose } from './diagnostic.ts'
import type { Dialect } from './dialects/dialect.ts'

export type PlaceholderType = 'bucket' | 'segment' | 'path' | 'string'
/** A hole in a policy. `maxBytes` counts the value as it stands in the document that the store writes again. */
export type Placeholder = { readonly type: PlaceholderType; readonly maxBytes: number }
export type Placeholders = Readonly<Record<string, Placeholder>>

/** Why a value may not stand in a placeholder. */
export type ValueRefusal =
  | 'value_missing'
  | 'value_empty'
  | 'value_too_long'
  | 'value_charset'
  | 'value_segment'
  | 'value_bucket'

/** The longest value where the author names no `maxBytes`. */
const DEFAULT_BYTES: Readonly<Record<PlaceholderType, number>> = {
  bucket: 63,
  segment: 128,
  path: 512,
  string: 256,
}
const NAME = /^[a-z][A-Za-z0-9_]{0,31}$/
const MOST_BYTES = 2048

/**
 * What no value may hold (DESIGN rule 4): placeholder marks, the backslash, control characters, and what is not Latin-1,
 * where one sign can be written in many ways.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const REFUSED = /[\u0000-\u001f\u007f-\u009f{}\\]|[^\u0000-\u00ff]/
/** Wildcards and the mark of variables: only where the dialect has a way to write them as themselves. */
const SPECIAL = /[*?$]/
const SPECIALS = /[*?$]/g
/** An empty, `.` or `..` segment anywhere: MinIO cleans it away and means another path. */
const CLEANED_AWAY = /(?:^|\/)\.{0,2}(?:\/|$)/
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const LIKE_AN_ADDRESS = /^[0-9]{1,3}(\.[0-9]{1,3}){3}$/

/**
 * Reads the declarations of a policy's placeholders, or says everything that is wrong with them. `bucket` is short for
 * `{ type: bucket }`; without `maxBytes` a bucket has 63, a segment 128, a path 512, a string 256. Never throws.
 */
export function parsePlaceholders(input: unknown, path = '$'): Result<Placeholders> {
  if (!isObject(input)) return { ok: false, diagnostics: [diagnose('not_an_object', path)] }
  const found: Diagnostic[] = []
  const pairs = Object.entries(input).map(([name, declared]) => {
    const at = `${path}.${name}`
    if (!NAME.test(name)) found.push(diagnose('placeholder_name', at))
    return [name, parseDeclaration(declared, at, found)] as const
  })
  if (found.length > 0) return { ok: false, diagnostics: found }
  return { ok: true, value: Object.fromEntries(pairs), diagnostics: [] }
}

function parseDeclaration(declared: unknown, path: string, found: Diagnostic[]): Placeholder {
  const long = isObject(declared) ? declared : { type: declared }
  for (const name of Object.keys(long)) {
    if (name !== 'type' && name !== 'maxBytes')
      found.push(diagnose('member_unknown', `${path}.${name}`, `\`${name}\``))
  }
  const { type, maxBytes } = long
  if (!isType(type)) {
    found.push(diagnose('placeholder_type', path))
    return { type: 'string', maxBytes: 0 }
  }
  const size = maxBytes === undefined ? DEFAULT_BYTES[type] : maxBytes
  if (typeof size === 'number' && Number.isInteger(size) && size >= 1 && size <= MOST_BYTES)
    return { type, maxBytes: size }
  found.push(diagnose('placeholder_size', path))
  return { type, maxBytes: 0 }
}

/** The declaration of that name; `constructor` and its like are names like any other. */
export function placeholderOf(placeholders: Placeholders, name: string): Placeholder | undefined {
  return Object.hasOwn(placeholders, name) ? placeholders[name] : undefined
}

/** How a dialect writes values: the signs that it can escape, and how it counts. */
export type ValueWriting = Pick<Dialect, 'escapes' | 'measure'>

/** Why this value may not stand in this placeholder, or null where it may. The same rule at save and at every vend. */
export function refuseValue(
  value: string | undefined,
  { type, maxBytes }: Placeholder,
  writing: ValueWriting,
): ValueRefusal | null {
  if (value === undefined) return 'value_missing'
  if (value === '') return 'value_empty'
  // Nothing shrinks when it is written down, so this bounds the work before the value is looked at.
  if (value.length > maxBytes) return 'value_too_long'
  if (REFUSED.test(value)) return 'value_charset'
  if (writing.escapes.size === 0 && SPECIAL.test(value)) return 'value_charset'
  if (writing.measure(writtenValue(value, writing)) > maxBytes) return 'value_too_long'
  if (type === 'bucket') return isBucketName(value) ? null : 'value_bucket'
  if (type !== 'path' && value.includes('/')) return 'value_segment'
  return CLEANED_AWAY.test(value) ? 'value_segment' : null
}

/** The value as it stands in the document that is sent: signs that mean more are escaped. */
export function writtenValue(value: string, { escapes }: ValueWriting): string {
  return jsonText(escapedValue(value, escapes))
}

/** The value with its wildcards and variable marks written as themselves. */
export function escapedValue(value: string, escapes: Dialect['escapes']): string {
  return escapes.size === 0 ? value : value.replace(SPECIALS, (sign) => escapes.get(sign) ?? sign)
}

/** The value as it stands between the quotes of a JSON text. */
function jsonText(value: string): string {
  return JSON.stringify(value).slice(1, -1)
}

/**
 * Amazon S3 User Guide, "General purpose bucket naming rules". A dot beside a hyphen, which older rules forbade, stays
 * forbidden: MinIO has no such bucket.
 */
export function isBucketName(name: string): boolean {
  return BUCKET.test(name) && !/\.[.-]|-\./.test(name) && !LIKE_AN_ADDRESS.test(name)
}

function isType(type: unknown): type is PlaceholderType {
  return typeof type === 'string' && Object.hasOwn(DEFAULT_BYTES, type)
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
