import type { JudgedCondition, Nearness, Obstacle, Standing } from './nearness.ts'
import { wantedOf } from './nearness.ts'
import type { ConditionBody } from './resource.ts'
import type { ClaimPath, ClaimValue } from './subject.ts'

const MAX_SHOWN = 120

const STANDING: Readonly<Record<Standing, { readonly says: string; readonly mend: string }>> = {
  other_role: { says: 'it is for another role', mend: 'ask for its role' },
  off: { says: 'it is off', mend: 'mode: enforce' },
  shadow: { says: 'it is in shadow, and decides nothing', mend: 'mode: enforce' },
  expired: { says: 'it has expired', mend: 'give it a later `expires`' },
  disabled: { says: 'it is not in the configuration any more', mend: 'declare it again' },
}

const WHY: Readonly<Record<Exclude<Obstacle, 'holds'>, string>> = {
  not_recorded: 'was not recorded, so nobody can tell',
  missing: 'is not in the token',
  other_type: 'is of another type',
  other_case: 'differs in upper and lower case only',
  other_ends: 'differs in white space or slashes at its ends only',
  crosses_delimiter: 'would match if `*` crossed the delimiter, and it never does',
  other_value: 'is another value',
}

/** What stands in the way of a mapping, and what would take each away: a line each, the same order. */
export function obstaclesInWords(
  near: Nearness,
): readonly { readonly says: string; readonly mend: string }[] {
  const standing = near.standing.map((one) => {
    const { says, mend } = STANDING[one]
    return one === 'other_role'
      ? { says: `it is for role \`${near.role}\``, mend: `ask for role \`${near.role}\`` }
      : { says, mend }
  })
  const conditions = near.conditions.filter(({ obstacle }) => obstacle !== null)
  return [...standing, ...conditions.map((one) => ({ says: saysOf(one), mend: mendOf(one) }))]
}

/** One condition and what the token had there, whether it stands in the way or not. */
export function conditionInWords(one: JudgedCondition): string {
  return one.obstacle === null ? `${nameOf(one.condition.claim)} ${comparisonOf(one.condition)}` : saysOf(one)
}

function saysOf({ member, condition, obstacle, found }: JudgedCondition): string {
  const name = nameOf(condition.claim)
  const is = found === undefined ? '' : ` is ${valueInWords(found)},`
  if (obstacle === null) return `${name} ${comparisonOf(condition)}`
  if (member === 'unless') {
    if (obstacle === 'holds') return `${name}${is} and unless says ${comparisonOf(condition)}`
    return `${name} ${WHY[obstacle]}, which counts as held in unless (${comparisonOf(condition)})`
  }
  if (obstacle === 'holds') return `${name} ${comparisonOf(condition)}`
  const wanted = `must be ${comparisonOf(condition)}`
  if (obstacle === 'missing' || obstacle === 'not_recorded') return `${name} ${WHY[obstacle]}; it ${wanted}`
  return obstacle === 'other_value' ? `${name}${is} ${wanted}` : `${name}${is} ${wanted}: it ${WHY[obstacle]}`
}

function mendOf({ member, index, condition, obstacle, edit }: JudgedCondition): string {
  const at = `${member}[${index}]`
  const name = nameOf(condition.claim)
  if (obstacle === 'not_recorded') return `look at the token for ${name}`
  if (member === 'when' && obstacle === 'missing') return `let the token carry ${name}, or take ${at} away`
  if (edit === null) return `look at ${at}`
  if (edit.to === null) return `take ${at} away`
  return `${at}: { claim: ${JSON.stringify(condition.claim)}, ${comparisonOf(edit.to)} }`
}

function comparisonOf(condition: ConditionBody): string {
  const wanted = wantedOf(condition)
  if ('glob' in condition)
    return `glob: ${valueInWords(condition.glob)}, delimiter: ${valueInWords(condition.delimiter)}`
  if ('equals' in condition) return `equals: ${valueInWords(condition.equals)}`
  if ('contains' in condition) return `contains: ${valueInWords(condition.contains)}`
  return `${'anyOf' in condition ? 'anyOf' : 'containsAnyOf'}: ${valueInWords(wanted)}`
}

/** A claim by its name, or by its path as a file writes it. */
function nameOf(path: ClaimPath): string {
  return path.length === 1 ? `\`${path[0] ?? ''}\`` : `[${path.join(', ')}]`
}

/** As JSON in ASCII, so that nothing in it moves a cursor or looks like another text; cut where it is long. */
function valueInWords(value: ClaimValue): string {
  const text = JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}
