import { systemRuntime } from '../../default-clock.ts'
import { exchangeBy } from '../../exchange.ts'
import type { Send } from '../../transport.ts'
import type { AskedExchange } from '../arguments.ts'
import { EXCHANGE_FLAGS, EXCHANGE_USAGE, exchangeOf, readFlags } from '../arguments.ts'
import type { ClientExit, ClientIo } from '../io.ts'
import { CLIENT_EXIT, report } from '../io.ts'
import { sourceOf } from '../named-source.ts'
import { processDocument } from '../print.ts'
import type { Env } from '../sources/source.ts'
import { decodeToken } from '../token-view.ts'
import { cacheFolder } from './cache-folder.ts'
import type { ObtainOptions } from './obtain-once.ts'
import { obtainOnce } from './obtain-once.ts'
import type { KeptSession } from './session-cache.ts'
import { slotOf } from './session-cache.ts'

const FLAGS = {
  ...EXCHANGE_FLAGS,
  'cache-dir': { type: 'string' },
  'no-cache': { type: 'boolean' },
} as const

const USAGE = `usage: stint credential-process --server URL [--role ARN] [where the token is] [options]

Prints credentials as the credential_process of the AWS SDKs, and keeps them for the next call:
  [profile artifacts]
  credential_process = stint credential-process --server https://stint.example.com --role arn:aws:iam::…:role/…

${EXCHANGE_USAGE}
options
  --cache-dir PATH      where sessions are kept; left out: stint/credentials in $XDG_CACHE_HOME or ~/.cache
  --no-cache            keep nothing
  --help

exit codes: 0 done, 2 usage, 3 refused, 4 unavailable, worth trying again, 5 unexpected
`

export type ProcessIo = Omit<ClientIo, 'fetch'> & { readonly send: Send }

/**
 * `stint credential-process`: one JSON line on stdout, or one line on stderr. Resolves with the exit code and never
 * rejects. Everything that it loads stands in one small bundle: its start is its cost.
 */
export async function credentialProcess(argv: readonly string[], io: ProcessIo): Promise<ClientExit> {
  try {
    const values = readFlags(argv, FLAGS)
    if (values.help) {
      io.stdout(USAGE)
      return CLIENT_EXIT.ok
    }
    const exchange = exchangeOf(values, io.env)
    const named = sourceOf(values, { ...io, server: exchange.server })
    const token = named.atHand ? await named.source() : null
    const obtain = async () => sessionOf(exchange, { io, subjectToken: token ?? (await named.source()) })
    const session = values['no-cache']
      ? await obtain()
      : await obtainOnce({
          slot: slotOf(
            values['cache-dir'] ?? cacheFolder(io.env),
            keyOf(exchange, { place: named.place, subject: subjectOf(token), env: io.env }),
          ),
          nowMs: () => io.now().getTime(),
          sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
          exchange: obtain,
          warn: warning(io),
        })
    io.stdout(processDocument({ ...session, expiration: new Date(session.endsMs) }))
    return CLIENT_EXIT.ok
  } catch (thrown) {
    return report(thrown, { command: 'credential-process', stderr: io.stderr })
  }
}

async function sessionOf(
  asked: AskedExchange,
  { io, subjectToken }: { readonly io: ProcessIo; readonly subjectToken: string },
): Promise<KeptSession> {
  const runtime = { ...systemRuntime(), now: io.now }
  // Counted from before the exchange, and by `expires_in`: never late, and right also where our clock is wrong.
  const obtainedMs = io.now().getTime()
  const { credentials, expiresInSeconds } = await exchangeBy(io.send, { ...asked, subjectToken, runtime })
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const endsMs = obtainedMs + expiresInSeconds * 1000
  return { obtainedMs, endsMs, accessKeyId, secretAccessKey, sessionToken }
}

/**
 * The job that runs here: a runner that stays has one user and one token path for all its jobs, and a job must not get
 * what was given to the job before it (as happens with the AWS CLI's own cache).
 */
const JOB = [
  'GITHUB_RUN_ID',
  'GITHUB_RUN_ATTEMPT',
  'GITHUB_JOB',
  'ACTIONS_ID_TOKEN_REQUEST_URL',
  'CI_JOB_ID',
  'BUILDKITE_JOB_ID',
  'CIRCLE_WORKFLOW_JOB_ID',
]

function keyOf(
  { server, role, durationSeconds, roleSessionName }: AskedExchange,
  { place, subject, env }: { readonly place: string; readonly subject: string; readonly env: Env },
): readonly string[] {
  const named = role === undefined || typeof role === 'string' ? (role ?? '') : `${role.account} ${role.name}`
  const job = JOB.map((name) => env[name] ?? '')
  return [server, named, String(durationSeconds ?? ''), roleSessionName ?? '', place, subject, ...job]
}

/** Whose token stands there, where that can be read for nothing: the person, not the paper. */
function subjectOf(token: string | null): string {
  const claims = token === null ? undefined : decodeToken(token)?.claims
  return claims === undefined ? '' : JSON.stringify([claims['iss'], claims['sub']])
}

function warning({ stderr }: ProcessIo): ObtainOptions['warn'] {
  return (text) => stderr(`stint credential-process: warning: ${text}\n`)
}
