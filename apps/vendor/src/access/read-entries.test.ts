import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readEntries } from './read-entries.ts'

const SUB = 'asm_01a2143b-7f09-7f5b-9056-d32aefd94c83'
const SECRETS = ['eyJhbGciOiJIUzUxMiJ9.secret.token', 'Signature=8797ac4f', 'c2Vzc2lvblBvbGljeQ']

/** As MinIO posts one, with what must go nowhere. */
function posted(more: Record<string, unknown> = {}, api: Record<string, unknown> = {}) {
  return {
    version: '1',
    time: '2026-11-25T19:42:53.295120678Z',
    trigger: 'incoming',
    api: {
      name: 'PutObject',
      bucket: 'artifacts',
      object: 'acme/app/x y',
      status: 'OK',
      statusCode: 200,
      ...api,
    },
    remotehost: '127.0.0.1',
    requestID: '18EB6138DCEAF72A',
    requestPath: '/artifacts/acme/app/x y',
    requestQuery: { 'X-Amz-Signature': SECRETS[1] },
    requestClaims: {
      accessKey: 'KEY',
      exp: 1795639373,
      iss: 'https://stint/oidc/store',
      roleArn: 'arn:role',
      sub: SUB,
      sessionPolicy: SECRETS[2],
    },
    requestHeader: { Authorization: `AWS4 ${SECRETS[1]}`, 'X-Amz-Security-Token': SECRETS[0] },
    responseHeader: { ETag: 'x' },
    tags: { PutObject: 'name=acme/app/x y' },
    accessKey: 'KEY',
    parentUser: 'PARENT',
    ...more,
  }
}
const bytes = (text: string) => new TextEncoder().encode(text)
const read = (...values: unknown[]) =>
  readEntries(bytes(values.map((value) => `${JSON.stringify(value)}\n`).join('')))
const entry = (more?: Record<string, unknown>, api?: Record<string, unknown>) =>
  read(posted(more, api))?.entries[0]

test('takes what is told of a request, and nothing of its headers, tokens, policies and queries', () => {
  const found = entry()
  expect(found).toEqual({
    id: '18EB6138DCEAF72A',
    atMs: Date.parse('2026-11-25T19:42:53.295Z'),
    api: 'PutObject',
    bucket: 'artifacts',
    objects: ['acme/app/x y'],
    copiedFrom: null,
    status: 200,
    session: {
      accessKeyId: 'KEY',
      sub: SUB,
      roleArn: 'arn:role',
      issuer: 'https://stint/oidc/store',
      parent: 'PARENT',
      expiresMs: 1795639373000,
    },
    given: false,
    source: '127.0.0.1',
  })
  for (const secret of SECRETS) expect(JSON.stringify(found)).not.toContain(secret)
})

test('one entry, a line each, or a list', () => {
  expect(read(posted())?.entries).toHaveLength(1)
  expect(read(posted(), posted({ requestID: 'B' }))?.entries.map(({ id }) => id)).toEqual([
    '18EB6138DCEAF72A',
    'B',
  ])
  expect(read([posted(), posted()])?.entries).toHaveLength(2)
})

test('what is no JSON is nothing; what tells of no request is ignored, and the rest of the post counts', () => {
  for (const text of ['', ' ', 'x', '{', '{"a":1\nx\n', '\u0000']) expect(readEntries(bytes(text))).toBeNull()
  // One that is broken for ever must not be sent for ever, with all that waits behind it.
  const besideBroken = `${JSON.stringify(posted())}\n{"time":\n${JSON.stringify(posted({ requestID: 'B' }))}\n`
  expect(readEntries(bytes(besideBroken))).toMatchObject({ entries: [{}, { id: 'B' }], ignored: 1 })
  expect(read({})).toEqual({ entries: [], ignored: 1 })
  expect(read({}, posted(), 'text', null, [], posted({ time: 'never' }))).toMatchObject({ ignored: 5 })
})

test('a birth is told of the session that was born, and is no use of it', () => {
  const born = entry({ accessKey: undefined, parentUser: undefined }, { name: 'AssumeRoleSSOCommon' })
  expect([born?.given, born?.session?.accessKeyId, born?.session?.sub]).toEqual([true, 'KEY', SUB])
  expect(
    read(posted({ requestClaims: {}, accessKey: undefined }, { name: 'AssumeRoleSSOCommon' }))?.ignored,
  ).toBe(1)
})

