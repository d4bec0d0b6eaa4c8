import { parseArgs } from 'node:util'
import type { FlowIo } from '../login/flows.ts'
import { signInByCode, signInByDevice } from '../login/flows.ts'
import type { KeptLogin } from '../login/keep.ts'
import { readLogin, writeLogin } from '../login/keep.ts'
import { keptToken, withToken } from '../login/kept-token.ts'
import { LoginError, type LoginFailure } from '../login/login-error.ts'
import { openProvider } from '../login/provider.ts'
import type { SignInFacts } from '../login/sign-in-facts.ts'
import { askSignIn, serverOrigin } from '../login/sign-in-facts.ts'
import type { AdminToken } from '../login/token.ts'
import { adminToken } from '../login/token.ts'
import { askAdmin } from './admin-client.ts'
import type { CommandIo } from './io.ts'
import { EXIT, type ExitCode } from './io.ts'
import type { LoginIo } from './login-io.ts'
import { showStatus } from './login-status.ts'

const USAGE = `usage: stint login --server URL [options] [-- COMMAND …]
       stint login --status
       stint logout [--server URL]

Signs an administrator in at the identity provider that the server names, and keeps the token in a file that only you can
read (0600). Afterwards every command finds it: a flag counts before the environment, and that before the kept token.

  --device         by a code that is typed in on any machine: for ssh and machines without a browser
  --browser        by the browser of this machine
  --no-open        prints the address, opens no browser
  --status         who is signed in where, and until when
  --scope TEXT     asks for one scope more; repeatable
  --issuer URL, --client-id TEXT   other than what the server says
  --trust-change   goes on where the server now names another provider than last time
  -- COMMAND …     runs the command with the token in its environment, and keeps nothing

The server is also read from STINT_SERVER. The token is never printed.
`

const EXITS: Readonly<Record<LoginFailure, ExitCode>> = {
  usage: EXIT.usage,
  unavailable: EXIT.unavailable,
  metadata: EXIT.failed,
  changed: EXIT.conflict,
  refused: EXIT.failed,
  token: EXIT.failed,
  timeout: EXIT.unavailable,
  unsafe: EXIT.problems,
  expired: EXIT.failed,
}
const WAIT_MS = 10 * 60_000

/** `stint login`: a person signs in; standard output says as whom, and the token is shown nowhere. */
export async function loginCommand(argv: readonly string[], io: LoginIo): Promise<ExitCode | number> {
  const flags = readFlags(argv)
  if (flags === null) return usage(io, 'there is a flag or an argument that this command does not have')
  const { values, command } = flags
  if (values.help === true) {
    io.stdout(USAGE)
    return EXIT.ok
  }
  if (values.device === true && values.browser === true) return usage(io, '--device or --browser, not both')
  try {
    if (values.status === true) return await showStatus(io)
    const named = values.server ?? io.env['STINT_SERVER']
    if (named === undefined)
      return usage(io, 'name the server: --server https://stint.example.com, or STINT_SERVER')
    const server = serverOrigin(named.replace(/\/$/, ''))
    const overrides = {
      issuer: values.issuer ?? null,
      clientId: values['client-id'] ?? null,
      scopes: values.scope ?? [],
    }
    const facts = await askSignIn(server, overrides, io.fetch)
    if (values['trust-change'] !== true) await refuseChange(server, facts, io)
    const token = await signIn(server, { facts, values }, io)
    return await finish(server, { facts, token, command }, io)
  } catch (thrown) {
    return failed(thrown, io)
  }
}

type Values = NonNullable<ReturnType<typeof readFlags>>['values']

/**
 * A server that was taken over could send people to another provider, or ask in the name of another client: whoever
 * signed in before is told, and nothing opens.
 */
async function refuseChange(server: string, facts: SignInFacts, { place }: LoginIo): Promise<void> {
  const before = await readLogin(place, server)
  if (before === null) return
  const members = ['issuer', 'client_id', 'audience'] as const
  const changed = members.filter((member) => before[member] !== facts[member])
  if (changed.length > 0)
    throw new LoginError(
      'changed',
      `${server} names another ${changed.join(', ').replace('_', ' ')} than when you signed in last; ask its operator, then --trust-change`,
    )
}

