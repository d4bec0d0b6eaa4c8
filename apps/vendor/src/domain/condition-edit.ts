import type { ConditionBody, Scalar } from './resource.ts'
import type { ClaimValue } from './subject.ts'

/** A change of one condition of a mapping: what to write in its place, null for taking it away. */
export type Edit = {
  readonly member: 'when' | 'unless'
  readonly index: number
  readonly to: ConditionBody | null
}

/** What the schema of a configuration takes: an edit that it refuses helps nobody. */
const MAX_ANY_OF = 256
const MAX_TEXT = 1024

/**
 * The smallest change of a condition by which it no longer stands in the way of this value: what it admitted it still
 * admits where the language can say that. It is what would have matched, and no advice to widen anything: a claim that
 * is missing in `when` is better added to the token. null where the language cannot say it.
 */
export function editOf(
  at: { readonly member: 'when' | 'unless'; readonly index: number },
  condition: ConditionBody,
  found: ClaimValue | undefined,
): Edit | null {
  const { member, index } = at
  // An exception that stands in the way can only be narrowed by hand: what it is for is not known here.
  const to = member === 'unless' || found === undefined || found === null ? null : widened(condition, found)
  return to === 'unsayable' ? null : { member, index, to }
}

function widened(condition: ConditionBody, found: ClaimValue): ConditionBody | null | 'unsayable' {
  const { claim } = condition
  if (isScalar(found)) {
    if (!isSayable(found)) return 'unsayable'
    const wanted = singleWanted(condition)
    if (wanted === null) return { claim, equals: found }
    return wanted.length < MAX_ANY_OF ? { claim, anyOf: [...wanted, found] } : 'unsayable'
  }
  if (!Array.isArray(found)) return null
  const items = found.filter(isScalar).filter(isSayable)
  const [first] = items
  // A list with lists or objects in it can be usable for no comparison but one that finds its item.
  if (first === undefined) return null
  const wanted = listWanted(condition)
  const item = wanted.find((one) => items.includes(one)) ?? first
  if (wanted.length === 0 || wanted.includes(item)) return { claim, contains: item }
  return wanted.length < MAX_ANY_OF ? { claim, containsAnyOf: [...wanted, item] } : 'unsayable'
}

function isSayable(value: Scalar): boolean {
  return typeof value !== 'string' || value.length <= MAX_TEXT
}

/** What stands in a comparison with one value of the same kind; null where adding to it says something else. */
function singleWanted(condition: ConditionBody): readonly Scalar[] | null {
  if ('equals' in condition) return [condition.equals]
  if ('anyOf' in condition) return condition.anyOf
  return null
}

function listWanted(condition: ConditionBody): readonly Scalar[] {
  if ('contains' in condition) return [condition.contains]
  if ('containsAnyOf' in condition) return condition.containsAnyOf
  if ('equals' in condition) return [condition.equals]
  return 'anyOf' in condition ? condition.anyOf : []
}

function isScalar(value: ClaimValue): value is Scalar {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

/** The mapping's conditions with the edits made: for holding an edit to its word. */
export function applyEdits<
  T extends { readonly when: readonly ConditionBody[]; readonly unless: readonly ConditionBody[] },
>(body: T, edits: readonly Edit[]): T {
  const edited = (member: 'when' | 'unless') =>
    body[member].flatMap((condition, index) => {
      const edit = edits.find((one) => one.member === member && one.index === index)
      if (edit === undefined) return [condition]
      return edit.to === null ? [] : [edit.to]
    })
  return { ...body, when: edited('when'), unless: edited('unless') }
}
