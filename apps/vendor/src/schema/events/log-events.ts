import { z } from 'zod'
import { actor, count, event, flag, hash, id, instant, text, texts } from './parts.ts'

/** The log itself. */
export const LOG_EVENTS = {
  'log.key_rotated': event('log.key_rotated', 'another key signs checkpoints', {
    vkey: text,
    replaces: text,
    handover: flag,
  }),
  'log.forked': event('log.forked', '`--accept-fork`: the log goes on although anchors hold another one', {
    vkey: text,
    replaces: text,
    size: count,
    part: count.optional(),
    parts: count.optional(),
    accepted: z.array(
      z.strictObject({
        anchor: text,
        size: count,
        sha256: hash,
        reason: z.enum(['ahead', 'differs', 'foreign', 'misplaced']),
      }),
    ),
  }),
  'log.anchor_failed': event('log.anchor_failed', 'the first failure of a period to write to an anchor', {
    anchor: text,
    reason: text,
  }),
  'log.anchored': event('log.anchored', 'the first success of an anchor, and the first after that', {
    anchor: text,
    size: count,
    failedSince: instant.nullable(),
  }),
  'log.anchor_given_up': event(
    'log.anchor_given_up',
    '`--accept-lost-anchor`: the log goes on although an anchor has nothing any more of what it took',
    { anchor: text, size: count },
  ),
  'log.pruned': event('log.pruned', 'bodies of old events are about to be taken out; their leaves stay', {
    policy: z.strictObject({ days: z.int().min(1) }),
    before: instant,
    count: z.int().min(1),
    runs: z.array(z.strictObject({ from: z.int().min(1), to: z.int().min(1) })),
  }),
  'log.erased': event(
    'log.erased',
    'what was kept of a person in clear is gone; the commitments in events stay',
    {
      of: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('subject'), issuer: text, url: text }),
        z.strictObject({ kind: z.literal('day'), day: z.iso.date() }),
      ]),
      subs: texts,
      values: z.int().min(1),
      actor,
      request: id('req'),
      reason: text,
    },
  ),
  'log.sink_failed': event('log.sink_failed', 'the first failure of a period to deliver to a sink', {
    sink: text,
    reason: text,
    delivered: count,
  }),
  'log.sink_recovered': event('log.sink_recovered', 'the first delivery after that', {
    sink: text,
    delivered: count,
    failedSince: instant,
  }),
  'clock.step': event('clock.step', 'the wall clock went otherwise than the monotonic one', {
    expected: instant,
    found: instant,
    ms: z.int(),
  }),
} as const
