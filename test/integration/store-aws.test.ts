import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TargetBody } from '../../apps/vendor/src/domain/resource.ts'
import type { CredentialTarget } from '../../apps/vendor/src/ports.ts'
import { systemClock } from '../../apps/vendor/src/runtime.ts'
import { createAwsTarget } from '../../apps/vendor/src/targets/aws.ts'
import { callIam, policyOf } from '../../apps/vendor/src/targets/iam-call.ts'
import { createStoreHttp } from '../../apps/vendor/src/targets/store-http.ts'
import { newTargetKey } from '../../apps/vendor/src/targets/target-key.ts'
import { type FakeSts, type StsFault, startFakeSts } from '../support/fake-sts.ts'
import { writeSecret } from '../support/minio-user.ts'
import { startMoto } from '../support/moto.ts'
import type { RunningMoto } from '../support/moto-server.ts'
import { mintAt, mintRequest, newAssumption, targetOptions } from '../support/store-target.ts'
import { ACCOUNT, type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

const ROLE = `arn:aws:iam::${ACCOUNT}:role/stint-store`
const POLICY =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::artifacts/*"]}]}'

describe('a server that fails on command', () => {
  let store: FakeSts
  let folder: string
  let target: CredentialTarget
  const opened: CredentialTarget[] = []

  const open = (body: Partial<TargetBody> = {}) => {
    const whole: Partial<TargetBody> & { endpoint: string } = {
      kind: 'aws',
      region: 'eu-west-1',
      roleArn: ROLE,
      endpoint: store.endpoint,
      ...body,
    }
    const made = createAwsTarget(targetOptions(whole, { key: newTargetKey(), secrets: folder }))
    opened.push(made)
    return made
  }
  const USER = { mode: 'assume-role', user: { accessKeyId: 'AKIASTINT', secret: 'aws-user' } } as const

  beforeEach(async () => {
    store = await startFakeSts()
    folder = await mkdtemp(join(tmpdir(), 'stint-aws-'))
    await writeSecret(folder, 'aws-user', 'canary-secret-of-the-user')
    target = open()
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()))
    await store.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('web identity: what AWS reads of our token, and the call beside it', async () => {
    const tagged = open({ transitiveTags: ['team', 'unknown'] })
    const assumption = newAssumption()
    await mintAt(tagged, {
      assumption,
      sessionPolicy: POLICY,
      lifetimeSeconds: 1200,
      sessionName: 'acme-1a2b',
      tags: { team: 'build', cost: '42' },
    })
    const form = store.lastForm()
    expect(Object.fromEntries(form)).toMatchObject({
      Action: 'AssumeRoleWithWebIdentity',
      RoleArn: ROLE,
      RoleSessionName: 'acme-1a2b',
      DurationSeconds: '1200',
      Policy: POLICY,
    })
    const [head = '', payload = ''] = (form.get('WebIdentityToken') ?? '').split('.')
    const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
    expect(decode(head)).toMatchObject({ alg: 'ES256', typ: 'JWT' })
    expect(decode(payload)).toMatchObject({
      sub: assumption,
      aud: 'stint-store',
      'https://aws.amazon.com/source_identity': assumption,
      'https://aws.amazon.com/tags': {
        principal_tags: { team: ['build'], cost: ['42'] },
        transitive_tag_keys: ['team'],
      },
    })
    await mintAt(open({ sourceIdentity: 'none' }), { sessionPolicy: POLICY })
    const bare = decode((store.lastForm().get('WebIdentityToken') ?? '').split('.')[1] ?? '')
    expect(Object.keys(bare).toSorted()).toEqual(['aud', 'exp', 'iat', 'iss', 'nbf', 'sub'])
  })

  test('assume role: signed by the user of the file, with tags, source identity and external id', async () => {
    const assumption = newAssumption()
    const byUser = open({ ...USER, externalId: 'stint-7', transitiveTags: ['team'] })
    await mintAt(byUser, { assumption, sessionPolicy: POLICY, tags: { team: 'build' } })
    expect(Object.fromEntries(store.lastForm())).toMatchObject({
      Action: 'AssumeRole',
      ExternalId: 'stint-7',
      SourceIdentity: assumption,
      'Tags.member.1.Key': 'team',
      'Tags.member.1.Value': 'build',
      'TransitiveTagKeys.member.1': 'team',
    })
  })

  test('a secret that goes missing is refused with its code, and nothing is asked', async () => {
    const byUser = open(USER)
    await mintAt(byUser, { sessionPolicy: POLICY })
    const asked = store.calls()
    await rm(`${folder}/aws-user`)
    const answer = await byUser.mint(mintRequest(byUser, { sessionPolicy: POLICY }))
    expect([answer, store.calls()]).toMatchObject([
      { ok: false, code: 'secret_unusable', mayExist: false },
      asked,
    ])
  })

  const error = (code: string) =>
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>canary-store-text</Message></Error><RequestId>r</RequestId></ErrorResponse>`
  const refusal = (status: number, code: string): StsFault => ({ kind: 'answer', status, body: error(code) })
  const rewrite = (from: RegExp, to: string): StsFault => ({
    kind: 'rewrite',
    rewrite: (xml) => xml.replace(from, to),
  })
  type Row = { name: string; fault: StsFault; expect: object }
  const ROWS: readonly Row[] = [
    {
      name: 'throttles, with status 400',
      fault: refusal(400, 'Throttling'),
      expect: { code: 'target_unavailable', mayExist: false, retry: true, errorCode: 'Throttling' },
    },
    {
      name: 'throttles, with status 429',
      fault: refusal(429, 'TooManyRequestsException'),
      expect: { code: 'target_unavailable', mayExist: false, retry: true },
    },
    {
      name: 'could not fetch our keys',
      fault: refusal(400, 'IDPCommunicationError'),
      expect: { code: 'target_unavailable', mayExist: false, retry: true },
    },
    {
      name: 'denies us',
      fault: refusal(403, 'AccessDenied'),
      expect: { code: 'target_refused', mayExist: false, retry: false, errorCode: 'AccessDenied' },
    },
    {
      name: 'finds the policy too large when packed',
      fault: refusal(400, 'PackedPolicyTooLarge'),
      expect: { code: 'target_refused', mayExist: false, retry: false },
    },
    {
      name: 'fails inside',
      fault: refusal(500, 'InternalFailure'),
      expect: { code: 'target_unavailable', mayExist: true, retry: true },
    },
    {
      name: 'is a proxy with a page',
      fault: { kind: 'answer', status: 502, body: '<html>bad gateway</html>' },
      expect: { code: 'target_unavailable', mayExist: true, retry: true },
    },
    {
      name: 'answers a page with 200',
      fault: { kind: 'answer', status: 200, body: '<html>welcome</html>' },
      expect: { code: 'target_answer_invalid', mayExist: true, retry: false },
    },
    {
      name: 'answers 404 with text',
      fault: { kind: 'answer', status: 404, body: 'no' },
      expect: { code: 'target_answer_invalid', retry: false },
    },
    {
      name: 'leaves out the session token',
      fault: rewrite(/<SessionToken>.*<\/SessionToken>/s, ''),
      expect: { code: 'target_answer_invalid', mayExist: true, retry: false },
    },
    {
      name: 'gives two key ids',
      fault: rewrite(/<AccessKeyId>/, '<AccessKeyId>A</AccessKeyId><AccessKeyId>'),
      expect: { code: 'target_answer_invalid', mayExist: true, retry: false },
    },
    {
      name: 'gives no real Expiration',
      fault: rewrite(/<Expiration>.*<\/Expiration>/s, '<Expiration>soon</Expiration>'),
      expect: { code: 'target_answer_invalid', mayExist: true, retry: false },
    },
    {
      name: 'answers without end',
      fault: { kind: 'rewrite', rewrite: (xml) => xml + 'x'.repeat(200_000) },
      expect: { code: 'target_answer_invalid', mayExist: true, retry: false },
    },
    {
      name: 'cuts before it answers',
      fault: { kind: 'cut', at: 'before_headers' },
      expect: { code: 'target_unavailable', mayExist: true, retry: false },
    },
    {
      name: 'cuts amid the answer',
      fault: { kind: 'cut', at: 'in_body' },
      expect: { code: 'target_unavailable', mayExist: true, retry: false },
    },
    {
      name: 'never answers',
      fault: { kind: 'hang' },
      expect: { code: 'target_unavailable', mayExist: true, retry: false },
    },
  ]

  test.each(ROWS)('that $name: one attempt, told as it is', async ({ fault, expect: wanted }) => {
    for (const one of [target, open(USER)]) {
      store.setFault(fault)
      const before = store.calls()
      const answer = await one.mint(mintRequest(one, { sessionPolicy: POLICY }))
      expect(answer).toMatchObject({ ok: false, ...wanted })
      // Not the twelve of the SDK, and nothing of the store's own words.
      expect(store.calls() - before).toBe(1)
      expect(JSON.stringify(answer)).not.toMatch(/canary/)
    }
  })

  test('that is gone: nothing was sent, and it may be asked again', async () => {
    await store.stop()
    const answer = await target.mint(mintRequest(target, { sessionPolicy: POLICY }))
    expect(answer).toMatchObject({ ok: false, code: 'target_unavailable', mayExist: false, retry: true })
  })

  test('an address that the target may not have is never connected to', async () => {
    const refused = open({ allowPrivateAddresses: [] })
    const answer = await refused.mint(mintRequest(refused, { sessionPolicy: POLICY }))
    expect(answer).toMatchObject({ ok: false, code: 'target_unavailable', mayExist: false })
    expect(store.calls()).toBe(0)
  })
})

describe('moto', () => {
  let moto: RunningMoto
  let vendor: ChildVendor

  const configure = () => {
    const base = configurationFor(vendor, moto.endpoint)
    const { 'app-artifacts': role } = base.roles
    const { 'app-main': mapping } = base.mappings
    const common = {
      ...{ kind: 'aws', region: 'eu-west-1', endpoint: moto.endpoint, iamEndpoint: moto.endpoint },
      ...{ roleArn: ROLE, allowPrivateAddresses: ['127.0.0.0/8'], subjectBudget: 'none' },
    }
    return {
      ...base,
      targets: {
        web: { ...common, admin: { accessKeyId: 'AKIAADMIN', secret: 'aws-admin' } },
        chain: { ...common, mode: 'assume-role', admin: 'default-chain' },
      },
      roles: {
        web: { ...role, target: 'web', tags: { team: 'build' } },
        chain: { ...role, target: 'chain' },
      },
      mappings: { web: { ...mapping, role: 'web' }, chain: { ...mapping, role: 'chain' } },
    }
  }

  async function iam(action: string, parameters: Record<string, string>): Promise<string> {
    const { endpoint } = moto
    const http = createStoreHttp({ endpoint, allowPrivateAddresses: ['127.0.0.0/8'], clock: systemClock })
    const caller = async () => ({ accessKeyId: 'A', secretAccessKey: 's', sessionToken: null })
    const deps = { http, clock: systemClock, endpoint, region: 'us-east-1', caller }
    const answer = await callIam(deps, action, parameters)
    await http.close()
    if (!answer.ok) throw new Error(`${action}: ${answer.errorCode}`)
    return answer.body
  }

  beforeAll(async () => {
    moto = await startMoto()
    vendor = await startVendor({
      child: true,
      // The default provider chain, as a process on AWS has it; and no metadata service here.
      env: {
        AWS_ACCESS_KEY_ID: 'AKIACHAIN',
        AWS_SECRET_ACCESS_KEY: 'canary-secret-of-the-chain',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    })
    await writeSecret(`${vendor.dataFolder}/secrets`, 'aws-admin', 'canary-secret-of-the-admin')
    expect((await vendor.apply(configure())).status).toBe(200)
    const { body } = await vendor.get('/v1/admin/targets/web/setup')
    const steps = body['steps'] as { title: string; text: string }[]
    const trust = steps.find(({ title }) => title.includes('create-role'))?.text ?? ''
    await iam('CreateRole', { RoleName: 'stint-store', AssumeRolePolicyDocument: trust })
  }, 60_000)
  afterAll(async () => {
    await vendor?.stop()
    await moto?.stop()
  })

  test.each(['web', 'chain'])('%s: a session, its end, and how full it is', async (role) => {
    const { status, body } = await vendor.exchange(vendor.token(), {
      resource: `arn:aws:iam::${ACCOUNT}:role/${role}`,
      duration_seconds: '900',
    })
    expect([status, body['error_description']]).toEqual([200, undefined])
    const { expiration = '' } = body['credentials'] as Record<string, string>
    expect(Date.parse(expiration) - Date.now()).toBeGreaterThan(880_000)
    expect(Date.parse(expiration) - Date.now()).toBeLessThanOrEqual(901_000)
    const [issued] = await vendor.events('type=assume.issued&limit=1')
    expect(issued?.event).toMatchObject({ target: role, upstream: { packedPolicySize: expect.any(Number) } })
  })

  test.each(['web', 'chain'])(
    '%s: to end sessions is a Deny on all that are older, read back',
    async (target) => {
      const startedMs = Date.now()
      const { body } = await vendor.post(`/v1/admin/targets/${target}:revoke`, { reason: 'a test' })
      expect([body['proved'], body['deniedOlder']]).toEqual([0, [target]])
      expect(body['sessions']).toBeGreaterThan(0)
      const read = await iam('GetRolePolicy', {
        RoleName: 'stint-store',
        PolicyName: 'StintDenyOlderSessions',
      })
      expect(policyOf(read)).toMatchObject({
        Statement: [
          { Effect: 'Deny', Condition: { DateLessThan: { 'aws:TokenIssueTime': expect.any(String) } } },
        ],
      })
      const cut = /TokenIssueTime":"([^"]+)"/.exec(JSON.stringify(policyOf(read)))?.[1] ?? ''
      expect(Date.parse(cut)).toBeGreaterThan(startedMs - 1_000)
    },
  )

  test('our own secrets are in no log, no event and no answer', async () => {
    const { body } = await vendor.get('/v1/admin/targets/web')
    const seen = vendor.logged() + JSON.stringify(body) + JSON.stringify(await vendor.events())
    expect(seen).not.toMatch(/canary-secret/)
  })
})
