import { z } from 'zod'
import { MAX_LIFETIME_SECONDS, STORE_FLOOR_SECONDS } from '../domain/lifetime.ts'
import { MARK } from '../domain/probe/role-values.ts'
import { SHEET_DAYS } from '../domain/probe/sheet.ts'
import type { StoreUser, SubjectBudget, TargetBody, TargetProbe } from '../domain/resource.ts'
import type { TargetKind } from '../domain/target-kind.ts'
import { modesOf, TARGET_KINDS } from '../domain/target-kind.ts'
import type {
  TargetKindRow,
  TargetMember,
  TargetMode,
  TargetModeRow,
} from '../domain/target-kinds/target-kind.ts'
import { parseDuration } from './duration.ts'
import { cidr, duration, name, origin, stretch } from './members.ts'

/** A target as `stint.yaml` says it. Which members it may have is the business of its kind and mode. */
export type TargetDeclaration = {
  readonly kind: TargetKind
  readonly mode: TargetMode
  readonly endpoint?: string | undefined
  readonly region?: string | undefined
  readonly user?: StoreUser
  readonly admin?: StoreUser | 'default-chain'
  readonly roleArn?: string
  readonly maxSession?: string | number
  readonly externalId?: string
  readonly sourceIdentity?: 'assumption' | 'none'
  readonly transitiveTags?: readonly string[]
  readonly iamEndpoint?: string
  readonly accept?: readonly string[]
  readonly intake?: IntakeDeclaration
  readonly reconcile?: ReconcileDeclaration
  readonly allowPrivateAddresses?: readonly string[] | undefined
  readonly subjectBudget?: 'none' | { readonly sessions: number; readonly per: string | number } | undefined
  readonly probe?: ProbeDeclaration | undefined
}

type IntakeDeclaration = { readonly secret: string; readonly days?: number | undefined }

type ReconcileDeclaration = { readonly user: StoreUser; readonly every?: string | number | undefined }

type ProbeDeclaration = {
  readonly bucket?: string | undefined
  readonly prefix?: string | undefined
  readonly every?: 'never' | string | number | undefined
}

const DAY_SECONDS = 86_400

const storeUser = z.strictObject({
  accessKeyId: z
    .string()
    .regex(/^[\w.@-]{3,128}$/, 'an access key id')
    .describe('its access key id'),
  secret: name.describe('the name of the file, or of the systemd credential, that holds its secret'),
})

