import { z } from 'zod'
import { actor, claimed, code, count, event, flag, hash, id, instant, request, text, texts } from './parts.ts'

const key = { issuer: text, kid: text.nullable(), thumbprint: text }
const standing = z.enum(['accepted', 'refused', 'unknown'])

/** The service itself: keys of issuers and of ours, stores in trouble, administrators, the process. */
export const SERVICE_EVENTS = {
  'jwks.key_added': event('jwks.key_added', 'an issuer has a key that it had not', key),
  'jwks.key_removed': event('jwks.key_removed', 'an issuer has a key no more', key),
  'jwks.key_refused': event('jwks.key_refused', 'an issuer shows a key that is not used', {
    issuer: text,
    kid: text.nullable(),
    reason: text,
  }),
  'jwks.stale_used': event('jwks.stale_used', 'keys are used past their time: the issuer gives no answer', {
    issuer: text,
    since: instant,
    until: instant,
  }),
  'jwks.fetch_failed': event('jwks.fetch_failed', 'the first failure of a period to read an issuer’s keys', {
    issuer: text,
    reason: text,
  }),
  'jwks.refreshed': event('jwks.refreshed', 'the first success after that', {
    issuer: text,
    failedSince: instant,
    failures: count,
  }),
  'target.breaker_opened': event('target.breaker_opened', 'a store failed so often that it is not asked', {
    target: text,
    calls: count,
    failures: count,
  }),
  'target.breaker_closed': event('target.breaker_closed', 'it is asked again', {
    target: text,
    openMs: z.number(),
  }),
  'secret.created': event('secret.created', 'a key of ours was made', {
    purpose: text,
    target: text.nullable(),
    thumbprint: text.nullable(),
  }),
  'secret.rotating': event('secret.rotating', 'a target is about to get another signing key', {
    target: text,
    thumbprint: text,
    replaces: text,
    compromised: flag,
    actor,
    request: id('req'),
    reason: text,
  }),
  'secret.rotated': event('secret.rotated', 'what the store says of the new key and of the old one', {
    target: text,
    thumbprint: text,
    request: id('req'),
    canary: id('asm'),
    newKey: standing,
    oldKey: standing.nullable(),
  }),
  'admin.refused': event('admin.refused', 'somebody asked the admin door who may not', {
    ...request,
    code,
    operation: text,
    claimed: claimed.nullable(),
    subject: actor.nullable(),
  }),
  'process.restored': event('process.restored', 'the data folder is that of a backup', {
    backupAt: instant,
    seq: count,
    chain: hash,
  }),
  'process.start': event('process.start', 'the service started', {
    version: text,
    settingsHash: hash,
    weakened: texts,
    configuration: z.strictObject({ generation: count, hash }),
    signed: count.nullable().optional(),
  }),
  'process.stop': event('process.stop', 'it stopped because it was asked to', { reason: text }),
} as const
