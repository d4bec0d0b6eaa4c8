import type {
  AuditEvent,
  ClaimedFacts,
  Decision,
  RecordedEvent,
  SubjectFacts,
} from '../domain/audit-event.ts'
import type { Configuration } from '../domain/configuration.ts'
import type { ExplainedMapping, Explanation } from '../domain/explanation.ts'
import { nearNames } from '../domain/near-names.ts'
import type { KnownClaims, Nearness } from '../domain/nearness.ts'
import { rankMappings, recordedClaims } from '../domain/nearness.ts'
import { obstaclesInWords } from '../domain/nearness-words.ts'
import { recordedPaths } from '../domain/recorded-paths.ts'
import { remedyOf } from '../domain/remedy.ts'
import type { Resource, ResourceOf } from '../domain/resource.ts'
import type { ErrorCode } from '../errors.ts'
import { errorRow, VendorError } from '../errors.ts'
import { isId } from '../ids.ts'
import type { AuditLog, Clock, ResourceStore } from '../ports.ts'

export type ExplainDeps = {
  readonly audit: Pick<AuditLog, 'page'>
  readonly store: Pick<ResourceStore, 'at'>
  readonly configuration: () => Configuration
  /** All current versions, as the configuration in force was made of them. */
  readonly resources: () => readonly Resource[]
  readonly clock: Clock
}

/** How many mappings are held against a subject; those for the role that was asked for come first. */
const MAX_JUDGED = 10_000
const MAX_ELSEWHERE = 20
const EVENTS = 50

type Judged = Extract<RecordedEvent, { type: 'assume.refused' | 'assume.intent' }>
type Summary = Extract<RecordedEvent, { type: 'assume.refused_summary' }>

/**
 * Why the exchange of that request (`req_…`) or assumption (`asm_…`) ended as it did: what the log has of it, held
 * against the configuration of its generation and against today's. `limit`: how many mappings to show. Throws
 * `not_found`, `audit_unavailable`, `config_unavailable`.
 */
export async function explain(deps: ExplainDeps, id: string, limit: number): Promise<Explanation> {
  const events = await eventsOf(deps, id)
  const judged = events.find((event): event is Judged => JUDGED.has(event.type))
  if (judged !== undefined) return explainJudged(deps, { judged, events, limit })
  const summary = events.find((event): event is Summary => event.type === 'assume.refused_summary')
  if (summary === undefined) throw new VendorError('not_found')
  return explainSummary(deps, summary)
}

const JUDGED = new Set<AuditEvent['type']>(['assume.refused', 'assume.intent'])

async function eventsOf(deps: ExplainDeps, id: string): Promise<readonly RecordedEvent[]> {
  const by = isId('req', id) ? { request: id } : isId('asm', id) ? { assumption: id } : null
  if (by === null) throw new VendorError('not_found')
  const { events } = await deps.audit.page({ ...by, limit: EVENTS })
  return events.map(({ event }) => event)
}

type Case = { readonly judged: Judged; readonly events: readonly RecordedEvent[]; readonly limit: number }

async function explainJudged(deps: ExplainDeps, { judged, events, limit }: Case): Promise<Explanation> {
  const { subject, decision } = judged
  if (subject === null || decision === null) {
    const claimed = judged.type === 'assume.refused' ? judged.claimed : null
    const code = judged.type === 'assume.refused' ? judged.code : 'internal_error'
    return unverified(deps, { event: judged, code, claimed, requests: 1 })
  }
  const resources = await resourcesAt(deps, decision.generation)
  const held = await holdMappings(deps, { subject, decision, resources, atMs: Date.parse(judged.at) })
  const { outcome, code } = outcomeOf(judged, events)
  const shown = held.mappings.slice(0, limit)
  const role = roleNameOf(decision.roleAsked)
  const roles = enabledOf(resources, 'role').map(({ name }) => ({ name, value: name }))
  const isKnownRole = role !== null && roles.some(({ name }) => name === role)
  return {
    ...blank(deps, judged, code),
    assumption: judged.assumption,
    outcome,
    what: whatOf({ code, decision, subject, role, isKnownRole, mappings: shown }),
    asked: { role: decision.roleAsked, lifetimeSeconds: decision.lifetime.askedSeconds },
    subject: { issuer: subject.issuer.name, url: subject.issuer.url, sub: subject.sub },
    generation: { decided: decision.generation, now: deps.configuration().generation },
    issuer: issuerOf(resources, subject.issuer.url),
    nearRoles: role === null || isKnownRole ? [] : nearNames(role, roles),
    mappings: shown.map((one) => ({ ...one, today: held.today(one) })),
    mappingsInAll: held.inAll,
    elsewhere: elsewhere(resources, subject, role),
    admittedToday: held.admittedToday,
  }
}

