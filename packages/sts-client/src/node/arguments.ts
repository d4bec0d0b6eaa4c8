import { parseArgs } from 'node:util'
import { StsClientError } from '../errors.ts'
import type { ExchangeOptions } from '../exchange.ts'
import type { TokenSource } from '../provider.ts'
import type { Fetch } from '../transport.ts'
import type { RoleArn } from '../wire.ts'
import type { Format } from './print.ts'
import { isFormat } from './print.ts'
import type { Env, ReadFile } from './subject-token.ts'
import { chain, githubActionsToken, kubernetesToken, tokenEnv, tokenFile } from './subject-token.ts'

/** `stint exchange` as asked: everything is read, nothing is done yet. */
export type ExchangeArguments = {
  readonly exchange: Omit<ExchangeOptions, 'subjectToken'>
  readonly source: TokenSource
  readonly format: Format
  /** Whether a refusal is explained with what the token says of itself. */
  readonly explain: boolean
}

type Surroundings = {
  readonly env: Env
  readonly fetch: Fetch
  readonly readFile: ReadFile
  readonly stdin?: () => Promise<string>
}

const FLAGS = {
  server: { type: 'string' },
  role: { type: 'string' },
  account: { type: 'string' },
  'token-file': { type: 'string' },
  'token-env': { type: 'string' },
  github: { type: 'boolean' },
  kubernetes: { type: 'boolean' },
  audience: { type: 'string' },
  duration: { type: 'string' },
  'session-name': { type: 'string' },
  format: { type: 'string' },
  explain: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

type Values = ReturnType<typeof readFlags>

/** argv and environment to what is asked. Throws StsClientError `options_invalid`. */
export function parseExchangeArguments(
  argv: readonly string[],
  io: Surroundings,
): ExchangeArguments | 'help' {
  const values = readFlags(argv)
  if (values.help) return 'help'
  const server = values.server ?? io.env['STINT_SERVER']
  if (!server) throw usage('name the server: --server or STINT_SERVER')
  const format = values.format ?? 'json'
  if (!isFormat(format)) throw usage('--format is json, env or process')
  const role = roleOf(values, io.env)
  const seconds = durationOf(values.duration)
  const name = values['session-name']
  return {
    exchange: {
      server,
      ...(role === undefined ? {} : { role }),
      ...(seconds === undefined ? {} : { durationSeconds: seconds }),
      ...(name === undefined ? {} : { roleSessionName: name }),
    },
    source: sourceOf(values, { ...io, server }),
    format,
    explain: values.explain === true,
  }
}

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: FLAGS, strict: true, allowPositionals: false }).values
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

function roleOf(values: Values, env: Env): string | RoleArn | undefined {
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

function sourceOf(values: Values, io: Surroundings & { readonly server: string }): TokenSource {
  const github = () =>
    githubActionsToken({
      audience: values.audience ?? io.server.replace(/\/+$/, ''),
      env: io.env,
      fetch: io.fetch,
    })
  const kubernetes = () => kubernetesToken({ readFile: io.readFile })
  const file = values['token-file']
  const variable = values['token-env']
  const named = [
    ...(file === undefined
      ? []
      : [file === '-' ? tokenStdin(io) : tokenFile(file, { readFile: io.readFile })]),
    ...(variable === undefined ? [] : [tokenEnv(variable, io.env)]),
    ...(values.github ? [github()] : []),
    ...(values.kubernetes ? [kubernetes()] : []),
  ]
  if (named.length > 1) throw usage('name one place of the token, not several')
  return named[0] ?? chain(tokenEnv('STINT_TOKEN', io.env), github(), kubernetes())
}

function tokenStdin({ stdin }: Surroundings): TokenSource {
  if (stdin === undefined) throw usage('this program gives no standard input to the command')
  return async () => {
    const token = (await stdin()).trim()
    if (token !== '') return token
    throw new StsClientError('subject_token_absent', { detail: 'standard input' })
  }
}

function usage(detail: string, cause?: unknown): StsClientError {
  return new StsClientError('options_invalid', cause === undefined ? { detail } : { detail, cause })
}