async function signIn(
  server: string,
  { facts, values }: { readonly facts: SignInFacts; readonly values: Values },
  io: LoginIo,
): Promise<AdminToken> {
  const { fetch, skewSeconds } = io
  io.stderr(`stint: signing in to ${server} at ${facts.issuer}\n`)
  const config = await openProvider({ issuer: facts.issuer, clientId: facts.client_id, fetch, skewSeconds })
  const { device_authorization_endpoint: device, authorization_endpoint: code } = config.serverMetadata()
  const wantsDevice =
    values.device === true || (values.browser !== true && device !== undefined && !io.hasDisplay)
  if (wantsDevice && device === undefined)
    throw new LoginError(
      'metadata',
      'the identity provider offers no device flow; without --device a browser of this machine signs in',
    )
  if (!wantsDevice && code === undefined && device === undefined)
    throw new LoginError('metadata', 'the identity provider offers neither a browser nor a device flow')
  const flowIo: FlowIo = {
    stderr: io.stderr,
    openBrowser: (url) => values['no-open'] !== true && io.hasDisplay && io.openBrowser(url),
    signal: AbortSignal.timeout(WAIT_MS),
  }
  const byDevice = wantsDevice || (code === undefined && values.browser !== true)
  const granted = byDevice
    ? await signInByDevice(config, facts, flowIo)
    : await signInByCode(config, facts, flowIo)
  return adminToken(granted, facts)
}

/** Only a token that the server takes is kept. */
async function finish(
  server: string,
  { facts, token, command }: { facts: SignInFacts; token: AdminToken; command: readonly string[] },
  io: LoginIo,
): Promise<ExitCode | number> {
  const asked = await askAdmin({ server, token: token.token }, { method: 'GET', path: '/v1/admin/self' }, io)
  if (!asked.ok) {
    io.stderr(`stint: ${asked.text}\n`)
    const isNobody = asked.text.startsWith('admin_forbidden') || asked.text.startsWith('forbidden')
    if (isNobody)
      io.stderr(
        `stint: this server has no admin role for issuer ${facts.issuer}, subject ${shown(token.subject)}\n`,
      )
    return asked.exit
  }
  const { person, roles } = asked.body as { person: string; roles: readonly string[] } // the admin door's own answer
  if (command.length > 0) return io.run(command, { STINT_SERVER: server, STINT_ADMIN_TOKEN: token.token })
  const login = withToken({ ...facts, version: 1, server }, token, io.now().getTime())
  await writeLogin(io.place, login)
  io.stdout(`${wordsOf(login)}: ${shown(person)} (${roles.join(', ')})\n`)
  return EXIT.ok
}

function wordsOf({ server, expires, refresh }: KeptLogin): string {
  return `signed in to ${server} until ${expires}${refresh === null ? '' : ', renewed by itself'}`
}

/** The port of every other command: the token that is kept, with a text where it cannot be used. */
export async function keptAnswer(
  server: string | null,
  io: Pick<LoginIo, 'place' | 'fetch' | 'now' | 'skewSeconds'>,
) {
  const { currentServer } = await import('../login/keep.ts')
  try {
    const origin = server === null ? await currentServer(io.place) : serverOrigin(server.replace(/\/$/, ''))
    if (origin === null) return null
    const tokenIo = { fetch: io.fetch, nowMs: () => io.now().getTime(), skewSeconds: io.skewSeconds }
    const token = await keptToken(io.place, origin, tokenIo)
    return token === null ? null : ({ ok: true, server: origin, token } as const)
  } catch (thrown) {
    if (thrown instanceof LoginError) return { ok: false, text: thrown.message } as const
    throw thrown
  }
}

/** One line on standard error, and the exit code of it. What is no LoginError is a defect, and told as such. */
export function failed(thrown: unknown, io: CommandIo): ExitCode {
  if (!(thrown instanceof LoginError)) throw thrown
  io.stderr(`stint: ${thrown.message}\n`)
  return EXITS[thrown.reason]
}

function shown(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 255)
}

function readFlags(argv: readonly string[]) {
  const at = argv.indexOf('--')
  const own = at === -1 ? argv : argv.slice(0, at)
  const [text, yes] = [{ type: 'string' } as const, { type: 'boolean' } as const]
  try {
    const { values } = parseArgs({
      args: [...own],
      options: {
        server: text,
        device: yes,
        browser: yes,
        'no-open': yes,
        status: yes,
        scope: { ...text, multiple: true },
        issuer: text,
        'client-id': text,
        'trust-change': yes,
        help: yes,
      },
    })
    return { values, command: at === -1 ? [] : argv.slice(at + 1) }
  } catch {
    return null
  }
}

function usage(io: CommandIo, words: string): ExitCode {
  io.stderr(`stint: ${words}\n\n${USAGE}`)
  return EXIT.usage
}
