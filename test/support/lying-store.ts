import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** All letters, so that a piece of it looks like a code of S3. */
const SECRET = 'SecretaccesskeyofasessionthatnobodyMaySee'
const TOKEN = 'SessiontokenofasessionthatnobodyMaySee'

/** How a store lies to whoever tries it. */
export type Lie =
  /** Everybody may do everything, and nothing ends. */
  | 'accepts-everything'
  /** Nobody may do anything: it confines well, and cannot be used. */
  | 'refuses-everything'
  /** The session lives a day longer than was asked for. */
  | 'lives-longer'
  /** Errors whose codes are pieces of the session’s secrets. */
  | 'echoes-secrets'
  /** It mints, and says nothing of value afterwards. */
  | 'babbles'

export type LyingStore = AsyncDisposable & {
  readonly endpoint: string
  readonly secrets: readonly string[]
  setLie(lie: Lie): void
  stop(): Promise<void>
}

/** A store that speaks STS and S3 well enough to be believed; `at` a port, where it was before. */
export async function startLyingStore(first: Lie, at = 0): Promise<LyingStore> {
  let lie = first
  let count = 0
  const server = createServer((incoming, outgoing) => {
    let form = ''
    incoming.setEncoding('latin1').on('data', (piece: string) => {
      form += piece
    })
    incoming.on('end', () => {
      const isSts = incoming.method === 'POST' && incoming.url === '/'
      if (isSts) {
        count += 1
        outgoing.writeHead(200, { server: 'MinIO' }).end(minted(form, count, lie))
        return
      }
      const [status, body] = ANSWERS[lie]()
      outgoing.writeHead(status, { server: 'MinIO', 'content-type': 'application/xml' }).end(body)
    })
  })
  server.listen(at, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  const stop = async () => {
    server.closeAllConnections()
    server.close()
  }
  return {
    endpoint: `http://127.0.0.1:${port}`,
    secrets: [SECRET, TOKEN],
    setLie(next) {
      lie = next
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

const error = (code: string) => `<Error><Code>${code}</Code><Message>${SECRET}</Message></Error>`
const ANSWERS: Readonly<Record<Lie, () => readonly [status: number, body: string]>> = {
  'accepts-everything': () => [200, '<ListBucketResult/>'],
  'refuses-everything': () => [403, error('AccessDenied')],
  'lives-longer': () => [403, error('AccessDenied')],
  'echoes-secrets': () => [403, error(SECRET.slice(0, 20))],
  babbles: () => [500, `<html>${TOKEN}</html>`],
}

function minted(form: string, count: number, lie: Lie): string {
  const seconds = Number(/DurationSeconds=([0-9]+)/.exec(form)?.[1] ?? 5)
  const ends = Date.now() + seconds * 1000 + (lie === 'lives-longer' ? 86_400_000 : 0)
  const key = `LIE${String(count).padStart(17, '0')}`
  return `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>${key}</AccessKeyId><SecretAccessKey>${SECRET}</SecretAccessKey><SessionToken>${TOKEN}</SessionToken><Expiration>${new Date(ends).toISOString()}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`
}
