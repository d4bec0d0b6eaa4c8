import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import type { Unreadable } from '../http/unreadable.ts'
import { answerClientError } from './client-error.ts'

/** What a connection was told, and what was thought of its bytes. */
function told(of: { readonly code?: string; readonly bytes?: string; readonly gone?: boolean }) {
  let text = ''
  let seen: Unreadable | null = null
  let later: (() => void) | null = null
  const socket = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  if (of.gone === true) socket.destroy()
  const error = Object.assign(new Error(), {
    ...(of.code === undefined ? {} : { code: of.code }),
    ...(of.bytes === undefined ? {} : { rawPacket: Buffer.from(of.bytes) }),
  })
  answerClientError(
    { error, socket },
    {
      unreadable(unreadable) {
        seen = unreadable
        return { status: 400, headers: { 'content-type': 'text/xml' }, body: '<ü/>' }
      },
      timers: {
        after(_ms, work) {
          later = work
          return () => undefined
        },
      },
    },
  )
  return { text, seen: seen as Unreadable | null, later: later as (() => void) | null, socket } // set in calls
}

test.each([
  { code: 'HPE_INVALID_METHOD', bytes: 'hello', seen: { code: 'request_malformed', target: null } },
  {
    code: 'HPE_HEADER_OVERFLOW',
    bytes: 'GET /v1/credentials?a HTTP/1.1\r\nHost: a\r\n',
    seen: { code: 'headers_too_large', target: '/v1/credentials?a' },
  },
  { code: 'ERR_HTTP_REQUEST_TIMEOUT', seen: { code: 'request_timeout', target: null } },
  { bytes: 'GET /st', seen: { code: 'request_malformed', target: '/st' } },
])('$code is $seen.code, for what the first line asks', ({ seen, ...of }) => {
  expect(told(of).seen).toEqual(seen)
})

test('is answered as a whole, told that the connection ends, and read on for a while before it is cut', () => {
  const { text, later, socket } = told({ code: 'HPE_INVALID_METHOD' })
  expect(text).toBe(
    'HTTP/1.1 400 Bad Request\r\ncontent-type: text/xml\r\ncontent-length: 5\r\nconnection: close\r\n\r\n<ü/>',
  )
  expect(socket.destroyed).toBe(false)
  later?.()
  expect(socket.destroyed).toBe(true)
})

test.each([{ code: 'ECONNRESET' }, { code: 'HPE_INVALID_METHOD', gone: true }])(
  'nobody is there any more: nothing is said, and nothing logged ($code)',
  (of) => {
    const { text, seen, socket } = told(of)
    expect([text, seen, socket.destroyed]).toEqual(['', null, true])
  },
)
