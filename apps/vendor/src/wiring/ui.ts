import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Hono } from 'hono'
import type { Settings } from '../config.ts'
import type { Configuration } from '../domain/configuration.ts'
import { VendorError } from '../errors.ts'
import { authoriseIdentity, personOf, rolesOf } from '../flows/admin.ts'
import type { Env, RequestFactsOf } from '../http/context.ts'
import { readKeyFile } from '../key-file.ts'
import { createPersonSignIn } from '../oidc/person-sign-in.ts'
import { PLACES } from '../places.ts'
import type { AuditLog, Clock, Logger, PersonSignIn, Random } from '../ports.ts'
import { Secret } from '../secret.ts'
import { hmacSha256Hex } from '../sessions/hmac.ts'
import type { UiData } from '../ui/data.ts'
import { type Asset, uiDoor } from '../ui/door.ts'
import { createSessions } from '../ui/sessions.ts'
import { createSignInCookies } from '../ui/sign-in-cookie.ts'
import { siteOf } from '../ui/site.ts'

export type UiWiring = {
  readonly settings: Settings
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly requestFacts: RequestFactsOf
  readonly audit: AuditLog
  readonly configuration: () => Configuration
  readonly sha256: (text: string) => string
  readonly sameText: (a: string, b: string) => boolean
  readonly data: UiData
}

export type Ui = { readonly door: Hono<Env>; close(): Promise<void> }

const KEY_BYTES = 32

/** The page, where the settings name a client to sign in by; null where they name none. */
export function openUi(wiring: UiWiring): Ui | null {
  const { settings, clock, random, sha256, sameText, configuration, audit } = wiring
  if (settings.ui === null) return null
  const site = siteOf(settings.publicUrl)
  const first = settings.admin
  const key = Buffer.from(random.bytes(KEY_BYTES)).toString('latin1')
  const files = readAssets(sha256)
  const pathOf = (name: keyof typeof TYPES) => files[name].path
  const people = () => withoutMachines(configuration())
  const signIn = signInOf(settings.ui, { admin: first, redirectUri: site.urlOf('/callback'), clock })
  const door = uiDoor({
    ...wiring,
    site,
    assets: { style: pathOf('stint.css'), script: pathOf('stint.js'), icon: pathOf('stint.svg') },
    files: Object.values(files),
    sessions: createSessions({ clock, random, sha256 }),
    cookies: createSignInCookies({
      nowMs: () => clock.nowMs(),
      randomBytes: (length) => random.bytes(length),
      mac: (text) => hmacSha256Hex(key, sha256(text)),
      sameText,
    }),
    signIn,
    newKey: () => Buffer.from(random.bytes(18)).toString('base64url'),
    authorise: (identity, request) =>
      authoriseIdentity({ configuration: people, first, audit }, identity, request),
    rolesOf: (identity) => rolesOf({ configuration: people, first }, identity),
    personOf: (identity) => personOf({ configuration: people, first }, identity),
  })
  return { door, close: () => signIn.close() }
}

/** An issuer that was configured for machines signs nobody in, whatever bindings say. */
function withoutMachines(configuration: Configuration): Configuration {
  const machines = new Set(
    [...configuration.issuers.values()].flatMap((one) => (one.for === 'machine' ? [one.name] : [])),
  )
  const adminBindings = configuration.adminBindings.filter(({ body }) => !machines.has(body.issuer))
  return { ...configuration, adminBindings }
}

function signInOf(
  { issuer, clientId, secretFile, scopes }: NonNullable<Settings['ui']>,
  of: { readonly admin: Settings['admin']; readonly redirectUri: string; readonly clock: Clock },
): PersonSignIn {
  const { algorithms, allowPrivateAddresses } = of.admin
  const secret = secretFile === null ? null : readSecret(secretFile)
  return createPersonSignIn({ ...of, issuer, clientId, secret, scopes, algorithms, allowPrivateAddresses })
}

/** Read now, so that a start fails where it cannot be, and at each sign-in, so that a new one counts at once. */
function readSecret(path: string): () => Secret<string> {
  const read = () => new Secret(readKeyFile(path, { isGiven: true }).trim())
  if (read().reveal() !== '') return read
  throw new VendorError('settings_invalid', {
    facts: { problems: `STINT_UI_CLIENT_SECRET_FILE: ${path} is empty` },
  })
}

const TYPES = {
  'stint.css': 'text/css; charset=utf-8',
  'stint.js': 'text/javascript; charset=utf-8',
  'stint.svg': 'image/svg+xml',
} as const

/** The files of the page, each under a name of its content. */
function readAssets(sha256: (text: string) => string): Readonly<Record<keyof typeof TYPES, Asset>> {
  const read = (name: keyof typeof TYPES): Asset => {
    const text = readFileSync(fileURLToPath(new URL(name, PLACES.page)), 'utf8')
    const [stem, ending] = name.split('.')
    const path = `/assets/${stem}-${sha256(text).slice(0, 12)}.${ending}`
    return { path, type: TYPES[name], bytes: new TextEncoder().encode(text) }
  }
  return { 'stint.css': read('stint.css'), 'stint.js': read('stint.js'), 'stint.svg': read('stint.svg') }
}
