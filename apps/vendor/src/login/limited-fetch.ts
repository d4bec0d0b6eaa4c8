import type { CustomFetch } from 'openid-client'

const MAX_BYTES = 1024 * 1024
const TIMEOUT_MS = 15_000

export class AnswerTooLarge extends Error {}

/** fetch with a deadline, a size limit and no redirects: a provider's answers are documents, not downloads. */
export function limitedFetch(fetch: typeof globalThis.fetch): CustomFetch {
  return async (url, options) => {
    const signals = [AbortSignal.timeout(TIMEOUT_MS), ...(options.signal ? [options.signal] : [])]
    const { body, headers, method } = options
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.any(signals),
      // A form or nothing: what openid-client sends to token endpoints.
      ...(body === undefined || body === null ? {} : { body: body as NonNullable<RequestInit['body']> }),
    })
    const { status, statusText } = response
    const bodiless = status === 204 || status === 304 || (status >= 300 && status < 400)
    return new Response(bodiless ? null : await readAll(response), {
      status,
      statusText,
      headers: response.headers,
    })
  }
}

async function readAll(response: Response): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > MAX_BYTES) throw new AnswerTooLarge('the answer is too large')
    chunks.push(new Uint8Array(chunk))
  }
  return new Blob(chunks)
}
