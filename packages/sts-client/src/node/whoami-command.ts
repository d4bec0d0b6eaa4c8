import type { ExchangeResult } from '../answer.ts'
import type { CallerIdentity } from '../caller-identity.ts'
import { getCallerIdentity } from '../caller-identity.ts'
import { StsClientError } from '../errors.ts'
import { EXCHANGE_FLAGS, EXCHANGE_USAGE, readFlags } from './arguments.ts'
import type { Asked } from './asked.ts'
import { askedOf, exchangeAsAsked } from './asked.ts'
import type { ClientExit, ClientIo } from './io.ts'
import { CLIENT_EXIT, report } from './io.ts'
import { wholeSeconds } from './print.ts'
import { decodeToken, describeToken } from './token-view.ts'

const FLAGS = { ...EXCHANGE_FLAGS, json: { type: 'boolean' }, 'token-only': { type: 'boolean' } } as const

const USAGE = `usage: stint whoami --server URL [--role ARN] [where the token is] [--json]

Says what the token says of its bearer, exchanges it, and asks the server who the session is.

${EXCHANGE_USAGE}
options
  --token-only          read the token, and ask no server
  --json                the same as JSON
  --help

exit codes: 0 done, 2 usage, 3 refused, 4 unavailable, worth trying again, 5 unexpected
`

/** `stint whoami`: the facts on stdout, never the token nor a key. Resolves with the exit code and never rejects. */
export async function whoamiCommand(argv: readonly string[], io: ClientIo): Promise<ClientExit> {
  try {
    const values = readFlags(argv, FLAGS)
    if (values.help) {
      io.stdout(USAGE)
      return CLIENT_EXIT.ok
    }
    const asked = askedOf(values, io)
    const token = await asked.source()
    const facts = { token, nowMs: io.now().getTime() }
    if (values['token-only']) {
      io.stdout(values.json ? json({ ...facts, session: null }) : tokenText(facts))
      return CLIENT_EXIT.ok
    }
    if (!values.json) io.stdout(tokenText(facts))
    const session = await sessionOf({ ...asked, source: async () => token }, io)
    io.stdout(values.json ? json({ ...facts, session }) : sessionText(session))
    return CLIENT_EXIT.ok
  } catch (thrown) {
    return report(thrown, { command: 'whoami', stderr: io.stderr })
  }
}

/** `identity` is null where the server has no door that tells it. */
type Session = { readonly result: ExchangeResult; readonly identity: CallerIdentity | null }
type TokenFacts = { readonly token: string; readonly nowMs: number }

async function sessionOf(asked: Asked, io: ClientIo): Promise<Session> {
  const result = await exchangeAsAsked(asked, io)
  const { server } = asked.exchange
  try {
    const identity = await getCallerIdentity({ server, credentials: result.credentials, fetch: io.fetch })
    return { result, identity }
  } catch (thrown) {
    if (thrown instanceof StsClientError && isNotServed(thrown)) return { result, identity: null }
    throw thrown
  }
}

/** No STS wire there, one without this action, or a server that keeps nothing of what its token door gives. */
function isNotServed({ code, serverCode }: StsClientError): boolean {
  return (
    code === 'response_invalid' || serverCode === 'InvalidAction' || serverCode === 'InvalidClientTokenId'
  )
}

function tokenText({ token, nowMs }: TokenFacts): string {
  const lines = describeToken(decodeToken(token), nowMs)
  return `the token, read here and not verified\n${lines.map((line) => `  ${line}\n`).join('')}`
}

function sessionText({ result, identity }: Session): string {
  return [
    'the session',
    `  role        ${result.role}`,
    `  ends        ${wholeSeconds(result.credentials.expiration)}, ${result.expiresInSeconds} s from now`,
    `  assumption  ${result.assumptionId}`,
    ...(identity === null
      ? [
          '  the server does not say who it is: it has no GetCallerIdentity, or not for sessions of the token door',
        ]
      : [
          `  arn         ${identity.arn}`,
          `  user id     ${identity.userId}`,
          `  account     ${identity.account}`,
        ]),
    '',
  ].join('\n')
}

function json({ token, session }: TokenFacts & { readonly session: Session | null }): string {
  const claims = decodeToken(token)?.claims
  const registered = ['iss', 'sub', 'aud', 'azp', 'iat', 'nbf', 'exp'] as const
  const body = {
    token:
      claims === undefined
        ? null
        : Object.fromEntries(registered.map((name) => [name, claims[name] ?? null] as const)),
    session:
      session === null
        ? null
        : {
            role: session.result.role,
            expiration: wholeSeconds(session.result.credentials.expiration),
            assumption_id: session.result.assumptionId,
            caller_identity: session.identity,
          },
  }
  return `${JSON.stringify(body, null, 2)}\n`
}
