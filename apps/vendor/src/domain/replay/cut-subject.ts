/** The members of a recorded subject. These and the values of claims as their canonical JSON stands: */
export type CutSubject = {
  readonly aud: string
  readonly azp: string
  readonly jti: string
  readonly claims: readonly CutClaim[]
  /** And these as what they say. */
  readonly issuer: string
  readonly url: string
  readonly sub: string
  readonly alg: string
}
export type CutClaim = {
  /** The steps of the path, without the brackets. */
  readonly path: string
  readonly value: string
}

/** JSON of a text in which nothing is escaped, and of a list of such. */
const TEXT = '"[^"\\\\]*"'
const TEXTS = `${TEXT}(?:,${TEXT})*`
const HEAD = new RegExp(`\\{"aud":(\\[${TEXTS}\\]),"azp":(null|${TEXT}),"claims":\\[`, 'y')
const CLAIM = new RegExp(
  `\\{"path":\\[(${TEXTS})\\],"value":(${TEXT}|\\[(?:${TEXTS})?\\]|[-+.0-9eE]+|true|false|null)\\}`,
  'y',
)
const TAIL = new RegExp(
  `\\],"issuer":\\{"name":"([^"\\\\]*)","url":"([^"\\\\]*)"\\},"jti":(null|${TEXT}),"sub":"([^"\\\\]*)","token":\\{"alg":"([^"\\\\]*)",`,
  'y',
)
const COMMA = ','

/**
 * Cuts the canonical text of a subject into its members; null where anything in it is escaped or nested, which whoever
 * wants it reads as JSON. Every character from the first to the algorithm is matched, so no text can pass for a member.
 */
export function cutSubject(subject: string): CutSubject | null {
  HEAD.lastIndex = 0
  const head = HEAD.exec(subject)
  if (head === null) return null
  const claims: CutClaim[] = []
  let at = HEAD.lastIndex
  CLAIM.lastIndex = at
  for (let claim = CLAIM.exec(subject); claim !== null; claim = CLAIM.exec(subject)) {
    const [, path = '', value = ''] = claim
    claims.push({ path, value })
    at = CLAIM.lastIndex
    if (subject[at] !== COMMA) break
    CLAIM.lastIndex = at + 1
  }
  TAIL.lastIndex = at
  const tail = TAIL.exec(subject)
  if (tail === null) return null
  const [, aud = '', azp = ''] = head
  const [, issuer = '', url = '', jti = '', sub = '', alg = ''] = tail
  return { aud, azp, claims, issuer, url, jti, sub, alg }
}
