import { type Edit, editOf } from './condition-edit.ts'
import type { KnownClaims } from './known-claims.ts'
import { NOT_RECORDED } from './known-claims.ts'
import type { Obstacle } from './obstacle.ts'
import { distanceOf, obstacleOf, verdictOf } from './obstacle.ts'
import type { ConditionBody, MappingMode, ResourceOf } from './resource.ts'
import type { ClaimValue } from './subject.ts'

/** Where a condition stands: in the mapping, or as a `never` of the role behind it. */
export type Member = 'when' | 'unless' | 'never'

/** One condition, held against the claims. */
export type JudgedCondition = {
  readonly member: Member
  readonly index: number
  readonly condition: ConditionBody
  /** What the token had there; left out where it had nothing or nothing was recorded. */
  readonly found?: ClaimValue
  /** Why it stands in the way; null where it does not. */
  readonly obstacle: Obstacle | null
  /** The smallest change of this condition by which it would no longer stand in the way; null where none is known. */
  readonly edit: Edit | null
}

/** What stands in the way besides conditions. */
export type Standing = 'other_issuer' | 'other_role' | 'off' | 'shadow' | 'expired' | 'disabled'

/** One mapping held against one subject: what stands in its way, and how much of that there is. */
export type Nearness = {
  readonly name: string
  readonly version: number
  readonly issuer: string
  readonly role: string
  readonly mode: MappingMode
  /** What `decide` says of the mapping by itself: enforced, unexpired, all of `when`, none of `unless`. */
  readonly matches: boolean
  /** It matches, and no `never` of its role holds. */
  readonly admits: boolean
  readonly standing: readonly Standing[]
  /** `when` and `unless` of the mapping, then the role's `never`. */
  readonly conditions: readonly JudgedCondition[]
  /** How many things of the mapping itself stand in the way; what cannot be told counts a half. */
  readonly obstacles: number
  /** How far the values are from those that were wanted, each 0 to 1, the claims that tell subjects apart counting most. */
  readonly distance: number
}

export type Question = {
  /** The subject's issuer, where mappings of others are held against it as well. */
  readonly issuer?: string
  readonly roleAsked: string | null
  readonly nowMs: number
  readonly claims: KnownClaims
  /** What the role of that name refuses whatever mappings say. */
  readonly never?: (role: string) => readonly ConditionBody[]
}

type Body = ResourceOf<'mapping'>
type Judged = Pick<JudgedCondition, 'member' | 'index' | 'condition' | 'obstacle'> & {
  readonly found: ReturnType<KnownClaims['look']>
}
/** A mapping judged and not yet put into words: what all of thousands cost. */
type Light = {
  readonly mapping: Body
  readonly standing: readonly Standing[]
  readonly judged: readonly Judged[]
  readonly obstacles: number
}

/** Texts are compared character by character for so many mappings; the order of the rest goes by the texts' ends. */
const MAX_MEASURED = 200

/**
 * Holds every mapping against a subject and answers the `most` nearest: those for the role that was asked for, then
 * fewest obstacles, then least distance, then by name.
 */
export function rankMappings(
  mappings: readonly Body[],
  question: Question,
  most = mappings.length,
): readonly Nearness[] {
  const light = mappings.map((mapping) => judgeLightly(mapping, question))
  const telling = tellingOf(light)
  const measured = (one: Light, how: 'rough' | 'exact') => ({
    one,
    distance: distanceInAll(one, telling, how),
  })
  const rough = light.map((one) => measured(one, 'rough')).toSorted(byNearness)
  const near = rough.slice(0, MAX_MEASURED).map(({ one }) => measured(one, 'exact'))
  const ranked = [...near.toSorted(byNearness), ...rough.slice(MAX_MEASURED)]
  return ranked.slice(0, most).map(({ one, distance }) => judgeWholly(one, distance, question))
}

/** The mappings that admit the subject to the role that was asked for, by name. */
export function admitting(mappings: readonly Body[], question: Question): readonly string[] {
  return mappings
    .map((mapping) => judgeLightly(mapping, question))
    .filter(
      (one) =>
        one.obstacles === 0 && neverOf(one.mapping, question).every(({ obstacle }) => obstacle === null),
    )
    .map(({ mapping }) => mapping.name)
}

type Measured = { readonly one: Light; readonly distance: number }

/** Those for what was asked for come first: what somebody may have instead is another question. */
function byNearness(a: Measured, b: Measured): number {
  return (
    strangeness(a.one) - strangeness(b.one) ||
    a.one.obstacles - b.one.obstacles ||
    a.distance - b.distance ||
    (a.one.mapping.name < b.one.mapping.name ? -1 : 1)
  )
}

function strangeness({ standing }: Light): number {
  return Number(standing.includes('other_role')) + Number(standing.includes('other_issuer'))
}

