import { z } from 'zod'
import type { EventType, RecordedEvent } from '../../domain/audit-event.ts'
import { ASSUME_EVENTS } from './assume-events.ts'
import { CONFIGURATION_EVENTS } from './configuration-events.ts'
import { FINDING_EVENTS } from './finding-events.ts'
import { GHOST_EVENTS } from './ghost-events.ts'
import { LOG_EVENTS } from './log-events.ts'
import type { EventDeclaration } from './parts.ts'
import { PROBE_EVENTS } from './probe-events.ts'
import { REVIEW_EVENTS } from './review-events.ts'
import { REVOKE_EVENTS } from './revoke-events.ts'
import { SERVICE_EVENTS } from './service-events.ts'
import { SIGN_IN_EVENTS } from './sign-in-events.ts'

/**
 * The closed catalogue: a declaration for every type of `EVENT_TYPES`. A type that is missing here does not compile; it
 * belongs into the file of its noun beside this one.
 */
export const EVENTS = {
  ...ASSUME_EVENTS,
  ...CONFIGURATION_EVENTS,
  ...REVOKE_EVENTS,
  ...PROBE_EVENTS,
  ...REVIEW_EVENTS,
  ...SERVICE_EVENTS,
  ...SIGN_IN_EVENTS,
  ...FINDING_EVENTS,
  ...GHOST_EVENTS,
  ...LOG_EVENTS,
} as const satisfies { readonly [T in EventType]: { readonly type: T } }

/** The same as a list. Does not compile where a declaration is not what `domain/` has: the message names its type. */
export const DECLARATIONS: IfNoneDiffers<readonly EventDeclaration[]> = Object.values(EVENTS)

/** What is read where somebody else wrote, or may have changed, an event: what is wrong with it, or null. */
export function eventProblem(value: unknown): string | null {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined
  const declared = DECLARATIONS.find((one) => one.type === type)
  if (declared === undefined) return `${String(type)} is no type of the catalogue`
  const parsed = declared.schema.safeParse(value)
  if (parsed.success) return null
  return parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
}

/** The JSON Schema of every event (2020-12): docs/events.schema.json, and what the service serves. */
export function eventsJsonSchema(): object {
  const [first, ...rest] = DECLARATIONS.map(({ type, when, schema }) =>
    schema.meta({ id: type, description: when }),
  )
  if (first === undefined) throw new RangeError('the catalogue is empty')
  const schema = z.toJSONSchema(z.discriminatedUnion('type', [first, ...rest]), { target: 'draft-2020-12' })
  return { $id: EVENTS_SCHEMA_ID, title: 'An event of the Stint audit log', ...schema }
}

/** The version is that of the member `v`. */
const EVENTS_SCHEMA_ID = 'urn:stint:events:v1'

/** One event of the union by its type, whatever types it shares its members with. */
type EventOf<T extends EventType, E = RecordedEvent> = E extends { readonly type: infer U }
  ? T extends U
    ? Omit<E, 'type'> & { readonly type: T }
    : never
  : never

/** Without `readonly` and `undefined`, which say nothing of what is written. */
type Plain<T> = T extends readonly (infer I)[]
  ? Plain<I>[]
  : T extends object
    ? { -readonly [K in keyof T]: Exclude<Plain<T[K]>, undefined> }
    : T
/** The same with every member there: a member that one of two types leaves out shows only here. */
type Whole<T> = T extends readonly (infer I)[]
  ? Whole<I>[]
  : T extends object
    ? { [K in keyof T]-?: Whole<T[K]> }
    : T
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type SameMembers<A, B> = Same<A, B> extends true ? Same<Whole<A>, Whole<B>> : false

/** The types whose declaration here and type in `domain/` differ. */
type Differing = {
  [T in EventType]: SameMembers<Plain<z.output<(typeof EVENTS)[T]['schema']>>, Plain<EventOf<T>>> extends true
    ? never
    : T
}[EventType]
type IfNoneDiffers<T> = [Differing] extends [never] ? T : Differing
