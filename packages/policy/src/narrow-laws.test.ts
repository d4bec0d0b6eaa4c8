import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AccessRequest, Dialect, PolicyDocument, Statement } from './index.ts'
import { DIALECTS, evaluate, minimise, narrow, POLICY_VERSION } from './index.ts'

const ARN = 'arn:aws:s3:::'
const ACCEPT = ['condition_forgeable']
const document = (statements: readonly Statement[]): PolicyDocument => ({
  Version: POLICY_VERSION,
  Statement: statements,
})

const BUCKETS = ['b1a', 'b1b']
const segment = fc.constantFrom('a', 'b', 'ab', 'ba')
const key = fc.array(segment, { minLength: 1, maxLength: 3 }).map((all) => all.join('/'))

/** What roles say: full buckets, patterns of every kind in keys. */
const roleKey = fc.oneof(
  key,
  key.map((one) => `${one}/*`),
  key.map((one) => `${one}*`),
  key.map((one) => `*/${one}`),
  key.map((one) => `a*${one}*`),
  fc.constant('*'),
)
const bucketName = fc.constantFrom(...BUCKETS)
const objectArn = fc.tuple(bucketName, roleKey).map(([bucket, one]) => `${ARN}${bucket}/${one}`)
const bucketArn = bucketName.map((bucket) => ARN + bucket)

const OBJECT_ACTIONS = [
  's3:GetObject',
  's3:PutObject',
  's3:DeleteObject',
  's3:GetObjectVersion',
  's3:GetObjectTagging',
  's3:GetObject*',
  's3:GetObjectV*',
  's3:*Object',
  's3:PutObject*',
]
const BUCKET_ACTIONS = [
  's3:ListBucket',
  's3:GetBucketLocation',
  's3:DeleteBucket',
  's3:GetBucket*',
  's3:ListBucket*',
]
const condition = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<NonNullable<Statement['Condition']>>(
      { StringLike: { 'aws:UserAgent': ['a*'] } },
      { StringLike: { 'aws:UserAgent': ['*b', 'ab*'] } },
      { StringEquals: { 'aws:UserAgent': ['ab', 'b'] } },
      { StringEquals: { 'aws:UserAgent': ['b', 'ab', 'a'] }, Bool: { 'aws:SecureTransport': ['true'] } },
      { StringNotEquals: { 'aws:UserAgent': ['ab'] } },
      { StringEquals: { 'aws:UserAgent': ['a'] }, StringLike: { 'aws:UserAgent': ['a*'] } },
    ),
  },
)

function statementOf(
  actions: readonly string[],
  resource: fc.Arbitrary<string>,
  effects: readonly Statement['Effect'][] = ['Allow', 'Allow', 'Allow', 'Deny'],
): fc.Arbitrary<Statement> {
  return fc
    .record({
      Effect: fc.constantFrom(...effects),
      Action: fc.uniqueArray(fc.constantFrom(...actions), { minLength: 1, maxLength: 3 }),
      Resource: fc.uniqueArray(resource, { minLength: 1, maxLength: 3 }),
      Condition: condition,
    })
    .map(({ Condition, ...rest }) => (Condition === undefined ? rest : { ...rest, Condition }))
}

/** Statements as roles have them: one kind each, which every dialect takes. */
const roleStatement = fc.oneof(statementOf(OBJECT_ACTIONS, objectArn), statementOf(BUCKET_ACTIONS, bucketArn))
const roleStatements = fc.array(roleStatement, { minLength: 1, maxLength: 4 })

/** What callers send: other cases, both kinds in one statement, stars, escapes, other buckets. */
const askedStatement = statementOf(
  [
    ...OBJECT_ACTIONS,
    ...BUCKET_ACTIONS,
    '*',
    's3:*',
    's3:get*',
    's3:getobject',
    's3:?etObject',
    's3:*Version',
  ],
  fc.oneof(
    { weight: 4, arbitrary: objectArn },
    { weight: 2, arbitrary: bucketArn },
    { weight: 2, arbitrary: fc.constantFrom('*', `${ARN}*`, `${ARN}b1*`, `${ARN}b1a*`) },
    { weight: 1, arbitrary: fc.constantFrom(`${ARN}b1a/?`, `${ARN}b1a/\${*}`, `${ARN}*/a`, `${ARN}b1a/*b`) },
  ),
)
const askedStatements = fc.array(askedStatement, { minLength: 1, maxLength: 3 })

const KEYS = ['a', 'b', 'ab', 'ba', 'a/b', 'b/a', 'ab/a', 'a/a/b', 'b/ab/a', 'abba', '*', 'x/a']
const AGENTS = [null, 'a', 'ab', 'b', 'x']
const OBJECT_REQUESTS = [
  's3:GetObject',
  's3:PutObject',
  's3:DeleteObject',
  's3:GetObjectVersion',
  's3:GetObjectTagging',
]
const BUCKET_REQUESTS = ['s3:ListBucket', 's3:ListBucketVersions', 's3:GetBucketLocation', 's3:DeleteBucket']

