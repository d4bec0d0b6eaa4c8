import type { Verdict } from './condition.ts'
import { compileCondition } from './condition.ts'
import type { ConditionBody, Scalar } from './resource.ts'
import type { ClaimValue } from './subject.ts'
import { roughDistance, textDistance } from './text-distance.ts'

/** Why a condition stands in the way, in one word. */
export type Obstacle =
  | 'not_recorded'
  | 'missing'
  | 'other_type'
  | 'other_case'
  | 'other_ends'
  | 'crosses_delimiter'
  | 'other_value'
  | 'holds'

/** Any name: a condition is asked about one value, wherever that stood. */
const CLAIM = 'claim'

/** What a condition says of one value; `undefined`: the token has none. */
export function verdictOf(condition: ConditionBody, found: ClaimValue | undefined): Verdict {
  const asked = compileCondition({ ...condition, claim: [CLAIM] })
  return asked.check(found === undefined ? {} : { [CLAIM]: found })
}

/** Why a condition does not hold of that value, as near as it can be said. */
export function obstacleOf(
  condition: ConditionBody,
  found: ClaimValue | undefined,
  verdict: 'fails' | 'unusable',
): Obstacle {
  if (found === undefined || found === null) return 'missing'
  if (verdict === 'unusable') return 'other_type'
  if ('glob' in condition) {
    const [text = ''] = textsOf(found, 1)
    const free = { claim: [CLAIM], glob: condition.glob, delimiter: '\u0000' }
    if (verdictOf(free, found) === 'holds') return 'crosses_delimiter'
    const folded = { ...condition, glob: condition.glob.toLowerCase() }
    return verdictOf(folded, text.toLowerCase()) === 'holds' ? 'other_case' : 'other_value'
  }
  const pairs = pairsOf(condition, found)
  if (pairs.some(([wanted, text]) => sameFolded(wanted, text))) return 'other_case'
  return pairs.some(([wanted, text]) => sameBare(wanted, text)) ? 'other_ends' : 'other_value'
}

/** So many pairs of texts are compared for one condition: a token brings a list of thousands as cheaply as one text. */
const MAX_PAIRS = 256

function pairsOf(
  condition: ConditionBody,
  found: ClaimValue | undefined,
): readonly (readonly [wanted: string, text: string])[] {
  const wanted = wantedOf(condition)
  const texts = textsOf(found, Math.ceil(MAX_PAIRS / wanted.length))
  return wanted.flatMap((one) => texts.map((text) => [String(one), text] as const))
}

/** The lengths first: a text of kilobytes is not folded for each of ten thousand mappings. */
function sameFolded(a: string, b: string): boolean {
  return a.length === b.length && a.toLowerCase() === b.toLowerCase()
}

const MAX_ENDS = 16

function sameBare(a: string, b: string): boolean {
  return Math.abs(a.length - b.length) <= MAX_ENDS && bare(a) === bare(b)
}

/** Without what is easily too much or too little at the ends: white space and slashes. */
function bare(text: string): string {
  return text.trim().replace(/^\/+|\/+$/g, '')
}

function textsOf(found: ClaimValue | undefined, most: number): readonly string[] {
  const first = Array.isArray(found) ? found.slice(0, most) : [found]
  return first.filter((one) => typeof one === 'string')
}

/** What a condition would take. */
export function wantedOf(condition: ConditionBody): readonly Scalar[] {
  if ('equals' in condition) return [condition.equals]
  if ('anyOf' in condition) return condition.anyOf
  if ('contains' in condition) return [condition.contains]
  if ('containsAnyOf' in condition) return condition.containsAnyOf
  return [condition.glob]
}

const NEAR: Readonly<Record<Obstacle, number | null>> = {
  other_case: 0.05,
  other_ends: 0.05,
  crosses_delimiter: 0.2,
  other_type: 0.3,
  not_recorded: 0.5,
  missing: 1,
  holds: 1,
  other_value: null,
}

/** How far a value is from what a condition takes, 0 to 1; `rough` by their ends alone, for thousands of mappings. */
export function distanceOf(
  judged: {
    readonly condition: ConditionBody
    readonly obstacle: Obstacle
    readonly found: ClaimValue | undefined
  },
  how: 'rough' | 'exact',
): number {
  const { condition, obstacle, found } = judged
  const fixed = NEAR[obstacle]
  if (fixed !== null) return fixed
  const far =
    how === 'rough'
      ? roughDistance
      : (a: string, b: string) => textDistance(a, b) / Math.max(a.length, b.length, 1)
  return Math.min(1, ...pairsOf(condition, found).map(([wanted, text]) => far(wanted, text)))
}
