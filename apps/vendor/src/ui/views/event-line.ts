import type { Actor, AuditEvent, EventType } from '../../domain/audit-event.ts'
import type { Revoked } from '../../domain/revocation.ts'
import { type ErrorCode, errorRow } from '../../errors.ts'
import type { Tone } from '../parts/pieces.ts'
import { foreign, sentence } from '../text.ts'
import { instantWords } from './time-words.ts'

/** One event in a line: what happened, who did it or whom it is about, and how grave it is. */
export type EventLine = {
  readonly tone: Tone
  readonly what: string
  readonly who: string | null
  readonly detail: string | null
  /** The request or assumption that can be explained; null: there is nothing to explain. */
  readonly why: string | null
}

/** The event of a type; one row of the union may be of two. */
export type Of<T extends EventType> = AuditEvent extends infer One
  ? One extends { readonly type: infer Types }
    ? T extends Types
      ? One
      : never
    : never
  : never
/** Of a line what is said; what is left out is not there. */
type Said = Pick<EventLine, 'tone' | 'what'> & Partial<EventLine>
export type Words<T extends EventType> = (event: Of<T>) => Said
/** Words for events whose names begin so. */
export type WordsFor<Prefix extends string> = {
  readonly [T in Extract<EventType, `${Prefix}.${string}`>]: Words<T>
}

const MOST = 120
/** As long as somebody reads in a list; the page of the event has the rest. */
const MOST_NAME = 60

/** What strangers wrote, in a list. */
export function told(text: string): string {
  return foreign(text, MOST)
}

export function subjectOf({ issuer, sub }: Of<'assume.intent'>['subject']): string {
  return `${foreign(sub, MOST_NAME)} of ${issuer.name}`
}

/** A person, or the part of the service that did it by itself. */
export function personOf({ person }: Pick<Actor, 'person'>): string {
  return person === 'urn:stint:review' ? 'Stint, for a review' : foreign(person, MOST_NAME)
}

/** By a person, or by the service because of the time. */
export function byWhom(actor: Actor | null): string {
  return actor === null ? 'Stint, by the clock' : personOf(actor)
}

/** What a code of the catalogue means, and the code. */
export function meant(code: ErrorCode): string {
  return `${sentence(errorRow(code).operatorText)} (${code})`
}

export function until(iso: string): string {
  return `until ${instantWords(Date.parse(iso))} UTC`
}

/** An ARN as the role that it names. */
export function roleOf(asked: string): string {
  return /^arn:aws:iam::\d{12}:role\/(.+)$/.exec(asked)?.[1] ?? asked
}

export function revokedOf(of: Revoked): string {
  if (of.kind === 'assumption') return `session ${of.id}`
  return of.kind === 'subject' ? `subject ${foreign(of.sub, MOST)}` : `${of.kind} ${of.name}`
}

/** The first of them by name, and how many more. */
export function named(names: readonly string[]): string {
  const [first = 'nothing', ...more] = names
  return more.length === 0 ? first : `${first} and ${more.length} more`
}
