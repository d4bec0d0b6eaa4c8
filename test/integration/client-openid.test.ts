import type { Runtime } from '@stint/sts-client'
import { systemRuntime } from '@stint/sts-client'
import { runClientCommand } from '@stint/sts-client/node'
import type { DevicePrompt } from '@stint/sts-client/openid'
import { clientCredentialsToken, deviceLoginToken } from '@stint/sts-client/openid'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBrowser } from '../support/browser.ts'
import type { RunningProvider } from '../support/oidc-provider.ts'
import { CLIENT_SECRET, startOidcProvider } from '../support/oidc-provider.ts'
import type { PeopleProvider } from '../support/people-provider.ts'
import { startPeopleProvider } from '../support/people-provider.ts'
import { freePort } from '../support/ports.ts'
import { grant, ROLE_ARN, startEndpoint } from '../support/token-endpoint.ts'

// A real OIDC provider (oidc-provider), over the loopback.

const AUDIENCE = 'https://stint.example.com'
let provider: RunningProvider
beforeAll(async () => {
  provider = await startOidcProvider({ clients: [{ id: 'machine', claims: { team: 'a' } }] })
})
afterAll(() => provider.stop())

describe('a machine', () => {
  const source = (options: { readonly clientSecret?: string; readonly issuer?: string } = {}) =>
    clientCredentialsToken({
      issuer: provider.issuer,
      clientId: 'machine',
      clientSecret: CLIENT_SECRET,
      audience: AUDIENCE,
      ...options,
    })

  test('gets a JWT for the server, a new one for each exchange', async () => {
    const one = source()
    const [first, second] = [await one(), await one()]
    expect(decodeJwt(first)).toMatchObject({ iss: provider.issuer, aud: AUDIENCE, sub: 'machine', team: 'a' })
    expect(decodeJwt(second)['jti']).not.toBe(decodeJwt(first)['jti'])
  })

  test('with a wrong secret is refused, and the secret is not repeated', async () => {
    await expect(source({ clientSecret: 'canary' })()).rejects.toMatchObject({
      code: 'subject_token_refused',
      detail: expect.stringContaining('invalid_client'),
      message: expect.not.stringContaining('canary'),
    })
  })

  test('whose provider is away learns that it may come back', async () => {
    const issuer = `http://127.0.0.1:${await freePort()}`
    await expect(source({ issuer })()).rejects.toMatchObject({
      code: 'subject_token_unavailable',
      retryable: true,
      detail: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test('sends its secret to no plain-http host', () => {
    expect(() => source({ issuer: 'http://login.example.com' })).toThrow(
      expect.objectContaining({ code: 'insecure_server' }),
    )
  })

  test('by the command line, with the server as the audience', async () => {
    await using endpoint = await startEndpoint(() => grant())
    const exit = await runClientCommand(
      'exchange',
      [
        '--server',
        endpoint.url,
        '--role',
        ROLE_ARN,
        '--client-credentials',
        provider.issuer,
        '--client-id',
        'machine',
      ],
      {
        env: { STINT_CLIENT_SECRET: CLIENT_SECRET },
        stdout: () => undefined,
        stderr: () => undefined,
        fetch,
        now: () => new Date(),
        readFile: () => Promise.reject(new Error('none')),
      },
    )
    expect(exit).toBe(0)
    const sent = new URLSearchParams(endpoint.requests[0]?.body).get('subject_token') ?? ''
    expect(decodeJwt(sent)).toMatchObject({ aud: endpoint.url, sub: 'machine' })
  })
})

describe('a person', () => {
  const CLIENT = 'stint-people'
  let people: PeopleProvider
  beforeAll(async () => {
    people = await startPeopleProvider({ clientId: CLIENT, audiences: [] })
  })
  afterAll(() => people.stop())

  async function onAnotherScreen({ verificationUri, userCode }: DevicePrompt, allow: boolean): Promise<void> {
    const browser = createBrowser()
    const confirm = await browser.submit(await browser.open(verificationUri), { user_code: userCode })
    if (!allow) return void (await browser.submit(confirm, { abort: 'yes' }))
    const consent = await browser.submit(await browser.submit(confirm), { login: 'alice', password: 'any' })
    await browser.submit(consent)
  }

  function person(
    more: { readonly scope?: string; readonly runtime?: Runtime; readonly allow?: boolean } = {},
  ) {
    const { allow = true, ...options } = more
    const prompts: DevicePrompt[] = []
    const source = deviceLoginToken({
      issuer: people.issuer,
      clientId: CLIENT,
      prompt: (prompt) => {
        prompts.push(prompt)
        void onAnotherScreen(prompt, allow)
      },
      ...options,
    })
    return { prompts, source }
  }

  test('signs in on another screen once, and the token serves as long as it lives', async () => {
    const { prompts, source } = person()
    const all = await Promise.all([source(), source()])
    expect(decodeJwt(all[0])).toMatchObject({ iss: people.issuer, aud: CLIENT, sub: 'alice' })
    expect(all[1]).toBe(all[0])
    expect(await source()).toBe(all[0])
    expect(prompts).toHaveLength(1)
  })

  test('with a refresh token is not asked again when the token ends', async () => {
    let aheadMs = 0
    const runtime = { ...systemRuntime(), now: () => new Date(Date.now() + aheadMs) }
    const { prompts, source } = person({ scope: 'openid offline_access', runtime })
    await source()
    aheadMs = 24 * 3_600_000
    const second = await source()
    // Within one second the provider signs the same bytes again, so the tokens are not compared.
    expect(decodeJwt(second)['sub']).toBe('alice')
    expect(prompts).toHaveLength(1)
  })

  test('who declines is refused', async () => {
    await expect(person({ allow: false }).source()).rejects.toMatchObject({
      code: 'subject_token_refused',
      detail: expect.stringContaining('access_denied'),
    })
  })

  test('by the command line is told where to sign in, on stderr', async () => {
    await using endpoint = await startEndpoint(() => grant())
    let said = ''
    const exit = await runClientCommand(
      'env',
      ['--server', endpoint.url, '--role', ROLE_ARN, '--device-login', people.issuer, '--client-id', CLIENT],
      {
        env: {},
        stdout: () => undefined,
        stderr: (text) => {
          said += text
          const [, verificationUri = '', userCode = ''] =
            /sign in at (\S+) with the code (\S+) /.exec(text) ?? []
          void onAnotherScreen(
            { verificationUri: verificationUri.replace(/\?.*/, ''), userCode, expiresInSeconds: 0 },
            true,
          )
        },
        fetch,
        now: () => new Date(),
        readFile: () => Promise.reject(new Error('none')),
      },
    )
    expect({ exit, lines: said.split('\n').length }).toEqual({ exit: 0, lines: 2 })
  })
})
