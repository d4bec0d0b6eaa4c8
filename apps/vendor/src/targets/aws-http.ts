import type { StoreAnswer, StoreHttp } from './store-http.ts'

/** A request as the SDK makes it, and the answer that it wants (Smithy's HttpRequest and HttpResponse). */
type SdkRequest = {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: unknown
}
type SdkResponse = {
  readonly response: {
    readonly statusCode: number
    readonly headers: Record<string, string>
    readonly body: Uint8Array
  }
}

/** The store did not answer: thrown through the SDK, and caught behind it. */
export class UnansweredError extends Error {
  readonly answer: Extract<StoreAnswer, { answered: false }>

  constructor(answer: Extract<StoreAnswer, { answered: false }>) {
    super('the store did not answer')
    this.name = 'UnansweredError'
    this.answer = answer
  }
}

/** The SDK's requests over our own connections: our deadlines, sizes, addresses and no redirects hold there too. */
export function sdkHandler(http: StoreHttp) {
  return {
    async handle(request: SdkRequest): Promise<SdkResponse> {
      if (request.method !== 'POST') throw new TypeError('STS is asked by POST alone')
      const body = typeof request.body === 'string' ? request.body : null
      const answer = await http.request({
        method: 'POST',
        path: request.path,
        headers: request.headers,
        body,
      })
      if (!answer.answered) throw new UnansweredError(answer)
      const { status: statusCode, requestId } = answer
      const headers = requestId === null ? {} : { 'x-amzn-requestid': requestId }
      return { response: { statusCode, headers, body: Buffer.from(answer.body) } }
    },
  }
}
