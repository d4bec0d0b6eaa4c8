import type { Decision, RecordedEvent } from '../audit-event.ts'
import { isCommitment } from '../personal/commitment.ts'
import type { Exported, Exporter } from './exported.ts'
import { actorOf, operationOf, present, roleArn, sourceOf, subjectOf, textMember } from './exported.ts'
import type { OcsfClass } from './ocsf-rows.ts'
import { OCSF_CLASSES, OCSF_ROWS, OTHER_ACTIVITY, SEVERITY_IDS, STATUS_IDS } from './ocsf-rows.ts'

/** The version that `ocsf-json-schema` carries, and that every example is validated against. */
export const OCSF_VERSION = '1.8.0'

export type OcsfEvent = Readonly<Record<string, unknown>>

/** The event in the class of its row; everything that has no place there stands whole in `unmapped`. */
export function ocsfEvent(exported: Exported, exporter: Exporter): OcsfEvent {
  const { event, seq, leaf } = exported
  const { of, activity, severity, status } = OCSF_ROWS[event.type]
  const { uid, category, activities } = OCSF_CLASSES[of]
  const known: unknown = Reflect.get(activities, activity)
  const activityId = typeof known === 'number' ? known : OTHER_ACTIVITY
  return {
    activity_id: activityId,
    activity_name: wordsOf(activity),
    category_uid: category,
    class_uid: uid,
    type_uid: uid * 100 + activityId,
    severity_id: SEVERITY_IDS[severity],
    severity: wordsOf(severity),
    status_id: STATUS_IDS[status],
    status: wordsOf(status),
    ...present({ status_code: textMember(event, 'code'), status_detail: textMember(event, 'reason') }),
    time: Date.parse(event.at),
    message: event.type,
    metadata: {
      version: OCSF_VERSION,
      product: productOf(exporter),
      uid: event.id,
      sequence: seq,
      event_code: event.type,
      log_name: LOG_NAME,
      original_time: event.at,
      ...present({ correlation_uid: textMember(event, 'assumption') ?? textMember(event, 'request') }),
    },
    ...BY_CLASS[of](exported, exporter),
    unmapped: { leaf, event },
  }
}

const LOG_NAME = 'stint audit log'

function productOf({ publicUrl, version }: Exporter): object {
  return { name: 'Stint', vendor_name: 'Stint', version, url_string: publicUrl }
}

const BY_CLASS: Readonly<Record<OcsfClass, (exported: Exported, exporter: Exporter) => object>> = {
  authentication: (exported) => ({
    user: userOf(exported),
    service: SERVICE,
    ...endpoint(exported),
    ...sessionOf(exported),
    ...present({ authentication_token: tokenOf(exported), count: countOf(exported.event) }),
  }),
  authorize_session: (exported, exporter) => ({
    user: userOf(exported),
    privileges: privilegesOf(exported, exporter),
    ...sessionOf(exported),
    ...endpoint(exported),
  }),
  entity_management: (exported) => ({
    entity: entityOf(exported.event),
    actor: whoDid(exported),
    ...endpoint(exported),
    ...present({ comment: textMember(exported.event, 'reason') }),
  }),
  api_activity: (exported, exporter) => ({
    actor: whoDid(exported),
    api: { operation: operationOf(exported), service: SERVICE },
    src_endpoint: { ...(endpoint(exported).src_endpoint ?? { svc_name: 'stint' }) },
    resources: privilegesOf(exported, exporter).map((name) => ({ name, type: 'role' })),
  }),
  application_lifecycle: ({ event }, exporter) => {
    const target = textMember(event, 'target')
    return { app: target === null ? productOf(exporter) : { name: target, vendor_name: 'store' } }
  },
  scan_activity: ({ event }) => ({
    scan: { uid: textMember(event, 'probe') ?? event.id, name: 'probe', type_id: 99 },
  }),
  event_log_actvity: () => ({ log_name: LOG_NAME }),
}

const SERVICE = { name: 'stint' }
/** `type_id` 99 of a user is another kind than a person, an administrator or the system: a workload. */
const WORKLOAD = 99
const OIDC_ID_TOKEN = 3

