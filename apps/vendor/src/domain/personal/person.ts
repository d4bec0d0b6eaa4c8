import type { AuditEvent } from '../audit-event.ts'

/** Whose personal members an event has: a verified subject, or nobody whom one could name, of one UTC day. */
export type Person =
  /** `issuer` is the `iss`, because a name can be given to another issuer. */
  { readonly issuer: string; readonly sub: string } | { readonly day: string }

/** The person of an event; null: nobody was verified, so it is of its day. */
export function personOf(event: AuditEvent): Person | null {
  switch (event.type) {
    case 'assume.intent':
    case 'assume.redelivered':
    case 'assume.refused':
      return event.subject === null ? null : { issuer: event.subject.issuer.url, sub: event.subject.sub }
    case 'assume.refused_summary':
      // `claimedIssuer` is the `iss` of the subject, where there is one.
      return event.subject === null || event.claimedIssuer === null
        ? null
        : { issuer: event.claimedIssuer, sub: event.subject.sub }
    case 'admin.refused':
      return event.subject
    case 'admin.signed_in':
    case 'admin.signed_out':
      return event.actor
    case 'revoke.begun':
    case 'revoke.finished':
    case 'revoke.lifted':
      return event.of.kind === 'subject' ? { issuer: event.of.url, sub: event.of.sub } : null
    default:
      return null
  }
}

/** The same person is the same text, and no two are. */
export function personKey(person: Person): string {
  return JSON.stringify('day' in person ? [person.day] : [person.issuer, person.sub])
}
