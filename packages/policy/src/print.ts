import type { PolicyDocument, Statement } from './document.ts'

/**
 * The document as the text that is sent: minified, members in fixed order, actions and resources as lists, which is
 * also the form that MinIO writes it in again before it counts. `parsePolicy(printPolicy(d))` is `d`.
 */
export function printPolicy(document: PolicyDocument): string {
  const Statement = document.Statement.map(({ Effect, Action, Resource, Condition }: Statement) => ({
    Effect,
    Action,
    Resource,
    ...(Condition === undefined ? {} : { Condition }),
  }))
  return JSON.stringify({ Version: document.Version, Statement })
}

/** The length of a text in UTF-8, in bytes; a lone surrogate counts three, as the replacement character does. */
export function utf8Bytes(text: string): number {
  let bytes = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) bytes += 1
    else if (unit < 0x800) bytes += 2
    else if (unit >= 0xd800 && unit <= 0xdbff && isLow(text.charCodeAt(at + 1))) {
      bytes += 4
      at += 1
    } else bytes += 3
  }
  return bytes
}

/** Past the end `charCodeAt` is NaN, which is no low surrogate. */
function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

/**
 * How many bytes MinIO counts for a text of printed JSON: UTF-8, but `<`, `>`, `&`, U+2028 and U+2029 six each,
 * because Go's encoder escapes them when MinIO writes the document again (encoding/json, HTMLEscape).
 */
export function minioBytes(text: string): number {
  let bytes = utf8Bytes(text)
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0x3c || unit === 0x3e || unit === 0x26) bytes += 5
    else if (unit === 0x2028 || unit === 0x2029) bytes += 3
  }
  return bytes
}
