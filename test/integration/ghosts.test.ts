import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ghostsCommand } from '../../apps/vendor/src/cli/ghosts.ts'
import { usedCommand } from '../../apps/vendor/src/cli/used.ts'
import { whoCommand } from '../../apps/vendor/src/cli/who.ts'
import type { Ghost } from '../../apps/vendor/src/domain/access/ghost.ts'
import type { NamedAccess } from '../../apps/vendor/src/flows/accesses.ts'
import { createStoreTokenSigner } from '../../apps/vendor/src/targets/issued-identity.ts'
import { issuerUrlOf, readTargetKey } from '../../apps/vendor/src/targets/target-key.ts'
import { runCli } from '../support/cli.ts'
import type { RunningMinio } from '../support/minio-server.ts'
import { minioWebIdentity } from '../support/minio-sts.ts'
import { addMinioUser, writeSecret } from '../support/minio-user.ts'
import { type S3Caller, s3Caller } from '../support/s3.ts'
import type { AwsCredentials } from '../support/sigv4.ts'
import { newAssumption } from '../support/store-target.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'
import { until } from '../support/wait.ts'

let vendor: ChildVendor
let minio: RunningMinio
let root: S3Caller

const INTAKE_SECRET = 'canary-intake-secret-0f6d1c'

function configure(endpoint: string) {
  const base = configurationFor(vendor, endpoint)
  const watched = {
    intake: { secret: 'store-intake' },
    reconcile: { user: { accessKeyId: 'stint-reader', secret: 'store-reader' }, every: '24h' },
    probe: { bucket: 'stint-probe' },
  }
  return { ...base, targets: { store: { ...base.targets.store, ...watched } } }
}

beforeAll(async () => {
  vendor = await startVendor()
  const secrets = join(vendor.dataFolder, 'secrets')
  await writeSecret(secrets, 'store-intake', INTAKE_SECRET)
  minio = await startTrustingMinio(vendor, configure, {
    MINIO_AUDIT_WEBHOOK_ENABLE_stint: 'on',
    MINIO_AUDIT_WEBHOOK_ENDPOINT_stint: `${vendor.url}/v1/intake/store`,
    MINIO_AUDIT_WEBHOOK_AUTH_TOKEN_stint: INTAKE_SECRET,
  })
  root = s3Caller(minio.endpoint, minio.root)
  await root('PUT', '/stint-probe')
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['admin:ListUsers', 'admin:ListServiceAccounts'] }],
  }
  const reader = await addMinioUser(minio, { name: 'stint-reader', policy })
  await writeSecret(secrets, 'store-reader', reader.secretAccessKey)
}, 120_000)

afterAll(async () => {
  await minio?.stop()
  await vendor?.stop()
})

type Session = AwsCredentials & { readonly assumption: string }

async function given(claims: Record<string, unknown> = {}): Promise<Session> {
  const { status, body } = await vendor.exchange(vendor.token(claims))
  expect(status).toBe(200)
  const { access_key_id, secret_access_key, session_token } = body['credentials'] as Record<string, string> // our own answer
  const { body: page } = await vendor.get('/v1/admin/audit/events?type=assume.issued&limit=1')
  const [newest] = page['events'] as { event: { assumption: string } }[] // the admin door's own answer
  return {
    accessKeyId: `${access_key_id}`,
    secretAccessKey: `${secret_access_key}`,
    sessionToken: `${session_token}`,
    assumption: `${newest?.event.assumption}`,
  }
}

/** What whoever stole the key of the target does, around Stint. */
async function forged(sub: string): Promise<AwsCredentials & { readonly sessionToken: string }> {
  const key = readTargetKey({ own: join(vendor.dataFolder, 'keys'), given: null }, 'store')
  if (key === null) throw new Error('the target has no key')
  const sign = createStoreTokenSigner({
    key,
    issuer: issuerUrlOf(vendor.url, 'store'),
    audience: 'stint-store',
  })
  const nowMs = Math.floor(Date.now() / 1000) * 1000
  const token = sign(sub as `asm_${string}`, nowMs, nowMs + 30_000).reveal() // any text will do for a thief
  const answer = await minioWebIdentity(minio.endpoint, {
    token,
    clientId: 'stint-store',
    durationSeconds: 3600,
  })
  if (!answer.ok) throw new Error(`MinIO refused the forged token: ${answer.code}`)
  return answer.credentials
}