/** What each member looks like, whichever kind has it. */
const MEMBERS: Readonly<Record<TargetMember, z.ZodType>> = {
  endpoint: origin,
  region: z.string().regex(/^[a-z0-9-]{0,32}$/),
  user: storeUser.describe('a plain user of the store'),
  roleArn: z
    .string()
    .max(2048)
    .regex(/^arn:[a-z0-9-]+:iam:[a-z0-9-]*:[a-z0-9]*:role\/[\w+=,.@/-]{1,512}$/, 'the ARN of a role')
    .describe('the role at the store'),
  maxSession: duration
    .refine((value) => inRange(parseDuration(value)), 'between 15m and 12h')
    .describe('MaxSessionDuration of that role: 1h where it was left as it is made'),
  admin: z
    .union([z.literal('default-chain'), storeUser])
    .describe('who may write a policy of that role, to end sessions'),
  externalId: z.string().regex(/^[\w+=,.@:/-]{2,1224}$/, 'an external id'),
  sourceIdentity: z
    .enum(['assumption', 'none'])
    .describe('whether the id of the assumption is the source identity of the session: it is, if left out'),
  transitiveTags: z.array(z.string().min(1).max(128)).max(50),
  iamEndpoint: origin.describe('where the store’s IAM is asked'),
  accept: z.array(z.string().min(1).max(64)).max(8).describe('findings that the author lives with, by name'),
  intake: z
    .strictObject({
      secret: name.describe(
        'the name of the file, or of the systemd credential, that holds what the store shows in Authorization',
      ),
      days: z
        .int()
        .min(1)
        .max(400)
        .optional()
        .describe('how long what the store told of single sessions and objects is kept: 90, if left out'),
    })
    .describe('where the audit webhook of the store may post: `/v1/intake/<target>`, docs/GHOSTS.md'),
  reconcile: z
    .strictObject({
      user: storeUser.describe('a user of the store who may list its sessions and nothing else'),
      every: duration
        .refine((value) => within(parseDuration(value), [300, DAY_SECONDS]), 'between 5m and 24h')
        .optional()
        .describe('how often: every 1h, if left out'),
    })
    .describe('asks the store for its own list of sessions: docs/GHOSTS.md'),
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

function within(seconds: number | null, [least, most]: readonly [number, number]): boolean {
  return seconds !== null && seconds >= least && seconds <= most
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

/** A problem is that of the kind and mode that a declaration names, whatever else would be nearer. */
function kindSchema(kind: TargetKind) {
  const [first, second, ...rest] = modesOf(kind).map(([mode, row], index) =>
    modeSchema(kind, mode, { ...row, first: index === 0 }),
  )
  if (first === undefined) throw new RangeError(`${kind} has no modes`)
  return second === undefined ? first : z.discriminatedUnion('mode', [first, second, ...rest])
}

const KINDS = Object.keys(TARGET_KINDS) as TargetKind[] // the keys of a const table

/** One target of a file: each kind and mode takes its own members and refuses all others. */
export const TARGET = discriminated(KINDS.map(kindSchema))

/** The schemas are made of data, so that no static type can follow them: each one's answer is a declaration. */
function discriminated(schemas: ReturnType<typeof kindSchema>[]): z.ZodType<TargetDeclaration> {
  const [first, ...rest] = schemas
  const schema =
    first === undefined || rest.length === 0 ? first : z.discriminatedUnion('kind', [first, ...rest])
  return schema as z.ZodType as z.ZodType<TargetDeclaration>
}

/** A store takes some 500 calls a second: one looping subject gets a fiftieth of it, and no more unless said so. */
const DEFAULT_BUDGET: SubjectBudget = { sessions: 600, perSeconds: 60 }

/** The body that a declaration means. */
export function targetBody(declared: TargetDeclaration): TargetBody {
  const { region = '', allowPrivateAddresses = [], subjectBudget, maxSession, probe, ...more } = declared
  const { intake, reconcile, ...rest } = more
  const { endpointOf }: TargetKindRow = TARGET_KINDS[declared.kind]
  return {
    ...rest,
    endpoint: declared.endpoint ?? endpointOf?.(region) ?? '',
    region,
    allowPrivateAddresses,
    subjectBudget: budgetOf(subjectBudget),
    probe: probeOf(probe),
    ...sessionOf(declared.kind, maxSession),
    ...watchOf({ intake, reconcile }),
  }
}

const DEFAULT_KEEP_DAYS = 90
const DEFAULT_RECONCILE_SECONDS = 3_600

/** Left out where it is not said, so that a target that says nothing is the one that it was. */
function watchOf({
  intake,
  reconcile,
}: {
  readonly intake: IntakeDeclaration | undefined
  readonly reconcile: ReconcileDeclaration | undefined
}): Pick<TargetBody, 'intake' | 'reconcile'> {
  const told =
    intake === undefined
      ? {}
      : { intake: { secret: intake.secret, keepDays: intake.days ?? DEFAULT_KEEP_DAYS } }
  if (reconcile === undefined) return told
  const { user, every = DEFAULT_RECONCILE_SECONDS } = reconcile
  return { ...told, reconcile: { user, everySeconds: parseDuration(every) ?? Number.NaN } }
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

/** Where the length of a session is the role's at the store, it is an hour until somebody made it another. */
const DEFAULT_SESSION_SECONDS = 3_600

function sessionOf(kind: TargetKind, maxSession: TargetDeclaration['maxSession']) {
  const takes = modesOf(kind).some(([, { members }]) => 'maxSession' in members)
  if (!takes) return {}
  const seconds = maxSession === undefined ? DEFAULT_SESSION_SECONDS : parseDuration(maxSession)
  return { maxSessionSeconds: seconds ?? Number.NaN }
}

function inRange(seconds: number | null): boolean {
  return seconds !== null && seconds >= STORE_FLOOR_SECONDS && seconds <= MAX_LIFETIME_SECONDS
}
