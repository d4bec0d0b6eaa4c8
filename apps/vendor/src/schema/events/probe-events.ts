import { z } from 'zod'
import { PROBE_GROUPS } from '../../domain/probe/try.ts'
import type { TargetKind } from '../../domain/target-kind.ts'
import { TARGET_KINDS } from '../../domain/target-kind.ts'
import { TARGET_MODES } from '../../domain/target-kinds/target-kind.ts'
import { actor, count, event, flag, id, instant, pin, text, texts } from './parts.ts'

const store = z.strictObject({
  // The keys of a const table.
  kind: z.enum(Object.keys(TARGET_KINDS) as [TargetKind]),
  mode: z.enum(TARGET_MODES),
  endpoint: text,
  region: text,
})
const trigger = z.enum(['asked', 'new_target', 'schedule'])
const step = z.strictObject({
  says: text,
  is: z.enum(['control', 'claim']),
  expect: z.enum(['allowed', 'refused', 'gone']),
  meaning: z.enum(['allowed', 'refused', 'missing', 'gone', 'unclear', 'unanswered']),
  status: count.nullable(),
  code: text.nullable(),
  ms: z.number(),
})
const tried = z.strictObject({
  id: text,
  title: text,
  expected: text,
  bears: z.enum(['guarantee', 'weakness']),
  verdict: z.enum(['holds', 'fails', 'not_tried']),
  reason: text.nullable(),
  group: z.enum(PROBE_GROUPS),
  steps: z.array(step),
  ms: z.number(),
})

/** Probes of targets and roles: the sheet is the event. */
export const PROBE_EVENTS = {
  'probe.begun': event('probe.begun', 'a target or role is tried at its store', {
    probe: id('prb'),
    target: pin,
    role: pin.nullable(),
    store,
    trigger,
    actor: actor.nullable(),
    request: id('req').nullable(),
  }),
  'probe.intent': event('probe.intent', 'a probe is about to mint a session of its own', {
    probe: id('prb'),
    assumption: id('asm'),
    target: text,
    try: text,
    storeTokenExpires: instant,
    latestExpiry: instant,
  }),
  'probe.answered': event('probe.answered', 'what the store answered to that', {
    probe: id('prb'),
    assumption: id('asm'),
    target: text,
    accessKeyId: text.nullable(),
    expires: instant.nullable(),
    mayExist: flag,
    storeTokenExpires: instant,
    upstream: z.strictObject({ status: count.nullable(), errorCode: text.nullable(), latencyMs: z.number() }),
  }),
  'probe.finished': event('probe.finished', 'the sheet of a probe, with its transcript', {
    probe: id('prb'),
    target: pin,
    role: pin.nullable(),
    store,
    trigger,
    actor: actor.nullable(),
    began: instant,
    ended: instant,
    outcome: z.enum(['completed', 'failed', 'cut']),
    code: text.nullable(),
    identity: z
      .strictObject({ server: text.nullable(), reads: z.record(text, z.enum(['holds', 'fails'])) })
      .nullable(),
    tries: z.array(tried),
    sessions: z.strictObject({
      minted: count,
      proved: count,
      unproved: z.array(z.strictObject({ assumption: text, detail: text, latestExpiry: instant })),
    }),
    left: texts,
  }),
} as const
