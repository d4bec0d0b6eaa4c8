import type { AdminConnection } from './admin-client.ts'
import { readArguments } from './arguments.ts'
import type { CommandIo } from './io.ts'

const MANY = { type: 'string', multiple: true } as const
const ONE = { type: 'string' } as const
const OPTIONS = {
  title: ONE,
  from: ONE,
  to: ONE,
  due: ONE,
  'no-response': ONE,
  'min-reviewers': ONE,
  kind: MANY,
  mapping: MANY,
  issuer: MANY,
  role: MANY,
  target: MANY,
  owner: MANY,
  reviewer: MANY,
  fallback: ONE,
  'critical-bucket': MANY,
  framework: MANY,
  remind: MANY,
  reason: ONE,
  key: MANY,
  'accept-failed': { type: 'boolean' },
  state: ONE,
  mine: { type: 'boolean' },
  rationale: ONE,
  evidence: ONE,
  seen: ONE,
  until: ONE,
  csv: { type: 'boolean' },
  html: { type: 'boolean' },
  md: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

/** What is written after `stint review`; null where something is not known. */
export const readReviewArguments = (argv: readonly string[]) => readArguments(argv, OPTIONS)

type ReviewFlags = NonNullable<ReturnType<typeof readReviewArguments>>['values']

/** What a verb is given: the review, the items that follow it, and the flags. */
export type ReviewAsk = {
  readonly to: AdminConnection
  readonly io: CommandIo
  readonly id: string
  readonly items: readonly number[]
  readonly flags: ReviewFlags
}
