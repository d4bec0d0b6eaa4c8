import { afterAll, beforeAll, expect, test } from 'vitest'
import { goodDraft, SIGNED, wireOf } from '../corpus/doors/signed-requests.ts'
import { sts, webIdentityForm } from '../support/doors.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { sendWire } from '../support/signed-request.ts'
import type { AwsCredentials } from '../support/sigv4.ts'
import { ACCOUNT, type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor
let credentials: AwsCredentials

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor({ env: { STINT_STS_REGIONS: 'us-east-1,eu-central-1' } })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  credentials = await session()
})
afterAll(async () => {
  await vendor?.stop()
  await store?.stop()
})

async function session(): Promise<AwsCredentials> {
  const { text } = await sts(vendor.url, { method: 'POST', body: webIdentityForm(vendor.token()) })
  const element = (name: string) => new RegExp(`<${name}>([^<]*)`).exec(text)?.[1] ?? ''
  return {
    accessKeyId: element('AccessKeyId'),
    secretAccessKey: element('SecretAccessKey'),
    sessionToken: element('SessionToken'),
  }
}

const good = () => goodDraft({ host: new URL(vendor.url).host, credentials, at: new Date() })

test.each(SIGNED)('$name', async (row) => {
  const reply = await sendWire(vendor.url, wireOf(row, good()))
  if (row.expect === 'identified') {
    expect([reply.status, reply.code, reply.root]).toEqual([200, undefined, 'GetCallerIdentityResponse'])
    expect(reply.body['GetCallerIdentityResult']).toEqual({
      Arn: expect.stringMatching(new RegExp(`^arn:aws:sts::${ACCOUNT}:assumed-role/app-artifacts/`)),
      UserId: expect.stringContaining(':'),
      Account: ACCOUNT,
    })
  } else expect([reply.status, reply.code]).toEqual([row.expect.status, row.expect.code])
})

test('the corpus has a hundred rows, each with a name of its own', () => {
  expect(SIGNED.length).toBeGreaterThanOrEqual(100)
  expect(new Set(SIGNED.map(({ name }) => name)).size).toBe(SIGNED.length)
})

test('answers gateways in JSON, and names the same session as the exchange did', async () => {
  const wire = wireOf(
    {
      name: '',
      expect: 'identified',
      draft: ({ headers }) => ({ headers: [...headers, ['Accept', 'application/json']] }),
    },
    good(),
  )
  const response = await fetch(vendor.url, {
    method: 'POST',
    body: wire.body,
    headers: Object.fromEntries(wire.headers.filter(([name]) => name !== 'Host')),
  })
  expect(await response.json()).toMatchObject({
    GetCallerIdentityResponse: { GetCallerIdentityResult: { Account: ACCOUNT } },
  })
})
