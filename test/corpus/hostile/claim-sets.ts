import { CLAIM_SETS, GOOD_CLAIMS, NOW, OTHER, OURS, SECOND } from '../jwt/claims.ts'
import type { Build, Group, HostileToken } from './token.ts'
import { rows } from './token.ts'

/** The corpus of claims, signed: audiences and times moved to those of the token door. */

/** Lone surrogates and numbers beyond 2^53 are refused as JSON before any claim is looked at. */
const isWritable = (claims: Readonly<Record<string, unknown>>) =>
  !/\\ud[89a-f]/i.test(JSON.stringify(claims)) &&
  Object.values(claims).every(
    (value) => typeof value !== 'number' || !(Math.abs(value) > 2 ** 53 && value < Infinity),
  )

const GROUPS: Readonly<Record<string, Group>> = { sub_invalid: 'L', aud_mismatch: 'J', azp_mismatch: 'J' }

const signed =
  (claims: Readonly<Record<string, unknown>>, expect: string): Build =>
  (made) => {
    // What lies ahead is built from the end of the running second, so that the second cannot end in between.
    const now = expect === 'not_yet_valid' || expect === 'lifetime_too_long' ? made.now + 1 : made.now
    const members = Object.entries({ ...GOOD_CLAIMS, ...claims }).map(([name, value]) => [
      name,
      moved(value, { audience: made.audience, otherDoor: made.otherDoor, now }),
    ])
    return made.issuer.sign({ ...made.claims, ...Object.fromEntries(members) })
  }

type To = { readonly audience: string; readonly otherDoor: string; readonly now: number }

/** Our audience wherever its text stands, the other door's, and instants beside the corpus' own now. */
function moved(value: unknown, to: To): unknown {
  if (Array.isArray(value)) return value.map((one) => moved(one, to))
  if (typeof value === 'string') return movedText(value, to)
  // In seconds, milliseconds or as a duration from the corpus' own now: near it, and not one of the far ends.
  if (typeof value !== 'number' || !Number.isFinite(value)) return value
  const away = value - NOW
  return Math.abs(away) < 1_000_000 ? to.now + away : value
}

function movedText(text: string, { audience, otherDoor, now }: To): string {
  if (text === OTHER) return otherDoor
  if (text === SECOND) return audience
  if (text === OURS.toUpperCase()) return audience.toUpperCase()
  if (text === OURS.slice(0, -1)) return audience.slice(0, -1)
  if (text === String(NOW + 290)) return String(now + 290)
  return text.replaceAll(OURS, audience)
}

export const CLAIM_TOKENS: readonly HostileToken[] = CLAIM_SETS.filter(
  ({ expect, issuer, claims }) => expect !== 'ok' && issuer === undefined && isWritable(claims),
).flatMap(({ name, claims, expect }) =>
  rows(GROUPS[expect] ?? 'K', expect, { [`claims: ${name}`]: signed(claims, expect) }, signed({}, 'ok')),
)
