import { z } from 'zod'
import { actor, count, event, flag, hash, id, text, widening } from './parts.ts'

const answered = {
  change: id('chg'),
  request: id('req'),
  actor,
  author: actor,
  generation: count,
  hashAfter: hash,
  reason: text.nullable(),
}

/** The configuration, and changes of it that wait for a second person. */
export const CONFIGURATION_EVENTS = {
  'config.changing': event(
    'config.changing',
    'the configuration is about to change; a large change is several of these',
    {
      generation: count,
      hashBefore: hash,
      hashAfter: hash,
      actor,
      request: id('req').nullable(),
      approval: z.strictObject({ change: id('chg'), approver: actor }).nullable(),
      part: z.int().min(1),
      parts: z.int().min(1),
      changes: z.array(
        z.strictObject({ kind: text, name: text, version: count, action: text, sha256: hash }),
      ),
    },
  ),
  'config.changed': event('config.changed', 'it changed; the file of a start must have this hash', {
    generation: count,
    hashBefore: hash,
    hashAfter: hash,
    recovered: flag,
  }),
  'config.exception': event('config.exception', '`--accept-config`: a file is used that is not the log’s', {
    acceptedHash: hash,
    expectedHash: hash.nullable(),
  }),
  'change.asked': event('change.asked', 'a change that widens waits for a second person', {
    change: id('chg'),
    request: id('req'),
    actor,
    generation: count,
    hashBefore: hash,
    hashAfter: hash,
    askSha256: hash,
    planSha256: hash,
    widens: z.array(widening),
    moreWidens: count,
  }),
  'change.approved': event('change.approved', 'a second person’s yes; it is applied next', answered),
  'change.rejected': event('change.rejected', 'a second person’s no', answered),
  'change.withdrawn': event('change.withdrawn', 'its author took it back', answered),
} as const