const ghosts = async (query = ''): Promise<readonly Ghost[]> =>
  (await vendor.get(`/v1/admin/ghosts${query}`)).body['ghosts'] as readonly Ghost[] // the admin door's own answer

const reconciled = () => vendor.post('/v1/admin/targets/store:reconcile', {})

async function ghostOf(accessKeyId: string): Promise<Ghost> {
  let found: Ghost | undefined
  await until(`a ghost with the key ${accessKeyId}`, async () => {
    found = (await ghosts()).find((one) => one.accessKeyId === accessKeyId)
    return found !== undefined
  })
  if (found === undefined) throw new Error('no ghost')
  return found
}

async function accessesTo(key: string): Promise<readonly NamedAccess[]> {
  const { body } = await vendor.get(`/v1/admin/accesses?bucket=artifacts&key=${encodeURIComponent(key)}`)
  return body['accesses'] as readonly NamedAccess[] // the admin door's own answer
}

const INSIDE = 'acme/app/report 1.txt'
const at = (key: string) => `/artifacts/${encodeURIComponent(key).replaceAll('%2F', '/')}`

test('sessions that were given through Stint make no ghost, used, ended, probed, or listed', async () => {
  const session = await given({ sha: 'd34db33f' })
  const s3 = s3Caller(minio.endpoint, session)
  expect((await s3('PUT', at(INSIDE), { body: 'hello' })).status).toBe(200)
  expect((await s3('DELETE', at(INSIDE))).status).toBe(403)
  const ended = await given()
  await s3Caller(minio.endpoint, ended)('GET', at(INSIDE))
  const revoked = await vendor.post(`/v1/admin/assumptions/${ended.assumption}:revoke`, { reason: 'a test' })
  expect(revoked.body).toMatchObject({ sessions: 1, proved: 1 })
  expect((await vendor.post('/v1/admin/targets/store:probe', {})).status).toBe(200)
  expect((await vendor.post('/v1/admin/targets/store:rekey', { reason: 'a test' })).body).toMatchObject({
    newKey: 'accepted',
  })
  expect((await reconciled()).body).toMatchObject({ failed: null })
  // All of it is told, in the order in which it happened.
  await until('the probe is told of', async () => (await accessesTo(INSIDE)).length >= 2)
  await last(s3)
  expect(await ghosts('?state=all')).toEqual([])
  expect((await vendor.get('/v1/admin/findings?rule=ghost-session')).body).toMatchObject({ total: 0 })
}, 120_000)

let marks = 0
/** Something that is told after everything before it, and judged. */
async function last(s3: S3Caller): Promise<void> {
  marks += 1
  const key = `acme/app/mark-${marks}`
  await s3('PUT', at(key), { body: '' })
  await until('the mark is told of', async () => (await accessesTo(key)).length > 0)
  await until('nothing waits to be judged', async () => !(await unjudged()))
}

/** Exercised counts a session when it was judged: what was touched before is judged as well. */
async function unjudged(): Promise<boolean> {
  const { body } = await vendor.get('/v1/admin/roles/app-artifacts/exercised')
  const { actions } = body as { actions?: { used: { name: string; count: number }[] } } // the admin door's own answer
  const writes = actions?.used.find(({ name }) => name === 's3:PutObject')?.count ?? 0
  return writes < marks
}

