import { z } from 'zod'
import { PROFILES, type ProfileName } from './domain/detect/thresholds.ts'
import { EXPORT_FORMATS } from './domain/export/export-line.ts'
import { erasableClaims } from './domain/personal/personal-claims.ts'
import type { Sink } from './domain/sink.ts'
import { VendorError } from './errors.ts'
import type { SignIn } from './schema/protected-resource.ts'

export type AnchorSetting =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 's3'; readonly endpoint: string; readonly bucket: string; readonly prefix: string }
  | { readonly kind: 'log' }

/** Server settings: what must be known before the configuration can be read. Everything else is configuration data. */
export type Settings = {
  readonly listen: { readonly host: string; readonly port: number }
  /** Our own URL as stores and clients see it: an origin, or one with a path before all of ours; no trailing slash. */
  readonly publicUrl: string
  /** The 12 digits in our role ARNs. */
  readonly account: string
  readonly dataFolder: string
  /** Where secrets that a target names are looked for, in this order. */
  readonly secretFolders: readonly string[]
  /** A folder of signing keys that the operator gives and Stint only reads; null: Stint makes its own. */
  readonly givenKeys: string | null
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
    /** How people sign in by `stint login`; null: they bring their own token. */
    readonly signIn: SignIn | null
  }
  /** How people sign in at the page; null: there is no page. */
  readonly ui: {
    /** Where people sign in; that of the first administrator where nothing is said. */
    readonly issuer: string
    readonly clientId: string
    /** The file of the client's secret; null: a public client, by PKCE alone. */
    readonly secretFile: string | null
    readonly scopes: readonly string[]
  } | null
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
  /** Where `/metrics` and the readiness that names names are; null: nowhere. */
  readonly metrics: {
    readonly host: string
    readonly port: number
    /** The file of the bearer token that opens it; null only where the address is of this machine alone. */
    readonly tokenFile: string | null
  } | null
  /** How long, after the signal to stop, everything is still answered, with `connection: close`. */
  readonly lingerSeconds: number
  /** `on`: targets are probed by themselves, at first and by their schedules. */
  readonly probes: 'on' | 'off'
  /** `on`: detectors look by themselves; `profile`: how strict they are. */
  readonly detectors: { readonly scheduled: 'on' | 'off'; readonly profile: ProfileName }
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
  /** Who gets every event. */
  readonly sinks: readonly Sink[]
  /**
   * Names of the claims that are personal: these, every `sub`, address and user agent stand in the log as commitments, and
   * beside it in clear until they are erased. null: everything stands in the log in clear.
   */
  readonly erasableClaims: readonly string[] | null
  /** Bodies of older events are taken out; null: never. */
  readonly retentionDays: number | null
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

/** RFC 6749 §3.3. */
const scopes = list.pipe(z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/)).min(1))
const address = z.string().regex(/^[\w.:[\]-]+:[0-9]{1,5}$/, 'host:port, such as 127.0.0.1:9400')
const sink = z
  .strictObject({
    url: z.url({ protocol: /^https?$/ }),
    format: z.enum(EXPORT_FORMATS).default('cloudevents'),
    types: z.array(z.string().regex(/^[a-z]+\.([a-z_]+|\*)$/)).default([]),
    bearer: z.string().startsWith('/').optional(),
    secret: z.string().startsWith('/').optional(),
    allowPrivateAddresses: z.array(z.string().refine(isCidr)).default([]),
    from: z.enum(['beginning', 'now']).default('beginning'),
  })
  .refine(({ url }) => !URL.parse(url)?.username && !URL.parse(url)?.password, 'a url holds no password')
  .refine(({ bearer, secret }) => bearer === undefined || secret === undefined, 'bearer or secret, not both')
/** In the file an object; in the environment the same as JSON. */
const sinks = z.preprocess(
  jsonOf,
  z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'a name such as siem'), sink),
)

function jsonOf(value: unknown): unknown {
  try {
    return typeof value === 'string' ? JSON.parse(value) : value
  } catch {
    return value
  }
}

const ANCHOR_FORMS = 'file:/path, s3:https://host/bucket[/prefix] or log'

