import { execFile, spawn } from 'node:child_process'
import { chmod, lstat, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findingsCommand } from '../../apps/vendor/src/cli/findings.ts'
import { keptAnswer, loginCommand } from '../../apps/vendor/src/cli/login.ts'
import type { LoginIo } from '../../apps/vendor/src/cli/login-io.ts'
import { logoutCommand } from '../../apps/vendor/src/cli/logout.ts'
import { loginFolder } from '../../apps/vendor/src/login/login-folder.ts'
import { createBrowser, type Page } from '../support/browser.ts'
import { type PeopleProvider, startPeopleProvider } from '../support/people-provider.ts'
import { type ChildVendor, startVendor } from '../support/vendor.ts'

const AUDIENCE = 'https://stint.example.com/admin'
const CLIENT = 'stint-cli'
const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/

let people: PeopleProvider
let vendor: ChildVendor
let home: string

const settings = (issuer: string, more: Record<string, string> = {}) => ({
  STINT_ADMIN_ISSUER: issuer,
  STINT_ADMIN_SUBJECT: 'ann',
  STINT_ADMIN_AUDIENCE: AUDIENCE,
  STINT_ADMIN_CLIENT_ID: CLIENT,
  ...more,
})

beforeAll(async () => {
  people = await startPeopleProvider({ clientId: CLIENT, audiences: [AUDIENCE] })
  vendor = await startVendor({ env: settings(people.issuer) })
})
afterAll(async () => {
  await vendor?.stop()
  await people?.stop()
})
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'stint-login-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

type World = {
  readonly env?: Readonly<Record<string, string>>
  /** What a person does with the address or the device page that is shown. */
  readonly person?: (url: string) => Promise<unknown>
  readonly nowMs?: () => number
  readonly skewSeconds?: number
  readonly hasDisplay?: boolean
  readonly uid?: number
  readonly run?: LoginIo['run']
}

function worldOf(world: World) {
  const said = { out: '', err: '' }
  const io: LoginIo = {
    env: world.env ?? {},
    stdout: (text) => {
      said.out += text
    },
    stderr: (text) => {
      said.err += text
    },
    readFile: async () => {
      throw new Error('no file')
    },
    fetch,
    now: () => new Date(world.nowMs?.() ?? Date.now()),
    randomHex: () => '',
    place: {
      folder: loginFolder({ HOME: home }) ?? '',
      uid: world.uid ?? process.getuid?.() ?? null,
      randomHex: () => Math.random().toString(16).slice(2),
    },
    hasDisplay: world.hasDisplay ?? true,
    openBrowser: (url) => {
      void world.person?.(url)
      return true
    },
    run: world.run ?? (async () => 0),
    skewSeconds: world.skewSeconds ?? 0,
  }
  return { io: { ...io, kept: (server: string | null) => keptAnswer(server, io) }, said }
}

const login = async (argv: readonly string[], world: World = {}) => {
  const { io, said } = worldOf(world)
  const code = await loginCommand(['--server', vendor.url, ...argv], io)
  expect(`${said.out}${said.err}`).not.toMatch(TOKEN)
  return { code, ...said }
}

/** Signs in and consents, as one person. */
const asPerson = (name: string) => async (url: string) => {
  const browser = createBrowser()
  const consent = await browser.submit(await browser.open(url), { login: name, password: 'any' })
  return browser.submit(consent)
}

/** The device page: the code, a confirmation, then as anywhere. */
async function atDevicePage(url: string, code: string, name: string): Promise<Page> {
  const browser = createBrowser()
  const confirm = await browser.submit(await browser.open(url), { user_code: code })
  const consent = await browser.submit(await browser.submit(confirm), { login: name, password: 'any' })
  return browser.submit(consent)
}

const keptFiles = async () => {
  const folder = loginFolder({ HOME: home }) ?? ''
  return (await readdir(folder).catch(() => []))
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name))
}
const keptLogin = async () => JSON.parse(await readFile((await keptFiles())[0] ?? '', 'utf8'))

