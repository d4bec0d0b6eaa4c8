import { connect } from 'node:net'
import { awsFiles, credentialKeys } from '../aws-files.ts'
import type { ClientIo } from '../io.ts'
import type { Env } from '../sources/source.ts'
import type { Finding } from './finding.ts'
import { finding } from './finding.ts'

/** What an environment says to the SDKs before, or in the place of, what Stint gives. */
export async function checkEnvironment(
  io: Pick<ClientIo, 'env' | 'readFile' | 'now'>,
): Promise<readonly Finding[]> {
  const { env } = io
  return [
    ...staticKeys(env, io.now()),
    ...(env['AWS_PROFILE'] ? [finding('profile_wins', 'AWS_PROFILE is set')] : []),
    ...(await credentialsFile(io)),
    ...containerVariables(env),
    ...(await tokenFile(io)),
    ...(env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() === 'true'
      ? [finding('endpoints_ignored', 'the SDKs are told to ignore AWS_ENDPOINT_URL_…')]
      : []),
    ...roleArn(env),
    ...(await caFile(io)),
  ]
}

/** Those of `stint env` come with their end; keys without one are somebody else's. */
function staticKeys(env: Env, now: Date): readonly Finding[] {
  if (!env['AWS_ACCESS_KEY_ID']) return []
  const ends = Date.parse(env['AWS_CREDENTIAL_EXPIRATION'] ?? '')
  if (!Number.isFinite(ends))
    return [finding('static_keys_win', 'AWS_ACCESS_KEY_ID is set, and is not of `stint env`')]
  return ends > now.getTime()
    ? []
    : [finding('static_keys_expired', 'the keys in the environment have ended')]
}

async function credentialsFile({ env, readFile }: Pick<ClientIo, 'env' | 'readFile'>) {
  const { credentials } = awsFiles(env)
  const keys = credentialKeys(await readFile(credentials).catch(() => ''), 'default')
  return keys.length === 0
    ? []
    : [finding('credentials_file_wins', `the default profile of ${credentials} sets ${keys.join(', ')}`)]
}

function containerVariables(env: Env): readonly Finding[] {
  return env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] && env['AWS_CONTAINER_CREDENTIALS_FULL_URI']
    ? [finding('relative_uri_wins', 'two container endpoints are named')]
    : []
}

async function tokenFile({ env, readFile }: Pick<ClientIo, 'env' | 'readFile'>): Promise<readonly Finding[]> {
  const path = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE']
  const text = path ? await readFile(path).catch(() => '') : ''
  return /[\r\n]/.test(text)
    ? [finding('token_file_newline', 'the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE has a line break')]
    : []
}

/** botocore alone checks the length, before it asks anybody. */
function roleArn(env: Env): readonly Finding[] {
  const arn = env['AWS_ROLE_ARN']
  return arn && (arn.length < 20 || !arn.startsWith('arn:aws:iam::'))
    ? [finding('role_arn_short', 'AWS_ROLE_ARN is not an ARN that all clients take')]
    : []
}

async function caFile({ env, readFile }: Pick<ClientIo, 'env' | 'readFile'>): Promise<readonly Finding[]> {
  const path = env['NODE_EXTRA_CA_CERTS']
  if (!path) return []
  const text = await readFile(path).catch(() => null)
  return text === null ? [finding('ca_file_unreadable', `NODE_EXTRA_CA_CERTS names ${path}`)] : []
}

/** Node takes proxy variables only where it is told to; then a proxy that is away looks like a server that is. */
export async function checkProxy(server: string, env: Env): Promise<readonly Finding[]> {
  const url = URL.parse(server)
  if (url === null) return []
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const proxy = env[name.toLowerCase()] || env[name]
  if (!proxy || isExempt(url.hostname, env)) return []
  if (env['NODE_USE_ENV_PROXY'] !== '1' && !/--use-env-proxy/.test(env['NODE_OPTIONS'] ?? ''))
    return [finding('proxy_not_used', `${name} is set, and this program does not use it`)]
  return (await isListening(proxy))
    ? []
    : [finding('proxy_unreachable', `nothing listens where ${name} says`)]
}

function isExempt(hostname: string, env: Env): boolean {
  const said = (env['no_proxy'] || env['NO_PROXY'] || '').split(',').map((host) => host.trim())
  return said.some(
    (host) =>
      host === '*' ||
      host === hostname ||
      (host !== '' && hostname.endsWith(`.${host.replace(/^\*?\./, '')}`)),
  )
}

function isListening(proxy: string): Promise<boolean> {
  const url = URL.parse(proxy.includes('://') ? proxy : `http://${proxy}`)
  if (url === null) return Promise.resolve(false)
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  return new Promise((resolve) => {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port, timeout: 3_000 })
    const end = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}
