import type { SubjectFacts } from './audit-event.ts'
import { compileCondition } from './condition.ts'
import { type Edit, editOf } from './condition-edit.ts'
import type { ConditionBody, MappingBody, MappingMode, Resource, ResourceOf, Scalar } from './resource.ts'
import type { ClaimPath, Claims, ClaimValue } from './subject.ts'
import { claimAt } from './subject.ts'
import { textDistance } from './text-distance.ts'

/** What is known of a subject's claims when somebody asks why: of an old decision, only what was recorded. */
export type KnownClaims = {
  /** The value; `undefined` where the token had none; NOT_RECORDED where nobody can tell. */
  look(path: ClaimPath): ClaimValue | undefined | typeof NOT_RECORDED
}
export const NOT_RECORDED = Symbol('not recorded')

/** Why a condition stands in the way, in one word; null where it does not. */
export type Obstacle =
  | 'not_recorded'
  | 'missing'
  | 'other_type'
  | 'other_case'
  | 'other_ends'
  | 'crosses_delimiter'
  | 'other_value'
  | 'holds'

/** One condition, held against the claims. */
export type JudgedCondition = {
  readonly member: 'when' | 'unless'
  readonly index: number
  readonly condition: ConditionBody
  /** What the token had there; left out where it had nothing or nothing was recorded. */
  readonly found?: ClaimValue
  readonly obstacle: Obstacle | null
  /** The smallest change of this condition by which it would no longer stand in the way; null where none is known. */
  readonly edit: Edit | null
}

/** What stands in the way besides conditions. */
export type Standing = 'other_role' | 'off' | 'shadow' | 'expired' | 'disabled'

/** One mapping held against one subject: what stands in its way, and how much of that there is. */
export type Nearness = {
  readonly name: string
  readonly version: number
  readonly issuer: string
  readonly role: string
  readonly mode: MappingMode
  readonly matches: boolean
  readonly standing: readonly Standing[]
  readonly conditions: readonly JudgedCondition[]
  /** How many things stand in the way; what cannot be told counts a half. */
  readonly obstacles: number
  /** How far the values are from those that were wanted: 0 each that holds, at most 1 each. */
  readonly distance: number
}

export type Question = {
  readonly roleAsked: string | null
  readonly nowMs: number
  readonly claims: KnownClaims
}

/** Texts are compared only for so many: the rest is further away by whole obstacles, or as far as these. */
const MAX_MEASURED = 200

/**
 * Holds every mapping against a subject, the nearest first: those for the role that was asked for, then fewest obstacles,
 * then least distance, then by name.
 */
export function rankMappings(
  mappings: readonly ResourceOf<'mapping'>[],
  question: Question,
): readonly Nearness[] {
  const judged = mappings
    .map((mapping) => judgeMapping(mapping, question))
    .toSorted((a, b) => byObstacles(a, b) || byName(a, b))
  const near = judged.slice(0, MAX_MEASURED).map((one) => ({ ...one, distance: distanceInAll(one) }))
  return [
    ...near.toSorted((a, b) => byObstacles(a, b) || a.distance - b.distance || byName(a, b)),
    ...judged.slice(MAX_MEASURED),
  ]
}

/** Those for the role that was asked for come first: what somebody may have instead is another question. */
function byObstacles(a: Nearness, b: Nearness): number {
  return Number(isElsewhere(a)) - Number(isElsewhere(b)) || a.obstacles - b.obstacles
}

function isElsewhere({ standing }: Nearness): boolean {
  return standing.includes('other_role')
}

function byName(a: Nearness, b: Nearness): number {
  return a.name < b.name ? -1 : 1
}

function distanceInAll({ conditions }: Nearness): number {
  return conditions.reduce((sum, one) => sum + distanceOf(one), 0)
}

/** Whole claims, as a token in hand carries them. */
export function wholeClaims(claims: Claims): KnownClaims {
  return { look: (path) => claimAt(claims, path) }
}

/**
 * What an event recorded of a token: of the paths that were recorded then a missing one was missing in the token; of
 * every other nobody can tell.
 */
