import { z } from 'zod'

/** What MinIO answers and exports, as far as it is read here; other members are let be. */

const names = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  )
const strings = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? [])

/** By name, whatever the names are: a record type would lose `__proto__`. */
const byName = <T>(shape: z.ZodType<T>) =>
  z.unknown().transform((value, context): ReadonlyMap<string, T> => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    const entries = Object.entries(isObject ? value : {}).map(
      ([name, one]) => [name, shape.safeParse(one)] as const,
    )
    if (!isObject || entries.some(([, { success }]) => !success))
      context.addIssue('not an object of that shape')
    return new Map(entries.flatMap(([name, { data }]) => (data === undefined ? [] : [[name, data] as const])))
  })

const DOCUMENT = z.custom<object>((value) => typeof value === 'object' && value !== null)

export const POLICIES = byName(DOCUMENT)
export const POLICY = DOCUMENT
export const USERS = byName(
  z.object({ policyName: names, status: z.string().default('enabled'), memberOf: strings }),
)
export const GROUP = z.object({ status: z.string().default('enabled'), policy: names, members: strings })
export const GROUP_NAMES = z
  .array(z.string())
  .nullable()
  .transform((list) => list ?? [])
export const ENTITIES = z.object({
  policyMappings: z
    .array(z.object({ policy: z.string(), users: strings, groups: strings }))
    .nullish()
    .transform((list) => list ?? []),
})
export const PROVIDERS = z
  .array(z.object({ name: z.string(), enabled: z.boolean().default(false), roleARN: z.string().default('') }))
  .nullable()
  .transform((list) => list ?? [])
export const PROVIDER = z.object({
  info: z.array(z.object({ key: z.string(), value: z.string().default('') })).default([]),
})
export const ACCESS_KEYS = byName(z.object({ serviceAccounts: z.array(z.unknown()).nullish() }))
/** `idp/openid/list-access-keys-bulk`: sessions, and lasting keys made out of them, by whoever they are of. */
const KEYS = z
  .array(z.object({ accessKey: z.string().min(1), expiration: z.string().default('') }))
  .nullish()
  .transform((list) => list ?? [])
export const LISTED_KEYS = z.array(
  z.object({
    users: z
      .array(
        z.object({
          minioAccessKey: z.string().default(''),
          ID: z.string().default(''),
          stsKeys: KEYS,
          serviceAccounts: KEYS,
        }),
      )
      .nullish()
      .transform((list) => list ?? []),
  }),
)
export const MAPPED = byName(z.object({ policy: names }))
export const GROUPS = byName(GROUP.partial({ policy: true }))

/** `mc admin policy info ALIAS NAME --json`, or the same without its envelope. */
export const POLICY_INFO = z.object({ PolicyName: z.string().min(1), Policy: DOCUMENT })
export const POLICY_MESSAGE = z.object({ policyInfo: POLICY_INFO })

/** A reply read as JSON of that shape, or null. */
export function readShape<T>(shape: z.ZodType<T>, text: string): T | null {
  try {
    const parsed = shape.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
