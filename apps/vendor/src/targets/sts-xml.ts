/**
 * Reads the two answers of an STS (AWS "Query" protocol): `…Response` with one `Credentials`, and `ErrorResponse`. It
 * is an extractor, not an XML parser: it looks for exactly the elements that count, once each, with text and no markup
 * inside; anything else is no answer.
 */
export type StsCredentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiresMs: number
  readonly requestId: string | null
}

/** The credentials of a success answer, or null where it is not one, whole and unambiguous. */
export function readCredentials(xml: string): StsCredentials | null {
  const credentials = element(xml, 'Credentials', true)
  if (credentials === null) return null
  const accessKeyId = element(credentials, 'AccessKeyId')
  const secretAccessKey = element(credentials, 'SecretAccessKey')
  const sessionToken = element(credentials, 'SessionToken')
  const expiresMs = Date.parse(element(credentials, 'Expiration') ?? '')
  if (!accessKeyId || !secretAccessKey || !sessionToken || Number.isNaN(expiresMs)) return null
  return { accessKeyId, secretAccessKey, sessionToken, expiresMs, requestId: element(xml, 'RequestId') }
}

const ERROR_CODE = /^[A-Za-z0-9.]{1,64}$/

/** The error code of an answer, or null where there is none that looks like one. The message is not read at all. */
export function readErrorCode(xml: string): string | null {
  const code = element(element(xml, 'Error', true) ?? '', 'Code')
  return code !== null && ERROR_CODE.test(code) ? code : null
}

/** The text of an element that stands there once, with no markup inside; else null. */
export function readElement(xml: string, name: string): string | null {
  return element(xml, name)
}

function element(xml: string, name: string, nested = false): string | null {
  const open = `<${name}>`
  const close = `</${name}>`
  const from = xml.indexOf(open)
  if (from === -1) return null
  const to = xml.indexOf(close, from)
  if (to === -1 || xml.indexOf(open, from + 1) !== -1) return null
  const inner = xml.slice(from + open.length, to)
  if (nested) return inner
  return inner.includes('<') ? null : decodeEntities(inner)
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function decodeEntities(text: string): string | null {
  if (!text.includes('&')) return text
  let known = true
  const plain = text.replace(/&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-z]+);?/g, (whole, name: string) => {
    const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    const character = name.startsWith('#') && code <= 0x10ffff ? String.fromCodePoint(code) : ENTITIES[name]
    known &&= character !== undefined && whole.endsWith(';')
    return character ?? ''
  })
  return known ? plain : null
}