export function recordedClaims(facts: SubjectFacts, paths: readonly ClaimPath[]): KnownClaims {
  const values = new Map(facts.claims.map(({ path, value }) => [JSON.stringify(path), value] as const))
  const recorded = new Set(paths.map((path) => JSON.stringify(path)))
  const always = new Map<string, ClaimValue>([
    ['sub', facts.sub],
    ['iss', facts.issuer.url],
    ['jti', facts.jti],
    ['azp', facts.azp],
  ])
  return {
    look(path) {
      for (let length = path.length; length > 0; length--) {
        const key = JSON.stringify(path.slice(0, length))
        if (!values.has(key) && !recorded.has(key)) continue
        const value = values.get(key)
        if (length === path.length || value === undefined) return value
        return claimAt({ [CLAIM]: value }, [CLAIM, ...path.slice(length)])
      }
      const [name = ''] = path
      return path.length === 1 && always.has(name) ? (always.get(name) ?? undefined) : NOT_RECORDED
    },
  }
}

function judgeMapping(mapping: ResourceOf<'mapping'>, question: Question): Nearness {
  const { body } = mapping
  const standing = standingOf(mapping, question)
  const conditions = [
    ...body.when.map((condition, index) => judge(condition, { member: 'when', index }, question.claims)),
    ...body.unless.map((condition, index) => judge(condition, { member: 'unless', index }, question.claims)),
  ]
  const blocked = conditions.filter(({ obstacle }) => obstacle !== null)
  const unknown = blocked.filter(({ obstacle }) => obstacle === 'not_recorded').length
  return {
    name: mapping.name,
    version: mapping.version,
    issuer: body.issuer,
    role: body.role,
    mode: body.mode,
    matches: standing.length === 0 && blocked.length === 0,
    standing,
    conditions,
    obstacles: standing.length + blocked.length - unknown / 2,
    distance: blocked.length,
  }
}

function standingOf(
  { body, state }: Pick<Resource, 'state'> & { readonly body: MappingBody },
  { roleAsked, nowMs }: Question,
): readonly Standing[] {
  return [
    ...(roleAsked !== null && roleAsked !== body.role ? (['other_role'] as const) : []),
    ...(state === 'disabled' ? (['disabled'] as const) : []),
    ...(body.mode === 'enforce' ? [] : [body.mode]),
    ...(nowMs < Date.parse(body.expires) ? [] : (['expired'] as const)),
  ]
}

function judge(
  condition: ConditionBody,
  at: { readonly member: 'when' | 'unless'; readonly index: number },
  claims: KnownClaims,
): JudgedCondition {
  const found = claims.look(condition.claim)
  if (found === NOT_RECORDED) return { ...at, condition, obstacle: 'not_recorded', edit: null }
  const value = found === undefined ? {} : { found }
  const verdict = compileCondition({ ...condition, claim: [CLAIM] }).check(
    found === undefined ? {} : { [CLAIM]: found },
  )
  const helps = at.member === 'when' ? verdict === 'holds' : verdict === 'fails'
  if (helps) return { ...at, condition, ...value, obstacle: null, edit: null }
  const obstacle = verdict === 'holds' ? 'holds' : obstacleOf(condition, found, verdict)
  return { ...at, condition, ...value, obstacle, edit: editOf(at, condition, found) }
}

/** Any name: the condition is asked about one value, wherever that stood. */
const CLAIM = 'claim'

function obstacleOf(
  condition: ConditionBody,
  found: ClaimValue | undefined,
  verdict: 'fails' | 'unusable',
): Obstacle {
  if (found === undefined || found === null) return 'missing'
  if (verdict === 'unusable') return 'other_type'
  const texts = (Array.isArray(found) ? found : [found]).filter((one) => typeof one === 'string')
  const pairs = wantedOf(condition).flatMap((wanted) => texts.map((text) => [String(wanted), text] as const))
  if ('glob' in condition) {
    const free = compileCondition({ claim: [CLAIM], glob: condition.glob, delimiter: '\u0000' })
    return free.check({ [CLAIM]: found }) === 'holds' ? 'crosses_delimiter' : 'other_value'
  }
  if (pairs.some(([wanted, text]) => wanted.toLowerCase() === text.toLowerCase())) return 'other_case'
  return pairs.some(([wanted, text]) => bare(wanted) === bare(text)) ? 'other_ends' : 'other_value'
}

/** Without what is easily too much or too little at the ends: white space and slashes. */
function bare(text: string): string {
  return text.trim().replace(/^\/+|\/+$/g, '')
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

function distanceOf({ condition, found, obstacle }: JudgedCondition): number {
  if (obstacle === null) return 0
  const fixed = NEAR[obstacle]
  if (fixed !== null) return fixed
  const values = (Array.isArray(found) ? found : [found]).filter((one) => typeof one === 'string')
  const shares = wantedOf(condition).flatMap((wanted) =>
    values.map(
      (value) => textDistance(String(wanted), value) / Math.max(String(wanted).length, value.length, 1),
    ),
  )
  return Math.min(1, ...shares)
}
