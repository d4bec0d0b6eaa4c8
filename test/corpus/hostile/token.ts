import type { SigningKey } from '../../support/jws.ts'
import type { TestIssuer } from '../../support/test-issuer.ts'

/** The parts that tokens are built of. `claims` are those that vend. */
export type Made = {
  readonly issuer: TestIssuer
  /** Another configured issuer, whose first key has the same kid. */
  readonly other: TestIssuer
  /** An ES256 key of `issuer`, published. */
  readonly ec: SigningKey
  readonly audience: string
  /** An audience of another door. */
  readonly otherDoor: string
  readonly claims: Readonly<Record<string, unknown>>
  /** Whole seconds since 1970, rounded down. */
  readonly now: number
}
export type Build = (made: Made) => string

/**
 * A hostile token: the group of the attack catalogue that it belongs to, how it is built, and the code it must be
 * refused with; beside it the same build with the attack taken out, which must vend.
 */
export type HostileToken = {
  readonly group: Group
  readonly name: string
  readonly expect: string
  readonly build: Build
  readonly twin: Build
}
/** As the catalogue names them: A size and shape, B JSON, … (docs/ATTACKS.md). */
export type Group = 'A' | 'B' | 'C' | 'D' | 'E' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M'

export const good: Build = ({ issuer, claims }) => issuer.sign(claims)
export const b64 = (input: string | Uint8Array): string => Buffer.from(input).toString('base64url')

/** Rows of one group and code: name to build; the twin is the good token unless another is given. */
export function rows(
  group: Group,
  expect: string,
  builds: Readonly<Record<string, Build>>,
  twin: Build = good,
): HostileToken[] {
  return Object.entries(builds).map(([name, build]) => ({ group, expect, name, build, twin }))
}

/** A token of the issuer's first key with these header members over the usual ones. */
export const header =
  (members: Readonly<Record<string, unknown>>): Build =>
  ({ issuer, claims }) =>
    issuer.sign(claims, { header: members, signedBy: 'RS256' })

/** A token of the issuer's first key with these claims over the good ones. */
export const claims =
  (over: Readonly<Record<string, unknown>> | ((made: Made) => object)): Build =>
  (made) =>
    made.issuer.sign({ ...made.claims, ...(typeof over === 'function' ? over(made) : over) })

/** The good token with its segments edited. */
export const segments =
  (edit: (parts: string[]) => string[]): Build =>
  (made) =>
    edit(good(made).split('.')).join('.')

/** The payload of a good token as text. */
export const payloadText = ({ issuer, claims: all, now }: Made): string =>
  JSON.stringify({ iss: issuer.url, iat: now, exp: now + 300, ...all })
