import { afterAll, beforeAll, expect, test } from 'vitest'
import { STS_REFUSALS } from '../corpus/doors/sts-requests.ts'
import { ROLE_ARN, sts, webIdentityForm } from '../support/doors.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { ACCOUNT, type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor()
  const applied = await vendor.apply(configurationFor(vendor, store.endpoint))
  expect(applied.status).toBe(200)
})
afterAll(async () => {
  await vendor?.stop()
  await store?.stop()
})

const post = (body: URLSearchParams | string, path = '/', headers: Record<string, string> = {}) =>
  sts(vendor.url + path, { method: 'POST', body, headers })

test('answers AssumeRoleWithWebIdentity in the form that the strictest client decodes, in the order of AWS’s model', async () => {
  const { status, headers, text, root, body } = await post(webIdentityForm(vendor.token()))
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('text/xml')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(root).toBe('AssumeRoleWithWebIdentityResponse')
  expect(
    text.startsWith('<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'),
  ).toBe(true)
  expect(Buffer.byteLength(text)).toBeLessThan(10_000)
  const result = body['AssumeRoleWithWebIdentityResult'] as Record<string, Record<string, string>> // checked below
  expect(Object.keys(result)).toEqual([
    'Credentials',
    'SubjectFromWebIdentityToken',
    'AssumedRoleUser',
    'PackedPolicySize',
    'Provider',
    'Audience',
  ])
  expect(result['Credentials']?.['Expiration']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  expect(result['AssumedRoleUser']?.['Arn']).toMatch(
    new RegExp(`^arn:aws:sts::${ACCOUNT}:assumed-role/app-artifacts/[\\w+=,.@-]{2,64}$`),
  )
  expect(result['PackedPolicySize']).toMatch(/^\d+$/)
  expect(result['SubjectFromWebIdentityToken']).toBe('repo:acme/app')
  expect(result['Provider']).toBe(vendor.ci.url)
  const metadata = body['ResponseMetadata'] as Record<string, string> // as above
  expect(metadata['RequestId']).toBe(headers.get('x-amzn-requestid'))
})

test.each(['/', '/sts', '/sts/', '/?x=1'])('is served at %s', async (path) => {
  expect((await post(webIdentityForm(vendor.token()), path)).status).toBe(200)
})

test('takes parameters from the query, and the token from the form only', async () => {
  const token = vendor.token()
  const query = webIdentityForm('', {})
  const body = new URLSearchParams({ WebIdentityToken: token })
  expect((await post(body, `/?${query}`)).status).toBe(200)
  const get = await sts(`${vendor.url}/?${webIdentityForm(token)}`, {})
  expect([get.status, get.code]).toEqual([400, 'InvalidParameterValue'])
})

test('takes a charset behind the content type, and the last newline of a token file', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  expect((await post(webIdentityForm(`${vendor.token()}\n`).toString(), '/', headers)).status).toBe(200)
})

test('takes no role and no session name, as minio-go sends none, where one mapping matches', async () => {
  const token = vendor.token({ ref: 'refs/heads/other' })
  const { status, body } = await post(webIdentityForm(token, { RoleArn: '', RoleSessionName: '' }))
  expect(status).toBe(200)
  expect(JSON.stringify(body)).toContain('assumed-role/quick-look/')
})

test('ignores a parameter that it does not know, and empty lists', async () => {
  const form = webIdentityForm(vendor.token(), { NewerThanThis: 'x' })
  form.append('TransitiveTagKeys', '')
  expect((await post(form)).status).toBe(200)
})

test('answers gateways in JSON with an integer Expiration, where they ask for it and for no XML', async () => {
  const headers = { accept: 'application/json' }
  const response = await fetch(vendor.url, { method: 'POST', body: webIdentityForm(vendor.token()), headers })
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(await response.json()).toMatchObject({
    AssumeRoleWithWebIdentityResponse: {
      AssumeRoleWithWebIdentityResult: {
        Credentials: { Expiration: expect.any(Number), AccessKeyId: expect.any(String) },
      },
      ResponseMetadata: { RequestId: response.headers.get('x-amzn-requestid') },
    },
  })
  const refused = await fetch(vendor.url, { method: 'POST', body: webIdentityForm('a.b.c'), headers })
  expect([refused.status, await refused.json()]).toEqual([
    400,
    {
      Error: { Type: 'Sender', Code: 'InvalidIdentityToken', Message: expect.any(String) },
      RequestId: expect.stringMatching(/^req_/),
    },
  ])
  const both = { accept: 'text/xml, application/json' }
  expect((await post(webIdentityForm(vendor.token()), '/', both)).status).toBe(200)
})

