import type { JudgedCondition, Nearness, Standing } from './nearness.ts'
import type { Obstacle } from './obstacle.ts'
import { wantedOf } from './obstacle.ts'
import type { ConditionBody } from './resource.ts'
import { safeText } from './safe-text.ts'
import type { ClaimPath, ClaimValue } from './subject.ts'

const MAX_SHOWN = 120

const STANDING: Readonly<Record<Standing, { readonly says: string; readonly mend: string }>> = {
  other_issuer: { says: 'it is for another issuer', mend: 'name this issuer in it' },
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
    if (one === 'other_role')
      return { says: `it is for role \`${near.role}\``, mend: `ask for role \`${near.role}\`` }
    return one === 'other_issuer' ? { says: `it is for issuer \`${near.issuer}\``, mend } : { says, mend }
  })
  const conditions = near.conditions.filter(({ obstacle }) => obstacle !== null)
  return [...standing, ...conditions.map((one) => ({ says: saysOf(one), mend: mendOf(one, near.role) }))]
}

/** One condition and what the token had there, whether it stands in the way or not. */
export function conditionInWords(one: JudgedCondition): string {
  if (one.obstacle !== null) return saysOf(one)
  const name = claimInWords(one.condition.claim)
  // What an exception says is what must not be: with the value beside it nobody reads it the other way round.
  if (one.member === 'when') return `${name} ${comparisonInWords(one.condition)}`
  return `${name} is ${valueInWords(one.found ?? null)}, not ${comparisonInWords(one.condition)}`
}

function saysOf({ member, condition, obstacle, found }: JudgedCondition): string {
  const name = claimInWords(condition.claim)
  const is = found === undefined ? '' : ` is ${valueInWords(found)},`
  if (obstacle === null) return `${name} ${comparisonInWords(condition)}`
  if (member !== 'when') {
    if (obstacle === 'holds') return `${name}${is} and ${member} says ${comparisonInWords(condition)}`
    const held = obstacle === 'not_recorded' ? '' : `, which counts as held in ${member}`
    return `${name} ${WHY[obstacle]}${held} (${comparisonInWords(condition)})`
  }
  if (obstacle === 'holds') return `${name} ${comparisonInWords(condition)}`
  const wanted = `wanted ${comparisonInWords(condition)}`
  if (obstacle === 'missing' || obstacle === 'not_recorded') return `${name} ${WHY[obstacle]}; ${wanted}`
  return obstacle === 'other_value' ? `${name}${is} ${wanted}` : `${name}${is} ${wanted}: it ${WHY[obstacle]}`
}

function mendOf({ member, index, condition, obstacle, edit }: JudgedCondition, role: string): string {
  const at = `${member}[${index}]`
  const name = claimInWords(condition.claim)
  if (obstacle === 'not_recorded') return `look at the token for ${name}`
  const carry = obstacle === 'missing' ? `let the token carry ${name}` : null
  if (member === 'never')
    return carry ?? `${at} of role \`${role}\` refuses it whatever mappings say: ask for another role`
  if (carry !== null) return edit === null ? carry : `${carry}, or take ${at} away`
  if (edit === null) return `look at ${at}: no edit of it alone says this`
  if (edit.to === null) return `take ${at} away`
  return editInWords(at, edit.to)
}

const MAX_REPEATED = 4

/** What to write in its place, whole, so that it can be pasted; of a long list only what comes to it. */
function editInWords(at: string, to: ConditionBody): string {
  const wanted = wantedOf(to)
  if (wanted.length > MAX_REPEATED)
    return `add ${safeText(wanted.at(-1))} to ${at}.${'anyOf' in to ? 'anyOf' : 'containsAnyOf'}`
  const { claim, ...comparison } = to
  const members = Object.entries(comparison).map(([name, value]) => `${name}: ${safeText(value)}`)
  return `${at}: { claim: ${safeText(claim)}, ${members.join(', ')} }`
}

/** What a condition compares its claim with. `most`: where a long value is cut; whoever says yes by it sees it whole. */
export function comparisonInWords(condition: ConditionBody, most = MAX_SHOWN): string {
  const words = (value: ClaimValue) => safeText(value, most)
  if ('glob' in condition) return `glob: ${words(condition.glob)}, delimiter: ${words(condition.delimiter)}`
  if ('equals' in condition) return `equals: ${words(condition.equals)}`
  if ('contains' in condition) return `contains: ${words(condition.contains)}`
  return `${'anyOf' in condition ? 'anyOf' : 'containsAnyOf'}: ${words(wantedOf(condition))}`
}

/** A claim by its name, or by its path as a file writes it. */
export function claimInWords(path: ClaimPath): string {
  const steps = path.map((step) => safeText(step).slice(1, -1))
  return path.length === 1 ? `\`${steps[0] ?? ''}\`` : `[${steps.join(', ')}]`
}

function valueInWords(value: ClaimValue): string {
  return safeText(value, MAX_SHOWN)
}
