import { z } from 'zod'
import { VendorError } from './errors.ts'

/** Server settings: what must be known before the configuration can be read. Everything else is configuration data. */
export type Settings = {
  readonly listen: { readonly host: string; readonly port: number }
  /** Our own URL as stores and clients see it: an origin, or one with a path before all of ours; no trailing slash. */
  readonly publicUrl: string
  /** The 12 digits in our role ARNs. */
  readonly account: string
  readonly dataFolder: string
  /** CIDR ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  readonly admin: {
    readonly issuer: string
    readonly subject: string
    readonly audience: string
    readonly algorithms: readonly ('RS256' | 'ES256' | 'EdDSA' | 'PS256')[]
    readonly typ: readonly (string | null)[]
    readonly jwksUri: string | null
    readonly allowPrivateAddresses: readonly string[]
  }
  /** `on`: what widens the configuration waits for a second person's yes. */
  readonly approvals: 'on' | 'off'
  /** `on`: the STS wire takes a token in the query, for clients that know no other way. */
  readonly tokenInQuery: 'on' | 'off'
  /** How often one source may ask a door; a door that is not named has no limit. */
  readonly rateLimits: RateLimits
  /** Doors whose sessions may say who they are and assume their role anew: of these, keys for `sts` are kept. */
  readonly sessionKeys: {
    readonly doors: readonly string[]
    readonly file: string | null
    readonly regions: readonly string[]
  }
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

export type RateLimit = { readonly requests: number; readonly perSeconds: number }
export type RateLimits = Readonly<Partial<Record<'token' | 'sts' | 'container', RateLimit>>>

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== ''),
)
const publicUrl = z
  .string()
  .refine(isPublicUrl, 'a URL such as https://stint.example.com, perhaps with a path, without trailing slash')
const keptDoors = list.pipe(z.array(z.enum(['token', 'sts', 'container', 'process'])))
/** Each of them costs three HMACs and 60 bytes a session and day. */
const MAX_REGIONS = 8
const regions = list.pipe(
  z
    .array(z.string().regex(/^[a-z0-9-]{1,32}$/, 'a region such as us-east-1'))
    .min(1)
    .max(MAX_REGIONS),
)
const onOff = z.enum(['on', 'off'])
const rateLimits = list.transform((parts, context) => {
  const read = parts.map((part) => RATE_LIMIT.exec(part))
  if (read.some((one) => one === null)) {
    context.addIssue(
      'a comma list of door=requests/seconds, such as sts=600/60,container=600/60; doors: token, sts, container',
    )
  }
  return Object.fromEntries(
    read.flatMap((one) =>
      one === null ? [] : [[one[1], { requests: Number(one[2]), perSeconds: Number(one[3]) }]],
    ),
  ) as RateLimits // the doors by the pattern
})
/** Requests at once, and as many again in each so many seconds. */
const RATE_LIMIT = /^(token|sts|container)=([1-9][0-9]{0,6})\/([1-9][0-9]{0,4})s?$/
const cidrs = list.refine((ranges) => ranges.every(isCidr), 'a comma list of CIDR ranges such as 10.0.0.0/8')

