import type { SubjectFacts } from '../audit-event.ts'
import { isCommitment } from '../personal/commitment.ts'
import type { ClaimPath } from '../subject.ts'
import type { LookedFor } from './recorded-decision.ts'

/** Of every token these are recorded by themselves, when they are no claim that a mapping named. */
const ALWAYS = new Set(['sub', 'iss', 'jti', 'azp'])

/**
 * Whether nobody can tell what the token said there: it, and what it stands in, were neither recorded nor looked for, or it
 * is erased.
 */
export function isUnknown(facts: SubjectFacts, path: ClaimPath, looked: LookedFor): boolean {
  if (path.length === 1 && ALWAYS.has(path[0] ?? '')) return path[0] === 'sub' && isCommitment(facts.sub)
  for (let length = path.length; length > 0; length--) {
    const prefix = path.slice(0, length)
    const recorded = facts.claims.find((one) => isPath(one.path, prefix))
    if (recorded !== undefined) return isCommitment(recorded.value)
    if (looked.has(prefix)) return false
  }
  return true
}

function isPath(a: ClaimPath, b: ClaimPath): boolean {
  return a.length === b.length && a.every((step, at) => step === b[at])
}
