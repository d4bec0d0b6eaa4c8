import type { ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { createGzip } from 'node:zlib'

/** One way in which an issuer's answer goes wrong; `times` limits it to the next so many answers. */
export type Fault = { readonly times?: number } & (
  | { readonly kind: 'status'; readonly status: number; readonly body?: string }
  /** 200 with this body instead. */
  | { readonly kind: 'body'; readonly body: string | Uint8Array; readonly contentType?: string }
  /** The true document, padded by blanks to so many bytes: still valid JSON; `chunked` hides its length. */
  | { readonly kind: 'oversized'; readonly bytes: number; readonly chunked?: boolean }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: 301 | 302 | 303 | 307 | 308 }
  /** Answers truly after so many milliseconds. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Takes the request and holds it; answers truly when the fault is cleared. */
  | { readonly kind: 'hang' }
  /** Sends headers and half of the body, then holds the rest until the fault is cleared. */
  | { readonly kind: 'stall' }
  /** Sends blanks for as long as somebody reads, to so many bytes; `gzip`: compressed a thousandfold. */
  | { readonly kind: 'flood'; readonly bytes: number; readonly gzip?: boolean }
  /** Sends the true document byte by byte, one in every `milliseconds`, for as long as somebody reads. */
  | { readonly kind: 'drip'; readonly milliseconds: number }
  /** Cuts the connection before any byte of the answer. */
  | { readonly kind: 'reset' }
)

/** Answers with `body` as `fault` says; `released` settles when the fault is cleared. */
export function answerWithFault(
  response: ServerResponse,
  body: () => string,
  set: { readonly fault: Fault; readonly released: Promise<void> } | undefined,
): void {
  const truly = () => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(body())
  }
  if (set) spoil(response, { ...set, body, truly })
  else truly()
}

type Spoiled = {
  readonly fault: Fault
  readonly released: Promise<void>
  readonly body: () => string
  readonly truly: () => void
}

function spoil(response: ServerResponse, { fault, released, body, truly }: Spoiled): void {
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status).end(fault.body)
      break
    case 'body':
      response.writeHead(200, { 'content-type': fault.contentType ?? 'application/json' }).end(fault.body)
      break
    case 'oversized':
      oversized(response, body(), fault)
      break
    case 'redirect':
      response.writeHead(fault.status ?? 302, { location: fault.location }).end()
      break
    case 'delay':
      setTimeout(truly, fault.milliseconds).unref()
      break
    case 'hang':
      void released.then(truly)
      break
    case 'stall':
      stall(response, body(), released)
      break
    case 'flood':
      flood(response, fault)
      break
    case 'drip':
      drip(response, body(), fault.milliseconds)
      break
    case 'reset':
      response.destroy()
      break
    default:
      fault satisfies never
  }
}

function oversized(
  response: ServerResponse,
  body: string,
  fault: { bytes: number; chunked?: boolean },
): void {
  const padded = body + ' '.repeat(Math.max(0, fault.bytes - Buffer.byteLength(body)))
  const length = fault.chunked ? {} : { 'content-length': Buffer.byteLength(padded) }
  response.writeHead(200, { 'content-type': 'application/json', ...length })
  const half = Math.floor(padded.length / 2)
  response.write(padded.slice(0, half))
  response.end(padded.slice(half))
}

function stall(response: ServerResponse, body: string, released: Promise<void>): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  const half = Math.floor(body.length / 2)
  response.write(body.slice(0, half))
  void released.then(() => response.end(body.slice(half)))
}

const BLANKS = Buffer.alloc(64 * 1024, ' ')

function* blanks(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= BLANKS.length) yield BLANKS
}

function flood(response: ServerResponse, { bytes, gzip = false }: { bytes: number; gzip?: boolean }): void {
  const headers = { 'content-type': 'application/json' }
  // The reader goes away amid the body: that is the point, and no error of the test issuer.
  const done = () => undefined
  if (gzip) {
    response.writeHead(200, { ...headers, 'content-encoding': 'gzip' })
    pipeline(Readable.from(blanks(bytes)), createGzip(), response, done)
  } else {
    response.writeHead(200, { ...headers, 'content-length': bytes })
    pipeline(Readable.from(blanks(bytes)), response, done)
  }
}

function drip(response: ServerResponse, body: string, milliseconds: number): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  let at = 0
  const timer = setInterval(() => {
    response.write(body.slice(at, at + 1))
    at += 1
    if (at >= body.length) response.end()
  }, milliseconds)
  response.on('close', () => clearInterval(timer))
}
