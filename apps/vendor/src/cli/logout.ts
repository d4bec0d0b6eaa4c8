import { parseArgs } from 'node:util'
import { currentServer, forgetLogin, readLogin } from '../login/keep.ts'
import { revokeRefreshToken } from '../login/revoke-refresh.ts'
import { serverOrigin } from '../login/sign-in-facts.ts'
import { EXIT, type ExitCode } from './io.ts'
import { failed } from './login.ts'
import type { LoginIo } from './login-io.ts'

/** `stint logout`: the refresh token is ended at the provider where it can be, and the file is gone in any case. */
export async function logoutCommand(argv: readonly string[], io: LoginIo): Promise<ExitCode> {
  const named = serverFlag(argv)
  if (named === null) {
    io.stderr('usage: stint logout [--server URL]\n')
    return EXIT.usage
  }
  try {
    const text = named.server ?? io.env['STINT_SERVER']
    const server = text === undefined ? await currentServer(io.place) : serverOrigin(text.replace(/\/$/, ''))
    if (server === null) {
      io.stderr('stint: nobody is signed in\n')
      return EXIT.ok
    }
    const login = await readLogin(io.place, server).catch(() => null)
    await forgetLogin(io.place, server)
    const ended = login === null || login.refresh === null || (await revokeRefreshToken(login, io))
    io.stdout(`signed out of ${server}\n`)
    if (!ended)
      io.stderr('stint: the provider could not be told; its session may go on until it ends by itself\n')
    return EXIT.ok
  } catch (thrown) {
    return failed(thrown, io)
  }
}

function serverFlag(argv: readonly string[]): { readonly server?: string | undefined } | null {
  try {
    return parseArgs({ args: [...argv], options: { server: { type: 'string' } } }).values
  } catch {
    return null
  }
}
