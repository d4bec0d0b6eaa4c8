import { z } from 'zod'
import { VendorError } from './errors.ts'

export type AnchorSetting =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 's3'; readonly endpoint: string; readonly bucket: string; readonly prefix: string }
  | { readonly kind: 'log' }

/** Server settings: what must be known before the configuration can be read. Everything else is configuration data. */
export type Settings = {
  readonly listen: { readonly host: string; readonly port: number }
  /** Our own origin as stores and clients see it: no path, no trailing slash. */
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
  /** The Ed25519 key that signs the log's checkpoints, PEM. null: made in the data folder. */
  readonly logKeyFile: string | null
  /** Where checkpoints are kept out of reach of the data folder. */
  readonly anchors: readonly AnchorSetting[]
  /** The key of the anchors' bucket, JSON, and for how long its objects are locked. */
  readonly anchorBucket: {
    readonly credentialsFile: string | null
    readonly region: string
    readonly lockDays: number
  }
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== ''),
)
const origin = z
  .string()
  .refine(isOrigin, 'an origin such as https://stint.example.com, without path or trailing slash')
const cidrs = list.refine((ranges) => ranges.every(isCidr), 'a comma list of CIDR ranges such as 10.0.0.0/8')

const ANCHOR_FORMS = 'file:/path, s3:https://host/bucket[/prefix] or log'

/** The environment, one variable a setting; the file given by --settings has the same names as JSON members. */
const SETTINGS = z.strictObject({
  STINT_LISTEN: z
    .string()
    .regex(/^[\w.:[\]-]+:[0-9]{1,5}$/, 'host:port, such as 127.0.0.1:9400')
    .default('127.0.0.1:9400'),
  STINT_PUBLIC_URL: origin,
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
  STINT_APPROVALS: z.enum(['on', 'off']).default('on'),
  STINT_ANCHORS: list
    .transform((all) => all.map(anchorOf))
    .pipe(z.array(z.custom<AnchorSetting>((one) => one !== null, ANCHOR_FORMS)))
    .default([]),
  STINT_ANCHOR_S3_CREDENTIALS: z.string().min(1).optional(),
  STINT_ANCHOR_S3_REGION: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .default('us-east-1'),
  STINT_ANCHOR_S3_LOCK_DAYS: z.coerce.number().int().min(1).max(36_500).default(400),
  STINT_LOG_KEY: z.string().min(1).optional(),
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
    logKeyFile: env.STINT_LOG_KEY ?? null,
    anchors: env.STINT_ANCHORS,
    anchorBucket: {
      credentialsFile: env.STINT_ANCHOR_S3_CREDENTIALS ?? null,
      region: env.STINT_ANCHOR_S3_REGION,
      lockDays: env.STINT_ANCHOR_S3_LOCK_DAYS,
    },
    logLevel: env.STINT_LOG_LEVEL,
  }
}

/** Settings that weaken a rule, by name: they stand in `process.start`. */
export function weakenedBy(settings: Settings): readonly string[] {
  return [
    ...(settings.publicUrl.startsWith('http:') ? ['STINT_PUBLIC_URL is not https'] : []),
    ...(settings.admin.allowPrivateAddresses.length > 0 ? ['STINT_ADMIN_ALLOW_PRIVATE_ADDRESSES'] : []),
    ...(settings.approvals === 'off' ? ['STINT_APPROVALS is off'] : []),
    ...(settings.anchors.length === 0 ? ['STINT_ANCHORS is empty'] : []),
    ...(settings.trustedProxies.length > 0 ? ['STINT_TRUSTED_PROXIES'] : []),
  ]
}

function anchorOf(text: string): AnchorSetting | null {
  if (text === 'log') return { kind: 'log' }
  if (text.startsWith('file:/')) return { kind: 'file', path: text.slice('file:'.length) }
  const url = text.startsWith('s3:http') ? URL.parse(text.slice('s3:'.length)) : null
  const [bucket, ...prefix] = url?.pathname.slice(1).split('/') ?? []
  const isPlain = url !== null && url.username === '' && url.search === '' && url.hash === ''
  if (!isPlain || bucket === undefined || !/^[a-z0-9][a-z0-9.-]{2,62}$/.test(bucket)) return null
  const parts = prefix.filter((part) => part !== '')
  if (!parts.every((part) => /^[\w.~-]{1,64}$/.test(part))) return null
  return { kind: 's3', endpoint: url.origin, bucket, prefix: parts.join('/') }
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text)
}

function isCidr(text: string): boolean {
  return /^([0-9]{1,3}(\.[0-9]{1,3}){3}(\/[0-9]{1,2})?|[0-9a-fA-F:]+(\/[0-9]{1,3})?)$/.test(text)
}
