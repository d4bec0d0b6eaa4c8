import { currentServer, keptServers, readLogin } from '../login/keep.ts'
import { EXIT, type ExitCode } from './io.ts'
import type { LoginIo } from './login-io.ts'

/** `stint login --status`: a line each server; exit 1 where nobody is signed in. Nothing is asked of anybody. */
export async function showStatus({ place, now, stdout, stderr }: LoginIo): Promise<ExitCode> {
  const [servers, current] = [await keptServers(place), await currentServer(place)]
  if (servers.length === 0) {
    stderr('stint: nobody is signed in: stint login --server URL\n')
    return EXIT.failed
  }
  for (const server of servers) {
    const login = await readLogin(place, server)
    if (login === null) continue
    const isOver = Date.parse(login.expires) <= now().getTime()
    const state = isOver && login.refresh === null ? 'over since' : 'until'
    const renews = login.refresh === null ? '' : ', renewed by itself'
    stdout(
      `${server === current ? '* ' : '  '}${server} ${state} ${login.expires}${renews}, by ${login.issuer}\n`,
    )
  }
  return EXIT.ok
}
