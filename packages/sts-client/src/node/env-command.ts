import { appendFile } from 'node:fs/promises'
import { EXCHANGE_FLAGS, EXCHANGE_USAGE, readFlags } from './arguments.ts'
import { askedOf, exchangeAsAsked, warnOfSkew } from './asked.ts'
import type { ClientExit, ClientIo } from './io.ts'
import { CLIENT_EXIT, report, usage } from './io.ts'
import type { Variables } from './print.ts'
import { isShell, printVariables, variablesOf } from './print.ts'
import type { Env } from './sources/source.ts'
import { STORE_FLAGS, STORE_USAGE, storeVariables } from './store-variables.ts'

const FLAGS = { ...EXCHANGE_FLAGS, ...STORE_FLAGS, format: { type: 'string' } } as const

const USAGE = `usage: stint env --server URL [--role ARN] [where the token is] [--format sh]

Exchanges an OIDC token and prints lines that put the credentials into an environment: eval "$(stint env)".
They are not renewed: for what runs longer than a session there is \`stint exec\`.

${EXCHANGE_USAGE}
options
${STORE_USAGE}  --format FORMAT       sh (default), fish, powershell, dotenv, or github: the later steps of a GitHub Actions job
                        get the variables, and its log shows *** in the place of the keys
  --help

exit codes: 0 done, 2 usage, 3 refused, 4 unavailable, worth trying again, 5 unexpected
`

/** `stint env`: credentials as lines for a shell. Resolves with the exit code and never rejects. */
export async function envCommand(argv: readonly string[], io: ClientIo): Promise<ClientExit> {
  try {
    const values = readFlags(argv, FLAGS)
    if (values.help) {
      io.stdout(USAGE)
      return CLIENT_EXIT.ok
    }
    const format = values.format ?? 'sh'
    if (format !== 'github' && !isShell(format))
      throw usage('--format is sh, fish, powershell, dotenv or github')
    const file = format === 'github' ? githubFile(io.env) : undefined
    const store = storeVariables(values, io.env)
    const result = await exchangeAsAsked(askedOf(values, io), io)
    const variables = { ...variablesOf(result.credentials), ...store }
    if (format !== 'github') io.stdout(printVariables(variables, format))
    else if (file !== undefined) await forGithub(variables, { file, io })
    warnOfSkew(result, { io, command: 'env' })
    warnOfProfile(io)
    return CLIENT_EXIT.ok
  } catch (thrown) {
    return report(thrown, { command: 'env', stderr: io.stderr })
  }
}

/** Before the exchange: a session whose keys nobody can take would be one for nothing. */
function githubFile(env: Env): string {
  const file = env['GITHUB_ENV']
  if (file) return file
  throw usage('--format github needs GITHUB_ENV, which a step of a GitHub Actions job has')
}

const SECRET = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const

/**
 * Masked first, because the log is live. The file's short form ends at the line's end, and no value has a line break
 * (the answer was read strictly).
 */
async function forGithub(
  variables: Variables,
  { file, io }: { readonly file: string; readonly io: ClientIo },
): Promise<void> {
  io.stdout(SECRET.map((name) => `::add-mask::${commandData(variables[name] ?? '')}\n`).join(''))
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
  try {
    await appendFile(file, lines.join(''))
  } catch (cause) {
    throw usage('the file that GITHUB_ENV names cannot be written', cause)
  }
}

/** Workflow commands read `%25` as `%`. */
function commandData(value: string): string {
  return value.replaceAll('%', '%25')
}

/** The JavaScript SDK takes a profile before the variables. */
function warnOfProfile({ env, stderr }: ClientIo): void {
  if (env['AWS_PROFILE'])
    stderr('stint env: warning: AWS_PROFILE is set, and some SDKs take it before these variables: unset it\n')
}
