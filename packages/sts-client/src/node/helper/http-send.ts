import type { IncomingMessage } from 'node:http'
import { StsClientError } from '../../errors.ts'
import type { HttpAnswer, HttpRequest, Send, SendLimits } from '../../transport.ts'
import { eitherSignal, failure } from '../../transport.ts'

/**
 * One request, one whole answer by node:http(s): `fetch` costs a process that asks once 40 to 60 ms at its start. Follows
 * no redirect, has no keep-alive and no proxy of its own. Throws what `sendByFetch` throws. The modules are asked of the
 * process when they are needed, because an ES import of node:http loads all of undici, and a cache hit needs neither.
 */
export const sendByHttp: Send = async (request, limits) => {
  const { signal, deadline } = limits
  const progress = { began: false }
  try {
    const either = eitherSignal(signal, deadline)
    either.throwIfAborted()
    return await exchange(request, { ...limits, either, progress })
  } catch (thrown) {
    throw failure(thrown, { began: progress.began, signal, deadline })
  }
}

type Exchange = SendLimits & { readonly either: AbortSignal; readonly progress: { began: boolean } }

function exchange(request: HttpRequest, { maxBodyBytes, either, progress }: Exchange): Promise<HttpAnswer> {
  const { request: open } = request.url.startsWith('https:')
    ? process.getBuiltinModule('node:https')
    : process.getBuiltinModule('node:http')
  return new Promise((resolve, reject) => {
    const outgoing = open(request.url, {
      method: request.method,
      headers: {
        ...request.headers,
        ...(request.body === undefined ? {} : { 'content-length': Buffer.byteLength(request.body) }),
      },
      // One request a process: what an agent keeps open would be for nobody.
      agent: false,
      signal: either,
    })
    outgoing.once('error', reject)
    outgoing.once('response', (incoming) => {
      progress.began = true
      readAnswer(incoming, maxBodyBytes).then(resolve, (error: unknown) => {
        outgoing.destroy()
        reject(error)
      })
    })
    outgoing.end(request.body)
  })
}

async function readAnswer(incoming: IncomingMessage, maxBodyBytes: number): Promise<HttpAnswer> {
  const status = incoming.statusCode ?? 0
  if (status >= 300 && status < 400) throw new StsClientError('redirected', { status })
  const chunks: Buffer[] = []
  let total = 0
  for await (const chunk of incoming) {
    total += chunk.length
    if (total > maxBodyBytes) throw new StsClientError('response_too_large', { status })
    chunks.push(chunk)
  }
  return { status, headers: headersOf(incoming), body: decode(Buffer.concat(chunks), status) }
}

function headersOf(incoming: IncomingMessage): HttpAnswer['headers'] {
  return {
    get(name) {
      const value = incoming.headers[name.toLowerCase()]
      return typeof value === 'string' ? value : (value?.join(', ') ?? null)
    },
  }
}

function decode(bytes: Buffer, status: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new StsClientError('response_invalid', { detail: 'it is not UTF-8', status, cause })
  }
}
