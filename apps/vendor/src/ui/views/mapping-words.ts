import { claimInWords } from '../../domain/nearness-words.ts'
import type { ConditionBody, MappingBody } from '../../domain/resource.ts'
import { foreign } from '../text.ts'

const MOST = 400

/** So many values of a list are read; the others are there for whoever asks. */
const MOST_VALUES = 6

export type ConditionWords = {
  readonly claim: string
  readonly is: string
  /** Values that go on where `is` ends. */
  readonly more: readonly string[]
}

/** One condition as somebody would say it: what of the token, and what it must be. */
export function conditionWords(condition: ConditionBody): ConditionWords {
  const claim = claimInWords(condition.claim).replaceAll('`', '')
  const values = valuesOf(condition)
  const is = (words: string, end = '') => ({ claim, is: `${words}${end}`, more: values.slice(MOST_VALUES) })
  const some = values.slice(0, MOST_VALUES).join(' or ')
  if ('glob' in condition)
    return is(`looks like ${value(condition.glob)}, where * never goes over ${value(condition.delimiter)}`)
  return 'contains' in condition || 'containsAnyOf' in condition
    ? is(`is a list with ${some}`, ' in it')
    : is(`is ${some}`)
}

function valuesOf(condition: ConditionBody): readonly string[] {
  if ('equals' in condition) return [value(condition.equals)]
  if ('contains' in condition) return [value(condition.contains)]
  if ('anyOf' in condition) return condition.anyOf.map(value)
  return 'containsAnyOf' in condition ? condition.containsAnyOf.map(value) : []
}

function value(of: unknown): string {
  return typeof of === 'string' ? `“${foreign(of, MOST)}”` : foreign(of, MOST)
}

/** What a mapping does, in the verb of a sentence about its subjects. */
export function verbOf(mode: MappingBody['mode'] | 'disabled' | 'expired'): string {
  return {
    enforce: 'may assume',
    shadow: 'would be allowed to assume',
    off: 'are not allowed, but were thought of, to assume',
    disabled: 'were once allowed to assume',
    expired: 'may no longer assume',
  }[mode]
}
