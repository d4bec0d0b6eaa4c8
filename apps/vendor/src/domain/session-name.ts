/** SHA-256 of a text, lower-case hex. Passed in, because this ring knows no platform. */
export type Sha256 = (text: string) => string

const MAX_LENGTH = 64
const HASH_LENGTH = 16

/**
 * Our RoleSessionName: 2–64 of `[\w+=,.@-]` as AWS STS reads it, the readable head of the subject and a hash of
 * (issuer, sub). The parts are length-prefixed before hashing, so two subjects never share a name by how they join.
 */
export function sessionNameOf(issuer: string, sub: string, sha256: Sha256): string {
  const hash = sha256(`${issuer.length}:${issuer}${sub.length}:${sub}`).slice(0, HASH_LENGTH)
  const head = sub.replace(/[^\w+=,.@-]/g, '-').slice(0, MAX_LENGTH - HASH_LENGTH - 1)
  return `${head}-${hash}`
}
