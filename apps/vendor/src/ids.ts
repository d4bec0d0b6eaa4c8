/** What happens at run time has a prefixed id (a UUIDv7, RFC 9562 §5.7); a configuration noun is known by its name. */
export type AssumptionId = `asm_${string}`
export type RequestId = `req_${string}`
export type EventId = `evt_${string}`
export type ChangeId = `chg_${string}`
export type RevocationId = `rvk_${string}`
export type ProbeId = `prb_${string}`
export type ReviewId = `rev_${string}`

export type IdPrefix = 'asm' | 'req' | 'evt' | 'chg' | 'rvk' | 'prb' | 'rev'

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const ID =
  /^(asm|req|evt|chg|rvk|prb|rev)_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/**
 * Makes an id from the wall clock (milliseconds since 1970) and ten random bytes. Ids of one prefix sort by time.
 * Time and randomness are parameters, so that a test can name the id it expects.
 */
export function newId<P extends IdPrefix>(prefix: P, atMs: number, random: Uint8Array): `${P}_${string}` {
  const time = Math.trunc(atMs).toString(16).padStart(12, '0')
  const h = (index: number, and = 0xff, or = 0) => HEX[((random[index] ?? 0) & and) | or] ?? '00'
  const tail = `${h(4)}${h(5)}${h(6)}${h(7)}${h(8)}${h(9)}`
  return `${prefix}_${time.slice(0, 8)}-${time.slice(8)}-${h(0, 0x0f, 0x70)}${h(1)}-${h(2, 0x3f, 0x80)}${h(3)}-${tail}`
}

/** Whether `text` is an id of that prefix: exact grammar, lower case. */
export function isId<P extends IdPrefix>(prefix: P, text: string): text is `${P}_${string}` {
  return text.startsWith(`${prefix}_`) && ID.test(text)
}

/** The wall-clock milliseconds inside an id. */
export function idTimeMs(id: AssumptionId | RequestId | EventId): number {
  return Number.parseInt(id.slice(4, 12) + id.slice(13, 17), 16)
}

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/

/** The slug that a configuration noun is known by: lower-case letters, digits and inner hyphens, 1–64 characters. */
export function isName(text: string): boolean {
  return NAME.test(text)
}

const POLICY_REF = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?@[1-9][0-9]{0,5}$/

/** `name@version`: how a role pins a policy. */
export function isPolicyRef(text: string): boolean {
  return POLICY_REF.test(text)
}
