import type { ErrorCode } from '../errors.ts'
import { errorRow } from '../errors.ts'
import type { AuditEvent, Decision, SubjectFacts } from './audit-event.ts'
import type { ExplainedMapping, Explanation, Near } from './explanation.ts'
import type { KnownClaims } from './known-claims.ts'
import { NOT_RECORDED } from './known-claims.ts'
import type { Nearness } from './nearness.ts'
import { conditionInWords } from './nearness-words.ts'
import { placeholderClaims } from './recorded-paths.ts'
import type { ResourceOf } from './resource.ts'
import { safeText } from './safe-text.ts'

export type Told = {
  readonly outcome: Explanation['outcome']
  readonly code: ErrorCode | null
  readonly decision: Decision
  readonly subject: SubjectFacts
  readonly claims: KnownClaims
  /** What was asked for: a role of ours, an ARN of another account, or no ARN of a role. */
  readonly asked: { readonly role: string | null; readonly account: string | null }
  readonly account: string
  /** The role asked for, as it stood then. */
  readonly role: ResourceOf<'role'> | null
  readonly mappings: readonly (Nearness & Pick<ExplainedMapping, 'inTheWay'>)[]
  readonly nearestElsewhere: readonly Nearness[]
}

/** What happened to a verified subject, in a sentence. */
export function whatOf(told: Told): string {
  const { code, decision, subject, asked, role } = told
  const issuer = `issuer \`${subject.issuer.name}\``
  if (code === null) {
    const verb = told.outcome === 'granted' ? 'granted' : 'decided to grant'
    return `${verb} role \`${decision.role?.name ?? ''}\` by ${matchedBy(decision)}`
  }
  if (code !== 'no_mapping') return whatElse(code, told)
  if (decision.roleAsked === null) return nearestOf(told, `${issuer} admits this subject to any role`)
  if (asked.account !== null && asked.account !== told.account)
    return `the role ARN names account ${asked.account}, and this server's is ${told.account}`
  if (asked.role === null) return 'what was asked for is no role ARN of this server'
  if (role === null) return `there is no role \`${asked.role}\``
  if (told.mappings.every((one) => one.role !== role.name)) {
    const none = told.mappings.length === 0 ? 'at all' : `for role \`${role.name}\``
    const [other] = told.nearestElsewhere
    const elsewhere =
      other === undefined
        ? '; no other issuer has one for it either'
        : `; \`${other.name}\` of issuer \`${other.issuer}\` is for it`
    return `${issuer} has no mapping ${none}${elsewhere}`
  }
  return nearestOf(told, `${issuer} admits this subject to role \`${role.name}\``)
}

const MAX_MENDS = 2

/** What to do where no mapping admitted the subject: the very change, where one is near; null: the code's own remedy. */
export function changeFor(
  told: Told,
  today: { readonly nearRoles: readonly Near[]; readonly admittedSince: readonly string[] },
): string | null {
  const { asked, account, role, subject, mappings } = told
  if (told.code !== 'no_mapping') return null
  if (today.admittedSince.length > 0) {
    const by = today.admittedSince.slice(0, MAX_MENDS).map((name) => `\`${name}\``)
    return `nothing: the configuration changed since, and ${by.join(' and ')} admits it today; let the caller try again`
  }
  if (asked.account !== null && asked.account !== account)
    return `let the caller ask for arn:aws:iam::${account}:role/${asked.role ?? ''}, if this server is meant`
  if (told.decision.roleAsked !== null && role === null) {
    const [near] = today.nearRoles
    if (asked.role === null) return `let the caller ask for arn:aws:iam::${account}:role/<name>`
    return near === undefined
      ? 'declare the role, or let the caller ask for another'
      : `let the caller ask for \`${near.name}\`, if that is meant; else declare the role`
  }
  if (role !== null && mappings.every((one) => one.role !== role.name))
    return `declare a mapping of issuer \`${subject.issuer.name}\` for role \`${role.name}\`, or let the caller ask for a role that it has mappings for`
  const [nearest] = mappings
  const mends = nearest?.inTheWay.map(({ mend }) => mend) ?? []
  if (nearest === undefined || mends.length === 0 || mends.length > MAX_MENDS) return null
  return `change the job, or in \`${nearest.name}\`: ${mends.join('; ')}`
}

