import type { SubjectFacts } from '../domain/audit-event.ts'
import type { ExplainedMapping, Explanation } from '../domain/explanation.ts'
import type { KnownClaims } from '../domain/known-claims.ts'
import { recordedClaims } from '../domain/known-claims.ts'
import type { Nearness, Question } from '../domain/nearness.ts'
import { admitting, rankMappings } from '../domain/nearness.ts'
import { obstaclesInWords } from '../domain/nearness-words.ts'
import { recordedPaths } from '../domain/recorded-paths.ts'
import type { ConditionBody, Resource, ResourceOf } from '../domain/resource.ts'
import type { Clock } from '../ports.ts'

/** How many mappings are held against a subject; those for the role that was asked for come first. */
const MAX_JUDGED = 10_000
/** The items of the token's lists count as well, because each mapping that names one walks it. */
const MAX_WALKED = 1_000_000
const MAX_NEAREST_ELSEWHERE = 3
/** What is said of a decision rests on more mappings than somebody wants to read. */
const LEAST_RANKED = 20

export type HoldingDeps = {
  /** All current versions, as the configuration in force was made of them. */
  readonly resources: () => readonly Resource[]
  readonly clock: Clock
  /** The 12 digits in our role ARNs. */
  readonly account: string
}

export type Held = {
  readonly claims: KnownClaims
  readonly mappings: readonly (Nearness & Pick<ExplainedMapping, 'inTheWay'>)[]
  readonly nearestElsewhere: Explanation['nearestElsewhere']
  readonly inAll: number
  readonly today: (mapping: Nearness) => ExplainedMapping['today']
  readonly admittedToday: readonly string[]
}

type Holding = {
  readonly subject: SubjectFacts
  readonly asked: Asked
  readonly resources: readonly Resource[]
  readonly atMs: number
  readonly limit: number
}

/** Holds the mappings of the subject's issuer against it, as they stood then and as they stand now. */
export function holdMappings(deps: HoldingDeps, holding: Holding): Held {
  const { subject, resources, atMs, limit } = holding
  const issuer = subject.issuer.name
  // A role of another account is none of ours, whatever its name.
  const isOurs = holding.asked.account === null || holding.asked.account === deps.account
  const roleAsked = (isOurs ? holding.asked.role : null) ?? holding.asked.text
  const claims = recordedClaims(subject, recordedPaths(resources, issuer))
  const most = mostJudged(subject)
  const then = mappingsOf(resources, issuer, roleAsked)
  const question = { issuer, roleAsked, nowMs: atMs, claims, never: neverBy(resources) }
  const others = then.some(({ body }) => roleAsked === null || body.role === roleAsked)
    ? []
    : othersFor(resources, issuer, roleAsked)
  const now =
    issuerOf(deps.resources(), subject.issuer.url)?.name === issuer
      ? mappingsOf(deps.resources(), issuer, roleAsked)
      : []
  const today = { ...question, nowMs: deps.clock.nowMs(), never: neverBy(deps.resources()) }
  return {
    claims,
    mappings: inWords(rankMappings(then.slice(0, most), question, Math.max(limit, LEAST_RANKED))),
    nearestElsewhere: inWords(rankMappings(others.slice(0, most), question, MAX_NEAREST_ELSEWHERE)),
    inAll: then.length,
    today: todayBy(now, today),
    admittedToday: admitting(now.slice(0, most), today),
  }
}

function mostJudged({ claims }: SubjectFacts): number {
  const items = claims.reduce((sum, { value }) => sum + (Array.isArray(value) ? value.length : 0), 0)
  return Math.min(MAX_JUDGED, Math.ceil(MAX_WALKED / Math.max(1, items)))
}

function inWords(ranked: readonly Nearness[]): Held['mappings'] {
  return ranked.map((one) => ({ ...one, inTheWay: obstaclesInWords(one) }))
}

function neverBy(resources: readonly Resource[]): (role: string) => readonly ConditionBody[] {
  const roles = new Map(enabledOf(resources, 'role').map(({ name, body }) => [name, body.never] as const))
  return (role) => roles.get(role) ?? []
}

function othersFor(resources: readonly Resource[], issuer: string, role: string | null) {
  return enabledOf(resources, 'mapping').filter(
    ({ body }) => body.issuer !== issuer && (role === null || body.role === role),
  )
}

function todayBy(
  now: readonly ResourceOf<'mapping'>[],
  question: Question,
): (mapping: Nearness) => ExplainedMapping['today'] {
  const byName = new Map(now.map((mapping) => [mapping.name, mapping] as const))
  return ({ name }) => {
    const mapping = byName.get(name)
    if (mapping === undefined || mapping.state === 'disabled') return 'gone'
    const [near] = rankMappings([mapping], question)
    if (near?.admits === true) return 'matches'
    const blocked = near?.conditions.filter(({ obstacle }) => obstacle !== null) ?? []
    const isUnknown =
      near?.standing.length === 0 && blocked.every(({ obstacle }) => obstacle === 'not_recorded')
    return isUnknown ? 'cannot_tell' : 'does_not_match'
  }
}

/** Of one issuer, in every mode and state, those for the role first. */
function mappingsOf(
  resources: readonly Resource[],
  issuer: string,
  role: string | null,
): readonly ResourceOf<'mapping'>[] {
  const found = resources.filter(
    (one): one is ResourceOf<'mapping'> => one.kind === 'mapping' && one.body.issuer === issuer,
  )
  return role === null
    ? found
    : found.toSorted((a, b) => Number(b.body.role === role) - Number(a.body.role === role))
}

/** The issuer of that `iss`; an enabled one before a disabled one. */
export function issuerOf(resources: readonly Resource[], url: string): Explanation['issuer'] {
  const found = resources
    .filter((one): one is ResourceOf<'issuer'> => one.kind === 'issuer' && one.body.url === url)
    .toSorted((a, b) => b.state.localeCompare(a.state))[0]
  if (found === undefined) return null
  const { audiences, algorithms, typ } = found.body
  return { name: found.name, state: found.state, audiences, algorithms, typ }
}

export type Asked = {
  readonly text: string | null
  readonly role: string | null
  readonly account: string | null
}

/** What a role ARN names; nothing for any other text. */
export function askedOf(text: string | null): Asked {
  const [, account = null, role = null] =
    /^arn:aws:iam::([0-9]{12}):role\/([a-z0-9-]{1,64})$/.exec(text ?? '') ?? []
  return { text, account, role }
}

/** The resources of a kind that are in force. */
export function enabledOf<K extends Resource['kind']>(
  resources: readonly Resource[],
  kind: K,
): ResourceOf<K>[] {
  return resources.filter((one): one is ResourceOf<K> => one.kind === kind && one.state === 'enabled')
}