/** The environment, one variable a setting; the file given by --settings has the same names as JSON members. */
const SETTINGS = z.strictObject({
  STINT_LISTEN: z
    .string()
    .regex(/^[\w.:[\]-]+:[0-9]{1,5}$/, 'host:port, such as 127.0.0.1:9400')
    .default('127.0.0.1:9400'),
  STINT_PUBLIC_URL: publicUrl,
  STINT_ACCOUNT: z.string().regex(/^[0-9]{12}$/, 'twelve digits'),
  STINT_DATA: z.string().min(1, 'the folder that holds databases and keys'),
  STINT_TRUSTED_PROXIES: cidrs.default([]),
  STINT_ADMIN_ISSUER: z.url(),
  STINT_ADMIN_SUBJECT: z.string().min(1).max(255),
  STINT_ADMIN_AUDIENCE: z.string().min(1).max(255),
  STINT_ADMIN_ALGORITHMS: list
    .pipe(z.array(z.enum(['RS256', 'ES256', 'EdDSA', 'PS256'])).min(1))
    .default(['RS256', 'ES256']),
  STINT_ADMIN_TYP: list.default(['jwt', 'at+jwt', '-']),
  STINT_ADMIN_JWKS_URI: z.url().optional(),
  STINT_ADMIN_ALLOW_PRIVATE_ADDRESSES: cidrs.default([]),
  STINT_APPROVALS: onOff.default('on'),
  STINT_STS_TOKEN_IN_QUERY: onOff.default('off'),
  STINT_SESSION_KEY_DOORS: keptDoors.default(['sts', 'container', 'process']),
  STINT_SESSION_KEY_FILE: z.string().min(1).optional(),
  STINT_STS_REGIONS: regions.default(['us-east-1']),
  STINT_RATE_LIMITS: rateLimits.default({}),
  STINT_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

const NAMES = Object.keys(SETTINGS.shape)

/**
 * Reads the settings from a file's members and the environment, the environment winning. All problems are reported
 * together, by variable name, as `settings_invalid`; an unknown STINT_ variable is a problem, because a misspelt one
 * would be a control that is missing.
 */
export function parseSettings(
  file: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  const own = Object.entries(environment).filter(
    ([name, value]) => value !== undefined && NAMES.includes(name),
  )
  const parsed = SETTINGS.safeParse({ ...file, ...Object.fromEntries(own) })
  if (!parsed.success) {
    const words = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`)
    throw new VendorError('settings_invalid', { facts: { problems: words.join('; ') } })
  }
  const env = parsed.data
  const colon = env.STINT_LISTEN.lastIndexOf(':')
  return {
    listen: {
      host: env.STINT_LISTEN.slice(0, colon).replace(/^\[|\]$/g, ''),
      port: Number(env.STINT_LISTEN.slice(colon + 1)),
    },
    publicUrl: env.STINT_PUBLIC_URL,
    account: env.STINT_ACCOUNT,
    dataFolder: env.STINT_DATA,
    trustedProxies: env.STINT_TRUSTED_PROXIES,
    admin: {
      issuer: env.STINT_ADMIN_ISSUER,
      subject: env.STINT_ADMIN_SUBJECT,
      audience: env.STINT_ADMIN_AUDIENCE,
      algorithms: env.STINT_ADMIN_ALGORITHMS,
      typ: env.STINT_ADMIN_TYP.map((typ) => (typ === '-' ? null : typ.toLowerCase())),
      jwksUri: env.STINT_ADMIN_JWKS_URI ?? null,
      allowPrivateAddresses: env.STINT_ADMIN_ALLOW_PRIVATE_ADDRESSES,
    },
    approvals: env.STINT_APPROVALS,
    tokenInQuery: env.STINT_STS_TOKEN_IN_QUERY,
    sessionKeys: {
      doors: env.STINT_SESSION_KEY_DOORS,
      file: env.STINT_SESSION_KEY_FILE ?? null,
      regions: env.STINT_STS_REGIONS,
    },
    rateLimits: env.STINT_RATE_LIMITS,
    logLevel: env.STINT_LOG_LEVEL,
  }
}

/** Settings that weaken a rule, by name: they stand in `process.start`. */
export function weakenedBy(settings: Settings): readonly string[] {
  return [
    ...(settings.publicUrl.startsWith('http:') ? ['STINT_PUBLIC_URL is not https'] : []),
    ...(settings.admin.allowPrivateAddresses.length > 0 ? ['STINT_ADMIN_ALLOW_PRIVATE_ADDRESSES'] : []),
    ...(settings.approvals === 'off' ? ['STINT_APPROVALS is off'] : []),
    ...(settings.tokenInQuery === 'on' ? ['STINT_STS_TOKEN_IN_QUERY is on'] : []),
    ...(settings.trustedProxies.length > 0 ? ['STINT_TRUSTED_PROXIES'] : []),
  ]
}

/** Of characters that nothing on the way writes in another form, because signatures cover the path. */
const PATH = /^(\/[A-Za-z0-9._~-]+)*$/

function isPublicUrl(text: string): boolean {
  if (!URL.canParse(text) || !/^https?:/.test(text)) return false
  const { origin, pathname } = new URL(text)
  const path = pathname === '/' ? '' : pathname
  return origin + path === text && PATH.test(path)
}

function isCidr(text: string): boolean {
  return /^([0-9]{1,3}(\.[0-9]{1,3}){3}(\/[0-9]{1,2})?|[0-9a-fA-F:]+(\/[0-9]{1,3})?)$/.test(text)
}
