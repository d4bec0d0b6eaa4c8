import { z } from 'zod'
import {
  claimed,
  code,
  count,
  decision,
  event,
  flag,
  id,
  instant,
  request,
  source,
  subject,
  text,
} from './parts.ts'

const upstream = { status: count.nullable(), errorCode: text.nullable(), latencyMs: z.number() }
const use = z.union([
  z.strictObject({ of: z.literal('token'), mapping: text, until: instant }),
  z.strictObject({ of: z.literal('mapping'), mapping: text, most: count }),
])

/** Exchanges: what was decided, minted, given, withheld, refused and ended. */
export const ASSUME_EVENTS = {
  'assume.intent': event(
    'assume.intent',
    'a session is about to be minted; on disk before the store is asked',
    {
      ...request,
      assumption: id('asm'),
      subject,
      decision,
      uses: z.array(use),
      sessionName: text,
      claimedSessionName: text.nullable(),
      chain: z.array(id('asm')).optional(),
      storeTokenExpires: instant,
      latestExpiry: instant,
    },
  ),
  'assume.issued': event('assume.issued', 'the store gave a session; on disk before anybody gets it', {
    assumption: id('asm'),
    request: id('req'),
    target: text,
    accessKeyId: text,
    expires: instant,
    upstream: z.strictObject({
      requestId: text.nullable(),
      latencyMs: z.number(),
      packedPolicySize: z.number().optional(),
    }),
  }),
  'assume.redelivered': event('assume.redelivered', 'an identical request got the same session again', {
    ...request,
    assumption: id('asm'),
    subject,
    decision,
    target: text,
    accessKeyId: text,
    expires: instant,
    claimedSessionName: text.nullable(),
  }),
  'assume.upstream_failed': event('assume.upstream_failed', 'the store gave no session, or no answer', {
    assumption: id('asm'),
    request: id('req'),
    target: text,
    code,
    mayExist: flag,
    upstream: z.strictObject(upstream),
  }),
  'assume.withheld': event(
    'assume.withheld',
    'a session was minted and not given: something changed meanwhile',
    {
      assumption: id('asm'),
      request: id('req'),
      target: text,
      code,
      accessKeyId: text,
      expires: instant,
      storeTokenExpires: instant,
      changed: z.array(z.strictObject({ kind: text, name: text })),
    },
  ),
  'assume.unresolved': event(
    'assume.unresolved',
    'nobody knows whether an intent was minted: it was not given',
    {
      assumption: id('asm'),
      target: text,
      reason: z.enum(['process_ended', 'upstream_failed', 'outcome_not_written']),
      latestExpiry: instant,
    },
  ),
  'assume.refused': event('assume.refused', 'an exchange was refused; on disk before the answer', {
    ...request,
    assumption: id('asm'),
    code,
    subject: subject.nullable(),
    claimed: claimed.nullable(),
    decision: decision.nullable(),
    claimedSessionName: text.nullable(),
  }),
  'assume.refused_summary': event('assume.refused_summary', 'a flood of like refusals, counted', {
    request: id('req'),
    code,
    claimedIssuer: text.nullable(),
    subject: z.strictObject({ issuer: text, sub: text }).nullable(),
    sourcePrefix: text,
    count: z.int().min(1),
    first: instant,
    last: instant,
    samples: z.array(z.strictObject({ source, claimed, at: instant })),
  }),
  'assume.revoked': event(
    'assume.revoked',
    'an attempt to end a session at the store, and how far it is proved',
    {
      assumption: id('asm'),
      target: text,
      accessKeyId: text.nullable(),
      proof: z.enum(['proved', 'unproved', 'failed']),
      detail: text,
      latestExpiry: instant,
      storeTokenExpires: instant,
      final: flag,
    },
  ),
} as const