/** The environment, one variable a setting; the file given by --settings has the same names as JSON members. */
const SETTINGS = z.strictObject({
  STINT_LISTEN: address.default('127.0.0.1:9400'),
  STINT_PUBLIC_URL: publicUrl,
  STINT_ACCOUNT: z.string().regex(/^[0-9]{12}$/, 'twelve digits'),
  STINT_DATA: z.string().min(1, 'the folder that holds databases and keys'),
  STINT_SECRETS: z.string().min(1, 'the folder of secrets that targets name').optional(),
  STINT_GIVEN_KEYS: z.string().min(1, 'the folder of keys that the operator gives').optional(),
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
  STINT_ADMIN_CLIENT_ID: z.string().min(1).max(255).optional(),
  STINT_ADMIN_SCOPES: scopes.default(['openid']),
  STINT_ADMIN_AUDIENCE_PARAMETER: z.enum(['resource', 'audience', 'none']).optional(),
  STINT_UI_ISSUER: z.url().optional(),
  STINT_UI_CLIENT_ID: z.string().min(1).max(255).optional(),
  STINT_UI_CLIENT_SECRET_FILE: z.string().min(1).optional(),
  STINT_UI_SCOPES: scopes.default(['openid']),
  STINT_METRICS_LISTEN: address.optional(),
  STINT_METRICS_TOKEN_FILE: z.string().min(1).optional(),
  STINT_LINGER_SECONDS: z
    .union([z.number(), z.string().regex(/^[0-9]{1,2}$/)])
    .transform(Number)
    .pipe(z.int().min(0).max(60))
    .default(1),
  STINT_PROBES: onOff.default('on'),
  STINT_DETECTORS: onOff.default('on'),
  STINT_DETECT_PROFILE: z.enum(PROFILES).default('standard'),
  STINT_APPROVALS: onOff.default('on'),
  STINT_STS_TOKEN_IN_QUERY: onOff.default('off'),
  STINT_SESSION_KEY_DOORS: keptDoors.default(['token', 'sts', 'container', 'process']),
  STINT_SESSION_KEY_FILE: z.string().min(1).optional(),
  STINT_STS_REGIONS: regions.default(['us-east-1']),
  STINT_RATE_LIMITS: rateLimits.default({}),
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
  STINT_SINKS: sinks.default({}),
  STINT_ERASABLE: list.pipe(z.array(z.string().max(255)).min(1)).default(['off']),
  STINT_RETENTION_DAYS: z.coerce.number().int().min(1).max(36_500).optional(),
  STINT_LOG_KEY: z.string().min(1).optional(),
  STINT_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

/** Every setting by its name: what docs/deploy.md must tell of. */
export const SETTING_NAMES: readonly string[] = Object.keys(SETTINGS.shape)

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
    ([name, value]) => value !== undefined && SETTING_NAMES.includes(name),
  )
  const parsed = SETTINGS.safeParse({ ...file, ...Object.fromEntries(own) })
  if (!parsed.success) {
    const words = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`)
    throw new VendorError('settings_invalid', { facts: { problems: words.join('; ') } })
  }
  const env = parsed.data
  return {
    listen: addressOf(env.STINT_LISTEN),
    publicUrl: env.STINT_PUBLIC_URL,
    account: env.STINT_ACCOUNT,
    dataFolder: env.STINT_DATA,
    secretFolders: [
      // systemd.exec(5), LoadCredential=.
      ...(environment['CREDENTIALS_DIRECTORY'] ? [environment['CREDENTIALS_DIRECTORY']] : []),
      env.STINT_SECRETS ?? `${env.STINT_DATA}/secrets`,
    ],
    givenKeys: env.STINT_GIVEN_KEYS ?? null,
    trustedProxies: env.STINT_TRUSTED_PROXIES,
    admin: adminOf(env),
    ui: uiOf(env),
    approvals: env.STINT_APPROVALS,
    logKeyFile: env.STINT_LOG_KEY ?? null,
    anchors: env.STINT_ANCHORS,
    anchorBucket: {
      credentialsFile: env.STINT_ANCHOR_S3_CREDENTIALS ?? null,
      region: env.STINT_ANCHOR_S3_REGION,
      lockDays: env.STINT_ANCHOR_S3_LOCK_DAYS,
    },
    metrics: metricsOf(env.STINT_METRICS_LISTEN, env.STINT_METRICS_TOKEN_FILE ?? null),
    lingerSeconds: env.STINT_LINGER_SECONDS,
    probes: env.STINT_PROBES,
    detectors: { scheduled: env.STINT_DETECTORS, profile: env.STINT_DETECT_PROFILE },
    tokenInQuery: env.STINT_STS_TOKEN_IN_QUERY,
    sessionKeys: {
      doors: env.STINT_SESSION_KEY_DOORS,
      file: env.STINT_SESSION_KEY_FILE ?? null,
      regions: env.STINT_STS_REGIONS,
    },
    rateLimits: env.STINT_RATE_LIMITS,
    sinks: Object.entries(env.STINT_SINKS).map(([name, of]) => sinkOf(name, of)),
    erasableClaims: erasableClaims(env.STINT_ERASABLE),
    retentionDays: env.STINT_RETENTION_DAYS ?? null,
    logLevel: env.STINT_LOG_LEVEL,
  }
}

function adminOf(env: z.infer<typeof SETTINGS>): Settings['admin'] {
  return {
    issuer: env.STINT_ADMIN_ISSUER,
    subject: env.STINT_ADMIN_SUBJECT,
    audience: env.STINT_ADMIN_AUDIENCE,
    algorithms: env.STINT_ADMIN_ALGORITHMS,
    typ: env.STINT_ADMIN_TYP.map((typ) => (typ === '-' ? null : typ.toLowerCase())),
    jwksUri: env.STINT_ADMIN_JWKS_URI ?? null,
    allowPrivateAddresses: env.STINT_ADMIN_ALLOW_PRIVATE_ADDRESSES,
    signIn: signInOf(env),
  }
}

/**
 * The token that the admin door takes is the ID token where the client is its own audience (OIDC Core §2), else an access
 * token that is asked for by `resource` (RFC 8707 §2, an absolute URI) or as the provider has it.
 */
function signInOf(env: z.infer<typeof SETTINGS>): SignIn | null {
  const { STINT_ADMIN_CLIENT_ID: clientId, STINT_ADMIN_AUDIENCE: audience } = env
  if (clientId === undefined) return null
  const isOwn = clientId === audience
  const usual = !isOwn && URL.canParse(audience) ? 'resource' : 'none'
  const parameter = env.STINT_ADMIN_AUDIENCE_PARAMETER ?? usual
  return {
    client_id: clientId,
    audience,
    token: isOwn ? 'id_token' : 'access_token',
    audience_parameter: parameter === 'none' ? null : parameter,
    scopes: env.STINT_ADMIN_SCOPES,
  }
}

/** A cookie that opens the page must not cross a network in the clear: without TLS it is for this machine alone. */
function uiOf(env: z.infer<typeof SETTINGS>): Settings['ui'] {
  const { STINT_UI_CLIENT_ID: clientId, STINT_PUBLIC_URL, STINT_UI_SCOPES: asked } = env
  if (clientId === undefined) return null
  const { protocol, hostname } = new URL(STINT_PUBLIC_URL)
  if (protocol === 'http:' && !LOOPBACK.test(hostname.replace(/^\[|\]$/g, ''))) {
    const problems = 'STINT_UI_CLIENT_ID: the page needs an https STINT_PUBLIC_URL, or one of this machine'
    throw new VendorError('settings_invalid', { facts: { problems } })
  }
  return {
    issuer: env.STINT_UI_ISSUER ?? env.STINT_ADMIN_ISSUER,
    clientId,
    secretFile: env.STINT_UI_CLIENT_SECRET_FILE ?? null,
    scopes: asked.includes('openid') ? asked : ['openid', ...asked],
  }
}

/** Settings that weaken a rule, by name: they stand in `process.start`. */
export function weakenedBy(settings: Settings): readonly string[] {
  return [
    ...(settings.publicUrl.startsWith('http:') ? ['STINT_PUBLIC_URL is not https'] : []),
    ...(settings.admin.allowPrivateAddresses.length > 0 ? ['STINT_ADMIN_ALLOW_PRIVATE_ADDRESSES'] : []),
    ...(settings.approvals === 'off' ? ['STINT_APPROVALS is off'] : []),
    ...(settings.anchors.length === 0 ? ['STINT_ANCHORS is empty'] : []),
    ...(settings.probes === 'off' ? ['STINT_PROBES is off'] : []),
    ...(settings.detectors.scheduled === 'off' ? ['STINT_DETECTORS is off'] : []),
    ...(settings.tokenInQuery === 'on' ? ['STINT_STS_TOKEN_IN_QUERY is on'] : []),
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

function sinkOf(name: string, { bearer, secret, ...of }: z.infer<typeof sink>): Sink {
  const auth =
    bearer === undefined
      ? secret === undefined
        ? null
        : ({ kind: 'signature', file: secret } as const)
      : ({ kind: 'bearer', file: bearer } as const)
  return { name, ...of, auth }
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}

const LOOPBACK = /^(127\.[0-9.]+|::1|localhost)$/

/** Metrics name targets, issuers and operations: beyond this machine they want a token. */
function metricsOf(listen: string | undefined, tokenFile: string | null): Settings['metrics'] {
  if (listen === undefined) return null
  const { host, port } = addressOf(listen)
  if (tokenFile === null && !LOOPBACK.test(host)) {
    const problems = `STINT_METRICS_LISTEN: ${host} is not of this machine alone: STINT_METRICS_TOKEN_FILE is needed`
    throw new VendorError('settings_invalid', { facts: { problems } })
  }
  return { host, port, tokenFile }
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
