import type { Variables } from './print.ts'
import type { Env } from './sources/source.ts'

/** What SDKs look at before a container endpoint, or in its place; static keys, a profile or a role would win unseen. */
const BEFORE_US = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_CREDENTIAL_EXPIRATION',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
]

/** Secrets that are for Stint alone. */
const OURS = ['STINT_TOKEN', 'STINT_CLIENT_SECRET']

const LOOPBACK = ['127.0.0.1', 'localhost']

/**
 * The environment of a program that gets its credentials by `credentials`: everything of ours but what would win over
 * them, no proxy between it and the loopback, and no look at the instance metadata, which would be another identity.
 */
export function childEnvironment(
  env: Env,
  added: { readonly credentials: Variables; readonly store: Variables },
): Env {
  const gone = new Set([...BEFORE_US, ...OURS])
  const kept = Object.entries(env).filter(([name]) => !gone.has(name))
  return {
    ...Object.fromEntries(kept),
    AWS_EC2_METADATA_DISABLED: 'true',
    ...withoutProxy(env),
    ...added.store,
    ...added.credentials,
  }
}

const PROXIES = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy']

/** Only where a proxy is set: some SDKs send even loopback requests through it. */
function withoutProxy(env: Env): Env {
  if (!PROXIES.some((name) => env[name])) return {}
  const said = env['no_proxy'] || env['NO_PROXY'] || ''
  const hosts = said.split(',').map((host) => host.trim())
  const all = [...hosts, ...LOOPBACK].filter((host, at, list) => host !== '' && list.indexOf(host) === at)
  return { NO_PROXY: all.join(','), no_proxy: all.join(',') }
}