function userOf(exported: Exported): object {
  const { event } = exported
  const subject = subjectOf(exported)
  if (subject !== null) {
    const key = textMember(event, 'accessKeyId')
    return {
      name: subject.sub,
      uid: `${subject.issuer.url}|${subject.sub}`,
      domain: subject.issuer.url,
      type_id: WORKLOAD,
      ...present({ programmatic_credentials: key === null ? null : [{ uid: key, type: 'access key' }] }),
    }
  }
  const actor = actorOf(exported)
  if (actor !== null) return { name: actor.person, uid: `${actor.issuer}|${actor.sub}`, domain: actor.issuer }
  if (event.type === 'assume.refused_summary' && event.subject !== null)
    return { name: event.subject.sub, domain: event.subject.issuer }
  return { name: 'unknown', ...present({ domain: claimedOf(event)?.issuer }) }
}

function claimedOf(event: RecordedEvent) {
  return event.type === 'assume.refused' || event.type === 'admin.refused' ? event.claimed : null
}

/** Whoever did it: an administrator, a subject, or Stint itself. */
function whoDid(exported: Exported): object {
  const someone = actorOf(exported) !== null || subjectOf(exported) !== null
  return someone ? { user: userOf(exported) } : { app_name: 'stint' }
}

function tokenOf(exported: Exported): object | null {
  const subject = subjectOf(exported)
  const digest = subject?.token.digest ?? claimedOf(exported.event)?.digest ?? null
  return digest === null ? null : { type_id: OIDC_ID_TOKEN, uid: digest }
}

function countOf(event: RecordedEvent): number | null {
  return event.type === 'assume.refused_summary' ? event.count : null
}

function endpoint(exported: Exported): { readonly src_endpoint?: object } {
  const source = sourceOf(exported)
  if (source === null || source.ip === '') return {}
  // A commitment is no address, and OCSF takes nothing else for one.
  if (isCommitment(source.ip)) return { src_endpoint: { uid: source.ip } }
  const proxies = source.proxies.length === 0 ? null : [...source.proxies]
  return { src_endpoint: { ip: source.ip, ...present({ intermediate_ips: proxies }) } }
}

function sessionOf(exported: Exported): object {
  const { event, intent } = exported
  const assumption = textMember(event, 'assumption')
  if (assumption === null) return {}
  const expires = textMember(event, 'expires') ?? textMember(event, 'latestExpiry') ?? intent?.latestExpiry
  return {
    session: {
      uid: assumption,
      ...present({
        issuer: subjectOf(exported)?.issuer.url,
        credential_uid: textMember(event, 'accessKeyId'),
        expiration_time: expires === undefined ? null : Date.parse(expires),
      }),
    },
  }
}

/** The role, and the policies of it, that a decision gave or would have given. */
function privilegesOf({ event, intent }: Exported, exporter: Exporter): string[] {
  const decision: Decision | null = 'decision' in event ? event.decision : (intent?.decision ?? null)
  const role = decision?.role ?? null
  const policies = decision?.policies.map(({ use }) => use) ?? []
  return role === null ? ['unknown'] : [roleArn(role.name, exporter), ...policies]
}

/** What an event of a change is of: the noun that its type begins with, and how that is known. */
function entityOf(event: RecordedEvent): object {
  const [noun = ''] = event.type.split('.')
  switch (event.type) {
    case 'config.changing':
    case 'config.changed':
      return entity('configuration', { uid: event.hashAfter, version: String(event.generation) })
    case 'config.exception':
      return entity('configuration', { uid: event.acceptedHash })
    case 'revoke.begun':
    case 'revoke.finished':
    case 'revoke.lifted': {
      const { of } = event
      const name = of.kind === 'assumption' ? of.id : of.kind === 'subject' ? of.sub : of.name
      return entity(of.kind, { name, uid: event.revocation })
    }
    case 'jwks.key_added':
    case 'jwks.key_removed':
    case 'jwks.key_refused':
    case 'jwks.stale_used':
    case 'jwks.fetch_failed':
    case 'jwks.refreshed':
      return entity('key set', { name: event.issuer, uid: textMember(event, 'thumbprint') })
    case 'secret.created':
    case 'secret.rotating':
    case 'secret.rotated':
      return entity('signing key', { name: event.target ?? 'log', uid: event.thumbprint })
    default:
      return entity(noun, { uid: textMember(event, noun) ?? event.id })
  }
}

/** `type_id` 99: none of the kinds that OCSF has a number for. */
function entity(
  type: string,
  known: { readonly name?: string; readonly uid: string | null; readonly version?: string },
): object {
  return { type, type_id: 99, ...present(known) }
}

/** `assign_privileges` as `Assign Privileges`. */
function wordsOf(name: string): string {
  return name
    .split(/[_ ]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
}
