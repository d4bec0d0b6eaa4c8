import { tmpdir } from 'node:os'
import { freePort } from './ports.ts'
import { answersOk, startProcess } from './process.ts'

/** moto's server: it speaks AWS's STS and IAM, checks no signature and no token, and confines nothing. */
export type RunningMoto = AsyncDisposable & { readonly endpoint: string; stop(): Promise<void> }

/** Starts this moto server on 127.0.0.1, with nothing in it. */
export async function launchMoto(program: string): Promise<RunningMoto> {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const server = await startProcess({
    name: 'moto',
    command: program,
    args: ['-H', '127.0.0.1', '-p', String(port)],
    env: { PATH: process.env['PATH'], HOME: tmpdir() },
    ready: answersOk(`${endpoint}/moto-api/data.json`),
  })
  const stop = async () => void (await server.stop())
  return { endpoint, stop, [Symbol.asyncDispose]: stop }
}
