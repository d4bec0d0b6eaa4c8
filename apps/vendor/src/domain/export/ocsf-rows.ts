import type { EventType } from '../audit-event.ts'

/** The classes of OCSF 1.8.0 that events are of, with their numbers and those of their activities. */
export const OCSF_CLASSES = {
  authentication: { uid: 3002, category: 3, activities: { logon: 1, logoff: 2 } },
  authorize_session: { uid: 3003, category: 3, activities: { assign_privileges: 1 } },
  entity_management: {
    uid: 3004,
    category: 3,
    activities: { create: 1, read: 2, update: 3, delete: 4, enable: 8, disable: 9, suspend: 12, resume: 13 },
  },
  api_activity: { uid: 6003, category: 6, activities: { create: 1, read: 2, update: 3, delete: 4 } },
  application_lifecycle: {
    uid: 6002,
    category: 6,
    activities: { start: 3, stop: 4, restart: 5, enable: 6, disable: 7, update: 8 },
  },
  scan_activity: { uid: 6007, category: 6, activities: { started: 1, completed: 2 } },
  event_log_actvity: {
    uid: 1008,
    category: 1,
    activities: { clear: 1, delete: 2, export: 3, archive: 4, rotate: 5 },
  },
} as const
export type OcsfClass = keyof typeof OCSF_CLASSES

type Severity = 'informational' | 'low' | 'medium' | 'high' | 'critical'
type Status = 'success' | 'failure' | 'other'

/** What a type is in OCSF. An activity that the class does not have is 99, `Other`, with its name. */
export type OcsfRow = {
  readonly of: OcsfClass
  readonly activity: string
  readonly severity: Severity
  readonly status: Status
}

function row(of: OcsfClass, activity: string, severity: Severity, status: Status = 'success'): OcsfRow {
  return { of, activity, severity, status }
}

