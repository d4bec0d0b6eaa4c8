import type { Condition } from '../condition.ts'
import type { Mapping } from '../mapping.ts'
import { mappingMatches } from '../mapping.ts'
import type { ConditionBody, Scalar } from '../resource.ts'
import type { ClaimPath, Claims, ClaimValue } from '../subject.ts'

/**
 * Claims that a mapping admits, made of its own conditions: all of `when` holds and none of `unless`. null where no such
 * claims are found, because its conditions contradict each other or leave no value that is free.
 */
export function claimsFor(mapping: Mapping): Claims | null {
  const paths = new Map<string, ClaimPath>()
  for (const { path } of [...mapping.when, ...mapping.unless]) paths.set(JSON.stringify(path), path)
  let claims: Claims = {}
  for (const [key, path] of paths) {
    const of = (all: readonly Condition[]) => all.filter((one) => JSON.stringify(one.path) === key)
    const value = valueFor(path, of(mapping.when), of(mapping.unless))
    if (value === undefined) return null
    claims = withClaim(claims, path, value)
  }
  // A claim inside of another one may have taken its place.
  return mappingMatches(mapping, claims, mapping.expiresMs - 1) ? claims : null
}

function valueFor(
  path: ClaimPath,
  when: readonly Condition[],
  unless: readonly Condition[],
): ClaimValue | undefined {
  const fits = (value: ClaimValue) => {
    const claims = withClaim({}, path, value)
    return (
      when.every((one) => one.check(claims) === 'holds') &&
      unless.every((one) => one.check(claims) === 'fails')
    )
  }
  const wanted = when.flatMap(({ body }) => valuesOf(body))
  const lists = when.some(({ body }) => isOfList(body)) ? [wanted] : []
  const free = when.length > 0 ? [] : unless.flatMap(({ body }) => othersThan(body))
  return [...wanted, ...lists, ...free].find(fits)
}

function isOfList(body: ConditionBody): boolean {
  return 'contains' in body || 'containsAnyOf' in body
}

/** Values that pass the condition, or that a list which passes it holds. */
function valuesOf(body: ConditionBody): readonly ClaimValue[] {
  if ('equals' in body) return [body.equals]
  if ('anyOf' in body) return body.anyOf
  if ('contains' in body) return [[body.contains], body.contains]
  if ('containsAnyOf' in body) return [...body.containsAnyOf.map((one) => [one]), ...body.containsAnyOf]
  // A star takes anything but the delimiter, and at least something wherever it must.
  const letters = ['x', 'y', '1'].filter((letter) => letter !== body.delimiter)
  return letters.flatMap((letter) => [
    body.glob.replaceAll('*', `stint-review-${letter}`.replaceAll(body.delimiter, letter)),
    body.glob.replaceAll('*', letter),
    body.glob.replaceAll('*', ''),
  ])
}

/** Values of the types that a condition compares with, which do not pass it. */
function othersThan(body: ConditionBody): readonly ClaimValue[] {
  if (isOfList(body)) return [[], ...TEXTS.map((text) => [text])]
  if ('glob' in body) return TEXTS
  const values = 'equals' in body ? [body.equals] : 'anyOf' in body ? body.anyOf : []
  return values.flatMap(otherThan)
}

const TEXTS: readonly string[] = ['stint-review', 'x', '']

function otherThan(value: Scalar): readonly Scalar[] {
  if (typeof value === 'boolean') return [!value]
  return typeof value === 'number' ? [value + 1, value - 1, 0.5] : TEXTS
}

function withClaim(claims: Claims, path: ClaimPath, value: ClaimValue): Claims {
  const [name, ...rest] = path
  if (name === undefined) return claims
  if (rest.length === 0) return { ...claims, [name]: value }
  const inner = claims[name]
  const object = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? (inner as Claims) : {} // an object, by the line itself
  return { ...claims, [name]: withClaim(object, rest, value) }
}
