import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CleanProxy, startCleanProxy } from '../support/clean-proxy.ts'
import type { RunningMinio } from '../support/minio-server.ts'
import { s3Caller } from '../support/s3.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let vendor: ChildVendor
let minio: RunningMinio
let proxy: CleanProxy

const LIST_OWN = {
  placeholders: {},
  document: {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:ListBucket'],
        Resource: ['arn:aws:s3:::artifacts'],
        Condition: { StringLike: { 's3:prefix': ['acme/*'] } },
      },
    ],
  },
}

/** The target is the proxy; the role `list-own` is confined by nothing but a condition. */
function configure({ resting = true, endpoint = proxy.endpoint, key = 's3:prefix' } = {}) {
  const base = configurationFor(vendor, endpoint)
  const policies = [{ use: 'list-own@1', with: {} }]
  const Condition = { StringLike: { [key]: ['acme/*'] } }
  const [statement] = LIST_OWN.document.Statement
  const document = { ...LIST_OWN.document, Statement: [{ ...statement, Condition }] }
  const roles = { ...base.roles, 'list-own': { ...base.roles['app-artifacts'], policies } }
  return {
    ...base,
    targets: { store: { ...base.targets.store, probe: { bucket: 'stint-probe' } } },
    ...(resting
      ? {
          roles,
          policies: { ...base.policies, 'list-own@1': { ...LIST_OWN, document } },
          mappings: { ...base.mappings, lists: { ...base.mappings['app-main'], role: 'list-own' } },
        }
      : {}),
  }
}

beforeAll(async () => {
  vendor = await startVendor()
  proxy = await startCleanProxy()
  minio = await startTrustingMinio(vendor, () => configure({ resting: false }))
  proxy.forwardTo(minio.port)
  const root = s3Caller(minio.endpoint, minio.root)
  await root('PUT', '/stint-probe')
}, 120_000)
afterAll(async () => {
  await minio?.stop()
  await proxy?.stop()
  await vendor?.stop()
})

const probe = async () => (await vendor.post('/v1/admin/targets/store:probe', {})).body
const findings = async (rule: string) =>
  (await vendor.get(`/v1/admin/findings?rule=${rule}`)).body['findings']
const list = () => vendor.exchange(vendor.token(), { resource: 'arn:aws:iam::123456789012:role/list-own' })

async function problemsOf(configuration: object): Promise<readonly string[]> {
  const { status, body } = await vendor.apply(configuration)
  if (status === 200) return []
  return (body['problems'] as { code: string }[]).map(({ code }) => code) // RFC 9457 with our members
}

/** The base policy is printed anew: what the roles reach has changed. */
async function renewWall(): Promise<void> {
  const { body } = await vendor.get('/v1/admin/targets/store/setup')
  const root = s3Caller(minio.endpoint, minio.root)
  const name = { name: String(body['policyName']) }
  await root('PUT', '/minio/admin/v3/add-canned-policy', {
    query: name,
    body: JSON.stringify(body['basePolicy']),
  })
}

test('a role rests on a condition only where a probe shows its store immune, and as long as it does', async () => {
  await renewWall()
  // 1. Nobody has looked: refused, as on every MinIO.
  expect(await problemsOf(configure())).toEqual(['condition_forgeable'])
  // 2. The probe shows that this way to the store withstands everything.
  const sheet = await probe()
  expect([sheet['immune'], sheet['broken'], sheet['outcome']]).toEqual([true, [], 'completed'])
  expect(await problemsOf(configure())).toEqual([])
  await renewWall()
  expect((await list()).status).toBe(200)
  expect(await findings('rests-on-probe')).toMatchObject([
    { kind: 'role', name: 'list-own', severity: 'notice' },
  ])
  // 3. The proxy lets everything pass: the next probe sees it, and the role is refused to all from then on.
  proxy.setClean(false)
  expect((await probe())['immune']).toBe(false)
  const refused = await list()
  expect([refused.status, refused.body['error']]).toEqual([400, 'invalid_target'])
  const [event] = await vendor.events('type=assume.refused&limit=1')
  expect(event?.event).toMatchObject({ code: 'probe_stale', decision: { outcome: 'refused' } })
  expect(await findings('probe-stale')).toMatchObject([
    { kind: 'role', name: 'list-own', severity: 'warning' },
  ])
  expect(await findings('store-changed')).toHaveLength(1)
  // 4. What stands can be changed in other ways, other roles go on, and a restart changes nothing.
  const { mappings, ...rest } = configure()
  const later = { ...mappings, 'app-main': { ...mappings['app-main'], purpose: 'another purpose' } }
  expect(await problemsOf({ ...rest, mappings: later })).toEqual([])
  expect((await vendor.exchange(vendor.token(), {})).status).toBe(200)
  await vendor.restart()
  expect((await list()).status).toBe(400)
  // 5. The proxy is back, and so is the role.
  proxy.setClean(true)
  expect((await probe())['immune']).toBe(true)
  expect((await list()).status).toBe(200)
}, 180_000)

test('a sheet is of one store: a target that names another one has none', async () => {
  expect((await list()).status).toBe(200)
  const elsewhere = configure({ endpoint: minio.endpoint })
  expect(await problemsOf(elsewhere)).toEqual([])
  expect((await list()).status).toBe(400)
  expect(await findings('never-probed')).toMatchObject([{ kind: 'target', name: 'store' }])
  expect(await problemsOf(configure())).toEqual([])
  expect((await list()).status).toBe(200)
})

test.each(['aws:Referer', 'aws:UserAgent'])(
  '%s is what a caller says of itself: no probe lifts it',
  async (key) => {
    const { policies, ...rest } = configure({ key })
    const { 'list-own@1': own, ...others } = policies as Record<string, object> // as made above
    const used = {
      ...rest.roles,
      'list-own': { ...rest.roles['app-artifacts'], policies: [{ use: 'list-own@2', with: {} }] },
    }
    const changed = {
      ...rest,
      roles: used,
      policies: { ...others, 'list-own@1': LIST_OWN, 'list-own@2': own },
    }
    expect(await problemsOf(changed)).toEqual(['condition_forgeable'])
  },
)
