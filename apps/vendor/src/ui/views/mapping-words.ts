import { claimInWords } from '../../domain/nearness-words.ts'
import type { ConditionBody, MappingBody } from '../../domain/resource.ts'
import { foreign } from '../text.ts'

const MOST = 400

/** One condition as somebody would say it: what of the token, and what it must be. */
export function conditionWords(condition: ConditionBody): { readonly claim: string; readonly is: string } {
  return { claim: claimInWords(condition.claim).replaceAll('`', ''), is: isWords(condition) }
}

function isWords(condition: ConditionBody): string {
  if ('equals' in condition) return `is ${value(condition.equals)}`
  if ('contains' in condition) return `is a list with ${value(condition.contains)} in it`
  if ('anyOf' in condition) return `is ${either(condition.anyOf)}`
  if ('containsAnyOf' in condition) return `is a list with ${either(condition.containsAnyOf)} in it`
  return `looks like ${value(condition.glob)}, where * never goes over ${value(condition.delimiter)}`
}

function either(values: readonly unknown[]): string {
  return values.map(value).join(' or ')
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