/** No `.`, `..` or empty segments: MinIO cleans a path before it compares, and S3 has no such request there. */
const REQUESTS: readonly AccessRequest[] = BUCKETS.flatMap((bucket) =>
  AGENTS.flatMap((agent) =>
    ['true', 'false'].flatMap((secure) => {
      const context = {
        'aws:SecureTransport': [secure],
        ...(agent === null ? {} : { 'aws:UserAgent': [agent] }),
      }
      return [
        ...BUCKET_REQUESTS.map((action) => ({ action, resource: ARN + bucket, context })),
        ...OBJECT_REQUESTS.flatMap((action) =>
          KEYS.map((one) => ({ action, resource: `${ARN}${bucket}/${one}`, context })),
        ),
      ]
    }),
  ),
)
/** Sixty of them, spread over all: coprime to their number. */
const STRIDE = 47
const requests = fc
  .nat(REQUESTS.length - 1)
  .map((start) => Array.from({ length: 60 }, (_, at) => REQUESTS[(start + at * STRIDE) % REQUESTS.length]))
  .map((all) => all.filter((one) => one !== undefined))

/** Whether the dialect takes these statements for a role. */
function isProper(dialect: Dialect, statements: readonly Statement[]): boolean {
  return statements.every((statement) =>
    dialect.checkStatement(statement, {}, '$').every(({ code }) => code === 'condition_forgeable'),
  )
}

const allows = (statements: readonly Statement[], one: AccessRequest, dialect: Dialect) =>
  evaluate(statements, one, dialect.reading).outcome === 'allowed'

const ALL = Object.values(DIALECTS)

test.each(ALL)(
  'on $name nothing that was narrowed allows what the role or the caller does not',
  (dialect) => {
    let narrowed = 0
    let allowed = 0
    fc.assert(
      fc.property(roleStatements, askedStatements, requests, (outer, inner, all) => {
        if (!isProper(dialect, outer)) return
        const result = narrow(document(outer), document(inner), { dialect, accept: ACCEPT })
        if (!result.ok) return
        narrowed += 1
        expect(isProper(dialect, result.value.Statement)).toBe(true)
        for (const one of all) {
          if (!allows(result.value.Statement, one, dialect)) continue
          allowed += 1
          expect(allows(outer, one, dialect)).toBe(true)
          // What a caller sends is read as AWS reads it, whatever the target.
          expect(allows(inner, one, DIALECTS.aws)).toBe(true)
        }
      }),
      { seed: 17, numRuns: 1_500 },
    )
    expect(narrowed).toBeGreaterThan(200)
    expect(allowed).toBeGreaterThan(200)
  },
)

/** The simple fragment: names written out, keys written out or a beginning with one star, no conditions. */
const simpleKey = fc.oneof(
  key,
  key.map((one) => `${one}/*`),
  key.map((one) => `${one}*`),
  fc.constant('*'),
)
const simpleObject = fc.tuple(bucketName, simpleKey).map(([bucket, one]) => `${ARN}${bucket}/${one}`)
const plain = (statement: Statement): Statement => ({
  Effect: statement.Effect,
  Action: statement.Action,
  Resource: statement.Resource,
})
const simpleNames = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject']
const simpleStatement = fc
  .oneof(statementOf(simpleNames, simpleObject), statementOf(['s3:ListBucket', 's3:DeleteBucket'], bucketArn))
  .map(plain)
const simpleStatements = fc.array(simpleStatement, { minLength: 1, maxLength: 4 })

test.each(ALL)('on $name what was narrowed is all that both allow, in the simple fragment', (dialect) => {
  let both = 0
  let empty = 0
  fc.assert(
    fc.property(simpleStatements, simpleStatements, requests, (outer, inner, all) => {
      const result = narrow(document(outer), document(inner), { dialect, accept: [] })
      if (!result.ok) {
        expect(result.diagnostics.map(({ code }) => code)).toEqual(['narrow_nothing'])
        empty += 1
      }
      const statements = result.ok ? result.value.Statement : []
      for (const one of all) {
        const wanted = allows(outer, one, dialect) && allows(inner, one, DIALECTS.aws)
        if (wanted) both += 1
        expect(allows(statements, one, dialect)).toBe(wanted)
      }
    }),
    { seed: 18, numRuns: 1_000 },
  )
  expect(both).toBeGreaterThan(200)
  expect(empty).toBeGreaterThan(20)
})

test.each(ALL)('on $name a document narrowed by everything allows what it did', (dialect) => {
  const everything: Statement = { Effect: 'Allow', Action: ['s3:*'], Resource: ['*'] }
  let narrowed = 0
  fc.assert(
    fc.property(roleStatements, requests, (outer, all) => {
      if (!isProper(dialect, outer)) return
      const result = narrow(document(outer), document([everything]), { dialect, accept: ACCEPT })
      if (result.ok) narrowed += 1
      else expect(result.diagnostics.map(({ code }) => code)).toEqual(['narrow_nothing'])
      const statements = result.ok ? result.value.Statement : []
      for (const one of all) expect(allows(statements, one, dialect)).toBe(allows(outer, one, dialect))
    }),
    { seed: 19, numRuns: 400 },
  )
  expect(narrowed).toBeGreaterThan(200)
})

test.each(ALL)('on $name what was minimised allows what it did, in no more bytes', (dialect) => {
  let shorter = 0
  fc.assert(
    fc.property(fc.array(roleStatement, { minLength: 2, maxLength: 6 }), requests, (statements, all) => {
      if (!isProper(dialect, statements)) return
      const small = minimise(statements, dialect)
      expect(JSON.stringify(small).length).toBeLessThanOrEqual(JSON.stringify(statements).length)
      if (small.length < statements.length) shorter += 1
      for (const one of all) expect(allows(small, one, dialect)).toBe(allows(statements, one, dialect))
    }),
    { seed: 20, numRuns: 1_000 },
  )
  expect(shorter).toBeGreaterThan(200)
})