test('a session of AssumeRole is known by the name that it was minted under', () => {
  expect(entry({ requestClaims: { tokenRevokeType: SUB } })?.session?.sub).toBe(SUB)
})

test('a signature that was not believed is nobody’s act, whoever’s token was shown', () => {
  expect(read(posted({ accessKey: undefined }, { statusCode: 403 }))).toMatchObject({
    entries: [],
    ignored: 1,
  })
  // What the store lets everybody do was done all the same.
  expect(entry({ accessKey: undefined, requestClaims: undefined })?.session).toBeNull()
})

test('of a copy both: what was written, which MinIO tells in the path, and what it was read from', () => {
  const copied = entry(
    {
      requestPath: '/artifacts/acme/app/copy',
      requestHeader: { 'X-Amz-Copy-Source': '/other/a%20b/c?versionId=1' },
    },
    { name: 'CopyObject', object: 'a b/c' },
  )
  expect([copied?.objects, copied?.copiedFrom]).toEqual([
    ['acme/app/copy'],
    { bucket: 'other', object: 'a b/c' },
  ])
})

test('of several deletes each', () => {
  const several = entry(
    {},
    { name: 'DeleteMultipleObjects', objects: [{ objectName: 'a' }, { objectName: 'b' }, { x: 1 }] },
  )
  expect(several?.objects).toEqual(['a', 'b'])
})

test('the administration of the store is no access to what it holds', () => {
  const admin = entry(
    { requestPath: '/minio/admin/v3/revoke-tokens' },
    { name: 'RevokeTokens', bucket: 'x', object: 'y' },
  )
  expect([admin?.bucket, admin?.objects]).toEqual(['', []])
})

test('texts are bounded and well formed, keys are whole or left out', () => {
  const long = 'k'.repeat(2_000)
  expect(entry({ requestClaims: { sub: long } })?.session?.sub).toHaveLength(256)
  expect(entry({}, { object: long })?.objects).toEqual([])
  expect(entry({ remotehost: '\ud800x' })?.source).toBe('\ufffdx')
})

test('no body makes it throw, and nothing but the named members comes out of any', () => {
  const value = fc.oneof(fc.jsonValue(), fc.string(), fc.integer(), fc.constant(null))
  const hostile = fc.record(
    {
      time: fc.oneof(fc.constant('2026-11-25T19:42:53Z'), value),
      api: fc.oneof(
        fc.record(
          {
            name: fc.oneof(
              fc.constantFrom('GetObject', 'CopyObject', 'AssumeRoleSSOCommon', '__proto__', 'constructor'),
              value,
            ),
            bucket: fc.oneof(fc.string(), value),
            object: fc.oneof(fc.string({ unit: 'binary' }), value),
            objects: fc.oneof(fc.array(fc.record({ objectName: value })), value),
            statusCode: fc.oneof(fc.constantFrom(200, 403, 404), value),
          },
          { requiredKeys: [] },
        ),
        value,
      ),
      requestID: value,
      requestPath: fc.oneof(fc.string(), value),
      requestClaims: fc.oneof(
        fc.record({ accessKey: value, sub: value, exp: value, roleArn: value }, { requiredKeys: [] }),
        value,
      ),
      requestHeader: fc.oneof(
        fc.record(
          { 'X-Amz-Copy-Source': fc.oneof(fc.string(), value), Authorization: value },
          { requiredKeys: [] },
        ),
        value,
      ),
      accessKey: value,
      parentUser: value,
      remotehost: value,
    },
    { requiredKeys: [] },
  )
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map(bytes),
    fc.array(hostile, { maxLength: 4 }).map((all) => bytes(all.map((one) => JSON.stringify(one)).join('\n'))),
    fc.array(hostile, { maxLength: 4 }).map((all) => bytes(JSON.stringify(all))),
  )
  const members = 'api,atMs,bucket,copiedFrom,given,id,objects,session,source,status'
  fc.assert(
    fc.property(body, (post) => {
      const found = readEntries(post)
      return (found?.entries ?? []).every(
        (one) =>
          Object.keys(one).toSorted().join() === members &&
          one.source.length <= 64 &&
          one.api.length <= 64 &&
          one.objects.length <= 1_000 &&
          one.objects.every((key) => key.isWellFormed() && key.length <= 1_024),
      )
    }),
    { numRuns: 3_000, seed: 20261125 },
  )
}, 30_000)
