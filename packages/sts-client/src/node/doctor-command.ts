import { StsClientError } from '../errors.ts'
import { sendByFetch } from '../transport.ts'
import { EXCHANGE_FLAGS, EXCHANGE_USAGE, readFlags, serverOf } from './arguments.ts'
import type { Asked } from './asked.ts'
import { askedOf, exchangeAsAsked } from './asked.ts'
import { checkCaches, roleName } from './doctor/caches.ts'
import { checkEnvironment, checkProxy } from './doctor/environment.ts'
import type { Finding } from './doctor/finding.ts'
import { finding } from './doctor/finding.ts'
import { checkServer } from './doctor/reach.ts'
import { checkIssuer, checkToken, lookForToken } from './doctor/token.ts'
import type { ClientExit, ClientIo } from './io.ts'
import { CLIENT_EXIT, report } from './io.ts'

const FLAGS = { ...EXCHANGE_FLAGS, json: { type: 'boolean' }, 'no-exchange': { type: 'boolean' } } as const

const USAGE = `usage: stint doctor --server URL [--role ARN] [where the token is] [--json]

Looks for what stands between here and credentials, and says what to do about it: the way to the server, its certificate
and its clock, the token and its issuer, variables, files and caches that would win over what Stint gives. At the end it
exchanges the token once, which the server records.

${EXCHANGE_USAGE}
options
  --no-exchange         exchange nothing
  --json                {"ok": …, "findings": [{"code", "level", "text", "fix"}]}
  --help

exit codes: 0 nothing stands in the way (warnings may stand), 1 something does, 2 usage, 5 unexpected
`

/** `stint doctor`: findings on stdout. Resolves with the exit code and never rejects. */
export async function doctorCommand(argv: readonly string[], io: ClientIo): Promise<ClientExit> {
  try {
    const values = readFlags(argv, FLAGS)
    if (values.help) {
      io.stdout(USAGE)
      return CLIENT_EXIT.ok
    }
    const found = await examine(values, io)
    const ok = found.every(({ level }) => level !== 'error')
    io.stdout(values.json ? `${JSON.stringify({ ok, findings: found }, null, 2)}\n` : printed(found))
    return ok ? CLIENT_EXIT.ok : CLIENT_EXIT.problems
  } catch (thrown) {
    return report(thrown, { command: 'doctor', stderr: io.stderr })
  }
}

type Values = ReturnType<typeof readFlags<typeof FLAGS>>

async function examine(values: Values, io: ClientIo): Promise<readonly Finding[]> {
  const here = await checkEnvironment(io)
  if (!(values.server ?? io.env['STINT_SERVER']))
    return [finding('server_unnamed', 'no server is named'), ...here]
  const server = serverOf(values, io.env)
  const asked = askedOf(values, io)
  const send = sendByFetch(io.fetch)
  const [reach, proxy, caches, looked] = await Promise.all([
    checkServer(server, { send, now: io.now }),
    checkProxy(server, io.env),
    checkCaches(roleName(asked.exchange.role), io),
    lookForToken(asked.source),
  ])
  const audience = values.audience ?? server.replace(/\/+$/, '')
  const { token } = looked
  const ofToken =
    token === null
      ? looked.findings
      : [...checkToken(token, { audience, nowMs: io.now().getTime() }), ...(await checkIssuer(token, send))]
  const isAway = reach.some(({ code }) => code !== 'clock_skew')
  const tried =
    token === null || isAway || values['no-exchange'] === true
      ? { granted: false, findings: [] }
      : await tryExchange({ ...asked, source: async () => token }, io)
  // The server took it, so what looked wrong about the audience is what its operator configured.
  const judged = tried.granted ? ofToken.filter(({ code }) => code !== 'audience_mismatch') : ofToken
  return [...reach, ...proxy, ...judged, ...tried.findings, ...here, ...caches]
}

const SHORT_SECONDS = 1800

async function tryExchange(
  asked: Asked,
  io: ClientIo,
): Promise<{ readonly granted: boolean; readonly findings: readonly Finding[] }> {
  try {
    const { expiresInSeconds } = await exchangeAsAsked(asked, io)
    const isShort = expiresInSeconds < SHORT_SECONDS
    const findings = isShort ? [finding('session_short', `the session lives ${expiresInSeconds} s`)] : []
    return { granted: true, findings }
  } catch (error) {
    if (!(error instanceof StsClientError)) throw error
    const request = error.requestId === undefined ? '' : ` (request ${error.requestId})`
    const code = error.retryable ? 'exchange_unavailable' : 'exchange_refused'
    const text = `${error.serverCode ?? error.code}: ${error.message}${request}; ${error.next}`
    return { granted: false, findings: [finding(code, text)] }
  }
}

function printed(found: readonly Finding[]): string {
  if (found.length === 0) return 'nothing stands in the way\n'
  return found
    .map(({ level, code, text, fix }) => `${level.padEnd(8)} ${code}: ${text}\n${' '.repeat(9)}${fix}\n`)
    .join('')
}
