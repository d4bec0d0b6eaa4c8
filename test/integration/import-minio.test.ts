import { lookup } from 'node:dns/promises'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { configurationCommand } from '../../apps/vendor/src/cli/configuration.ts'
import { importCommand } from '../../apps/vendor/src/cli/import.ts'
import { ZOO } from '../corpus/minio-zoo.ts'
import { runCli } from '../support/cli.ts'
import { sealAdminBody } from '../support/madmin.ts'
import { minioAdmin } from '../support/madmin-store.ts'
import { startMinio } from '../support/minio.ts'
import type { RunningMinio } from '../support/minio-server.ts'
import { startTestIssuer, type TestIssuer } from '../support/test-issuer.ts'
import { startVendor, type TestVendor } from '../support/vendor.ts'

type File = {
  readonly issuers: Record<string, { url: string; audiences: string[] }>
  readonly targets: Record<string, { endpoint: string; region?: string; allowPrivateAddresses?: string[] }>
  readonly policies: Record<string, { document: { Statement: readonly Record<string, unknown>[] } }>
  readonly roles: Record<string, { policies: readonly { use: string; with?: object }[]; for: string }>
  readonly mappings: Record<string, { role: string; mode: string; when: readonly object[] }>
}

let issuer: TestIssuer
let store: RunningMinio
let vendor: TestVendor
/** One reading of the whole store, and one that lives with forgeable conditions. */
let plain: Awaited<ReturnType<typeof runImport>>
let accepting: Awaited<ReturnType<typeof runImport>>

beforeAll(async () => {
  issuer = await startTestIssuer()
  const openid = {
    configUrl: issuer.configUrl,
    clientId: 'minio-people',
    clientSecret: 'nobody-uses-it-here',
    rolePolicy: 'read-reports',
  }
  store = await startMinio({ openid, env: { MINIO_SITE_REGION: 'eu-test-1' } })
  vendor = await startVendor()
  const admin = minioAdmin(store)
  for (const { name, document } of ZOO) await admin.addPolicy(name, document)
  for (const user of ['alice', 'ci bot/é', 'lonely', 'boss', 'carol', 'gone'])
    await admin.addUser(user, 'not-a-secret-of-anybody')
  await admin.setGroup('devs', ['alice', 'carol'])
  await admin.setGroup('old', ['alice'])
  await admin.attach('alice', ['read-reports', 'home'], false)
  await admin.attach('ci bot/é', ['read-reports'], false)
  await admin.attach('gone', ['mixed'], false)
  await admin.disableUser('gone')
  await admin.attach('boss', ['read-reports', 'everything'], false)
  await admin.attach('lonely', ['prefix-condition'], false)
  await admin.attach('devs', ['mixed'], true)
  await admin.attach('old', ['everything-in-one'], true)
  await admin.disableGroup('old')
  plain = await runImport(fromStore())
  accepting = await runImport(
    fromStore('--accept', 'condition_forgeable', '--user-claim', 'upn', '--target', 'old-store'),
  )
})

afterAll(async () => {
  await vendor?.stop()
  await store?.stop()
  await issuer?.stop()
})

type World = {
  files?: Record<string, string | Uint8Array>
  env?: Record<string, string>
  written?: Record<string, string>
  now?: Date
}

async function runImport(argv: readonly string[], world: World = {}) {
  let [out, err] = ['', '']
  const written = world.written ?? {}
  const readBytes = async (path: string) => {
    const found = world.files?.[path]
    if (found === undefined) throw new Error('no such file')
    return Buffer.from(found)
  }
  const code = await importCommand(argv, {
    env: world.env ?? { STINT_STORE_ACCESS_KEY: store.rootUser, STINT_STORE_SECRET_KEY: store.rootPassword },
    stdout: (text) => {
      out += text
    },
    stderr: (text) => {
      err += text
    },
    readFile: async (path) => (await readBytes(path)).toString('utf8'),
    readBytes,
    writeFile: async (path, text, { replace }) => {
      if (!replace && path in written) return false
      written[path] = text
      return true
    },
    prompt: null,
    lookup,
    fetch,
    now: () => world.now ?? new Date(),
    randomHex: () => '',
  })
  return { code, out, err, written, file: parseFile(out) }
}

function parseFile(text: string): File {
  return text === '' ? { issuers: {}, targets: {}, policies: {}, roles: {}, mappings: {} } : parse(text)
}

const fromStore = (...more: readonly string[]) => ['minio', '--endpoint', store.endpoint, '-o', '-', ...more]