test('who stands behind an access: assumption, subject, commit, and what it did', async () => {
  const found = await accessesTo(INSIDE)
  const wrote = found.find(({ deed }) => deed === 'wrote')
  expect(wrote).toMatchObject({ api: 'PutObject', allowed: 1, refused: 0, ghost: null, exact: true })
  expect(wrote?.by).toMatchObject({
    issuer: 'ci',
    sub: 'repo:acme/app',
    role: 'app-artifacts',
    mappings: ['app-main'],
  })
  expect(found.find(({ deed }) => deed === 'deleted')).toMatchObject({ allowed: 0, refused: 1 })
  // A preset of no provider records what mappings name, and no commit.
  expect(wrote?.by?.commit).toBeNull()
  const run = (...argv: string[]) => runCli((io) => whoCommand(argv, io), { vendor })
  const shown = await run(`s3://artifacts/${INSIDE}`)
  expect(shown.code).toBe(0)
  expect(shown.out).toContain(wrote?.by?.assumption)
  expect(shown.out).toContain('repo:acme/app')
})

test('a token that is forged with a stolen key is found as soon as the store minted it', async () => {
  const sub = newAssumption()
  const thief = await forged(sub)
  const ghost = await ghostOf(thief.accessKeyId)
  expect(ghost).toMatchObject({ target: 'store', reason: 'unknown', sub, assumption: null, by: 'webhook' })
  expect(ghost.lastUsed).toBeNull()
  await s3Caller(minio.endpoint, thief)('GET', at(INSIDE))
  await until('its use is told', async () =>
    (await accessesTo(INSIDE)).some((one) => one.accessKeyId === thief.accessKeyId),
  )
  const use = (await accessesTo(INSIDE)).find((one) => one.accessKeyId === thief.accessKeyId)
  expect([use?.deed, use?.by]).toEqual(['read', null])
  const { body } = await vendor.get('/v1/admin/findings?rule=ghost-session')
  expect(body).toMatchObject({ total: 1, findings: [{ kind: 'target', name: 'store', severity: 'warning' }] })
  expect((await vendor.events('type=ghost.seen&limit=500')).length).toBe(1)
})

test('a thief who takes the name of a real assumption is not taken for it', async () => {
  const session = await given()
  const thief = await forged(session.assumption)
  await s3Caller(minio.endpoint, thief)('GET', at('acme/app/mark-1'))
  expect(await ghostOf(thief.accessKeyId)).toMatchObject({
    reason: 'other_key',
    assumption: session.assumption,
  })
  // However many of them are forged, they push nothing of the assumption's own aside.
  const own = await vendor.events(`assumption=${session.assumption}&limit=50`)
  expect(own.map(({ event }) => event.type)).toEqual(['assume.issued', 'assume.intent'])
  await until('the access is told', async () =>
    (await accessesTo('acme/app/mark-1')).some(({ ghost }) => ghost !== null),
  )
  const use = (await accessesTo('acme/app/mark-1')).find((one) => one.accessKeyId === thief.accessKeyId)
  expect(use?.by).toBeNull()
})

test('with the webhook off the store’s own list tells the same, over restarts of both', async () => {
  const before = new Set((await ghosts()).map(({ accessKeyId }) => accessKeyId))
  // Nothing that the store posts is taken any more.
  const deaf = configure(minio.endpoint)
  const { intake: _none, ...store } = deaf.targets.store
  expect((await vendor.apply({ ...deaf, targets: { store } })).status).toBe(200)
  const thief = await forged('nobody-of-ours')
  const honest = await given()
  await minio.restart()
  await vendor.restart()
  // A MinIO that was restarted lists whom it was asked by since.
  for (const one of [thief, honest]) await s3Caller(minio.endpoint, one)('GET', at(INSIDE))
  expect((await reconciled()).body).toMatchObject({ failed: null })
  const fresh = (await ghosts()).filter(({ accessKeyId }) => !before.has(accessKeyId))
  expect(fresh.map(({ accessKeyId, by, reason, sub }) => [accessKeyId, by, reason, sub])).toEqual([
    [thief.accessKeyId, 'list', 'unknown', 'nobody-of-ours'],
  ])
  expect((await vendor.apply(configure(minio.endpoint))).status).toBe(200)
}, 60_000)

