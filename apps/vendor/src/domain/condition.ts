import { compileGlob } from './glob.ts'
import type { ConditionBody } from './resource.ts'
import type { ClaimPath, Claims, ClaimValue } from './subject.ts'
import { claimAt } from './subject.ts'

/**
 * What one condition says of one set of claims. `unusable`: the claim is missing, null or of another type than the
 * condition compares with. It fails `when` and counts as held in `unless` and `never`, so it never helps anybody.
 */
export type Verdict = 'holds' | 'fails' | 'unusable'

export type Condition = { readonly path: ClaimPath; readonly check: (claims: Claims) => Verdict }

/** Compiles one condition; a body that passed the schema cannot fail here or later. */
export function compileCondition(body: ConditionBody): Condition {
  const judge = judgeOf(body)
  return {
    path: body.claim,
    check: (claims) => {
      const value = claimAt(claims, body.claim)
      return value === undefined || value === null ? 'unusable' : judge(value)
    },
  }
}

function judgeOf(body: ConditionBody): (value: ClaimValue) => Verdict {
  if ('equals' in body) {
    const wanted = body.equals
    return (value) => verdict(typeof value === typeof wanted, value === wanted)
  }
  if ('anyOf' in body) {
    const wanted = new Set<ClaimValue>(body.anyOf)
    const types = new Set(body.anyOf.map((one) => typeof one))
    // A type that no wanted value has is "another type"; objects and arrays always are.
    return (value) => verdict(types.has(typeof value as 'string'), wanted.has(value)) // a typeof name; only has() sees it
  }
  const glob = compileGlob(body.glob, body.delimiter)
  return (value) => (typeof value === 'string' ? verdict(true, glob(value)) : 'unusable')
}

function verdict(usable: boolean, holds: boolean): Verdict {
  if (!usable) return 'unusable'
  return holds ? 'holds' : 'fails'
}

/** All of `when` hold. */
export function allHold(conditions: readonly Condition[], claims: Claims): boolean {
  return conditions.every((condition) => condition.check(claims) === 'holds')
}

/** None of `unless` holds; what cannot be used counts as held. */
export function noneHolds(conditions: readonly Condition[], claims: Claims): boolean {
  return conditions.every((condition) => condition.check(claims) === 'fails')
}