/**
 * How much a claim tells subjects apart, 0 to 1: the share of its conditions that differ. A claim that each mapping
 * compares with a value of its own (`repository_id`) says whose mapping it is, and one that all compare alike (`ref`)
 * does not: a mapping of the right repository and the wrong branch is nearer than those of ten thousand others.
 */
function tellingOf(light: readonly Light[]): ReadonlyMap<string, number> {
  const seen = new Map<string, { readonly different: Set<string>; count: number }>()
  for (const { judged } of light) {
    for (const { condition } of judged) {
      const key = condition.claim.join('\u0000')
      const of = seen.get(key) ?? { different: new Set<string>(), count: 0 }
      of.different.add(JSON.stringify(condition))
      of.count += 1
      seen.set(key, of)
    }
  }
  return new Map([...seen].map(([key, { different, count }]) => [key, different.size / count] as const))
}

function distanceInAll(
  { judged }: Light,
  telling: ReadonlyMap<string, number>,
  how: 'rough' | 'exact',
): number {
  return judged.reduce((sum, { condition, obstacle, found }) => {
    if (obstacle === null) return sum
    const value = found === NOT_RECORDED ? undefined : found
    return (
      sum +
      distanceOf({ condition, obstacle, found: value }, how) *
        (telling.get(condition.claim.join('\u0000')) ?? 1)
    )
  }, 0)
}

function judgeLightly(mapping: Body, question: Question): Light {
  const standing = standingOf(mapping, question)
  const { when, unless } = mapping.body
  const judged = [
    ...when.map((condition, index) => judge({ member: 'when', index }, condition, question.claims)),
    ...unless.map((condition, index) => judge({ member: 'unless', index }, condition, question.claims)),
  ]
  const blocked = judged.filter(({ obstacle }) => obstacle !== null)
  const unknown = blocked.filter(({ obstacle }) => obstacle === 'not_recorded').length
  return { mapping, standing, judged, obstacles: standing.length + blocked.length - unknown / 2 }
}

function neverOf({ body }: Body, { never, claims }: Question): readonly Judged[] {
  return (never?.(body.role) ?? []).map((condition, index) =>
    judge({ member: 'never', index }, condition, claims),
  )
}

function judgeWholly(
  { mapping, standing, judged, obstacles }: Light,
  distance: number,
  question: Question,
): Nearness {
  const { name, version, body } = mapping
  const never = neverOf(mapping, question)
  const matches = obstacles === 0
  return {
    name,
    version,
    issuer: body.issuer,
    role: body.role,
    mode: body.mode,
    matches,
    admits: matches && never.every(({ obstacle }) => obstacle === null),
    standing,
    conditions: withEdits([...judged, ...never]),
    obstacles,
    distance,
  }
}

function withEdits(judged: readonly Judged[]): readonly JudgedCondition[] {
  const edited = judged.map((one) => {
    const { found, ...rest } = one
    const known = found === NOT_RECORDED ? undefined : found
    const isEditable = one.obstacle !== null && one.obstacle !== 'not_recorded' && one.member !== 'never'
    const edit = isEditable ? editOf({ member: one.member, index: one.index }, one.condition, known) : null
    return { ...rest, ...(known === undefined ? {} : { found: known }), edit }
  })
  // A mapping without any condition admits everybody: no edit may lead there.
  const isLeft = edited.some(({ member, edit }) => member === 'when' && (edit === null || edit.to !== null))
  return isLeft
    ? edited
    : edited.map((one) => (one.member === 'when' && one.edit?.to === null ? { ...one, edit: null } : one))
}

function standingOf({ body, state }: Body, { issuer, roleAsked, nowMs }: Question): readonly Standing[] {
  return [
    ...(issuer !== undefined && issuer !== body.issuer ? (['other_issuer'] as const) : []),
    ...(roleAsked !== null && roleAsked !== body.role ? (['other_role'] as const) : []),
    ...(state === 'disabled' ? (['disabled'] as const) : []),
    ...(body.mode === 'enforce' ? [] : [body.mode]),
    ...(nowMs < Date.parse(body.expires) ? [] : (['expired'] as const)),
  ]
}

function judge(
  where: { readonly member: Member; readonly index: number },
  condition: ConditionBody,
  claims: KnownClaims,
): Judged {
  const found = claims.look(condition.claim)
  const at: Omit<Judged, 'obstacle'> = { ...where, condition, found }
  if (found === NOT_RECORDED) return { ...at, obstacle: 'not_recorded' }
  const verdict = verdictOf(condition, found)
  if (verdict === (where.member === 'when' ? 'holds' : 'fails')) return { ...at, obstacle: null }
  return { ...at, obstacle: verdict === 'holds' ? 'holds' : obstacleOf(condition, found, verdict) }
}
