import { z } from 'zod'
import { actor, count, event, flag, id, instant, text, texts } from './parts.ts'

const of = z
  .union([
    z.strictObject({ kind: z.literal('assumption'), id: text }),
    z.strictObject({ kind: z.enum(['mapping', 'role', 'target']), name: text }),
    z.strictObject({ kind: z.literal('issuer'), name: text, url: text }),
    z.strictObject({ kind: z.literal('subject'), issuer: text, url: text, sub: text }),
  ])
  .meta({ id: 'Revoked' })

/** Revocations: what is stopped and ended. */
export const REVOKE_EVENTS = {
  'revoke.begun': event('revoke.begun', 'nothing of it is given from here on; its sessions are ended next', {
    revocation: id('rvk'),
    of,
    actor,
    request: id('req'),
    reason: text,
    locked: flag,
  }),
  'revoke.finished': event('revoke.finished', 'every session of it was seen to', {
    revocation: id('rvk'),
    of,
    actor,
    request: id('req').nullable(),
    sessions: count,
    proved: count,
    unproved: z.array(
      z.strictObject({ assumption: text, target: text, latestExpiry: instant, detail: text }),
    ),
    moreUnproved: count,
    deniedOlder: texts,
    stoppedMs: z.number(),
    lastMs: z.number().nullable(),
  }),
  'revoke.lifted': event('revoke.lifted', 'it may be given again', {
    revocation: id('rvk'),
    of,
    actor,
    request: id('req'),
    reason: text,
  }),
} as const
