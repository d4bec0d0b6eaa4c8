import type { ExchangeResult } from '../answer.ts'
import { systemRuntime } from '../default-clock.ts'
import type { FailureKind } from '../errors.ts'
import { StsClientError } from '../errors.ts'
import { exchangeToken } from '../exchange.ts'
import type { Fetch } from '../transport.ts'
import type { ExchangeArguments } from './arguments.ts'
import { parseExchangeArguments } from './arguments.ts'
import { explainRefusal } from './explain.ts'
import { printResult } from './print.ts'
import type { Env, ReadFile } from './subject-token.ts'

/** The world of a command, handed in, so that a test can run it as a function. */
export type ExchangeIo = {
  readonly env: Env
  /** The answer only. */
  readonly stdout: (text: string) => void
  /** Diagnostics; never a token, a key or a claim value. */
  readonly stderr: (text: string) => void
  readonly fetch: Fetch
  readonly now: () => Date
  readonly readFile: ReadFile
  /** All of standard input, for `--token-file -`. */
  readonly stdin?: () => Promise<string>
}

/** Exit codes of `stint exchange`. */
export const EXCHANGE_EXIT = { ok: 0, usage: 2, refused: 3, unavailable: 4, unexpected: 5 } as const
export type ExchangeExit = (typeof EXCHANGE_EXIT)[keyof typeof EXCHANGE_EXIT]

const USAGE = `usage: stint exchange --server URL [--role ARN] [where the token is] [options]

Exchanges an OIDC token for S3 credentials and prints them.

  --server URL          the Stint server                               (or STINT_SERVER)
  --role ARN|NAME       the role; a NAME needs --account               (or STINT_ROLE)
  --account DIGITS      the 12-digit account of the server             (or STINT_ACCOUNT)

where the token is; none of these: STINT_TOKEN, then GitHub Actions, then Kubernetes, the first that is there
  --token-file PATH     a file, - for standard input
  --token-env NAME      an environment variable
  --github              the ID token of the GitHub Actions job
  --kubernetes          the projected file /var/run/secrets/stint/token

options
  --audience TEXT       audience to ask GitHub for; left out: the server URL
  --duration SECONDS    lifetime to ask for; the server may give less
  --session-name TEXT   a name for the server's log
  --format FORMAT       json (default), env (export lines for a shell), process (credential_process of the AWS SDKs)
  --explain             where it is refused, say what the token says of itself, what can be checked here, and what to
                        send to the operator; claims are shown on standard error, the token never
  --help

exit codes: 0 done, 2 usage, 3 refused, 4 unavailable, worth trying again, 5 unexpected
`

const MAX_SKEW_MS = 60_000

/**
 * `stint exchange`: writes credentials to stdout, or one line to stderr: code, text, request id, what to do next.
 * Resolves with the exit code and never rejects.
 */
export async function exchangeCommand(argv: readonly string[], io: ExchangeIo): Promise<ExchangeExit> {
  try {
    const parsed = parseExchangeArguments(argv, io)
    if (parsed === 'help') {
      io.stdout(USAGE)
      return EXCHANGE_EXIT.ok
    }
    const result = await exchange(parsed, io)
    io.stdout(printResult(result, parsed.format))
    warnOfSkew(result, io)
    return EXCHANGE_EXIT.ok
  } catch (thrown) {
    return report(thrown, io)
  }
}

async function exchange(parsed: ExchangeArguments, io: ExchangeIo): Promise<ExchangeResult> {
  const subjectToken = await parsed.source()
  const runtime = { ...systemRuntime(), now: io.now }
  try {
    return await exchangeToken({ ...parsed.exchange, subjectToken, fetch: io.fetch, runtime })
  } catch (error) {
    if (parsed.explain && error instanceof StsClientError) {
      const { server, role } = parsed.exchange
      const named = role === undefined ? null : typeof role === 'string' ? role : role.name
      io.stderr(
        explainRefusal({ error, token: subjectToken, server, role: named, nowMs: io.now().getTime() }),
      )
    }
    throw error
  }
}

function report(thrown: unknown, io: ExchangeIo): ExchangeExit {
  if (!(thrown instanceof StsClientError)) {
    // Its message may hold anything; its name is ours or the platform's.
    const name = thrown instanceof Error ? thrown.name : typeof thrown
    io.stderr(`stint exchange: defect: ${name}; next: report it\n`)
    return EXCHANGE_EXIT.unexpected
  }
  const code = thrown.serverCode ?? thrown.code
  const request = thrown.requestId === undefined ? '' : ` (request ${thrown.requestId})`
  io.stderr(`stint exchange: ${code}: ${thrown.message}${request}; next: ${thrown.next}\n`)
  const exit: Readonly<Record<FailureKind, ExchangeExit>> = EXCHANGE_EXIT
  return exit[thrown.kind]
}

/** A clock that is wrong by minutes makes stores refuse signatures later, where nobody thinks of clocks. */
function warnOfSkew({ credentials, expiresInSeconds }: ExchangeResult, io: ExchangeIo): void {
  const serverMs = credentials.expiration.getTime() - expiresInSeconds * 1000
  const skewMs = io.now().getTime() - serverMs
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  io.stderr(
    `stint exchange: warning: this machine's clock is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} the server's\n`,
  )
}
