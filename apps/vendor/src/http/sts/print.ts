/** One element of an answer: text, a number, an instant (which XML and JSON write differently), or elements. */
export type Element = readonly [name: string, value: string | number | Instant | readonly Element[]]
type Instant = { readonly atMs: number }

/** minio-go decodes by this name and refuses an answer without it. */
const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'

/** As AWS STS writes it: no byte order mark, no declaration, whole seconds with `Z`. */
export function printXml([name, value]: Element): string {
  return `<${name} xmlns="${NAMESPACE}">${inner(value)}</${name}>`
}

function inner(value: Element[1]): string {
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'number') return String(value)
  if ('atMs' in value) return wholeSeconds(value.atMs)
  return value.map(([name, child]) => `<${name}>${inner(child)}</${name}>`).join('')
}

/** The same as an object; an instant is seconds since 1970, because Envoy reads no other form. */
export function printJson(element: Element): string {
  return JSON.stringify(Object.fromEntries([member(element)]))
}

function member([name, value]: Element): [string, unknown] {
  if (typeof value === 'string' || typeof value === 'number') return [name, value]
  if ('atMs' in value) return [name, Math.floor(value.atMs / 1000)]
  return [name, Object.fromEntries(value.map(member))]
}

/** ISO 8601 in UTC without fractions, never later than the instant. */
export function wholeSeconds(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`
}

const SPECIAL = /[&<>"\r]|[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u
const EACH_SPECIAL = new RegExp(SPECIAL, 'gu')
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // Plain, a reader would make a line feed of it (XML 1.0 §2.11).
  '\r': '&#13;',
}

/** What XML 1.0 cannot carry at all (§2.2 Char) becomes U+FFFD. */
function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replace(EACH_SPECIAL, (c) => ENTITIES[c] ?? '\uFFFD') : text
}
