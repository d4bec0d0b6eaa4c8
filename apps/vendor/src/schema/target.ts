import { z } from 'zod'
import type { SubjectBudget, TargetBody } from '../domain/resource.ts'
import type { TargetKind } from '../domain/target-kind.ts'
import { modesOf, TARGET_KINDS } from '../domain/target-kind.ts'
import type { TargetMember, TargetMode, TargetModeRow } from '../domain/target-kinds/target-kind.ts'
import { parseDuration } from './duration.ts'
import { cidr, origin, stretch } from './members.ts'

/** A target as `stint.yaml` says it. Which members it may have is the business of its kind and mode. */
export type TargetDeclaration = {
  readonly kind: TargetKind
  readonly mode: TargetMode
  readonly endpoint?: string | undefined
  readonly region?: string | undefined
  readonly allowPrivateAddresses?: readonly string[] | undefined
  readonly subjectBudget?: 'none' | { readonly sessions: number; readonly per: string | number } | undefined
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
  const { endpoint = '', region = '', allowPrivateAddresses = [], subjectBudget, ...rest } = declared
  return { ...rest, endpoint, region, allowPrivateAddresses, subjectBudget: budgetOf(subjectBudget) }
}

function budgetOf(budget: TargetDeclaration['subjectBudget']): SubjectBudget | null {
  if (budget === undefined) return DEFAULT_BUDGET
  if (budget === 'none') return null
  return { sessions: budget.sessions, perSeconds: parseDuration(budget.per) ?? Number.NaN }
}
