import { z } from 'zod'
import { GHOST_REASONS, type GhostReason } from '../../domain/access/ghost.ts'
import { actor, count, event, id, instant, text } from './parts.ts'

/** Sessions that a store knows and the log does not. */
export const GHOST_EVENTS = {
  'ghost.seen': event('ghost.seen', 'a store knows a session that the log does not', {
    target: text,
    // The keys of a const table.
    reason: z.enum(Object.keys(GHOST_REASONS) as [GhostReason]),
    accessKeyId: text,
    sub: text.nullable(),
    assumption: id('asm').nullable(),
    by: z.enum(['webhook', 'list']),
    firstSeen: instant,
    lastUsed: instant.nullable(),
    expires: instant.nullable(),
    source: text.nullable(),
    uses: count,
  }),
  'ghost.more': event('ghost.more', 'there were more of them than are told one by one', {
    target: text,
    since: instant,
    until: instant,
    count,
  }),
  'ghost.dismissed': event('ghost.dismissed', 'a person looked into one of them', {
    ghost: id('evt'),
    target: text,
    actor,
    request: id('req'),
    reason: text,
  }),
} as const
