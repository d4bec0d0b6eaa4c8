import { z } from 'zod'
import { ADMIN_ROLES } from '../domain/admin-role.ts'
import type { Collection } from '../domain/collection.ts'
import { ALGORITHMS } from '../domain/issuer.ts'
import { PRESETS } from '../domain/preset.ts'
import { isPolicyRef } from '../ids.ts'
import { parseDuration, parseExpiry } from './duration.ts'
import { cidr, duration, name, url } from './members.ts'
import { TARGET } from './target.ts'

/** The shape of `stint.yaml`: what stands in the file, before it is turned into resources. */

export const POLICY_REF_PATTERN = '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?@[1-9][0-9]{0,5}$'

/** Longer than any SDK repeats a request; what is held is a secret. */
const MAX_REPLAY_SECONDS = 300

const policyRef = z
  .string()
  .refine(isPolicyRef, 'a pinned policy: `name@version`, such as artifacts-write@1')
  .meta({ pattern: POLICY_REF_PATTERN })
const replayWindow = duration.refine((value) => {
  const seconds = parseDuration(value) ?? 0
  return seconds >= 1 && seconds <= MAX_REPLAY_SECONDS
}, `a second to ${MAX_REPLAY_SECONDS} seconds`)
const claimPath = z
  .array(z.string().min(1).max(128))
  .min(1)
  .max(8)
  .describe('a claim by its path, one step an entry: [repository_id] or [kubernetes.io, namespace]')
/** Beyond 2^53 two numbers read as one, and a mapping for the one would admit the other; no token carries them either. */
const number = z
  .number()
  .refine((value) => Math.abs(value) <= Number.MAX_SAFE_INTEGER, 'a number within ±(2^53 − 1)')
const scalar = z.union([z.string().max(1024), number, z.boolean()])
const kind = z.enum(['machine', 'human'])
const delimiter = z
  .string()
  .length(1)
  .refine((text) => text !== '*', 'one character, and not the `*` itself')

const condition = z.union([
  z.strictObject({ claim: claimPath, equals: scalar }),
  z.strictObject({ claim: claimPath, anyOf: z.array(scalar).min(1).max(256) }),
  z.strictObject({ claim: claimPath, contains: scalar }),
  z.strictObject({ claim: claimPath, containsAnyOf: z.array(scalar).min(1).max(256) }),
  z.strictObject({ claim: claimPath, glob: z.string().min(1).max(1024), delimiter }),
])

const issuer = z.strictObject({
  preset: z.enum(Object.keys(PRESETS) as [keyof typeof PRESETS]).default('generic'), // the keys of a const table
  url: url.optional(),
  audiences: z.array(z.string().min(1).max(255)).min(1).max(16),
  algorithms: z.array(z.enum(ALGORITHMS)).min(1).optional(),
  typ: z.array(z.string().min(1).max(64).nullable()).min(1).optional(),
  leeway: duration.optional(),
  maxLifetime: duration.optional(),
  maxAge: duration.optional(),
  jwks: url.optional(),
  allowPrivateAddresses: z.array(cidr).max(32).optional(),
  for: kind.optional(),
})

const placeholder = z.union([
  z.enum(['bucket', 'segment', 'path', 'string']),
  z.strictObject({
    type: z.enum(['bucket', 'segment', 'path', 'string']),
    maxBytes: z.int().min(1).max(1024).optional(),
  }),
])

const policy = z.strictObject({
  placeholders: z.record(z.string().regex(/^[a-z][A-Za-z0-9_]{0,31}$/), placeholder).default({}),
  document: z.record(z.string(), z.unknown()).describe('an IAM policy document with {{placeholders}}'),
})

const placeholderValue = z.union([z.string().max(1024), z.strictObject({ claim: claimPath })])

const role = z.strictObject({
  target: name,
  policies: z
    .array(z.strictObject({ use: policyRef, with: z.record(z.string(), placeholderValue).default({}) }))
    .min(1)
    .max(8),
  lifetime: z.strictObject({ default: duration, max: duration, min: duration.optional() }),
  for: kind,
  never: z.array(condition).max(32).default([]),
  accept: z.array(z.string().max(64)).max(16).default([]),
  tags: z.record(z.string().max(128), z.string().max(256)).default({}),
  replay: z
    .strictObject({ window: replayWindow })
    .optional()
    .describe(
      'an identical request with the same token gets the same session again, for so long after the first',
    ),
})

const mapping = z.strictObject({
  issuer: name,
  role: name,
  when: z.array(condition).min(1, 'at least one condition: a mapping for everybody is none').max(32),
  unless: z.array(condition).max(32).default([]),
  owner: z.string().min(1).max(256),
  purpose: z.string().min(1).max(1024),
  mode: z.enum(['off', 'shadow', 'enforce']).default('off'),
  expires: z
    .string()
    .refine((text) => parseExpiry(text) !== null, 'a date such as 2027-03-31, or an instant in UTC'),
  bindToToken: z.boolean().default(false),
  maxLifetime: duration.optional(),
  singleUse: z
    .boolean()
    .default(false)
    .describe('each token, by issuer and jti, opens this mapping once; a token without jti never'),
  maxUses: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .optional()
    .describe('how many sessions it gives in all, its versions counted together'),
})

const admin = z.strictObject({
  issuer: name,
  sub: z.string().min(1).max(255),
  person: z.string().min(1).max(256),
  roles: z.array(z.enum(Object.keys(ADMIN_ROLES) as [keyof typeof ADMIN_ROLES])).min(1), // the keys of a const table
})

/** The whole file. Every level refuses what it does not know: a misspelt control is a missing one. */
export const CONFIGURATION_FILE = z.strictObject({
  issuers: z.record(name, issuer).default({}),
  targets: z.record(name, TARGET).default({}),
  policies: z.record(policyRef, policy).default({}),
  roles: z.record(name, role).default({}),
  mappings: z.record(name, mapping).default({}),
  admins: z.record(name, admin).default({}),
})
export type ConfigurationFile = z.infer<typeof CONFIGURATION_FILE>

const DECLARATIONS = {
  issuers: issuer,
  targets: TARGET,
  policies: policy,
  roles: role,
  mappings: mapping,
  admins: admin,
} as const satisfies Record<Collection, z.ZodType>

/** The JSON Schema of one declaration, as a file or the admin API takes it. */
export function declarationSchema(collection: Collection): Readonly<Record<string, unknown>> {
  const { $schema: _same, ...schema } = z.toJSONSchema(DECLARATIONS[collection], {
    io: 'input',
    unrepresentable: 'any',
  })
  return schema
}

/** The JSON Schema that editors check `stint.yaml` with. */
export function configurationJsonSchema(): object {
  return {
    ...z.toJSONSchema(CONFIGURATION_FILE, { io: 'input', unrepresentable: 'any' }),
    title: 'stint.yaml',
    description: 'The whole configuration of a Stint server as code.',
  }
}
