import {
  buildExchangeRequest,
  containerCredentialProvider,
  credentialProvider,
  exchangeToken,
  getCallerIdentity,
  StsClientError,
} from '@stint/sts-client'

// The same cases in every runtime, by nothing but what the runtime has: no test runner, no module of Node.

/** What a runtime is told: a real Stint, and a small server whose paths do what their names say. */
export type World = {
  readonly stint: string
  readonly role: string
  readonly refusedRole: string
  readonly token: string
  /** `<faults>/<what>/v1/token` does so, and `/v1/token` grants; `/credentials` is a container endpoint. */
  readonly faults: string
  readonly bearer: string
  readonly deadPort: number
}

export type Result = { readonly name: string; readonly failure: string | null }

type Case = { readonly name: string; run(world: World): Promise<void> }

const SHORT_MS = 400
const LONG_MS = 20_000

const CASES: readonly Case[] = [
  {
    name: 'a real Stint gives a session',
    async run({ stint, role, token }) {
      const { credentials, ...rest } = await exchangeToken({
        server: stint,
        role,
        subjectToken: `${token}\n`,
      })
      same(rest.role, role)
      check(credentials.accessKeyId.length > 3 && credentials.sessionToken.length > 3, 'keys')
      check(credentials.expiration.getTime() > Date.now(), 'an end in the future')
      check(rest.expiresInSeconds > 3500, 'an hour')
    },
  },
  {
    name: 'a real Stint refuses a role with a code and a request id, and nothing of the token',
    async run({ stint, refusedRole, token }) {
      const error = await failureOf(exchangeToken({ server: stint, role: refusedRole, subjectToken: token }))
      same(error.code, 'access_denied')
      check(/^req_/.test(error.requestId ?? ''), 'a request id')
      check(!`${error} ${error.stack} ${JSON.stringify(error)}`.includes(token), 'no token')
    },
  },
  {
    name: 'a provider makes one exchange for ten callers, and another when it must',
    async run({ stint, role, token }) {
      let asked = 0
      const subjectToken = async () => {
        asked += 1
        return token
      }
      const provider = credentialProvider({ server: stint, role, subjectToken })
      const all = await Promise.all(Array.from({ length: 10 }, () => provider()))
      same(new Set(all.map(({ accessKeyId }) => accessKeyId)).size, 1)
      same(asked, 1)
      const again = await provider({ forceRefresh: true })
      check(again.accessKeyId !== all[0]?.accessKeyId, 'a new session')
    },
  },
  {
    name: 'an outage that passes is tried again',
    async run({ faults, role }) {
      const { credentials } = await ask(`${faults}/once-away`, role)
      check(credentials.accessKeyId.startsWith('AKID'), 'a session')
    },
  },
  ...(
    [
      ['a redirect is not followed', 'redirect', 'redirected'],
      ['a page is no answer', 'page', 'response_invalid'],
      ['an answer without end is left', 'endless', 'response_too_large'],
      ['an answer that is cut is none', 'cut', 'response_incomplete'],
      ['bytes that are not UTF-8 are none', 'latin1', 'response_invalid'],
      ['a server that hangs is left', 'hang', 'timeout'],
      ['a body that hangs is left', 'hang-in-body', 'timeout'],
    ] as const
  ).map(([name, path, code]) => ({
    name,
    async run({ faults, role }: World) {
      const error = await failureOf(ask(`${faults}/${path}`, role, code === 'timeout' ? SHORT_MS : LONG_MS))
      same(error.code, code)
      check(!error.message.includes('canary'), 'no token')
    },
  })),
  {
    name: 'a port where nothing listens is a network error',
    async run({ deadPort, role }) {
      const error = await failureOf(ask(`http://127.0.0.1:${deadPort}`, role))
      same(error.code, 'network_error')
      check(error.retryable, 'worth trying again')
    },
  },
  {
    name: 'a caller who gives up gets out',
    async run({ faults, role }) {
      const signal = AbortSignal.timeout(SHORT_MS)
      const options = {
        server: `${faults}/hang`,
        role,
        subjectToken: 'a.canary.c',
        timeoutMs: 20_000,
        signal,
      }
      same((await failureOf(exchangeToken(options))).code, 'aborted')
    },
  },
  {
    name: 'a token leaves over plain http to no other host',
    async run({ role }) {
      same((await failureOf(ask('http://stint.example.com', role))).code, 'insecure_server')
    },
  },
  {
    name: 'a request is the same bytes everywhere',
    async run({ role }) {
      const { body } = buildExchangeRequest({
        server: 'https://s/',
        role,
        subjectToken: 'a.b.c',
        policy: '{"ü":" +"}',
      })
      same(
        body,
        `grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=a.b.c&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&requested_token_type=urn%3Auuid%3A48b8915f-9256-4d8c-8169-b3d7c8fb59c3&resource=${encodeURIComponent(role)}&policy=%7B%22%C3%BC%22%3A%22+%2B%22%7D`,
      )
    },
  },
  {
    name: 'container credentials of a real Stint',
    async run({ stint, role, token }) {
      const url = `${stint}/v1/credentials/${role.split('/')[1]}`
      const provider = containerCredentialProvider({ url, authorization: async () => `${token}\n` })
      const { accessKeyId, expiration } = await provider()
      check(accessKeyId.length > 3 && expiration.getTime() > Date.now(), 'a session')
      const stranger = containerCredentialProvider({ url, authorization: async () => 'a.b.c' })
      same((await failureOf(stranger())).code, 'refused')
    },
  },
  {
    name: 'container credentials are read, and a stranger is refused',
    async run({ faults, bearer }) {
      const url = `${faults}/credentials`
      const { accessKeyId } = await containerCredentialProvider({ url, authorization: async () => bearer })()
      same(accessKeyId, 'AKIDCONTAINER')
      const stranger = containerCredentialProvider({ url, authorization: async () => 'guess' })
      same((await failureOf(stranger())).code, 'refused')
    },
  },
  {
    name: 'a signature by WebCrypto is the one that another signer makes',
    async run({ faults }) {
      const credentials = { accessKeyId: 'AKIDSTS', secretAccessKey: 'secret/key+', sessionToken: 'session' }
      const { account } = await getCallerIdentity({ server: `${faults}/a%20b`, credentials })
      same(account, '000000000000')
      const wrong = { ...credentials, secretAccessKey: 'another' }
      const error = await failureOf(getCallerIdentity({ server: `${faults}/a%20b`, credentials: wrong }))
      same(error.serverCode, 'SignatureDoesNotMatch')
    },
  },
]

/** Runs every case; never rejects. */
export async function runCases(world: World): Promise<readonly Result[]> {
  return Promise.all(
    CASES.map(async ({ name, run }) => {
      const failure = await run(world).then(
        () => null,
        (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
      )
      return { name, failure }
    }),
  )
}

export const caseNames: readonly string[] = CASES.map(({ name }) => name)

function ask(server: string, role: string, timeoutMs = LONG_MS) {
  return exchangeToken({ server, role, subjectToken: 'a.canary.c', timeoutMs })
}

async function failureOf(call: Promise<unknown>): Promise<StsClientError> {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (thrown instanceof StsClientError) return thrown
  throw new Error(`no StsClientError: ${String(thrown)}`)
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`expected ${what}`)
}

function same(found: unknown, wanted: unknown): void {
  check(found === wanted, `${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`)
}
