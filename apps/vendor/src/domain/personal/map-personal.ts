import { isId } from '../../ids.ts'
import type { Actor, Decision, RecordedEvent, Source, SubjectFacts } from '../audit-event.ts'
import type { Revoked } from '../revocation.ts'
import type { ClaimPath, ClaimValue } from '../subject.ts'

/** What a personal text is. Two members with one text have two commitments, so that neither tells of the other. */
export type PersonalText =
  | 'sub'
  | 'person'
  | 'address'
  | 'network'
  | 'agent'
  /** Ours holds the head and a hash of `sub`; what a caller sends is often a name. */
  | 'session_name'

/** What becomes of each personal member. */
export type OnPersonal = {
  text(what: PersonalText, text: string): string
  /** A SHA-256 in hex of what may hold claim values, such as a policy with its placeholders filled: it becomes one again. */
  digest(hex: string): string
  /** Any claim that was recorded: which of them are personal is not settled here. */
  claim(path: ClaimPath, value: ClaimValue): ClaimValue
}

/**
 * The one declaration of which members of events are personal: an event with each of them mapped, everything else as it was.
 * Members keep their types, so that no schema changes. Who administers is not among them (ADR 0048).
 */
export function mapPersonal(event: RecordedEvent, on: OnPersonal): RecordedEvent {
  switch (event.type) {
    case 'assume.intent':
      return {
        ...event,
        source: mapSource(event.source, on),
        subject: mapSubject(event.subject, on),
        decision: mapDecision(event.decision, on),
        sessionName: on.text('session_name', event.sessionName),
        claimedSessionName: mapNullable(event.claimedSessionName, 'session_name', on),
      }
    case 'assume.redelivered':
      return {
        ...event,
        source: mapSource(event.source, on),
        subject: mapSubject(event.subject, on),
        decision: mapDecision(event.decision, on),
        claimedSessionName: mapNullable(event.claimedSessionName, 'session_name', on),
      }
    case 'assume.refused':
      return {
        ...event,
        source: mapSource(event.source, on),
        subject: event.subject === null ? null : mapSubject(event.subject, on),
        decision: event.decision === null ? null : mapDecision(event.decision, on),
        claimedSessionName: mapNullable(event.claimedSessionName, 'session_name', on),
      }
    case 'assume.refused_summary':
      return {
        ...event,
        subject: event.subject === null ? null : { ...event.subject, sub: on.text('sub', event.subject.sub) },
        // Beyond its bounds a summary is of no network: there is nothing to hide.
        sourcePrefix: event.sourcePrefix === '*' ? '*' : on.text('network', event.sourcePrefix),
        samples: event.samples.map((one) => ({ ...one, source: mapSource(one.source, on) })),
      }
    case 'admin.refused':
      return {
        ...event,
        source: mapSource(event.source, on),
        subject: event.subject === null ? null : mapRefused(event.subject, on),
      }
    case 'admin.signed_in':
    case 'admin.signed_out':
      return { ...event, source: mapSource(event.source, on) }
    case 'revoke.begun':
    case 'revoke.finished':
    case 'revoke.lifted':
      return { ...event, of: mapRevoked(event.of, on) }
    case 'ghost.seen':
      return {
        ...event,
        // An assumption's id names nobody; anything else is what a store calls somebody.
        sub: event.sub === null || isId('asm', event.sub) ? event.sub : on.text('sub', event.sub),
        source: mapNullable(event.source, 'address', on),
      }
    default:
      return event
  }
}

function mapNullable(text: string | null, what: PersonalText, on: OnPersonal): string | null {
  return text === null ? null : on.text(what, text)
}

function mapSource({ ip, proxies, userAgent }: Source, on: OnPersonal): Source {
  return {
    ip: on.text('address', ip),
    proxies: proxies.map((proxy) => on.text('address', proxy)),
    userAgent: mapNullable(userAgent, 'agent', on),
  }
}

function mapSubject(subject: SubjectFacts, on: OnPersonal): SubjectFacts {
  return {
    ...subject,
    sub: on.text('sub', subject.sub),
    claims: subject.claims.map(({ path, value }) => ({ path, value: on.claim(path, value) })),
  }
}

/** A policy has claim values in it: whoever knows the role could try names until the hash is the same. */
function mapDecision(decision: Decision, on: OnPersonal): Decision {
  const { sessionPolicySha256: session, narrowedBy } = decision
  return {
    ...decision,
    sessionPolicySha256: session === null ? null : on.digest(session),
    narrowedBy:
      narrowedBy === null
        ? null
        : { ...narrowedBy, documents: narrowedBy.documents.map((hex) => on.digest(hex)) },
  }
}

/** Somebody who was refused may be nobody who administers. */
function mapRefused(subject: Actor, on: OnPersonal): Actor {
  return { ...subject, sub: on.text('sub', subject.sub), person: on.text('person', subject.person) }
}

function mapRevoked(of: Revoked, on: OnPersonal): Revoked {
  return of.kind === 'subject' ? { ...of, sub: on.text('sub', of.sub) } : of
}
