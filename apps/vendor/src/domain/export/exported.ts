import type { Actor, RecordedEvent, Source, SubjectFacts } from '../audit-event.ts'

/** One event on its way out of the log, as every format takes it. */
export type Exported = {
  readonly seq: number
  /** RFC 6962 leaf hash of `body`, hex. */
  readonly leaf: string
  /** The RFC 8785 bytes as they stand in the log. */
  readonly body: string
  readonly event: RecordedEvent
  /** Of an outcome the intent that it is of: who asked stands there. null: there is none, or it was pruned. */
  readonly intent: Intent | null
}
/** The same as it lies in the log; `event` and `body` are null where the body was pruned: only its leaf stands. */
export type ExportRow = Pick<Exported, 'seq' | 'leaf' | 'intent'> & {
  readonly body: string | null
  readonly event: RecordedEvent | null
}
export type Intent = Extract<RecordedEvent, { readonly type: 'assume.intent' }>

/** What of this service stands in every record. */
export type Exporter = {
  /** Our own URL, as stores and clients see it. */
  readonly publicUrl: string
  readonly account: string
  readonly version: string
}

/** Who asked, as far as a token was verified. */
export function subjectOf({ event, intent }: Exported): SubjectFacts | null {
  if ('subject' in event && event.subject !== null && 'token' in event.subject) return event.subject
  return intent?.subject ?? null
}

/** The call of AWS STS that an exchange is: of a session of ours, or of a token. */
export function operationOf(exported: Exported): 'AssumeRole' | 'AssumeRoleWithWebIdentity' {
  return parentOf(exported) === null ? 'AssumeRoleWithWebIdentity' : 'AssumeRole'
}

/** The session that it was assumed from; null: a token was shown. */
export function parentOf({ event, intent }: Exported): string | null {
  const of = event.type === 'assume.intent' ? event : intent
  return of?.chain?.at(-1) ?? null
}

/** The administrator who did it. */
export function actorOf({ event }: Exported): Actor | null {
  if ('actor' in event) return event.actor
  return event.type === 'admin.refused' ? event.subject : null
}

/** Where the request came from. */
export function sourceOf({ event, intent }: Exported): Source | null {
  // Of a ghost it is what the store says, and no request of ours.
  if ('source' in event && typeof event.source === 'object') return event.source
  if (event.type === 'assume.refused_summary') return event.samples[0]?.source ?? null
  return intent?.source ?? null
}

/** The ARN that callers name a role by. */
export function roleArn(role: string, { account }: Exporter): string {
  return `arn:aws:iam::${account}:role/${role}`
}

/** A member of an event, or of what its type's name begins with (`review.started` has `review`): its text, or null. */
export function textMember(event: RecordedEvent, name: string): string | null {
  const value: unknown = Reflect.get(event, name)
  return typeof value === 'string' ? value : null
}

/** Without the members that are not there: a format has no `null` where it has no member. */
export function present<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== null && value !== undefined),
  ) as { [K in keyof T]?: NonNullable<T[K]> } // the members that are left
}
