import type { ExchangeResult } from '../answer.ts'
import { systemRuntime } from '../default-clock.ts'
import { StsClientError } from '../errors.ts'
import { exchangeToken } from '../exchange.ts'
import type { TokenSource } from '../provider.ts'
import { sendByFetch } from '../transport.ts'
import type { AskedExchange, ExchangeValues } from './arguments.ts'
import { exchangeOf } from './arguments.ts'
import { explainRefusal } from './explain.ts'
import type { ClientIo } from './io.ts'
import { sourceOf } from './named-source.ts'
import { providerSource } from './provider-source.ts'

/** A command's exchange: what is asked of which server, and where the token comes from. */
export type Asked = { readonly exchange: AskedExchange; readonly source: TokenSource }

/** Everything is read, nothing is done yet. Throws StsClientError `options_invalid`. */
export function askedOf(values: ExchangeValues, io: ClientIo): Asked {
  const exchange = exchangeOf(values, io.env)
  const { source } = sourceOf(values, {
    env: io.env,
    readFile: io.readFile,
    send: sendByFetch(io.fetch),
    server: exchange.server,
    provider: (kind, flags) => providerSource(kind, flags, io),
    ...(io.stdin === undefined ? {} : { stdin: io.stdin }),
  })
  return { exchange, source }
}

/** One exchange; where it is refused and `explain` says so, standard error says why. Throws StsClientError. */
export async function exchangeAsAsked(
  { exchange, source }: Asked,
  io: ClientIo,
  options: { readonly explain?: boolean } = {},
): Promise<ExchangeResult> {
  const subjectToken = await source()
  const runtime = { ...systemRuntime(), now: io.now }
  try {
    return await exchangeToken({ ...exchange, subjectToken, fetch: io.fetch, runtime })
  } catch (error) {
    if (options.explain === true && error instanceof StsClientError) {
      const { server, role } = exchange
      const named = role === undefined ? null : typeof role === 'string' ? role : role.name
      io.stderr(
        explainRefusal({ error, token: subjectToken, server, role: named, nowMs: io.now().getTime() }),
      )
    }
    throw error
  }
}

const MAX_SKEW_MS = 60_000

/** A clock that is wrong by minutes makes stores refuse signatures later, where nobody thinks of clocks. */
export function warnOfSkew(
  { credentials, expiresInSeconds }: ExchangeResult,
  { io, command }: { readonly io: ClientIo; readonly command: string },
): void {
  const serverMs = credentials.expiration.getTime() - expiresInSeconds * 1000
  const skewMs = io.now().getTime() - serverMs
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  io.stderr(
    `stint ${command}: warning: this machine's clock is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} the server's\n`,
  )
}
