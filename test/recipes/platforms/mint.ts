import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Job } from '../recipe.ts'

/** Gives out the tokens of a job over loopback, as the agents of CI systems and GitHub's runner do. */
export type Mint = AsyncDisposable & {
  readonly url: string
  /** What a caller must show. */
  readonly bearer: string
}

/** `?audience=…&claim=…&claim=…` with the bearer is answered with a token; anything else with 401. */
export async function startMint({ token }: Job): Promise<Mint> {
  const bearer = 'the-request-token-of-this-job'
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
    const audience = searchParams.get('audience')
    if (request.headers.authorization?.toLowerCase() !== `bearer ${bearer}` || audience === null)
      return void response.writeHead(401).end('{}')
    const value = token(audience, searchParams.getAll('claim'))
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ value }))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo // a TCP server has one
  return {
    url: `http://127.0.0.1:${port}/?api-version=2`,
    bearer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