/** All that can be said of every explanation; the rest is written over it. */
function blank(deps: ExplainDeps, event: Judged | Summary, code: ErrorCode | null) {
  return {
    request: event.request,
    assumption: null,
    at: event.at,
    outcome: 'refused',
    code,
    next: code === null ? 'nothing' : (remedyOf(code) ?? 'the process log has more'),
    requests: 1,
    asked: null,
    subject: null,
    claimed: null,
    generation: { decided: null, now: deps.configuration().generation },
    issuer: null,
    nearIssuers: [],
    nearRoles: [],
    mappings: [],
    mappingsInAll: 0,
    elsewhere: [],
    admittedToday: [],
  } as const
}

function explainSummary(deps: ExplainDeps, event: Summary): Explanation {
  const { subject, code, count } = event
  const claimed = event.samples[0]?.claimed ?? null
  if (subject === null) return unverified(deps, { event, code, claimed, requests: count })
  const issuer = deps.resources().find(({ kind, name }) => kind === 'issuer' && name === subject.issuer)
  const url = issuer?.kind === 'issuer' ? issuer.body.url : ''
  return {
    ...blank(deps, event, code),
    what: `${count} refusals of one subject, ${event.first} to ${event.last}: ${errorRow(code).operatorText}`,
    requests: count,
    subject: { ...subject, url },
    issuer: issuerOf(deps.resources(), url),
  }
}

type Unverified = {
  readonly event: Judged | Summary
  readonly code: ErrorCode
  readonly claimed: ClaimedFacts | null
  readonly requests: number
}

/** A token that was not verified: what it claimed, and what of ours comes near that. */
function unverified(deps: ExplainDeps, { event, code, claimed, requests }: Unverified): Explanation {
  const resources = deps.resources()
  const sent = claimed?.issuer ?? null
  const known = enabledOf(resources, 'issuer').map(({ name, body }) => ({ name, value: body.url }))
  const nearIssuers = code === 'unknown_issuer' && sent !== null ? nearNames(sent, known) : []
  const text = errorRow(code).operatorText
  const [nearest] = nearIssuers
  const near =
    nearest === undefined
      ? ''
      : `; the nearest is \`${nearest.name}\`, which differs by ${nearest.difference}`
  const counted = requests === 1 ? '' : `${requests} refusals counted together: `
  return {
    ...blank(deps, event, code),
    assumption: event.type === 'assume.refused' ? event.assumption : null,
    what: `${counted}the token was not accepted: ${text}${near}`,
    requests,
    claimed,
    issuer: sent === null ? null : issuerOf(resources, sent),
    nearIssuers,
  }
}

async function resourcesAt(deps: ExplainDeps, generation: number): Promise<readonly Resource[]> {
  return generation === deps.configuration().generation ? deps.resources() : deps.store.at(generation)
}

type Held = {
  readonly mappings: readonly (Nearness & Pick<ExplainedMapping, 'inTheWay'>)[]
  readonly inAll: number
  readonly today: (mapping: Nearness) => ExplainedMapping['today']
  readonly admittedToday: readonly string[]
}

async function holdMappings(
  deps: ExplainDeps,
  input: {
    readonly subject: SubjectFacts
    readonly decision: Decision
    readonly resources: readonly Resource[]
    readonly atMs: number
  },
): Promise<Held> {
  const { subject, decision, resources, atMs } = input
  const issuer = subject.issuer.name
  const claims = recordedClaims(subject, recordedPaths(resources, issuer))
  const roleAsked =
    decision.roleAsked === null ? null : (roleNameOf(decision.roleAsked) ?? decision.roleAsked)
  const then = mappingsOf(resources, issuer, roleAsked)
  const ranked = rankMappings(then.slice(0, MAX_JUDGED), { roleAsked, nowMs: atMs, claims })
  const now = mappingsOf(deps.resources(), issuer, roleAsked)
  const question = { roleAsked, nowMs: deps.clock.nowMs(), claims }
  return {
    mappings: ranked.map((one) => ({ ...one, inTheWay: obstaclesInWords(one) })),
    inAll: then.length,
    today: todayBy(now, question),
    admittedToday: rankMappings(now.slice(0, MAX_JUDGED), question)
      .filter(({ matches }) => matches)
      .map(({ name }) => name),
  }
}