function nearestOf({ mappings }: Told, which: string): string {
  const [nearest] = mappings
  if (nearest === undefined) return `no mapping of ${which}: it has none at all`
  const first = nearest.inTheWay[0]?.says ?? 'nothing stands in its way by what was recorded'
  const more = nearest.inTheWay.length > 1 ? `, and ${nearest.inTheWay.length - 1} more` : ''
  return `no mapping of ${which}; the nearest is \`${nearest.name}\`: ${first}${more}`
}

function matchedBy({ mappings }: Decision): string {
  return mappings.map(({ name }) => `\`${name}\``).join(', ')
}

function whatElse(code: ErrorCode, told: Told): string {
  const matched = told.decision.mappings.length === 0 ? '' : `; matched: ${matchedBy(told.decision)}`
  return `${errorRow(code).operatorText}${detailOf(code, told)}${matched}`
}

/** What of the decision the code is about. */
function detailOf(code: ErrorCode, { decision, mappings, role, claims }: Told): string {
  const matched = mappings.filter(({ name }) => decision.mappings.some((pin) => pin.name === name))
  if (code === 'policy_denied') {
    const held = matched.flatMap(({ conditions }) =>
      conditions.filter(({ member, obstacle }) => member === 'never' && obstacle !== null),
    )
    const [first] = held
    return first === undefined ? '' : `: ${conditionInWords(first)}`
  }
  if (code === 'role_required') {
    const open = [...new Set(matched.map((one) => one.role))].toSorted()
    return open.length === 0 ? '' : `: ${open.map((name) => `\`${name}\``).join(' or ')}`
  }
  if (code === 'lifetime_refused' && role !== null) {
    const { minSeconds, maxSeconds } = role.body.lifetime
    const asked = decision.lifetime.askedSeconds
    return `: ${asked === null ? 'none was asked for' : `${asked} s were asked for`}, the role takes ${minSeconds} to ${maxSeconds} s`
  }
  if (code.startsWith('asked_policy_') && decision.narrowedBy?.refused) {
    const { code: why, path } = decision.narrowedBy.refused
    return `: \`${why}\` at ${safeText(path, MAX_SHOWN)}`
  }
  if (code === 'claim_value_refused' && role !== null) {
    const values = placeholderClaims(role.body).map(
      (path) => `${safeText(path)} ${shownOf(claims.look(path))}`,
    )
    return values.length === 0 ? '' : `: ${values.join(', ')}`
  }
  return ''
}

const MAX_SHOWN = 120

function shownOf(value: ReturnType<KnownClaims['look']>): string {
  if (value === NOT_RECORDED) return 'was not recorded'
  return value === undefined ? 'is missing' : `is ${safeText(value, MAX_SHOWN)}`
}

const UNRESOLVED: Readonly<Record<Extract<AuditEvent, { type: 'assume.unresolved' }>['reason'], string>> = {
  process_ended: 'the process ended before the answer',
  upstream_failed: 'the store gave no answer that can be used',
  outcome_not_written: 'the outcome could not be written',
}

/** What the log says of the way from the decision to the answer, beside the decision. */
export function endInWords(events: readonly AuditEvent[]): string {
  const words = events.map((event) => {
    if (event.type === 'assume.withheld' && event.changed.length > 0)
      return `changed: ${event.changed.map(({ kind, name }) => `${kind} \`${name}\``).join(', ')}`
    if (event.type === 'assume.upstream_failed') {
      const { status, errorCode } = event.upstream
      return status === null
        ? 'no answer'
        : `HTTP ${status}${errorCode === null ? '' : ` ${safeText(errorCode)}`}`
    }
    if (event.type === 'assume.unresolved' && event.reason !== 'upstream_failed')
      return UNRESOLVED[event.reason]
    return ''
  })
  const said = words.filter((one) => one !== '')
  return said.length === 0 ? '' : ` (${[...new Set(said)].toReversed().join('; ')})`
}
