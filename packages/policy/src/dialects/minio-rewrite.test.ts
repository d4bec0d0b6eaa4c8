import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePolicy } from '../parse.ts'
import { matchesPattern } from '../pattern.ts'
import { compileSessionPolicy } from '../session-policy.ts'
import { MINIO_ACTIONS } from './minio-actions.ts'
import { rewriteMinioPolicy } from './minio-rewrite.ts'

const ACTIONS = MINIO_ACTIONS.kinds

type Statement = { readonly [name: string]: unknown }

const policy = (...Statement: readonly Statement[]) => ({ Version: '2012-10-17', Statement })
const allow = (Action: unknown, Resource: unknown, more: Statement = {}) =>
  policy({ Effect: 'Allow', Action, Resource, ...more })
/** A variable as a policy writes it. */
const variable = (name: string) => `$${'{'}${name}}`
const arn = (path: string) => `arn:aws:s3:::${path}`

/** Rewritten, and what the dialect still says of it. */
function rewrite(document: unknown) {
  const done = rewriteMinioPolicy(document)
  if (!done.ok)
    return { codes: done.diagnostics.map(({ code }) => code), statements: [], notes: 0, holes: {} }
  const { document: written, placeholders, notes } = done.value
  const compiled = compileSessionPolicy({
    dialect: 'minio',
    accept: [],
    parts: [
      {
        document: written,
        placeholders: Object.fromEntries(
          Object.entries(placeholders).map(([name, { type }]) => [name, { type }]),
        ),
        with: Object.fromEntries(Object.keys(placeholders).map((name) => [name, { claim: [name] }])),
        path: '$',
      },
    ],
  })
  return {
    codes: [...new Set(compiled.diagnostics.map(({ code }) => code))],
    statements: written.Statement,
    notes: notes.length,
    holes: Object.fromEntries(Object.entries(placeholders).map(([name, { variable }]) => [name, variable])),
  }
}

describe('a policy of a MinIO, rewritten', () => {
  it.each([
    [
      'mixed kinds are parted',
      allow(['s3:GetObject', 's3:ListBucket'], [arn('box'), arn('box/*')]),
      [
        { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: [arn('box')] },
        { Effect: 'Allow', Action: ['s3:GetObject'], Resource: [arn('box/*')] },
      ],
    ],
    [
      '`box/*` under a bucket action is the bucket',
      allow('s3:ListBucket', arn('box/*')),
      [{ Effect: 'Allow', Action: ['s3:ListBucket'], Resource: [arn('box')] }],
    ],
    [
      '`box/` is the bucket',
      allow('s3:ListBucket', arn('box/')),
      [{ Effect: 'Allow', Action: ['s3:ListBucket'], Resource: [arn('box')] }],
    ],
    [
      'a wildcard within one kind stays',
      allow(['s3:GetObject*', 's3:List*'], [arn('box/x/*'), arn('box')], { Sid: 'Mine' }),
      [
        {
          Sid: 'MineBuckets',
          Effect: 'Allow',
          Action: [
            's3:ListBucket',
            's3:ListBucketMultipartUploads',
            's3:ListBucketVersions',
            's3:ListenBucketNotification',
          ],
          Resource: [arn('box')],
        },
        {
          Sid: 'MineObjects',
          Effect: 'Allow',
          Action: ['s3:GetObject*', 's3:ListMultipartUploadParts'],
          Resource: [arn('box/x/*')],
        },
      ],
    ],
    [
      'lists are sorted, because MinIO writes them in any order',
      allow(['s3:PutObject', 's3:GetObject'], [arn('box/y/*'), arn('box/x/*'), arn('box/x/*')]),
      [
        {
          Effect: 'Allow',
          Action: ['s3:GetObject', 's3:PutObject'],
          Resource: [arn('box/x/*'), arn('box/y/*')],
        },
      ],
    ],
  ])('%s', (_name, document, expected) => {
    const { codes, statements } = rewrite(document)
    expect(codes.filter((code) => code !== 'action_kinds')).toEqual([])
    expect(statements.filter((one) => !('Sid' in one && one.Sid === 'MineStore'))).toEqual(expected)
  })

  it.each([
    ['a bare star', allow('*', arn('box/*')), ['action_star']],
    ['every action on the whole store', allow('s3:*', arn('*')), ['action_resource_kind', 'resource_bucket']],
    ['an action of the administrator', allow('admin:*', arn('*')), ['action_service']],
    [
      'NotResource',
      policy({ Effect: 'Allow', Action: 's3:GetObject', NotResource: arn('box/*') }),
      ['element_unsupported', 'member_missing'],
    ],
    [
      'NotAction that a name would undo',
      policy({ Effect: 'Allow', NotAction: 's3:GetObject', Resource: arn('box/*') }),
      ['element_unsupported', 'member_missing'],
    ],
    [
      'a wildcard whose list would give more',
      allow('s3:Get*V*', [arn('box'), arn('box/*')]),
      ['action_kinds'],
    ],
    [
      'a variable with several values',
      allow('s3:GetObject', arn(`box/${variable('aws:groups')}/*`)),
      ['policy_variable'],
    ],
    [
      'a hole of the author',
      allow('s3:GetObject', arn(`box/{{username}}/${variable('aws:username')}/*`)),
      ['placeholder_syntax'],
    ],
    ['a principal', allow('s3:GetObject', arn('box/*'), { Principal: '*' }), ['element_unsupported']],
    [
      'another version',
      { ...allow('s3:GetObject', arn('box/*')), Version: '2008-10-17' },
      ['version_unsupported'],
    ],
    ['no document', 'text', ['not_an_object']],
    ['no statement', policy(), ['statement_list']],
    ['nothing that counts', allow('s3:ListBucket', arn('box/x/*')), ['action_resource_kind']],
  ])('leaves %s for the dialect to refuse', (_name, document, codes) => {
    expect(rewrite(document).codes.toSorted()).toEqual(codes)
  })

  it('makes placeholders of variables, one for a bucket and one for a segment', () => {
    const { codes, holes, statements } = rewrite(
      allow(
        ['s3:GetObject', 's3:ListBucket'],
        [
          arn(`home/${variable('aws:username')}/*`),
          arn(`${variable('aws:username')}`),
          arn(`${variable('aws:username')}/*`),
          arn(`${variable('jwt:preferred_username')}/x`),
        ],
      ),
    )
    expect(codes).toEqual([])
    expect(holes).toEqual({
      username: 'aws:username',
      username_bucket: 'aws:username',
      preferred_username_bucket: 'jwt:preferred_username',
    })
    expect(JSON.stringify(statements)).not.toContain('$')
  })

  it('says what of `s3:*` reaches the bucket itself', () => {
    const done = rewriteMinioPolicy(allow('s3:*', arn('box/*')))
    expect(done.ok && done.value.notes.map(({ text }) => text).join()).toContain('s3:DeleteBucket')
  })

  it('stops at depth, not at the end of the stack', () => {
    let deep: unknown = 'x'
    for (let level = 0; level < 50_000; level++) deep = { deep }
    expect(rewriteMinioPolicy({ Version: '2012-10-17', Statement: [deep] }).ok).toBe(false)
  })
})

