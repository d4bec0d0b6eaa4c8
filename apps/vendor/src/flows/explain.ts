import type { AuditEvent, ClaimedFacts, RecordedEvent, SubjectFacts } from '../domain/audit-event.ts'
import type { Configuration } from '../domain/configuration.ts'
import type { Explanation } from '../domain/explanation.ts'
import { changeFor, endInWords, whatOf } from '../domain/explanation-words.ts'
import { nearNames } from '../domain/near-names.ts'
import { remedyOf } from '../domain/remedy.ts'
import type { Resource } from '../domain/resource.ts'
import type { ErrorCode } from '../errors.ts'
import { errorRow, VendorError } from '../errors.ts'
import { type AssumptionId, idTimeMs, isId, type RequestId } from '../ids.ts'
import type { AuditLog, ResourceStore } from '../ports.ts'
import type { HoldingDeps } from './explain-mappings.ts'
import { askedOf, enabledOf, holdMappings, issuerOf } from './explain-mappings.ts'

export type ExplainDeps = HoldingDeps & {
  readonly audit: Pick<AuditLog, 'page'> & { readonly pruning: Pick<AuditLog['pruning'], 'horizonMs'> }
  readonly store: Pick<ResourceStore, 'at'>
  readonly configuration: () => Configuration
}

const MAX_ELSEWHERE = 20
const EVENTS = 50

type Judged = Extract<RecordedEvent, { type: 'assume.refused' | 'assume.intent' }>
type Summary = Extract<RecordedEvent, { type: 'assume.refused_summary' }>

/**
 * Why the exchange of that request (`req_…`) or assumption (`asm_…`) ended as it did: what the log has of it, held
 * against the configuration of its generation and against today's. `limit`: how many mappings to show. Throws
 * `not_found`, `event_pruned`, `audit_unavailable`, `config_unavailable`.
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
  if (!isId('req', id) && !isId('asm', id)) throw new VendorError('not_found')
  const by = isId('req', id) ? { request: id } : { assumption: id }
  const { events } = await deps.audit.page({ ...by, limit: EVENTS })
  if (events.length === 0 && (await isBeforeHorizon(deps, id))) throw new VendorError('event_pruned')
  return events.map(({ event }) => event)
}

/** Its id says when it was: before what the log keeps nobody can tell whether it was there. */
async function isBeforeHorizon({ audit }: ExplainDeps, id: AssumptionId | RequestId): Promise<boolean> {
  const horizonMs = await audit.pruning.horizonMs()
  return horizonMs !== null && idTimeMs(id) < horizonMs
}

type Case = { readonly judged: Judged; readonly events: readonly RecordedEvent[]; readonly limit: number }

async function explainJudged(deps: ExplainDeps, { judged, events, limit }: Case): Promise<Explanation> {
  const { subject, decision } = judged
  if (subject === null || decision === null) {
    const claimed = judged.type === 'assume.refused' ? judged.claimed : null
    const code = judged.type === 'assume.refused' ? judged.code : 'internal_error'
    return unverified(deps, { event: judged, code, claimed, requests: 1 })
  }
  const asked = askedOf(decision.roleAsked)
  const isNow = decision.generation === deps.configuration().generation
  const of = { issuer: subject.issuer.name, role: asked.role ?? asked.text }
  const resources = isNow ? deps.resources() : await deps.store.at(decision.generation, of)
  const held = holdMappings(deps, { subject, asked, resources, atMs: Date.parse(judged.at), limit })
  const { outcome, code } = outcomeOf(judged, events)
  const roles = enabledOf(resources, 'role')
  // Where none was asked for, the decision says which it came to.
  const role = roles.find(({ name }) => name === (decision.role?.name ?? asked.role)) ?? null
  const nearRoles = asked.role === null || role !== null ? [] : nearNames(asked.role, roles.map(valueOfName))
  const { claims, mappings, nearestElsewhere, admittedToday } = held
  const { account } = deps
  const told = { outcome, code, decision, subject, claims, asked, account, role, mappings, nearestElsewhere }
  const now = deps.configuration().generation
  // Several of them, where no role was asked for, may be for different roles.
  const isOne = asked.role !== null || admittedToday.length === 1
  const isAdmittedSince = decision.generation !== now && admittedToday.length > 0 && isOne
  return {
    ...blank(deps, judged, code),
    assumption: judged.assumption,
    outcome,
    what: `${whatOf(told)}${endInWords(events)}`,
    next:
      changeFor(told, { nearRoles, admittedSince: isAdmittedSince ? admittedToday : [] }) ??
      nextOf(outcome, code),
    asked: { role: decision.roleAsked, lifetimeSeconds: decision.lifetime.askedSeconds },
    subject: { issuer: subject.issuer.name, url: subject.issuer.url, sub: subject.sub },
    generation: { decided: decision.generation, now },
    issuer: issuerOf(resources, subject.issuer.url),
    nearRoles,
    mappings: mappings.slice(0, limit).map((one) => ({ ...one, today: held.today(one) })),
    mappingsInAll: held.inAll,
    elsewhere: elsewhere(resources, subject, asked.role),
    nearestElsewhere,
    admittedToday,
  }
}

function valueOfName({ name }: { readonly name: string }) {
  return { name, value: name }
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
    nearestElsewhere: [],
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
  if (events.some(({ type }) => type === 'assume.issued')) return { outcome: 'granted', code: null }
  return { outcome: events.some(({ type }) => type === 'assume.unresolved') ? 'failed' : 'open', code: null }
}

function nextOf(outcome: Explanation['outcome'], code: ErrorCode | null): string {
  if (code !== null) return remedyOf(code) ?? 'the process log has more'
  if (outcome === 'open') return 'ask again: its end is not in the log yet, and no credentials were answered'
  return outcome === 'failed' ? 'nothing: no credentials were answered; let the caller try again' : 'nothing'
}
