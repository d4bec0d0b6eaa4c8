import { z } from 'zod'
import { RESOURCE_KINDS } from '../../domain/resource.ts'
import { count, event, instant, text } from './parts.ts'

const found = {
  key: text,
  detector: text,
  rule: text,
  severity: z.enum(['warning', 'notice']),
  kind: z.enum([...RESOURCE_KINDS, 'log']),
  name: text,
  message: text,
}

/** What detectors find, and what is found no more. */
export const FINDING_EVENTS = {
  'finding.opened': event('finding.opened', 'detectors found what they had not', {
    generation: count,
    findings: z.array(z.strictObject(found)),
  }),
  'finding.closed': event('finding.closed', 'what they had found is gone', {
    generation: count,
    findings: z.array(z.strictObject({ ...found, since: instant })),
  }),
} as const