test.each(STS_REFUSALS)(
  'refuses $name',
  async ({ form = {}, query, method = 'POST', contentType, expect: wanted }) => {
    const body = typeof form === 'string' ? form : webIdentityForm(vendor.token(), form).toString()
    const headers: Record<string, string> =
      contentType === null
        ? { 'content-type': '' }
        : { 'content-type': contentType ?? 'application/x-www-form-urlencoded' }
    const reply = await sts(`${vendor.url}/${query === undefined ? '' : `?${query}`}`, {
      method,
      body,
      headers,
    })
    expect([reply.status, reply.code]).toEqual([wanted.status, wanted.code])
    expect(reply.root).toBe('ErrorResponse')
    expect(reply.headers.get('content-type')).toBe('text/xml')
    expect(reply.body['RequestId']).toMatch(/^req_/)
    expect(reply.headers.get('x-amzn-requestid')).toBe(reply.body['RequestId'])
  },
)

test('an endpoint that is misspelt is answered in XML too, and a HEAD mints nothing', async () => {
  for (const path of ['/v1/sts', '/sts/x', '/anything']) {
    const reply = await post(webIdentityForm(vendor.token()), path)
    expect([path, reply.status, reply.code]).toEqual([path, 404, 'NotFound'])
  }
  const before = store.calls()
  const head = await fetch(`${vendor.url}/?${webIdentityForm(vendor.token())}`, { method: 'HEAD' })
  expect([head.status, head.headers.get('allow'), store.calls()]).toEqual([405, 'GET, POST', before])
})

test('a browser gets a page at /, and everybody else XML', async () => {
  const page = await fetch(vendor.url, { headers: { accept: 'text/html,application/xhtml+xml' } })
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  const reply = await sts(vendor.url, {})
  expect([reply.status, reply.code]).toEqual([400, 'MissingAction'])
})

test('every answer to a refused identity is one shape with a stable code and no reason', async () => {
  const shown = async (token: string, over: Record<string, string> = {}) => {
    const reply = await post(webIdentityForm(token, over))
    const id = String(reply.body['RequestId'])
    return JSON.stringify([reply.status, reply.text.replaceAll(id, '')])
  }
  const denied = await Promise.all([
    shown(vendor.token({ repository_id: '7' })),
    shown(vendor.token({ ref: 'x' })),
    shown(vendor.token(), { RoleArn: 'arn:aws:iam::123456789012:role/nobody' }),
    shown(vendor.token({ repository: '../x' })),
  ])
  expect(new Set(denied).size).toBe(1)
  expect(denied[0]).toContain('Not authorized to perform sts:AssumeRoleWithWebIdentity')
})

test('a store token that would make the answer too long for some clients costs the members that few read', async () => {
  const token = vendor.token()
  const long = 'x'.repeat(9_100)
  store.setFault(
    { kind: 'rewrite', rewrite: (xml) => xml.replace(/<SessionToken>[^<]*/, `<SessionToken>${long}`) },
    1,
  )
  const { status, text, body } = await post(webIdentityForm(token))
  expect(status).toBe(200)
  expect(Buffer.byteLength(text)).toBeLessThan(10_000)
  expect(Object.keys(body['AssumeRoleWithWebIdentityResult'] as object)).toEqual([
    // an object by the test above
    'Credentials',
    'AssumedRoleUser',
    'PackedPolicySize',
  ])
})

test('a store that is down is a 503 that every SDK repeats, in XML', async () => {
  store.setFault({ kind: 'answer', status: 500, body: '<Error/>' }, 2)
  const reply = await post(webIdentityForm(vendor.token()))
  expect([reply.status, reply.code, reply.headers.get('retry-after')]).toEqual([
    503,
    'ServiceUnavailable',
    '1',
  ])
})

test('the audit names the door and what the caller called itself', async () => {
  const { headers } = await post(webIdentityForm(vendor.token(), { RoleSessionName: 'GitHubActions' }))
  const [found] = await vendor.events(`request=${headers.get('x-amzn-requestid')}&type=assume.intent`)
  expect(found?.event).toMatchObject({
    door: 'sts',
    claimedSessionName: 'GitHubActions',
    decision: { roleAsked: ROLE_ARN },
  })
})