/** One row a type: a new type of `EVENT_TYPES` does not compile without. */
export const OCSF_ROWS: { readonly [T in EventType]: OcsfRow } = {
  'assume.intent': row('api_activity', 'create', 'informational', 'other'),
  'assume.issued': row('authorize_session', 'assign_privileges', 'informational'),
  'assume.redelivered': row('authorize_session', 'assign_privileges', 'informational'),
  'assume.upstream_failed': row('authorize_session', 'assign_privileges', 'low', 'failure'),
  'assume.withheld': row('authorize_session', 'assign_privileges', 'medium', 'failure'),
  'assume.unresolved': row('authorize_session', 'assign_privileges', 'medium', 'failure'),
  'assume.refused': row('authentication', 'logon', 'low', 'failure'),
  'assume.refused_summary': row('authentication', 'logon', 'medium', 'failure'),
  'assume.revoked': row('authentication', 'logoff', 'informational', 'other'),
  'config.changing': row('entity_management', 'update', 'low', 'other'),
  'config.changed': row('entity_management', 'update', 'low'),
  'config.exception': row('entity_management', 'update', 'critical'),
  'change.asked': row('entity_management', 'asked', 'low'),
  'change.approved': row('entity_management', 'approved', 'medium'),
  'change.rejected': row('entity_management', 'rejected', 'low'),
  'change.withdrawn': row('entity_management', 'withdrawn', 'informational'),
  'revoke.begun': row('entity_management', 'suspend', 'medium'),
  'revoke.finished': row('entity_management', 'disable', 'medium'),
  'revoke.lifted': row('entity_management', 'resume', 'medium'),
  'probe.begun': row('scan_activity', 'started', 'informational'),
  'probe.intent': row('api_activity', 'create', 'informational', 'other'),
  'probe.answered': row('api_activity', 'create', 'informational', 'other'),
  'probe.finished': row('scan_activity', 'completed', 'informational'),
  'review.drafted': row('entity_management', 'create', 'informational'),
  'review.prepared': row('entity_management', 'read', 'informational'),
  'review.started': row('entity_management', 'started', 'informational'),
  'review.reminded': row('entity_management', 'reminded', 'low', 'other'),
  'review.decided': row('entity_management', 'decided', 'low'),
  'review.delegated': row('entity_management', 'delegated', 'informational'),
  'review.applying': row('entity_management', 'disable', 'low', 'other'),
  'review.applied': row('entity_management', 'disable', 'medium'),
  'review.verified': row('entity_management', 'verified', 'low'),
  'review.due': row('entity_management', 'due', 'medium', 'other'),
  'review.held': row('entity_management', 'held', 'high', 'other'),
  'review.released': row('entity_management', 'released', 'high'),
  'review.suspending': row('entity_management', 'suspend', 'medium', 'other'),
  'review.suspended': row('entity_management', 'suspend', 'medium'),
  'review.restoring': row('entity_management', 'resume', 'medium', 'other'),
  'review.restored': row('entity_management', 'resume', 'medium'),
  'review.revoked': row('entity_management', 'disable', 'medium'),
  'review.unanswered': row('entity_management', 'unanswered', 'medium', 'other'),
  'review.acknowledged': row('entity_management', 'acknowledged', 'medium'),
  'review.closed': row('entity_management', 'closed', 'low'),
  'review.sealed': row('entity_management', 'sealed', 'low'),
  'review.packed': row('entity_management', 'read', 'low'),
  'ghost.seen': row('authorize_session', 'seen', 'high', 'other'),
  'ghost.more': row('authorize_session', 'seen', 'high', 'other'),
  'ghost.dismissed': row('entity_management', 'dismissed', 'medium'),
  'finding.opened': row('entity_management', 'found', 'medium', 'other'),
  'finding.closed': row('entity_management', 'found no more', 'informational'),
  'admin.signed_in': row('authentication', 'logon', 'informational'),
  'admin.signed_out': row('authentication', 'logoff', 'informational'),
  'jwks.key_added': row('entity_management', 'create', 'low'),
  'jwks.key_removed': row('entity_management', 'delete', 'low'),
  'jwks.key_refused': row('entity_management', 'refused', 'medium', 'failure'),
  'jwks.stale_used': row('entity_management', 'read', 'medium', 'other'),
  'jwks.fetch_failed': row('entity_management', 'read', 'medium', 'failure'),
  'jwks.refreshed': row('entity_management', 'read', 'informational'),
  'target.breaker_opened': row('application_lifecycle', 'disable', 'medium', 'failure'),
  'target.breaker_closed': row('application_lifecycle', 'enable', 'informational'),
  'secret.created': row('entity_management', 'create', 'low'),
  'secret.rotating': row('entity_management', 'update', 'medium', 'other'),
  'secret.rotated': row('entity_management', 'update', 'medium'),
  'admin.refused': row('authentication', 'logon', 'medium', 'failure'),
  'log.key_rotated': row('event_log_actvity', 'rotate', 'medium'),
  'log.forked': row('event_log_actvity', 'forked', 'critical'),
  'log.anchor_failed': row('event_log_actvity', 'archive', 'high', 'failure'),
  'log.anchor_given_up': row('event_log_actvity', 'given up', 'critical'),
  'log.anchored': row('event_log_actvity', 'archive', 'informational'),
  'log.pruned': row('event_log_actvity', 'delete', 'low'),
  'log.erased': row('event_log_actvity', 'delete', 'medium'),
  'log.sink_failed': row('event_log_actvity', 'export', 'high', 'failure'),
  'log.sink_recovered': row('event_log_actvity', 'export', 'informational'),
  'clock.step': row('application_lifecycle', 'clock step', 'high', 'other'),
  'process.restored': row('application_lifecycle', 'restored', 'high'),
  'process.start': row('application_lifecycle', 'start', 'informational'),
  'process.stop': row('application_lifecycle', 'stop', 'informational'),
}

export const SEVERITY_IDS = { informational: 1, low: 2, medium: 3, high: 4, critical: 5 } as const
export const STATUS_IDS = { success: 1, failure: 2, other: 99 } as const
export const OTHER_ACTIVITY = 99
