import { EXCHANGE_FLAGS, EXCHANGE_USAGE, readFlags } from './arguments.ts'
import { askedOf, exchangeAsAsked, warnOfSkew } from './asked.ts'
import type { ClientExit, ClientIo } from './io.ts'
import { CLIENT_EXIT, report, usage } from './io.ts'
import { isFormat, printResult } from './print.ts'

const FLAGS = { ...EXCHANGE_FLAGS, format: { type: 'string' }, explain: { type: 'boolean' } } as const

const USAGE = `usage: stint exchange --server URL [--role ARN] [where the token is] [options]

Exchanges an OIDC token for S3 credentials and prints them.

${EXCHANGE_USAGE}
options
  --format FORMAT       json (default), env (export lines for a shell), process (credential_process of the AWS SDKs)
  --explain             where it is refused, say what the token says of itself, what can be checked here, and what to
                        send to the operator; claims are shown on standard error, the token never
  --help

exit codes: 0 done, 2 usage, 3 refused, 4 unavailable, worth trying again, 5 unexpected
`

/**
 * `stint exchange`: writes credentials to stdout, or one line to stderr: code, text, request id, what to do next.
 * Resolves with the exit code and never rejects.
 */
export async function exchangeCommand(argv: readonly string[], io: ClientIo): Promise<ClientExit> {
  try {
    const values = readFlags(argv, FLAGS)
    if (values.help) {
      io.stdout(USAGE)
      return CLIENT_EXIT.ok
    }
    const format = values.format ?? 'json'
    if (!isFormat(format)) throw usage('--format is json, env or process')
    const result = await exchangeAsAsked(askedOf(values, io), io, { explain: values.explain === true })
    io.stdout(printResult(result, format))
    warnOfSkew(result, { io, command: 'exchange' })
    return CLIENT_EXIT.ok
  } catch (thrown) {
    return report(thrown, { command: 'exchange', stderr: io.stderr })
  }
}
