import type { SubjectFacts } from './audit-event.ts'
import { isCommitment } from './personal/commitment.ts'
import type { ClaimPath, Claims, ClaimValue } from './subject.ts'
import { claimAt } from './subject.ts'

/** What is known of a subject's claims when somebody asks why: of an old decision, only what was recorded. */
export type KnownClaims = {
  /** The value; `undefined` where the token had none; NOT_RECORDED where nobody can tell, or it is erased. */
  look(path: ClaimPath): ClaimValue | undefined | typeof NOT_RECORDED
}
export const NOT_RECORDED = Symbol('not recorded')

/** Whole claims, as a token in hand carries them. */
export function wholeClaims(claims: Claims): KnownClaims {
  return { look: (path) => claimAt(claims, path) }
}

/**
 * What an event recorded of a token: of the paths that were looked for then a missing one was missing in the token; of
 * every other nobody can tell.
 */
export function recordedClaims(facts: SubjectFacts, paths: readonly ClaimPath[]): KnownClaims {
  const values = new Map(facts.claims.map(({ path, value }) => [JSON.stringify(path), value] as const))
  const recorded = new Set(paths.map((path) => JSON.stringify(path)))
  const always = new Map<string, ClaimValue>([
    ['sub', facts.sub],
    ['iss', facts.issuer.url],
    ['jti', facts.jti],
    ['azp', facts.azp],
  ])
  return {
    look(path) {
      for (let length = path.length; length > 0; length--) {
        const key = JSON.stringify(path.slice(0, length))
        if (!values.has(key) && !recorded.has(key)) continue
        const value = values.get(key)
        if (isCommitment(value)) return NOT_RECORDED
        if (length === path.length || value === undefined) return value
        return claimAt({ [CLAIM]: value }, [CLAIM, ...path.slice(length)])
      }
      const [name = ''] = path
      const value = always.get(name)
      if (path.length > 1 || !always.has(name) || isCommitment(value)) return NOT_RECORDED
      return value ?? undefined
    },
  }
}

/** Any name: the value is looked into, wherever it stood. */
const CLAIM = 'claim'