test('what is put away stays in the log and is no finding any more', async () => {
  const open = await ghosts()
  for (const { id } of open) {
    const answer = await vendor.post(`/v1/admin/ghosts/${id}:dismiss`, { reason: 'the thief of a test' })
    expect(answer.body).toMatchObject({ id, dismissed: { reason: 'the thief of a test' } })
  }
  expect([await ghosts(), (await ghosts('?state=all')).length]).toEqual([[], open.length])
  expect((await vendor.get('/v1/admin/findings?rule=ghost-session')).body).toMatchObject({ total: 0 })
})

test('granted against used: what the role may and nobody did', async () => {
  const s3 = s3Caller(minio.endpoint, await given())
  await last(s3)
  const { body } = await vendor.get('/v1/admin/roles/app-artifacts/exercised')
  const found = body as {
    actions: { never: string[]; granted: string[] }
    places: { used: { name: string }[]; never: string[] }
  } // as above
  expect(found.actions.granted).toEqual(['s3:GetObject', 's3:PutObject'])
  expect(found.actions.never).toEqual([])
  expect(found.places.used.map(({ name }) => name)).toEqual(['arn:aws:s3:::artifacts/{{prefix}}/*'])
  expect(body).toMatchObject({ refused: [{ name: 's3:DeleteObject', count: 1 }] })
  const mapping = (await vendor.get('/v1/admin/mappings/app-main/exercised')).body
  expect(mapping).toMatchObject({ role: 'app-artifacts', mapping: 'app-main' })
  expect((await vendor.get('/v1/admin/roles/nobody/exercised')).status).toBe(404)
})

test('the policies of a mapping as they could be, by what its sessions used: nothing is lost that was, and nothing is wider', async () => {
  const generate = (query: string) => vendor.post(`/v1/admin/policies:generate?${query}`, undefined)
  const { status, body } = await generate('mapping=app-main&days=7')
  expect(status).toBe(200)
  const [policy] = body['policies'] as { use: string; document: unknown; dropped: unknown[] }[] // the door's own answer
  expect(policy).toMatchObject({
    use: 'artifacts-write@1',
    document: {
      Statement: [
        {
          Effect: 'Allow',
          Action: ['s3:GetObject', 's3:PutObject'],
          Resource: ['arn:aws:s3:::{{bucket}}/{{prefix}}/*'],
        },
      ],
    },
    dropped: [],
  })
  expect(Number(body['calls'])).toBeGreaterThan(0)
  expect((await generate('mapping=nobody')).status).toBe(404)
  expect((await generate('days=7')).status).toBe(400)
})

