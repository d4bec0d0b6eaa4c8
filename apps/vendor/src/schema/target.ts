import { z } from 'zod'
import { MARK } from '../domain/probe/role-values.ts'
import { SHEET_DAYS } from '../domain/probe/sheet.ts'
import type { SubjectBudget, TargetBody, TargetProbe } from '../domain/resource.ts'
import type { TargetKind } from '../domain/target-kind.ts'
import { modesOf, TARGET_KINDS } from '../domain/target-kind.ts'
import type { TargetMember, TargetMode, TargetModeRow } from '../domain/target-kinds/target-kind.ts'
import { parseDuration } from './duration.ts'
import { cidr, duration, origin, stretch } from './members.ts'

/** A target as `stint.yaml` says it. Which members it may have is the business of its kind and mode. */
export type TargetDeclaration = {
  readonly kind: TargetKind
  readonly mode: TargetMode
  readonly endpoint?: string | undefined
  readonly region?: string | undefined
  readonly allowPrivateAddresses?: readonly string[] | undefined
  readonly subjectBudget?: 'none' | { readonly sessions: number; readonly per: string | number } | undefined
  readonly probe?: ProbeDeclaration | undefined
}

type ProbeDeclaration = {
  readonly bucket?: string | undefined
  readonly prefix?: string | undefined
  readonly every?: 'never' | string | number | undefined
}

/** What each member looks like, whichever kind has it. */
const MEMBERS: Readonly<Record<TargetMember, z.ZodType>> = {
  endpoint: origin,
  region: z.string().regex(/^[a-z0-9-]{0,32}$/),
}

const COMMON = {
  allowPrivateAddresses: z.array(cidr).max(32).optional(),
  subjectBudget: z
    .union([z.literal('none'), z.strictObject({ sessions: z.int().min(1).max(1_000_000), per: stretch })])
    .optional()
    .describe(
      'how many sessions one subject may ask of this store in a stretch of time: 600 a minute, or none',
    ),
  probe: z
    .strictObject({
      bucket: z
        .string()
        .regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/)
        .optional()
        .describe('a bucket for the probe alone; without it only what needs none is tried'),
      prefix: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,64}(?:\/[A-Za-z0-9_-]{1,64}){0,3}$/)
        .optional()
        .describe('in front of all that the probe writes there: stint-probe'),
      every: z
        .union([
          z.literal('never'),
          duration.refine(
            inTime,
            `an hour at least, and less than the ${SHEET_DAYS} days that a sheet is good for`,
          ),
        ])
        .optional()
        .describe('how often it is probed by itself: every 24h, or never'),
    })
    .optional()
    .describe('how the probe looks at this store: `stint probe`, docs/probe.md'),
}

function inTime(value: string | number): boolean {
  const seconds = parseDuration(value) ?? 0
  return seconds >= 3600 && seconds < SHEET_DAYS * 86_400
}

function modeSchema(kind: TargetKind, mode: TargetMode, row: TargetModeRow & { readonly first: boolean }) {
  const members = Object.entries(row.members).map(([member, need]) => {
    const schema = MEMBERS[member as TargetMember] // the keys of a typed record
    return [member, need === 'required' ? schema : schema.optional()] as const
  })
  const literal = z.literal(mode)
  return z.strictObject({
    kind: z.literal(kind),
    mode: row.first ? literal.default(mode) : literal,
    ...Object.fromEntries(members),
    ...COMMON,
  })
}

const SCHEMAS = Object.keys(TARGET_KINDS).flatMap((name) => {
  const kind = name as TargetKind // a key of the table
  return modesOf(kind).map(([mode, row], index) => modeSchema(kind, mode, { ...row, first: index === 0 }))
})

/** One target of a file: each kind and mode takes its own members and refuses all others. */
export const TARGET: z.ZodType<TargetDeclaration> = union(SCHEMAS)

/** The schemas are made of data, so that no static type can follow them: each one's answer is a declaration. */
function union(schemas: readonly z.ZodType[]): z.ZodType<TargetDeclaration> {
  const [only] = schemas
  return (schemas.length === 1 ? only : z.union(schemas)) as z.ZodType<TargetDeclaration>
}

/** A store takes some 500 calls a second: one looping subject gets a fiftieth of it, and no more unless said so. */
const DEFAULT_BUDGET: SubjectBudget = { sessions: 600, perSeconds: 60 }

/** The body that a declaration means. */
export function targetBody(declared: TargetDeclaration): TargetBody {
  const { endpoint = '', region = '', allowPrivateAddresses = [], subjectBudget, probe, ...rest } = declared
  const own = { subjectBudget: budgetOf(subjectBudget), probe: probeOf(probe) }
  return { ...rest, endpoint, region, allowPrivateAddresses, ...own }
}

/** A store changes when nobody looks: once a day somebody does. */
const DEFAULT_EVERY_SECONDS = 86_400

function probeOf(declared: ProbeDeclaration = {}): TargetProbe {
  const { bucket = null, prefix = MARK, every = DEFAULT_EVERY_SECONDS } = declared
  return { bucket, prefix, everySeconds: every === 'never' ? null : parseDuration(every) }
}

function budgetOf(budget: TargetDeclaration['subjectBudget']): SubjectBudget | null {
  if (budget === undefined) return DEFAULT_BUDGET
  if (budget === 'none') return null
  return { sessions: budget.sessions, perSeconds: parseDuration(budget.per) ?? Number.NaN }
}
