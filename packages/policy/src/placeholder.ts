import type { Diagnostic, Result } from './diagnostic.ts'
import { diagnose } from './diagnostic.ts'
import { minioBytes } from './print.ts'

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

const TYPES: Readonly<Record<PlaceholderType, number>> = { bucket: 63, segment: 128, path: 512, string: 256 }
const NAME = /^[a-z][A-Za-z0-9_]{0,31}$/
const MOST_BYTES = 2048

/**
 * What no target without an escape can carry (DESIGN rule 4): wildcards, variable and placeholder marks, the backslash,
 * control characters, and what is not Latin-1, where one sign can be written in many ways.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const REFUSED = /[\u0000-\u001f\u007f-\u009f*?${}\\]|[^\u0000-\u00ff]/
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const LIKE_AN_ADDRESS = /^[0-9]{1,3}(\.[0-9]{1,3}){3}$/

/** Reads the declarations of a policy's placeholders; `bucket` is short for `{ type: bucket }`. */
export function parsePlaceholders(input: unknown, path = '$'): Result<Placeholders> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { ok: false, diagnostics: [diagnose('not_an_object', path)] }
  }
  const found: Diagnostic[] = []
  const pairs = Object.entries(input).map(([name, declared]) => {
    const at = `${path}.${name}`
    if (!NAME.test(name)) found.push(diagnose('placeholder_name', at))
    const { type, maxBytes }: { type?: unknown; maxBytes?: unknown } =
      typeof declared === 'object' && declared !== null ? declared : { type: declared }
    if (typeof type !== 'string' || !isType(type)) {
      found.push(diagnose('placeholder_type', at))
      return [name, { type: 'string', maxBytes: 0 }] as const
    }
    const size = maxBytes ?? TYPES[type]
    const good = typeof size === 'number' && Number.isInteger(size) && size >= 1 && size <= MOST_BYTES
    if (!good) found.push(diagnose('placeholder_size', at))
    return [name, { type, maxBytes: good ? size : 0 }] as const
  })
  if (found.length > 0) return { ok: false, diagnostics: found }
  return { ok: true, value: Object.fromEntries(pairs), diagnostics: [] }
}

/** Why this value may not stand in this placeholder, or null where it may. The same rule at save and at every vend. */
export function refuseValue(value: string | undefined, { type, maxBytes }: Placeholder): ValueRefusal | null {
  if (value === undefined) return 'value_missing'
  if (value === '') return 'value_empty'
  // Nothing shrinks when it is written down, so this bounds the work before the value is looked at.
  if (value.length > maxBytes) return 'value_too_long'
  if (REFUSED.test(value)) return 'value_charset'
  if (minioBytes(jsonText(value)) > maxBytes) return 'value_too_long'
  if (type === 'bucket') return isBucketName(value) ? null : 'value_bucket'
  const segments = value.split('/')
  if (type !== 'path' && segments.length > 1) return 'value_segment'
  return segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..')
    ? null
    : 'value_segment'
}

/** The value as it stands between the quotes of a JSON text. */
export function jsonText(value: string): string {
  return JSON.stringify(value).slice(1, -1)
}

/** Amazon S3 User Guide, "General purpose bucket naming rules". */
export function isBucketName(name: string): boolean {
  return BUCKET.test(name) && !name.includes('..') && !LIKE_AN_ADDRESS.test(name)
}

function isType(text: string): text is PlaceholderType {
  return Object.hasOwn(TYPES, text)
}
