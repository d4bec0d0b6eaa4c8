import { parseArgs } from 'node:util'
import type { ExchangeOptions } from '../exchange.ts'
import type { RoleArn } from '../wire.ts'
import { usage } from './io.ts'
import type { Env } from './sources/source.ts'

/** Flags of every command that exchanges: the server, the role, where the token is. */
export const EXCHANGE_FLAGS = {
  server: { type: 'string' },
  role: { type: 'string' },
  account: { type: 'string' },
  'token-file': { type: 'string' },
  'token-env': { type: 'string' },
  'token-command': { type: 'string' },
  github: { type: 'boolean' },
  gitlab: { type: 'boolean' },
  buildkite: { type: 'boolean' },
  circleci: { type: 'boolean' },
  kubernetes: { type: 'boolean' },
  'client-credentials': { type: 'string' },
  'device-login': { type: 'string' },
  'client-id': { type: 'string' },
  'client-secret-file': { type: 'string' },
  scope: { type: 'string' },
  audience: { type: 'string' },
  duration: { type: 'string' },
  'session-name': { type: 'string' },
  help: { type: 'boolean' },
} as const

export const EXCHANGE_USAGE = `  --server URL          the Stint server                               (or STINT_SERVER)
  --role ARN|NAME       the role; a NAME needs --account               (or STINT_ROLE)
  --account DIGITS      the 12-digit account of the server             (or STINT_ACCOUNT)
  --duration SECONDS    lifetime to ask for; the server may give less
  --session-name TEXT   a name for the server's log

where the token is; none of these: STINT_TOKEN, then GitHub Actions, GitLab, Buildkite, CircleCI, Kubernetes, the first
that is there
  --token-file PATH     a file, - for standard input
  --token-env NAME      an environment variable
  --token-command TEXT  what this command prints (run by the shell)
  --github              the ID token of the GitHub Actions job
  --gitlab              STINT_ID_TOKEN of the GitLab job (another name: --token-env)
  --buildkite           buildkite-agent oidc request-token
  --circleci            the OIDC token of the CircleCI job; with --audience from circleci run oidc get
  --kubernetes          the projected file /var/run/secrets/stint/token
  --client-credentials ISSUER, --device-login ISSUER
                        an OIDC provider, for a machine or for a person at another screen; with --client-id
                        (STINT_CLIENT_ID), --client-secret-file (STINT_CLIENT_SECRET), --scope
  --audience TEXT       audience to ask for; left out: the server URL
`

export type ExchangeValues = Readonly<
  Partial<{
    [Name in keyof typeof EXCHANGE_FLAGS]: (typeof EXCHANGE_FLAGS)[Name]['type'] extends 'string'
      ? string
      : boolean
  }>
>

type Flags = Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>

/** The flags of a command line; nothing else may stand there. Throws StsClientError `options_invalid`. */
export function readFlags<const Known extends Flags>(argv: readonly string[], flags: Known) {
  try {
    return parseArgs({ args: [...argv], options: flags, strict: true, allowPositionals: false }).values
  } catch (cause) {
    throw usage(flagProblem(cause), cause)
  }
}

/** parseArgs repeats what was typed; a token typed in the wrong place must not come out again, so only flags of ours do. */
function flagProblem(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') return 'there is an argument that belongs to no flag'
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION')
    return 'there is a flag that this command does not have; see --help'
  return 'a flag has no value, or one that it does not take; see --help'
}

/** What is asked of the server, the token aside. */
export type AskedExchange = Omit<ExchangeOptions, 'subjectToken'>

/** Flags and environment to what is asked. Throws StsClientError `options_invalid`. */
export function exchangeOf(values: ExchangeValues, env: Env): AskedExchange {
  const role = roleOf(values, env)
  const seconds = durationOf(values.duration)
  const name = values['session-name']
  return {
    server: serverOf(values, env),
    ...(role === undefined ? {} : { role }),
    ...(seconds === undefined ? {} : { durationSeconds: seconds }),
    ...(name === undefined ? {} : { roleSessionName: name }),
  }
}

export function serverOf(values: ExchangeValues, env: Env): string {
  const server = values.server ?? env['STINT_SERVER']
  if (!server) throw usage('name the server: --server or STINT_SERVER')
  return server
}

function roleOf(values: ExchangeValues, env: Env): string | RoleArn | undefined {
  const role = values.role ?? (env['STINT_ROLE'] || undefined)
  if (role === undefined || role.startsWith('arn:')) return role
  const account = values.account ?? env['STINT_ACCOUNT']
  if (!account) throw usage('a role by name needs --account or STINT_ACCOUNT; or give its ARN')
  return { account, name: role }
}

function durationOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text)
  throw usage('--duration is a positive whole number of seconds')
}
