import fc from 'fast-check'
import type { AuditEvent } from '../../apps/vendor/src/domain/audit-event.ts'
import { anIntent, anIssued } from './audit-events.ts'

/** One exchange of a history: who, whence, by which mappings, how it ended, and how long after the one before. */
export type Exchange = {
  readonly mappings: readonly number[]
  readonly sub: number
  readonly ip: number
  readonly end:
    | 'issued'
    | 'withheld'
    | 'late'
    | 'upstream_failed'
    | 'refused'
    | 'no_mapping'
    | 'token'
    | 'cut'
  readonly again: boolean
  readonly asked: number | null
  readonly afterMs: number
  /** How many exchanges begin before this one ends. */
  readonly slow: number
}

const DAY_MS = 86_400_000
const ENDS = [
  'issued',
  'withheld',
  'late',
  'upstream_failed',
  'refused',
  'no_mapping',
  'token',
  'cut',
] as const

export const exchanges: fc.Arbitrary<readonly Exchange[]> = fc.array(
  fc.record({
    mappings: fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 2 }),
    sub: fc.nat(5),
    ip: fc.nat(5),
    end: fc.constantFrom(...ENDS),
    again: fc.boolean(),
    asked: fc.option(fc.integer({ min: 60, max: 50_000 })),
    afterMs: fc.nat(20 * DAY_MS),
    slow: fc.nat(3),
  }),
  { minLength: 1, maxLength: 40 },
)

export type Timed = { readonly event: AuditEvent; readonly atMs: number }

const IPS = ['192.0.2.7', '192.0.2.200', '198.51.100.1', '2001:db8:1:2::1', '2001:db8:1:9::1', '::1']
export const mappingName = (at: number) => `app-${at}`
export const subOf = (at: number) => `repo:acme/app\n${at}` // a line end may stand in it

/** The events of a history, as an exchange would write them. */
export function eventsOf(history: readonly Exchange[], startMs: number): readonly Timed[] {
  const written: Timed[] = []
  const late: { readonly dueAt: number; readonly event: AuditEvent }[] = []
  let atMs = startMs
  for (const [at, one] of history.entries()) {
    atMs += one.afterMs
    const [first, ...rest] = opening(one, at)
    if (first !== undefined) written.push({ event: first, atMs })
    late.push(...rest.map((event) => ({ dueAt: at + one.slow, event })))
    for (const due of late.filter(({ dueAt }) => dueAt === at)) written.push({ event: due.event, atMs })
  }
  for (const due of late.filter(({ dueAt }) => dueAt >= history.length))
    written.push({ event: due.event, atMs })
  return written
}

function opening(one: Exchange, at: number): readonly AuditEvent[] {
  const name = String(at)
  const blank = anIntent(name)
  const subject = { ...blank.subject, sub: subOf(one.sub) }
  const source = { ...blank.source, ip: IPS[one.ip] ?? '' }
  const decision = {
    ...blank.decision,
    roleAsked: 'arn:aws:iam::123456789012:role/asked',
    mappings: one.mappings.map((mapping) => ({ name: mappingName(mapping), version: 1 + (mapping % 2) })),
    lifetime: { askedSeconds: one.asked, givenSeconds: one.asked ?? 3600 },
  }
  const intent = { ...blank, subject, source, decision }
  const issued = anIssued(name)
  const { assumption, request, target } = issued
  const refused = {
    ...({
      type: 'assume.refused',
      assumption,
      request,
      door: 'token',
      source,
      claimedSessionName: null,
    } as const),
    ...{ claimed: null, subject, decision: { ...decision, outcome: 'refused' as const } },
  }
  const withheld = {
    ...({ type: 'assume.withheld', assumption, request, target, accessKeyId: 'AK', changed: [] } as const),
    ...{ expires: issued.expires, storeTokenExpires: intent.storeTokenExpires },
  }
  const again = {
    ...({
      type: 'assume.redelivered',
      assumption,
      request,
      door: 'token',
      source,
      subject,
      decision,
    } as const),
    ...{ target, accessKeyId: 'AK', expires: issued.expires, claimedSessionName: null },
  }
  switch (one.end) {
    case 'issued':
      return one.again ? [intent, issued, again] : [intent, issued]
    case 'withheld':
      return [intent, issued, { ...withheld, code: 'withheld' }]
    case 'late':
      return [intent, { ...withheld, code: 'expiration_too_late' }]
    case 'upstream_failed':
      return [
        intent,
        {
          ...({
            type: 'assume.upstream_failed',
            assumption,
            request,
            target,
            code: 'target_unavailable',
          } as const),
          ...{ mayExist: true, upstream: { status: null, errorCode: null, latencyMs: 1 } },
        },
      ]
    case 'refused':
      return [{ ...refused, code: 'lifetime_refused' }]
    case 'no_mapping':
      return [
        {
          ...{ ...refused, code: 'no_mapping' as const },
          decision: { ...refused.decision, mappings: [], role: null, target: null },
        },
      ]
    case 'token':
      return [{ ...refused, code: 'expired' as const, subject: null, decision: null }]
    case 'cut':
      return [intent]
  }
}
