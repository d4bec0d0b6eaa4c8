import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { StsClientError } from '../errors.ts'
import type { AwsCredentialProvider } from '../memo.ts'
import { wholeSeconds } from './print.ts'

/** A container credentials endpoint on a loopback port, for the one who knows its bearer. */
export type ContainerDoor = AsyncDisposable & {
  /** For AWS_CONTAINER_CREDENTIALS_FULL_URI: the SDKs take plain http from a loopback address. */
  readonly url: string
  /** For AWS_CONTAINER_AUTHORIZATION_TOKEN. */
  readonly bearer: string
}

const PATH = '/v1/credentials'
const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const

/**
 * Opens one. Every process of the machine can reach a loopback port, so the bearer is 256 random bits and nothing is
 * answered without it. `onError` is told of each failure to get credentials.
 */
export async function openContainerDoor(
  provider: AwsCredentialProvider,
  onError: (error: unknown) => void,
): Promise<ContainerDoor> {
  const bearer = randomBytes(32).toString('base64url')
  const server = createServer((request, response) => {
    void answer(request, { provider, bearer }).then(
      (said) => send(response, said),
      (error: unknown) => {
        onError(error)
        send(response, failure(error))
      },
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port')
  return {
    url: `http://127.0.0.1:${address.port}${PATH}`,
    bearer,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

type Said = { readonly status: number; readonly body: Readonly<Record<string, string>> }

async function answer(
  request: IncomingMessage,
  { provider, bearer }: { readonly provider: AwsCredentialProvider; readonly bearer: string },
): Promise<Said> {
  const [path] = (request.url ?? '').split('?')
  // Before anything else is said: who has no bearer learns nothing.
  if (!isBearer(request.headers.authorization, bearer))
    return { status: 403, body: { Code: 'AccessDenied', Message: 'the bearer of this door is missing' } }
  if (path !== PATH || request.method !== 'GET')
    return { status: 404, body: { Code: 'NotFound', Message: `GET ${PATH}` } }
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = await provider()
  return {
    status: 200,
    body: {
      // The union of what the SDKs want: minio-js reads `Code` and `AccessKeyID`.
      Code: 'Success',
      Type: 'AWS-HMAC',
      AccessKeyId: accessKeyId,
      AccessKeyID: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: wholeSeconds(expiration),
    },
  }
}

/** The SDKs send the value as it is; a person with curl may write a scheme before it. */
function isBearer(header: string | undefined, bearer: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(header?.replace(/^Bearer /i, '') ?? ''), digest(bearer))
}

/** SDKs try again after 5xx; a refusal is final. */
function failure(error: unknown): Said {
  if (!(error instanceof StsClientError))
    return { status: 500, body: { Code: 'InternalFailure', Message: 'stint exec has a defect' } }
  const code = error.serverCode ?? error.code
  const request = error.requestId === undefined ? '' : ` (request ${error.requestId})`
  const body = { Code: code, Message: `${error.message}${request}` }
  return { status: error.retryable ? 503 : 403, body }
}

function send(response: ServerResponse, { status, body }: Said): void {
  response.writeHead(status, HEADERS).end(JSON.stringify(body))
}
