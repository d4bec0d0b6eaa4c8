import { compileGlob } from './glob.ts'
import type { ConditionBody, Scalar } from './resource.ts'
import type { ClaimPath, Claims, ClaimValue } from './subject.ts'
import { claimAt } from './subject.ts'

/**
 * What one condition says of one set of claims. `unusable`: the claim is missing, null or of another type than the
 * condition compares with. It fails `when` and counts as held in `unless` and `never`, so it never helps anybody.
 */
export type Verdict = 'holds' | 'fails' | 'unusable'

export type Condition = {
  readonly path: ClaimPath
  readonly body: ConditionBody
  readonly check: (claims: Claims) => Verdict
}

/** Compiles one condition; a body that passed the schema cannot fail here or later. */
export function compileCondition(body: ConditionBody): Condition {
  if ('equals' in body) {
    // Of a hundred thousand mappings nearly every condition is this one: one closure, and nothing else to keep.
    const { claim, equals } = body
    return { path: claim, body, check: (claims) => compareOne(claimAt(claims, claim), equals) }
  }
  const judge = judgeOf(body)
  return {
    path: body.claim,
    body,
    check: (claims) => {
      const value = claimAt(claims, body.claim)
      return value === undefined || value === null ? 'unusable' : judge(value)
    },
  }
}

/**
 * A compiler that makes conditions of the same words once: of a hundred thousand mappings most compare the same few
 * claims, and many with the same value.
 */
export function sharedConditions(): (body: ConditionBody) => Condition {
  const paths = new Map<string, ClaimPath>()
  const conditions = new Map<string, Condition>()
  return (body) => {
    const words = JSON.stringify(body)
    const known = conditions.get(words)
    if (known !== undefined) return known
    const steps = JSON.stringify(body.claim)
    const claim = paths.get(steps) ?? body.claim
    paths.set(steps, claim)
    const condition = compileCondition({ ...body, claim })
    conditions.set(words, condition)
    return condition
  }
}

type Judge = (value: ClaimValue) => Verdict

function judgeOf(body: ConditionBody): Judge {
  if ('equals' in body) return oneOf([body.equals])
  if ('anyOf' in body) return oneOf(body.anyOf)
  if ('contains' in body) return someOf([body.contains])
  if ('containsAnyOf' in body) return someOf(body.containsAnyOf)
  const glob = compileGlob(body.glob, body.delimiter)
  return (value) => (typeof value === 'string' ? verdict(true, glob(value)) : 'unusable')
}

function compareOne(value: ClaimValue | undefined, wanted: Scalar): Verdict {
  return verdict(typeof value === typeof wanted, value === wanted)
}

/** A type that no wanted value has is "another type"; objects and arrays always are. */
function oneOf(wanted: readonly Scalar[]): Judge {
  const [only] = wanted
  if (only !== undefined && wanted.length === 1) return (value) => compareOne(value, only)
  const values = new Set<ClaimValue>(wanted)
  const types = new Set<string>(wanted.map((one) => typeof one))
  return (value) => verdict(types.has(typeof value), values.has(value))
}

/**
 * A list of which one item is wanted. A list that has none of them fails, unless an item is of a type that none is
 * compared with: whether `["admin"]` inside a list is `admin` is nobody's to guess.
 */
function someOf(wanted: readonly Scalar[]): Judge {
  const judge = oneOf(wanted)
  return (value) => {
    if (!Array.isArray(value)) return 'unusable'
    const verdicts = value.map(judge)
    return verdicts.find((one) => one === 'holds') ?? verdicts.find((one) => one === 'unusable') ?? 'fails'
  }
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
