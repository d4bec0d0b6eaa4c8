import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { PlainAnswer } from '../http/plain-answer.ts'
import type { Unreadable } from '../http/unreadable.ts'
import type { Timers } from '../ports.ts'

/** How long what a client still sends is read and thrown away: closed at once, it would never see the answer. */
const LINGER_MS = 1_000

/** By what Node's parser calls it; everything else is no HTTP. */
const CODES: Readonly<Record<string, Unreadable['code']>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/** Answers a connection whose bytes Node's parser gave up, and closes it. Without this Node answers with no body at all. */
export function answerClientError(
  on: { readonly error: NodeJS.ErrnoException; readonly socket: Duplex },
  deps: { readonly unreadable: (unreadable: Unreadable) => PlainAnswer; readonly timers: Timers },
): void {
  const { error, socket } = on
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const code = CODES[error.code ?? ''] ?? 'request_malformed'
  socket.end(textOf(deps.unreadable({ code, target: targetOf(error) })))
  socket.resume()
  deps.timers.after(LINGER_MS, () => socket.destroy())
}

function textOf({ status, headers, body }: PlainAnswer): string {
  const all = {
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`
}

/** What the first line of the last bytes asks for, where they begin with one. */
function targetOf(error: NodeJS.ErrnoException & { readonly rawPacket?: Buffer }): string | null {
  const text = error.rawPacket?.toString('latin1', 0, 2048) ?? ''
  return /^[A-Z]{1,16} (\/[^ \r\n]*)/.exec(text)?.[1] ?? null
}