describe('stint import minio, from a running store', () => {
  it('writes each policy of the zoo that a session can carry, and says why another is left out', async () => {
    const { code, out, file } = plain
    expect(code).toBe(0)
    const written = ZOO.filter(({ leftOut }) => leftOut === null)
    // `readonly` and its like are the store's own, and reach every bucket: none is written.
    expect(Object.keys(file.policies)).toHaveLength(written.length)
    for (const { name, leftOut } of ZOO.filter((one) => one.leftOut !== null)) {
      const at = out.indexOf(`# left out: ${JSON.stringify(name)}`)
      expect({ name, at: at > 0 }).toEqual({ name, at: true })
      const reasons = out.slice(at + 3, out.indexOf('\n  ', out.indexOf('#   ', at)) + 2_000)
      expect(reasons.replace(/\s*\n\s*#\s*/g, ' ')).toContain(`(${leftOut})`)
    }
  })

  it('passes stint plan without an error', async () => {
    const { out } = accepting
    const plan = await runCli((io) => configurationCommand('plan', ['-f', 'stint.yaml'], io), {
      vendor,
      files: { 'stint.yaml': out },
    })
    expect(plan.err).not.toMatch(/ error /)
    expect(plan.code).toBe(0)
    expect(plan.out).toContain('+ create role')
  })

  it('says the same twice, though the store writes its lists in any order', async () => {
    expect((await runImport(fromStore())).out).toBe(plain.out)
  })

  it('makes a role for each set of policies that somebody holds, and none where one was left out', async () => {
    const { file, out } = plain
    const sets = Object.values(file.roles).map(({ policies }) => policies.map(({ use }) => use).join())
    // carol has what her group has; alice that and her own; the disabled user and group count for nothing.
    expect(sets.toSorted()).toEqual(['home@1,mixed@1,read-reports@1', 'mixed@1', 'read-reports@1'])
    expect(out).toContain('left out: the role of "everything", "read-reports". Held by user "boss".')
    expect(Object.values(file.roles).every((role) => role.for === 'machine')).toBe(true)
  })

  it('refuses a role on conditions that a caller can forge, unless that is accepted by name', async () => {
    const { file, out } = plain
    expect(Object.keys(file.roles)).not.toContain('prefix-condition')
    expect(out).toContain('(condition_forgeable)')
    expect(accepting.file.roles['prefix-condition']).toMatchObject({ accept: ['condition_forgeable'] })
    expect(accepting.file.roles['mixed']).not.toHaveProperty('accept')
  })

  it('fills placeholders from the claim that carries the user, mappings are off and name who was found', async () => {
    const { file } = accepting
    expect(file.roles['home-mixed-read-reports']?.policies[0]).toEqual({
      use: 'home@1',
      with: { username: { claim: ['upn'] } },
    })
    expect(file.issuers['sign-in']).toMatchObject({ url: issuer.url, audiences: ['minio-people'] })
    expect(file.mappings['user-alice']).toMatchObject({
      role: 'home-mixed-read-reports',
      mode: 'off',
      when: [{ claim: ['upn'], equals: 'alice' }],
    })
    expect(file.mappings['group-devs']?.when).toEqual([{ claim: ['groups'], contains: 'devs' }])
    expect(file.mappings['user-ci-bot-e']?.when).toEqual([{ claim: ['upn'], equals: 'ci bot/é' }])
    expect(file.mappings['provider']?.when).toEqual([{ claim: ['sub'], equals: 'fill-in' }])
    expect(Object.values(file.mappings).every(({ mode }) => mode === 'off')).toBe(true)
  })

  it('names the store, its region and its address', async () => {
    const { file } = accepting
    expect(file.targets).toEqual({
      'old-store': {
        kind: 'minio',
        endpoint: store.endpoint,
        region: 'eu-test-1',
        allowPrivateAddresses: ['127.0.0.1/32'],
      },
    })
  })

  it('replaces no file unasked, and shows no secret anywhere', async () => {
    const written = { 'stint.yaml': 'mine' }
    const refused = await runImport(['minio', '--endpoint', store.endpoint], { written })
    expect([refused.code, written['stint.yaml']]).toEqual([5, 'mine'])
    const done = await runImport(['minio', '--endpoint', store.endpoint, '--force'], { written })
    expect(done.code).toBe(0)
    expect(written['stint.yaml']).toContain('policies:')
    expect(`${done.out}${done.err}${written['stint.yaml']}`).not.toContain(store.rootPassword)
  })

  it.each([
    [
      'a wrong secret',
      { STINT_STORE_ACCESS_KEY: 'stint-test-root', STINT_STORE_SECRET_KEY: 'wrong-wrong' },
      1,
      'SignatureDoesNotMatch',
    ],
    [
      'a user who is no administrator',
      { STINT_STORE_ACCESS_KEY: 'alice', STINT_STORE_SECRET_KEY: 'not-a-secret-of-anybody' },
      1,
      'AccessDenied',
    ],
    ['no key at all', {}, 2, 'STINT_STORE_ACCESS_KEY'],
  ])('refuses %s', async (_name, env, exit, words) => {
    const { code, err, out } = await runImport(fromStore(), { env })
    expect([code, out]).toEqual([exit, ''])
    expect(err).toContain(words)
  })

  it('says that the clocks differ', async () => {
    const { code, err } = await runImport(fromStore(), { now: new Date('2020-01-01T00:00:00Z') })
    expect(code).toBe(1)
    expect(err).toContain('the clocks of this machine and of the store differ')
  })

  it('reads what is held where the store cannot list its policies, because one has NotAction', async () => {
    // Without the processor's AES it seals its replies by ChaCha20-Poly1305.
    await using broken = await startMinio({ env: { GODEBUG: 'cpu.aes=off' } })
    const admin = minioAdmin(broken)
    await admin.addPolicy('fine', ZOO[0]?.document ?? {})
    await admin.addPolicy('inverted', {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', NotAction: ['s3:DeleteObject'], Resource: ['arn:aws:s3:::reports/*'] }],
    })
    await admin.addUser('alice', 'not-a-secret-of-anybody')
    await admin.attach('alice', ['fine'], false)
    const env = { STINT_STORE_ACCESS_KEY: broken.rootUser, STINT_STORE_SECRET_KEY: broken.rootPassword }
    const { code, err, file } = await runImport(['minio', '--endpoint', broken.endpoint, '-o', '-'], { env })
    expect(code).toBe(0)
    expect(err).toContain('the store cannot list its policies')
    expect(Object.keys(file.policies)).toEqual(['fine@1'])
    expect(Object.keys(file.roles)).toEqual(['fine'])
  })
})

describe('a store with a directory', () => {
  it('makes roles of what LDAP users and groups hold, and mappings by their short names', async () => {
    const entities = {
      timestamp: '2026-11-25T15:23:43Z',
      policyMappings: [
        { policy: 'read-reports', users: ['uid=dillon,ou=people,dc=example,dc=com'], groups: null },
        { policy: 'mixed', users: null, groups: ['cn=projectb,ou=groups,dc=example,dc=com'] },
      ],
    }
    await using proxy = await startReplacing(store.port, '/minio/admin/v3/idp/ldap/policy-entities', () =>
      sealAdminBody(store.rootPassword, JSON.stringify(entities)),
    )
    const { code, file, out } = await runImport(['minio', '--endpoint', proxy.url, '-o', '-'])
    expect(code).toBe(0)
    expect(file.mappings['ldap-user-uid-dillon-ou-people-dc-example-dc-com']).toMatchObject({
      role: 'read-reports',
      when: [{ claim: ['preferred_username'], equals: 'dillon' }],
    })
    expect(file.mappings['ldap-group-cn-projectb-ou-groups-dc-example-dc-com']).toMatchObject({
      role: 'mixed',
      when: [{ claim: ['groups'], contains: 'projectb' }],
    })
    expect(out).toContain('LDAP group "cn=projectb,ou=groups,dc=example,dc=com"')
  })

  it('opens a reply whose random beginning looks like JSON', async () => {
    await using proxy = await startReplacing(store.port, '/minio/admin/v3/list-users', () => {
      let sealed = sealAdminBody(store.rootPassword, '{"dora":{"policyName":"mixed","status":"enabled"}}')
      while (sealed[0] !== 0x7b)
        sealed = sealAdminBody(store.rootPassword, '{"dora":{"policyName":"mixed","status":"enabled"}}')
      return sealed
    })
    const { file } = await runImport(['minio', '--endpoint', proxy.url, '-o', '-'])
    expect(file.mappings['user-dora']).toMatchObject({ role: 'mixed' })
  })

  it('says what it could not open: a reply that was changed is none', async () => {
    await using proxy = await startReplacing(store.port, '/minio/admin/v3/list-users', () => {
      const sealed = sealAdminBody(store.rootPassword, '{}')
      sealed[50] = (sealed[50] ?? 0) ^ 1
      return sealed
    })
    const { code, err } = await runImport(['minio', '--endpoint', proxy.url, '-o', '-'])
    expect(code).toBe(0)
    expect(err).toContain('users: sealed')
  })
})

describe('stint import minio, from a file', () => {
  it('reads what the store itself exports, and none of the secrets in it', async () => {
    const zip = await minioAdmin(store).exportIam()
    const { code, file, out } = await runImport(
      [
        'minio',
        '--file',
        'export.zip',
        '--endpoint',
        store.endpoint,
        '-o',
        '-',
        '--issuer',
        'https://login.example.com',
        '--audience',
        'stint',
      ],
      { files: { 'export.zip': zip }, env: {} },
    )
    expect(code).toBe(0)
    expect(file.policies).toEqual(plain.file.policies)
    expect(Object.keys(file.roles)).toEqual(expect.arrayContaining(['home-mixed-read-reports', 'mixed']))
    expect(file.mappings['group-devs']).toMatchObject({ issuer: 'sign-in', role: 'mixed', mode: 'off' })
    expect(out).not.toContain('not-a-secret-of-anybody')
  })

  const reports = ZOO[0]?.document
  it.each([
    ['one document, named after its file', 'Read Me.json', JSON.stringify(reports), ['read-me@1']],
    ['documents by name', 'all.json', JSON.stringify({ a: reports, b: reports }), ['a@1', 'b@1']],
    ['mc admin policy info', 'info.json', JSON.stringify({ PolicyName: 'x', Policy: reports }), ['x@1']],
    [
      'mc --json, one a line',
      'lines.json',
      ['x', 'y']
        .map((name) =>
          JSON.stringify({
            status: 'success',
            policy: name,
            policyInfo: { PolicyName: name, Policy: reports },
          }),
        )
        .join('\n'),
      ['x@1', 'y@1'],
    ],
  ])('reads %s', async (_name, file, text, names) => {
    const run = await runImport(['minio', '--file', file, '-o', '-'], { files: { [file]: text }, env: {} })
    expect(run.code).toBe(0)
    expect(Object.keys(run.file.policies)).toEqual(names)
    expect(run.out).toContain('Fill in where the store is')
  })

  it.each([
    ['an empty file', ''],
    ['no JSON', 'hello'],
    ['a list', '[1,2]'],
    ['an object of something else', '{"a": 1}'],
    ['a damaged archive', Buffer.from('PK\u0003\u0004 and then nothing')],
  ])('refuses %s', async (_name, content) => {
    const run = await runImport(['minio', '--file', 'f', '-o', '-'], { files: { f: content }, env: {} })
    expect([run.code, run.out]).toEqual([3, ''])
  })

  it('refuses a file that is not there', async () => {
    expect((await runImport(['minio', '--file', 'f', '-o', '-'], { env: {} })).code).toBe(3)
  })
})

describe('what is asked', () => {
  it.each([
    ['nothing', []],
    ['another store', ['ceph', '--endpoint', 'https://x.example.com']],
    ['no store', ['minio']],
    ['an unknown flag', ['minio', '--secret-key', 'x']],
    ['a secret in the URL', ['minio', '--endpoint', 'https://root:secret@x.example.com']],
    ['http to another machine', ['minio', '--endpoint', 'http://minio.example.com:9000']],
    ['an endpoint with a path', ['minio', '--endpoint', 'https://x.example.com/minio']],
    ['an issuer without its audience', ['minio', '--file', 'f', '--issuer', 'https://x.example.com']],
    ['a kind that is none', ['minio', '--file', 'f', '--for', 'everybody']],
    ['a code that nobody may accept', ['minio', '--file', 'f', '--accept', 'action_star']],
    ['no date', ['minio', '--file', 'f', '--expires', 'tomorrow']],
  ])('refuses %s', async (_name, argv) => {
    const { code, err, out } = await runImport(argv)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('usage: stint import minio')
    expect(err).not.toContain('root:secret')
  })

  it('takes an alias of mc', async () => {
    const config = {
      version: '10',
      aliases: {
        prod: {
          url: store.endpoint,
          accessKey: store.rootUser,
          secretKey: store.rootPassword,
          api: 'S3v4',
          path: 'auto',
        },
      },
    }
    const world = {
      files: { '/home-of-test/.mc/config.json': JSON.stringify(config) },
      env: { HOME: '/home-of-test' },
    }
    expect((await runImport(['minio', '--alias', 'prod', '-o', '-'], world)).code).toBe(0)
    expect((await runImport(['minio', '--alias', 'other', '-o', '-'], world)).code).toBe(2)
  })
})

describe('a store that misbehaves', () => {
  it.each([
    ['is not there', null, 4],
    ['answers no JSON', (response: import('node:http').ServerResponse) => response.end('<html>'), 3],
    [
      'redirects',
      (response: import('node:http').ServerResponse) =>
        response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      1,
    ],
    [
      'cuts the answer',
      (response: import('node:http').ServerResponse) =>
        response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy()),
      4,
    ],
  ])('%s: nothing is written', async (_name, answer, exit) => {
    const server = createServer((_request, response) => void answer?.(response)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    if (answer === null) server.close()
    const run = await runImport(['minio', '--endpoint', `http://127.0.0.1:${port}`, '-o', '-'])
    server.closeAllConnections()
    server.close()
    expect([run.code, run.out]).toEqual([exit, ''])
  })
})

/** Everything goes to the store as it came, but for one path. */
async function startReplacing(port: number, path: string, body: () => Uint8Array) {
  const server = createServer((request, response) => {
    if (request.url?.split('?')[0] === path) return void response.writeHead(200).end(body())
    const { method, url, headers } = request
    const forwarded = httpRequest({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(forwarded)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  // A TCP server that listens has an address.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