describe('stint login, by the browser', () => {
  it('keeps the token for the owner alone, and every command finds it without a flag', async () => {
    const { code, out } = await login([], { person: asPerson('ann') })
    expect(code).toBe(0)
    expect(out).toMatch(
      /^signed in to http:\/\/127\.0\.0\.1:[0-9]+ until .*, renewed by itself: ann \(approver, auditor/,
    )
    const [file = ''] = await keptFiles()
    expect((await lstat(file)).mode & 0o777).toBe(0o600)
    expect((await lstat(join(file, '..'))).mode & 0o777).toBe(0o700)
    const { io, said } = worldOf({})
    expect(await findingsCommand([], io)).toBe(0)
    expect(said.err).toBe('')
  })

  it('takes only the redirect with its own state, at its own host name, from whoever reaches the port', async () => {
    const strangers: number[] = []
    const person = async (text: string) => {
      const url = new URL(text)
      const redirect = url.searchParams.get('redirect_uri') ?? ''
      const state = url.searchParams.get('state') ?? ''
      const attempts: [string, RequestInit?][] = [
        [`${redirect}?code=stolen&state=wrong`],
        [`${redirect}?code=stolen`],
        [`${redirect}?code=stolen&state=${state}&state=${state}`],
        [`${redirect}?code=stolen&state=${state}`, { method: 'POST' }],
        [`${redirect.replace('/callback', '/')}?code=stolen&state=${state}`],
        [`${redirect.replace('127.0.0.1', 'localhost')}?code=stolen&state=${state}`],
      ]
      for (const [address, init] of attempts) strangers.push((await fetch(address, init)).status)
      return asPerson('ann')(text)
    }
    expect((await login([], { person })).code).toBe(0)
    expect(strangers).toEqual(Array(6).fill(404))
  })

  it('gives up where something keeps answering in place of the browser', async () => {
    const person = async (text: string) => {
      const redirect = new URL(text).searchParams.get('redirect_uri') ?? ''
      for (let nth = 0; nth < 60; nth += 1)
        await fetch(`${redirect}?code=x&state=${nth}`).catch(() => undefined)
    }
    const { code, err } = await login([], { person })
    expect([code, await keptFiles()]).toEqual([1, []])
    expect(err).toContain('in place of the browser')
  })

  it.each([
    [
      'a code of somebody else',
      (state: string) => `code=stolen&state=${state}&iss=${encodeURIComponent(people.issuer)}`,
      'invalid_grant',
    ],
    [
      'another issuer in the redirect (RFC 9207)',
      (state: string) => `code=x&state=${state}&iss=https%3A%2F%2Fevil.example.com`,
      'OAUTH_',
    ],
    [
      'no issuer, where the provider always names itself',
      (state: string) => `code=x&state=${state}`,
      'OAUTH_',
    ],
    [
      'a refusal',
      (state: string) => `error=access_denied&state=${state}&iss=${encodeURIComponent(people.issuer)}`,
      'access_denied',
    ],
    [
      'a refusal that would write on the terminal',
      (state: string) => `error=%1b%5b31mowned&state=${state}&iss=${encodeURIComponent(people.issuer)}`,
      'answered an error',
    ],
  ])('refuses %s', async (_name, query, words) => {
    const person = async (text: string) => {
      const { searchParams } = new URL(text)
      await fetch(`${searchParams.get('redirect_uri')}?${query(searchParams.get('state') ?? '')}`)
    }
    const { code, err } = await login([], { person })
    expect([code, await keptFiles()]).toEqual([1, []])
    expect(err).toContain(words)
    expect(err).not.toContain('owned')
  })

  it('asks with PKCE, state and nonce, and for its own audience', async () => {
    let asked = new URL('http://none')
    await login([], {
      person: (url) => {
        asked = new URL(url)
        return asPerson('ann')(url)
      },
    })
    const given = Object.fromEntries(asked.searchParams)
    expect(given).toMatchObject({ code_challenge_method: 'S256', resource: AUDIENCE, response_type: 'code' })
    for (const name of ['code_challenge', 'state', 'nonce'])
      expect(given[name]?.length).toBeGreaterThanOrEqual(43)
  })

  it('says that the clock is fast by hours', async () => {
    const { code, err } = await login([], { person: asPerson('ann'), skewSeconds: 7_200 })
    expect([code, await keptFiles()]).toEqual([1, []])
    expect(err).toContain('compare this clock')
  })

  // A slow clock harms nothing: how long a token lives is counted from when it came.
  it.each([[30], [-30], [-7_200]])('lives with a clock that is %i s off', async (skewSeconds) => {
    expect((await login([], { person: asPerson('ann'), skewSeconds })).code).toBe(0)
  })

  it('keeps nothing for somebody who is no administrator, and says as whom he was seen', async () => {
    const { code, err } = await login([], { person: asPerson('mallory') })
    expect([code, await keptFiles()]).toEqual([1, []])
    expect(err).toContain('no admin role')
    expect(err).toContain('subject mallory')
  })

  it('runs a command with the token in its environment, and keeps nothing', async () => {
    let given: readonly [readonly string[], Readonly<Record<string, string>>] = [[], {}]
    const run: LoginIo['run'] = async (command, env) => {
      given = [command, env]
      return 7
    }
    const { code } = await login(['--', 'stint', 'findings', '--device'], { person: asPerson('ann'), run })
    expect([code, given[0], await keptFiles()]).toEqual([7, ['stint', 'findings', '--device'], []])
    expect(given[1]['STINT_ADMIN_TOKEN']).toMatch(TOKEN)
    expect(given[1]['STINT_SERVER']).toBe(vendor.url)
  })
})

describe('stint login, by a device code', () => {
  const byDevice = async (name: string, argv: readonly string[] = []) => {
    const { io, said } = worldOf({ hasDisplay: false })
    const seen = async (): Promise<readonly [string, string]> => {
      const found = /open on any machine\s+(\S+)\s+and type (\S+)/.exec(said.err)
      if (found !== null) return [found[1] ?? '', found[2] ?? '']
      await new Promise((resolve) => setImmediate(resolve))
      return seen()
    }
    const running = loginCommand(['--server', vendor.url, ...argv], io)
    const [url, code] = await seen()
    await (name === '' ? denyAtDevicePage(url, code) : atDevicePage(url, code, name))
    const exit = await running
    expect(`${said.out}${said.err}`).not.toMatch(TOKEN)
    return { code: exit, ...said }
  }

  async function denyAtDevicePage(url: string, code: string): Promise<unknown> {
    const browser = createBrowser()
    const confirm = await browser.submit(await browser.open(url), { user_code: code })
    return browser.submit(confirm, { abort: 'yes' })
  }

  it('signs in where there is no browser, as over ssh', async () => {
    const { code, out } = await byDevice('ann')
    expect(code).toBe(0)
    expect(out).toContain('ann (approver')
    expect(await keptFiles()).toHaveLength(1)
  })

  it('is refused by whoever sees the code and says no', async () => {
    const { code, err } = await byDevice('')
    expect([code, await keptFiles()]).toEqual([1, []])
    expect(err).toContain('access_denied')
  })

  it('says so where the provider has no device flow', async () => {
    await using other = await startPeopleProvider({ clientId: CLIENT, audiences: [AUDIENCE], device: false })
    const { code, err } = await login(['--device', '--issuer', other.issuer])
    expect(code).toBe(1)
    expect(err).toContain('offers no device flow')
  })
})

describe('the token that is kept', () => {
  it('counts after the environment, and that after a flag', async () => {
    await login([], { person: asPerson('ann') })
    const { io, said } = worldOf({ env: { STINT_SERVER: vendor.url, STINT_ADMIN_TOKEN: 'not-a-token' } })
    expect(await findingsCommand([], io)).not.toBe(0)
    expect(said.err).toContain('unauthenticated')
    const flagged = worldOf({})
    // A file that was named and cannot be read is a mistake, not a reason to send another token.
    expect(await findingsCommand(['--server', vendor.url, '--token-file', 'gone'], flagged.io)).toBe(2)
  })

  it('is sent to its own server and to no other', async () => {
    await login([], { person: asPerson('ann') })
    const { io, said } = worldOf({ env: { STINT_SERVER: 'http://127.0.0.1:1' } })
    expect(await findingsCommand([], io)).toBe(2)
    expect(said.err).toContain('give an admin token')
  })

  it('is renewed before it ends, once, however many commands ask at the same time', async () => {
    await login([], { person: asPerson('ann') })
    const before = await keptLogin()
    const late = () => Date.parse(before.expires) - 10_000
    const asked = people.requests.get('/token') ?? 0
    const answers = await Promise.all([1, 2, 3, 4].map(() => worldOf({ nowMs: late }).io.kept(null)))
    const tokens = new Set(answers.map((one) => (one?.ok === true ? one.token : '')))
    expect([tokens.size, tokens.has(''), tokens.has(before.bearer)]).toEqual([1, false, false])
    expect((people.requests.get('/token') ?? 0) - asked).toBe(1)
    expect((await keptLogin()).bearer).toBe([...tokens][0])
  })

  it('is over where it cannot be renewed, and is forgotten', async () => {
    await login([], { person: asPerson('ann') })
    const before = await keptLogin()
    const [file = ''] = await keptFiles()
    await writeFile(file, JSON.stringify({ ...before, refresh: 'taken-back' }))
    const { io, said } = worldOf({ nowMs: () => Date.parse(before.expires) + 1 })
    expect(await findingsCommand([], io)).toBe(2)
    expect(said.err).toContain('the sign-in is over; again: stint login')
    expect(await keptFiles()).toEqual([])
  })

  it('is over where nothing renews it', async () => {
    await using brief = await startPeopleProvider({ clientId: CLIENT, audiences: [AUDIENCE], refresh: false })
    await using other = await startVendor({ env: settings(brief.issuer) })
    const { io, said } = worldOf({ person: asPerson('ann') })
    expect(await loginCommand(['--server', other.url], io)).toBe(0)
    expect(said.out).not.toContain('renewed')
    const late = worldOf({ nowMs: () => Date.now() + 3_600_000 })
    expect(await late.io.kept(null)).toMatchObject({ ok: false })
    expect(await loginCommand(['--status'], late.io)).toBe(0)
    expect(late.said.out).toContain('over since')
  })

  it.each([
    ['a file that the group may read', (file: string) => chmod(file, 0o640)],
    ['a file that everybody may read', (file: string) => chmod(file, 0o604)],
    ['a folder that others may enter', (file: string) => chmod(join(file, '..'), 0o755)],
    [
      'a link in its place',
      async (file: string) => {
        await rename(file, `${file}.elsewhere`)
        await symlink(`${file}.elsewhere`, file)
      },
    ],
  ])('is refused from %s', async (_name, spoil) => {
    await login([], { person: asPerson('ann') })
    const [file = ''] = await keptFiles()
    await spoil(file)
    const { io, said } = worldOf({})
    expect(await findingsCommand([], io)).toBe(2)
    expect(said.err).toContain('is not for its owner alone')
  })

  it('is refused from another owner', async () => {
    await login([], { person: asPerson('ann') })
    expect(await worldOf({ uid: 54_321 }).io.kept(null)).toMatchObject({ ok: false })
  })

  it.each([
    ['half', '{"version":1,"ser'],
    ['nothing', ''],
    ['something else', '{"version":2}'],
  ])('is no token where the file holds %s', async (_name, content) => {
    await login([], { person: asPerson('ann') })
    const [file = ''] = await keptFiles()
    await writeFile(file, content)
    expect(await worldOf({}).io.kept(null)).toBeNull()
  })

  it('is ended at the provider by stint logout', async () => {
    await login([], { person: asPerson('ann') })
    const { refresh, expires } = await keptLogin()
    const [file = ''] = await keptFiles()
    const content = await readFile(file, 'utf8')
    const { io, said } = worldOf({})
    expect(await logoutCommand([], io)).toBe(0)
    expect([said.err, await keptFiles(), refresh === null]).toEqual(['', [], false])
    // A copy of the file is of no use afterwards.
    await writeFile(file, content, { mode: 0o600 })
    const late = worldOf({ nowMs: () => Date.parse(expires) + 1 })
    expect(await late.io.kept(vendor.url)).toMatchObject({ ok: false })
    expect(await logoutCommand([], io)).toBe(0)
  })

  it('is shown by --status without the token', async () => {
    await login([], { person: asPerson('ann') })
    const { io, said } = worldOf({})
    expect(await loginCommand(['--status'], io)).toBe(0)
    expect(said.out).toMatch(new RegExp(`^\\* ${vendor.url} until .* by ${people.issuer}\n$`))
    expect(said.out).not.toMatch(TOKEN)
  })
})

describe('what the provider and the server say', () => {
  it('refuses a token for somebody else', async () => {
    await using other = await startPeopleProvider({
      clientId: CLIENT,
      audiences: [AUDIENCE],
      spoiltAudience: 'https://other.example.com',
    })
    const { code, err } = await login(['--issuer', other.issuer], { person: asPerson('ann') })
    expect([code, await keptFiles()]).toEqual([1, []])
    expect(err).toContain(`the token is not for ${AUDIENCE}`)
  })

  it('says what the provider refuses', async () => {
    await using other = await startPeopleProvider({ clientId: CLIENT, audiences: [] })
    const { code, err } = await login(['--issuer', other.issuer], {
      person: (url) => createBrowser().open(url),
    })
    expect(code).toBe(1)
    expect(err).toContain('answered invalid_target')
  })

  it('takes the ID token where the client is its own audience', async () => {
    const env = settings(people.issuer, { STINT_ADMIN_AUDIENCE: CLIENT })
    await using other = await startVendor({ env })
    const { io, said } = worldOf({ person: asPerson('ann') })
    expect(await loginCommand(['--server', other.url], io)).toBe(0)
    expect(said.out).toContain('ann (approver')
    const before = await keptLogin()
    const late = worldOf({ nowMs: () => Date.parse(before.expires) - 1 })
    expect(await late.io.kept(null)).toMatchObject({ ok: true })
  })

  it('opens nothing where the server names another provider than last time', async () => {
    await login([], { person: asPerson('ann') })
    const before = await keptLogin()
    const [file = ''] = await keptFiles()
    await writeFile(file, JSON.stringify({ ...before, issuer: 'https://login.example.com' }))
    let opened = false
    const person = async (url: string) => {
      opened = true
      return asPerson('ann')(url)
    }
    const { code, err } = await login([], { person })
    expect([code, opened]).toEqual([5, false])
    expect(err).toContain('another issuer')
    expect((await login(['--trust-change'], { person })).code).toBe(0)
  })

  it.each([
    ['a server in the clear', 'http://stint.example.com', 2],
    ['a server with a user', 'https://a:b@stint.example.com', 2],
    ['a server with a path', 'https://stint.example.com/x', 2],
    ['no URL', 'stint', 2],
    ['nobody there', 'http://127.0.0.1:1', 4],
  ])('refuses %s', async (_name, server, exit) => {
    const { io, said } = worldOf({})
    expect(await loginCommand(['--server', server], io)).toBe(exit)
    expect(said.err).not.toContain('a:b')
  })

  const good = (origin: string) => ({
    resource: `${origin}/v1/admin`,
    authorization_servers: [people.issuer],
    stint_sign_in: {
      client_id: CLIENT,
      audience: AUDIENCE,
      token: 'access_token',
      audience_parameter: 'resource',
      scopes: ['openid'],
    },
  })
  it.each([
    [
      'calls itself something else',
      () => JSON.stringify(good('https://other.example.com')),
      'calls itself https://other.example.com',
    ],
    [
      'names no client',
      (origin: string) => JSON.stringify({ ...good(origin), stint_sign_in: null }),
      'names no client',
    ],
    [
      'names a provider in the clear',
      (origin: string) =>
        JSON.stringify({ ...good(origin), authorization_servers: ['http://login.example.com'] }),
      'not reached over https',
    ],
    ['answers no JSON', () => '<html>', 'does not say how'],
    ['never stops', () => 'x'.repeat(3_000_000), 'no answer'],
  ])('refuses a server that %s', async (_name, body, words) => {
    let origin = ''
    const server = createServer((_request, response) => void response.end(body(origin))).listen(
      0,
      '127.0.0.1',
    )
    await new Promise((resolve) => server.once('listening', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { io, said } = worldOf({})
    const code = await loginCommand(['--server', origin], io)
    server.closeAllConnections()
    server.close()
    expect(code).not.toBe(0)
    expect(said.err).toContain(words)
  })

  it('is told by a 401 where to sign in', async () => {
    const response = await fetch(`${vendor.url}/v1/admin/findings`)
    const metadata =
      /resource_metadata="([^"]+)"/.exec(response.headers.get('www-authenticate') ?? '')?.[1] ?? ''
    expect(await (await fetch(metadata)).json()).toMatchObject({
      resource: `${vendor.url}/v1/admin`,
      authorization_servers: [people.issuer],
      stint_sign_in: {
        client_id: CLIENT,
        audience: AUDIENCE,
        token: 'access_token',
        audience_parameter: 'resource',
      },
    })
  })
})

describe('as a program', () => {
  const CLI = join(import.meta.dirname, '../../apps/vendor/src/cli.ts')

  it('signs in over ssh, and the next command is signed in; the token is on no screen and in no argument', async () => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, SSH_CONNECTION: 'yes' }
    const child = spawn(process.execPath, [CLI, 'login', '--server', vendor.url], { env })
    let said = ''
    const shown = new Promise<readonly [string, string]>((resolve) => {
      const read = (chunk: Buffer) => {
        said += chunk.toString('utf8')
        const found = /open on any machine\s+(\S+)\s+and type (\S+)\n/.exec(said)
        if (found !== null) resolve([found[1] ?? '', found[2] ?? ''])
      }
      child.stderr.on('data', read)
      child.stdout.on('data', read)
    })
    const ended = new Promise((resolve) => child.on('exit', resolve))
    const [url, code] = await shown
    expect(await readFile(`/proc/${child.pid}/cmdline`, 'utf8')).not.toMatch(TOKEN)
    await atDevicePage(url, code, 'ann')
    expect(await ended).toBe(0)
    expect(said).not.toMatch(TOKEN)
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'change', 'list'], { env })
    expect(stdout).toBe('')
    const status = await promisify(execFile)(process.execPath, [CLI, 'login', '--status'], { env })
    expect(status.stdout).toContain(`* ${vendor.url} until`)
  })
})
