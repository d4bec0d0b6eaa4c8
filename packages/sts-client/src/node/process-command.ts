import { sendByFetch } from '../transport.ts'
import { credentialProcess } from './helper/credential-process.ts'
import type { ClientExit, ClientIo } from './io.ts'

/** `stint credential-process` inside the whole `stint`: the same, but for its start. */
export function processCommand(argv: readonly string[], io: ClientIo): Promise<ClientExit> {
  return credentialProcess(argv, { ...io, send: sendByFetch(io.fetch) })
}
