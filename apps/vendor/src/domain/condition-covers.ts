import { compileGlob } from './glob.ts'
import type { ConditionBody, Scalar } from './resource.ts'

/**
 * Whether `outer` holds wherever `inner` does. Only what is proved counts: the same claim, and values of one that are
 * values of the other.
 */
export function conditionCovers(outer: ConditionBody, inner: ConditionBody): boolean {
  if (JSON.stringify(outer.claim) !== JSON.stringify(inner.claim) || isOfList(outer) !== isOfList(inner))
    return false
  if ('glob' in inner)
    return 'glob' in outer && outer.glob === inner.glob && outer.delimiter === inner.delimiter
  const values = valuesOf(inner)
  if ('glob' in outer) {
    const matches = compileGlob(outer.glob, outer.delimiter)
    return values.every((value) => typeof value === 'string' && matches(value))
  }
  const allowed = valuesOf(outer)
  return values.every((value) => allowed.includes(value))
}

/**
 * The same for what refuses (`unless`, `never`), where a claim that is missing or of another type counts as held: both
 * must find the same types unusable, else a number slips through where only texts were compared.
 */
export function refusalCovers(outer: ConditionBody, inner: ConditionBody): boolean {
  return conditionCovers(outer, inner) && typesOf(outer) === typesOf(inner)
}

function isOfList(body: ConditionBody): boolean {
  return 'contains' in body || 'containsAnyOf' in body
}

function valuesOf(body: ConditionBody): readonly Scalar[] {
  if ('equals' in body) return [body.equals]
  if ('anyOf' in body) return body.anyOf
  if ('contains' in body) return [body.contains]
  return 'containsAnyOf' in body ? body.containsAnyOf : []
}

function typesOf(body: ConditionBody): string {
  const types = 'glob' in body ? ['string'] : valuesOf(body).map((value) => typeof value)
  return [...new Set(types)].toSorted().join()
}