/** MinIO's own reading of one statement (pkg/policy v3.1.3), written down apart from what is tested. */
function counts(statement: Statement, action: string, resource: string): boolean {
  const list = (member: string) => [statement[member] ?? []].flat().map(String)
  const matches = (names: readonly string[]) =>
    names.some(
      (name) => matchesPattern(name, action) || (name === 's3:GetObjectVersion' && action === 's3:GetObject'),
    )
  if (list('Action').length > 0 && !matches(list('Action'))) return false
  if (matches(list('NotAction'))) return false
  return list('Resource').some((text) => {
    const pattern = text.slice(arn('').length)
    return matchesPattern(pattern, resource) || resource.replace(/\/$/, '') === pattern
  })
}

const action = fc.oneof(
  fc.constantFrom(...ACTIONS.keys()),
  fc.constantFrom(
    's3:*',
    's3:Get*',
    's3:Put*',
    's3:List*',
    's3:*Object',
    's3:*Bucket*',
    's3:GetObjectV*',
    's3:*Versio?',
  ),
)
const resource = fc
  .constantFrom('box', 'box/', 'box/*', 'box/**', 'box/x/*', 'box/x', 'can', 'can/*', 'can/x*')
  .map(arn)
const asked = ['', 'x', 'x/', 'x/y', 'xy', '*'].flatMap((key) => [`box/${key}`, `can/${key}`, `den/${key}`])
/** What MinIO asks for a bucket is `box/`, for the store `/`, for an object `box/key`. */
const questions = [...ACTIONS].flatMap(([name, kind]) =>
  kind === 'service'
    ? [[name, '/'] as const]
    : asked
        .filter(
          (path) =>
            path.endsWith('/') === (kind === 'bucket') && (kind === 'bucket' ? path.length === 4 : true),
        )
        .map((path) => [name, path] as const),
)

describe('the law of rewriting', () => {
  it('what the dialect takes afterwards allows what the store allowed, no more and no less', () => {
    let taken = 0
    fc.assert(
      fc.property(
        fc.array(action, { minLength: 1, maxLength: 4 }),
        fc.array(resource, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (actions, Resource, not) => {
          const before = { Effect: 'Allow', [not ? 'NotAction' : 'Action']: actions, Resource }
          const done = rewriteMinioPolicy(policy(before))
          if (!done.ok || rewrite(policy(before)).codes.some((code) => code !== 'policy_too_large')) return
          taken += 1
          const parsed = parsePolicy(done.value.document)
          const after = parsed.ok ? parsed.value.Statement : []
          const differ = questions.filter(
            ([name, path]) =>
              after.some((statement) => counts(statement, name, path)) !== counts(before, name, path),
          )
          expect(differ).toEqual([])
        },
      ),
      { numRuns: 250, seed: 5 },
    )
    expect(taken).toBeGreaterThan(70)
  })
})