function todayBy(
  now: readonly ResourceOf<'mapping'>[],
  question: { readonly roleAsked: string | null; readonly nowMs: number; readonly claims: KnownClaims },
): (mapping: Nearness) => ExplainedMapping['today'] {
  const byName = new Map(now.map((mapping) => [mapping.name, mapping] as const))
  return ({ name }) => {
    const mapping = byName.get(name)
    if (mapping === undefined || mapping.state === 'disabled') return 'gone'
    const [near] = rankMappings([mapping], question)
    if (near?.matches === true) return 'matches'
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

function elsewhere(resources: readonly Resource[], subject: SubjectFacts, role: string | null) {
  if (role === null) return []
  return enabledOf(resources, 'mapping')
    .filter(({ body }) => body.role === role && body.issuer !== subject.issuer.name)
    .slice(0, MAX_ELSEWHERE)
    .map(({ name, body }) => ({ mapping: name, issuer: body.issuer, role: body.role }))
}

/** The newest of what followed an intent says how it ended. */
function outcomeOf(
  judged: Judged,
  events: readonly RecordedEvent[],
): { readonly outcome: Explanation['outcome']; readonly code: ErrorCode | null } {
  if (judged.type === 'assume.refused') return { outcome: 'refused', code: judged.code }
  const ended = events.find(
    (event) => event.type === 'assume.withheld' || event.type === 'assume.upstream_failed',
  )
  if (ended !== undefined) return { outcome: 'failed', code: ended.code }
  const isIssued = events.some(({ type }) => type === 'assume.issued')
  return isIssued ? { outcome: 'granted', code: null } : { outcome: 'failed', code: 'internal_error' }
}

type Told = {
  readonly code: ErrorCode | null
  readonly decision: Decision
  readonly subject: SubjectFacts
  readonly role: string | null
  readonly isKnownRole: boolean
  readonly mappings: Held['mappings']
}

function whatOf({ code, decision, subject, role, isKnownRole, mappings }: Told): string {
  const issuer = `issuer \`${subject.issuer.name}\``
  const matched = decision.mappings.map(({ name }) => `\`${name}\``).join(', ')
  if (code === null) return `granted role \`${decision.role?.name ?? ''}\` by ${matched}`
  if (code !== 'no_mapping')
    return `${errorRow(code).operatorText}${matched === '' ? '' : `; matched: ${matched}`}`
  if (decision.roleAsked !== null && role === null) return 'what was asked for is no role ARN of this server'
  if (role !== null && !isKnownRole) return `there is no role \`${role}\``
  const wanted = role === null ? 'any role' : `role \`${role}\``
  const [nearest] = mappings
  if (nearest === undefined) return `${issuer} has no mapping at all`
  if (role !== null && mappings.every((one) => one.role !== role))
    return `${issuer} has no mapping for ${wanted}`
  const first = nearest.inTheWay[0]?.says ?? 'nothing stands in its way by what was recorded'
  const more = nearest.inTheWay.length > 1 ? `, and ${nearest.inTheWay.length - 1} more` : ''
  return `no mapping of ${issuer} admits this subject to ${wanted}; the nearest is \`${nearest.name}\`: ${first}${more}`
}

function issuerOf(resources: readonly Resource[], url: string): Explanation['issuer'] {
  const found = resources
    .filter((one): one is ResourceOf<'issuer'> => one.kind === 'issuer' && one.body.url === url)
    .toSorted((a, b) => b.state.localeCompare(a.state))[0]
  if (found === undefined) return null
  const { audiences, algorithms, typ } = found.body
  return { name: found.name, state: found.state, audiences, algorithms, typ }
}

/** The name in a role ARN, whosever account stands in it; null for any other text. */
function roleNameOf(arn: string | null): string | null {
  return /^arn:aws:iam::[0-9]{12}:role\/([a-z0-9-]{1,64})$/.exec(arn ?? '')?.[1] ?? null
}

function enabledOf<K extends Resource['kind']>(resources: readonly Resource[], kind: K): ResourceOf<K>[] {
  return resources.filter((one): one is ResourceOf<K> => one.kind === kind && one.state === 'enabled')
}
