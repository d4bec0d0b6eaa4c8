import type { PolicyDocument, Statement } from './document.ts'

/**
 * The document as the text that is sent: minified, members in fixed order, actions and resources as lists, which is
 * also the form that MinIO writes it in again before it counts. `parsePolicy(JSON.parse(printPolicy(d)))` is `d`.
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

/**
 * How many bytes MinIO counts for a text of printed JSON: UTF-8, but `<`, `>` and `&` six each, because Go's encoder
 * writes them as \\u003c and its like when MinIO writes the document again (encoding/json, HTMLEscape).
 */
export function minioBytes(text: string): number {
  let bytes = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0x3c || unit === 0x3e || unit === 0x26) bytes += 6
    else if (unit < 0x80) bytes += 1
    else if (unit < 0x800) bytes += 2
    else if (unit >= 0xd800 && unit <= 0xdbff) {
      bytes += 4
      at += 1
    } else bytes += unit === 0x2028 || unit === 0x2029 ? 6 : 3
  }
  return bytes
}
