import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import { VendorError } from '../errors.ts'
import type { Env } from './context.ts'

/**
 * The whole body as text, at most `maxBytes`: refused by its Content-Length before a byte is read, and counted while
 * it is read where it has none. Reads the socket's message itself, because a web Request costs more than the exchange's
 * own parsing.
 */
export async function readBody(c: Context<Env>, maxBytes: number): Promise<string> {
  return utf8(await readBytes(c, maxBytes))
}

/** The same as bytes: a configuration is decoded where it is read. */
export async function readBytes(c: Context<Env>, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const declared = Number(header(c, 'content-length') ?? 0)
  if (declared > maxBytes) throw new VendorError('body_too_large', { facts: { maxBytes } })
  const incoming = c.env?.incoming
  return incoming === undefined ? readWeb(c, maxBytes) : readNode(incoming, maxBytes)
}

function readNode(incoming: IncomingMessage, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer<ArrayBuffer>[] = []
    let bytes = 0
    incoming.on('data', (chunk: Buffer<ArrayBuffer>) => {
      bytes += chunk.length
      if (bytes > maxBytes) {
        incoming.pause()
        reject(new VendorError('body_too_large', { facts: { maxBytes } }))
      } else chunks.push(chunk)
    })
    incoming.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    incoming.on('error', (cause) => reject(new VendorError('body_malformed', { cause })))
    incoming.on('aborted', () => reject(new VendorError('body_malformed')))
  })
}

async function readWeb(c: Context<Env>, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const bytes = await c.req.arrayBuffer()
  if (bytes.byteLength > maxBytes) throw new VendorError('body_too_large', { facts: { maxBytes } })
  return Buffer.from(bytes)
}

function utf8(bytes: Buffer): string {
  return bytes.toString('utf8')
}

/** Whether the request says that its body has this media type; parameters such as charset may follow. */
export function hasMediaType(c: Context<Env>, mediaType: string): boolean {
  const type = header(c, 'content-type') ?? ''
  const end = type.indexOf(';')
  return (end === -1 ? type : type.slice(0, end)).trim().toLowerCase() === mediaType
}

/** From the message itself where there is one: the web Headers of a request are made at the first look, and cost. */
function header(c: Context<Env>, name: 'content-type' | 'content-length'): string | undefined {
  const incoming = c.env?.incoming
  return incoming === undefined ? c.req.header(name) : incoming.headers[name]
}