const post = (target: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${vendor.url}/v1/intake/${target}`, { method: 'POST', body, headers })
const shown = { authorization: INTAKE_SECRET }

test('who shows no secret, another one, or that of no target is refused alike, and costs one line', async () => {
  const before = vendor.logged().split('intake.refused').length
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) => {
      const target = ['store', 'nobody', 'x'.repeat(200)][index % 3] ?? ''
      const headers =
        [{}, { authorization: 'wrong' }, { authorization: `Bearer ${INTAKE_SECRET}x` }][index % 2] ?? {}
      return post(target, '{}', headers)
    }),
  )
  const told = await Promise.all(
    answers.map(async (one) => {
      const { request_id: _own, ...body } = (await one.json()) as Record<string, unknown> // our own problem details
      return JSON.stringify([one.status, body])
    }),
  )
  expect(new Set(told).size).toBe(1)
  expect(told[0]).toContain('intake_unauthenticated')
  expect(vendor.logged().split('intake.refused').length - before).toBeLessThanOrEqual(1)
})

test('a body that is hostile, cut, or too large is refused with a code, and nothing of it is an error of ours', async () => {
  const statuses = new Set<number>()
  const hostile = [
    '',
    '{',
    'null',
    '[]',
    '{}',
    '[[[[',
    '\u0000',
    '{"time":1e999}',
    '{"api":{"name":"__proto__","statusCode":200},"time":"2026-11-25T00:00:00Z","accessKey":"A"}',
    `${'['.repeat(100_000)}`,
    JSON.stringify({
      api: { name: 'GetObject', statusCode: 200 },
      time: new Date().toISOString(),
      requestID: 'x'.repeat(10_000),
      accessKey: {},
    }),
  ]
  for (const body of [...hostile, ...hostile.map((one) => `${one}\n${one}`)])
    statuses.add((await post('store', body, shown)).status)
  expect([...statuses].toSorted()).toEqual([204, 400])
  expect((await post('store', 'x'.repeat(4 * 1024 * 1024 + 1), shown)).status).toBe(413)
  expect((await fetch(`${vendor.url}/v1/intake/store`, { headers: shown })).status).toBe(405)
  const bearer = await post('store', '{}', { authorization: `Bearer ${INTAKE_SECRET}` })
  expect(bearer.status).toBe(204)
  const { status } = await vendor.exchange(vendor.token())
  expect(status).toBe(200)
})

test('a session that is used after its end, by what the store posts, is a ghost', async () => {
  const session = await given()
  await vendor.post(`/v1/admin/assumptions/${session.assumption}:revoke`, { reason: 'a test' })
  const late = {
    time: new Date(Date.now() + 60_000).toISOString(),
    api: { name: 'GetObject', bucket: 'artifacts', object: INSIDE, statusCode: 200 },
    requestID: 'late-1',
    requestClaims: {
      accessKey: session.accessKeyId,
      sub: session.assumption,
      iss: `${vendor.url}/oidc/store`,
    },
    accessKey: session.accessKeyId,
    remotehost: '198.51.100.7',
  }
  // As the store sends what it got no answer to.
  for (let sent = 0; sent < 3; sent += 1)
    expect((await post('store', JSON.stringify(late), shown)).status).toBe(204)
  expect(await ghostOf(session.accessKeyId)).toMatchObject({
    reason: 'after_end',
    source: '198.51.100.7',
    uses: 1,
  })
})

test('the commands print ghosts and what was used, and refuse what they do not know', async () => {
  const ghostsRun = (...argv: string[]) => runCli((io) => ghostsCommand(argv, io), { vendor })
  const usedRun = (...argv: string[]) => runCli((io) => usedCommand(argv, io), { vendor })
  const [open] = await ghosts()
  const printed = await ghostsRun()
  expect([printed.code, printed.out.includes(`${open?.id}`)]).toEqual([0, true])
  expect((await ghostsRun('dismiss', `${open?.id}`, '--reason', 'looked at')).out).toContain('looked at')
  expect((await ghostsRun()).out).toBe('0 ghosts\n')
  expect((await ghostsRun('look', 'store')).out).toMatch(/^store: [0-9]+ sessions held against the log/)
  expect((await usedRun('role', 'app-artifacts')).out).toMatch(
    /^role app-artifacts: used 2 of 2 actions, 1 of 1 places\n/,
  )
  expect(JSON.parse((await usedRun('mapping', 'app-main', '--json')).out)).toMatchObject({
    mapping: 'app-main',
  })
  for (const argv of [['dismiss'], ['dismiss', 'x'], ['look'], ['x'], ['--nope']])
    expect((await ghostsRun(...argv)).code).toBe(2)
  for (const argv of [[], ['role'], ['target', 'store']]) expect((await usedRun(...argv)).code).toBe(2)
  expect((await usedRun('role', 'quick-look')).code).toBe(0)
  expect((await usedRun('role', 'nobody')).code).toBe(1)
})

test('no secret of what the store posted is on disk', () => {
  const folder = vendor.dataFolder
  const files = readdirSync(folder).filter((name) => /\.db/.test(name))
  expect(files).toContain('access.db')
  const bytes = files.map((name) => readFileSync(join(folder, name), 'latin1')).join('')
  expect(bytes).toContain('PutObject')
  // The header of every MinIO session token, any signature, the secret of the intake, session policies.
  for (const trace of ['eyJhbGciOiJIUzUxMi', 'AWS4-HMAC-SHA256', 'Signature=', INTAKE_SECRET, 'eyJWZXJzaW9u'])
    expect(bytes.includes(trace), trace).toBe(false)
  expect(vendor.logged()).not.toContain(INTAKE_SECRET)
})
