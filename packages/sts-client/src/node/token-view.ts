/** What a token says of itself: read, never verified, only to be shown to the person whose token it is. */

type Members = Readonly<Record<string, unknown>>
export type DecodedToken = { readonly header: Members; readonly claims: Members }

const MAX_SHOWN = 200

/** Header and claims of a compact JWS, or null where the text is none. Lenient: it only shows. */
export function decodeToken(token: string): DecodedToken | null {
  const [header, claims, signature, ...more] = token.trim().split('.').map(members)
  if (signature === undefined || more.length > 0 || !header || !claims) return null
  return { header, claims }
}

function members(segment: string): Members | null {
  try {
    const binary = atob(segment.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}

/** Its registered claims and key, a line each, escaped. */
export function describeToken(decoded: DecodedToken | null, nowMs: number): readonly string[] {
  if (decoded === null) return ['it is no JWT: three base64url parts with dots between them']
  const { header, claims } = decoded
  return [
    `iss  ${show(claims['iss'])}`,
    `sub  ${show(claims['sub'])}`,
    `aud  ${show(claims['aud'])}`,
    ...(claims['azp'] === undefined ? [] : [`azp  ${show(claims['azp'])}`]),
    `iat  ${instant(claims['iat'], nowMs)}`,
    `exp  ${instant(claims['exp'], nowMs)}`,
    `key  alg ${show(header['alg'])}, kid ${show(header['kid'])}, typ ${show(header['typ'])}`,
  ]
}

/** As JSON, so that nothing in it moves a cursor; what is not ASCII is escaped, so that nothing looks like another. */
function show(value: unknown): string {
  if (value === undefined) return 'missing'
  const text = JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}… (${text.length} characters)` : text
}

function instant(value: unknown, nowMs: number): string {
  if (typeof value !== 'number' || !Number.isFinite(value) || Math.abs(value) > 8.64e12) return show(value)
  const seconds = Math.round(value - nowMs / 1000)
  const away = `${Math.abs(seconds)} s ${seconds < 0 ? 'ago' : 'from now'}`
  return `${new Date(value * 1000).toISOString()}, ${away}`
}
