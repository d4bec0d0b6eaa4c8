import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesPattern, minioBytes, parsePolicy, printPolicy } from './index.ts'
import type { PlaceholderSource } from './session-policy.ts'
import { compileSessionPolicy } from './session-policy.ts'

const allow = (Action: unknown, Resource: unknown, more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource, ...more }],
})
const KEY = 'arn:aws:s3:::{{bucket}}/{{prefix}}/*'
const PLACEHOLDERS = { bucket: 'bucket', prefix: { type: 'path', maxBytes: 100 } }
const WITH: Record<string, PlaceholderSource> = {
  bucket: { value: 'artifacts' },
  prefix: { claim: ['repository'] },
}

const compile = (
  document: unknown,
  options: { placeholders?: object; with?: Record<string, PlaceholderSource>; accept?: string[] } = {},
) =>
  compileSessionPolicy({
    dialect: 'minio',
    accept: options.accept ?? [],
    parts: [{ document, placeholders: options.placeholders ?? {}, with: options.with ?? {}, path: 'p@1' }],
  })
const codesOf = (result: ReturnType<typeof compile>) => result.diagnostics.map(({ code }) => code)

/** Each row is one refusal of the dialect or of the placeholders, and the JSON path that it names. */
const REFUSED: readonly {
  name: string
  document: unknown
  placeholders?: object
  with?: Record<string, PlaceholderSource>
  expect: readonly string[]
  at?: string
}[] = [
  {
    name: 'a bare star',
    document: allow('*', 'arn:aws:s3:::b1a/*'),
    expect: ['action_star'],
    at: 'p@1.Statement[0].Action[0]',
  },
  {
    name: 'every s3 action on objects',
    document: allow('s3:*', 'arn:aws:s3:::b1a/*'),
    expect: ['action_kinds'],
  },
  {
    name: 'a pattern over both kinds',
    document: allow('s3:Get*', 'arn:aws:s3:::b1a/*'),
    expect: ['action_kinds'],
  },
  {
    name: 'both kinds in one statement',
    document: allow(['s3:GetObject', 's3:ListBucket'], ['arn:aws:s3:::b1a', 'arn:aws:s3:::b1a/*']),
    expect: ['action_kinds'],
  },
  {
    name: 'listing by an object ARN',
    document: allow('s3:ListBucket', 'arn:aws:s3:::b1a/*'),
    expect: ['action_resource_kind'],
    at: 'p@1.Statement[0].Resource[0]',
  },
  {
    name: 'reading by a bucket ARN',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a'),
    expect: ['action_resource_kind'],
  },
  { name: 'another case', document: allow('s3:getobject', 'arn:aws:s3:::b1a/*'), expect: ['action_case'] },
  {
    name: 'another case of the service',
    document: allow('S3:GetObject', 'arn:aws:s3:::b1a/*'),
    expect: ['action_case'],
  },
  {
    name: 'an action that MinIO lacks',
    document: allow('s3:GetObjectAcl', 'arn:aws:s3:::b1a/*'),
    expect: ['action_unknown'],
  },
  {
    name: 'an admin action',
    document: allow('admin:ServerInfo', 'arn:aws:s3:::b1a/*'),
    expect: ['action_service'],
  },
  {
    name: 'an sts action',
    document: allow('sts:AssumeRole', 'arn:aws:s3:::b1a/*'),
    expect: ['action_service'],
  },
  {
    name: 'another partition',
    document: allow('s3:GetObject', 'arn:aws-cn:s3:::b1a/*'),
    expect: ['resource_arn'],
  },
  { name: 'a bare star as resource', document: allow('s3:GetObject', '*'), expect: ['resource_arn'] },
  {
    name: 'a bucket with a wildcard',
    document: allow('s3:GetObject', 'arn:aws:s3:::b*/x'),
    expect: ['resource_bucket'],
  },
  {
    name: 'every bucket',
    document: allow('s3:GetObject', 'arn:aws:s3:::*'),
    expect: ['resource_bucket', 'action_resource_kind'],
  },
  {
    name: 'a resource that climbs',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/x/../y'),
    expect: ['resource_segment'],
  },
  {
    name: 'an empty segment',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/x//y'),
    expect: ['resource_segment'],
  },
  {
    name: 'a question mark',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/x?'),
    expect: ['resource_character'],
  },
  {
    name: 'a policy variable',
    document: allow('s3:GetObject', ['arn:aws:s3:::b1a/$', 'jwt:sub}/*'].join('{')),
    expect: ['policy_variable'],
  },
  {
    name: 'NotAction',
    document: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', NotAction: 's3:GetObject', Resource: 'arn:aws:s3:::b1a/*' }],
    },
    expect: ['element_unsupported', 'member_missing'],
  },
  {
    name: 'a principal',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/*', { Principal: '*' }),
    expect: ['element_unsupported'],
  },
  {
    name: 'a misspelt member',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/*', { Conditions: {} }),
    expect: ['member_unknown'],
    at: 'p@1.Statement[0].Conditions',
  },
  {
    name: 'the old version',
    document: { ...allow('s3:GetObject', 'arn:aws:s3:::b1a/*'), Version: '2008-10-17' },
    expect: ['version_unsupported'],
  },
  {
    name: 'no version',
    document: { Statement: allow('s3:GetObject', 'arn:aws:s3:::b1a/*').Statement },
    expect: ['member_missing'],
  },
  { name: 'no statement', document: { Version: '2012-10-17', Statement: [] }, expect: ['statement_list'] },
  { name: 'no action', document: allow([], 'arn:aws:s3:::b1a/*'), expect: ['text_list'] },
  {
    name: 'only a Deny',
    document: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b1a/*' }],
    },
    expect: ['allows_nothing'],
  },
  { name: 'a text', document: 'Allow', expect: ['not_an_object'] },
  {
    name: 'a condition that the caller can answer',
    document: allow('s3:ListBucket', 'arn:aws:s3:::b1a', {
      Condition: { StringLike: { 's3:prefix': 'a/*' } },
    }),
    expect: ['condition_forgeable'],
    at: 'p@1.Statement[0].Condition.StringLike.s3:prefix',
  },
  {
    name: 'a condition in a Deny',
    document: {
      Version: '2012-10-17',
      Statement: [
        ...allow('s3:GetObject', 'arn:aws:s3:::b1a/*').Statement,
        {
          Effect: 'Deny',
          Action: 's3:GetObject',
          Resource: 'arn:aws:s3:::b1a/*',
          Condition: { NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
        },
      ],
    },
    expect: ['condition_forgeable'],
  },
  {
    name: 'an operator that MinIO lacks',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/*', {
      Condition: { ArnLike: { 'aws:username': 'x' } },
    }),
    expect: ['condition_operator'],
  },
  {
    name: 'a key of other actions',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/*', {
      Condition: { StringEquals: { 's3:prefix': 'x' } },
    }),
    expect: ['condition_key'],
  },
  {
    name: 'an empty condition',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/*', { Condition: {} }),
    expect: ['condition_shape'],
  },
  {
    name: 'a placeholder that nobody declared',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/{{x}}/*'),
    expect: ['placeholder_undeclared'],
  },
  {
    name: 'a placeholder that stands nowhere',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/*'),
    placeholders: { x: 'path' },
    with: { x: { value: 'v' } },
    expect: ['placeholder_unused'],
  },
  {
    name: 'a placeholder without a value',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/{{x}}'),
    placeholders: { x: 'path' },
    expect: ['placeholder_without_value'],
  },
  {
    name: 'a value without a placeholder',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/*'),
    with: { x: { value: 'v' } },
    expect: ['value_without_placeholder'],
  },
  {
    name: 'a placeholder in an action',
    document: allow('s3:{{x}}', 'arn:aws:s3:::b1a/*'),
    placeholders: { x: 'string' },
    with: { x: { value: 'GetObject' } },
    expect: ['action_unknown', 'placeholder_position'],
  },
  {
    name: 'a segment as bucket',
    document: allow('s3:GetObject', 'arn:aws:s3:::{{x}}/*'),
    placeholders: { x: 'segment' },
    with: { x: { claim: ['c'] } },
    expect: ['placeholder_position'],
  },
  {
    name: 'a bucket with text beside it',
    document: allow('s3:GetObject', 'arn:aws:s3:::ci-{{x}}/*'),
    placeholders: { x: 'bucket' },
    with: { x: { claim: ['c'] } },
    expect: ['resource_bucket'],
  },
  {
    name: 'a wildcard beside a placeholder',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/{{x}}*'),
    placeholders: { x: 'segment' },
    with: { x: { claim: ['c'] } },
    expect: ['placeholder_beside'],
  },
  {
    name: 'two placeholders in a segment',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/{{x}}{{x}}/*'),
    placeholders: { x: 'segment' },
    with: { x: { claim: ['c'] } },
    expect: ['placeholder_beside'],
  },
  {
    name: 'a path with text beside it',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/ci-{{x}}/*'),
    placeholders: { x: 'path' },
    with: { x: { claim: ['c'] } },
    expect: ['placeholder_position'],
  },
  {
    name: 'a single brace',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/{x}/*'),
    expect: ['placeholder_syntax'],
  },
  {
    name: 'a fixed value that widens',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/{{x}}/*'),
    placeholders: { x: 'path' },
    with: { x: { value: '*' } },
    expect: ['value_refused'],
  },
  {
    name: 'an unknown type',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/{{x}}'),
    placeholders: { x: 'regex' },
    with: { x: { value: 'v' } },
    expect: ['placeholder_type'],
  },
  {
    name: 'a size of nothing',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/{{x}}'),
    placeholders: { x: { type: 'path', maxBytes: 0 } },
    with: { x: { value: 'v' } },
    expect: ['placeholder_size'],
  },
  {
    name: 'too long for the longest values',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/{{x}}/*'),
    placeholders: { x: { type: 'path', maxBytes: 2048 } },
    with: { x: { claim: ['c'] } },
    expect: ['policy_too_large'],
  },
]

test.each(REFUSED)('refuses $name', (row) => {
  const result = compile(row.document, row)
  expect(result.ok).toBe(false)
  expect(codesOf(result)).toEqual(row.expect)
  if (row.at !== undefined) expect(result.diagnostics[0]?.path).toBe(row.at)
})

const TAKEN: readonly {
  name: string
  document: unknown
  placeholders?: object
  with?: Record<string, PlaceholderSource>
  accept?: string[]
  render: (string | undefined)[]
  expect: object
}[] = [
  {
    name: 'a plain policy',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/*'),
    render: [],
    expect: allow(['s3:GetObject'], ['arn:aws:s3:::b1a/*']),
  },
  {
    name: 'a claim as prefix',
    document: allow('s3:GetObject', KEY),
    placeholders: PLACEHOLDERS,
    with: WITH,
    render: ['acme/app'],
    expect: allow(['s3:GetObject'], ['arn:aws:s3:::artifacts/acme/app/*']),
  },
  {
    name: 'text beside a segment',
    document: allow('s3:GetObject', 'arn:aws:s3:::b1a/ci-{{x}}/*'),
    placeholders: { x: 'segment' },
    with: { x: { claim: ['id'] } },
    render: ['7'],
    expect: allow(['s3:GetObject'], ['arn:aws:s3:::b1a/ci-7/*']),
  },
  {
    name: 'a pattern of one kind',
    document: allow('s3:GetObject*', 'arn:aws:s3:::b1a/*'),
    render: [],
    expect: allow(['s3:GetObject*'], ['arn:aws:s3:::b1a/*']),
  },
  {
    name: 'an accepted condition',
    document: allow('s3:ListBucket', 'arn:aws:s3:::b1a', {
      Condition: { StringLike: { 's3:prefix': ['a/*'] } },
    }),
    accept: ['condition_forgeable'],
    render: [],
    expect: allow(['s3:ListBucket'], ['arn:aws:s3:::b1a'], {
      Condition: { StringLike: { 's3:prefix': ['a/*'] } },
    }),
  },
  {
    name: 'a quote in a value',
    document: allow('s3:GetObject', KEY),
    placeholders: PLACEHOLDERS,
    with: WITH,
    render: ['a"],"x"'],
    expect: allow(['s3:GetObject'], ['arn:aws:s3:::artifacts/a"],"x"/*']),
  },
]

test.each(TAKEN)('takes $name', (row) => {
  const result = compile(row.document, row)
  expect(codesOf(result)).toEqual([])
  if (!result.ok) return
  const rendered = result.value.render(row.render)
  expect(rendered.ok && JSON.parse(rendered.text)).toEqual(row.expect)
})

const VALUES = [
  { name: 'a missing claim', value: undefined, code: 'value_missing' },
  { name: 'an empty one', value: '', code: 'value_empty' },
  { name: 'a star', value: 'a*', code: 'value_charset' },
  { name: 'a question mark', value: 'a?', code: 'value_charset' },
  { name: 'a dollar', value: '$x', code: 'value_charset' },
  { name: 'a brace', value: 'a{b', code: 'value_charset' },
  { name: 'a backslash', value: 'a\\b', code: 'value_charset' },
  { name: 'a line break', value: 'a\nb', code: 'value_charset' },
  { name: 'NUL', value: 'a\u0000', code: 'value_charset' },
  { name: 'what is not Latin-1', value: 'a\u2024b', code: 'value_charset' },
  { name: 'a lone surrogate', value: 'a\ud800', code: 'value_charset' },
  { name: 'climbing', value: 'a/../b', code: 'value_segment' },
  { name: 'a dot', value: '.', code: 'value_segment' },
  { name: 'a leading slash', value: '/a', code: 'value_segment' },
  { name: 'a trailing slash', value: 'a/', code: 'value_segment' },
  { name: 'a double slash', value: 'a//b', code: 'value_segment' },
  { name: 'one byte too many', value: 'a'.repeat(101), code: 'value_too_long' },
  { name: 'too many once written', value: '&'.repeat(17), code: 'value_too_long' },
]

test.each(VALUES)('refuses $name as a value, naming the claim and not the value', ({ value, code }) => {
  const result = compile(allow('s3:GetObject', KEY), { placeholders: PLACEHOLDERS, with: WITH })
  if (!result.ok) throw new Error('the policy of the test is refused')
  expect(result.value.render([value])).toEqual({ ok: false, code, claim: ['repository'] })
})

test.each(['A', 'ab', '-ab', 'a..b', '10.0.0.1', 'a_b', 'a'.repeat(64)])(
  'refuses %j as a bucket',
  (value) => {
    const result = compile(allow('s3:GetObject', KEY), {
      placeholders: PLACEHOLDERS,
      with: { ...WITH, bucket: { claim: ['b'] } },
    })
    if (!result.ok) throw new Error('the policy of the test is refused')
    const values = result.value.claims.map(([name]) => (name === 'b' ? value : 'p'))
    expect(result.value.render(values)).toMatchObject({ ok: false })
  },
)

test('whatever a claim holds, the policy stays one statement inside its prefix, and its bytes inside the bound', () => {
  const result = compile(allow(['s3:GetObject', 's3:PutObject'], KEY), {
    placeholders: PLACEHOLDERS,
    with: WITH,
  })
  if (!result.ok) throw new Error('the policy of the test is refused')
  const {
    render,
    size: { max: maxBytes },
  } = result.value
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 120 }),
    fc.stringMatching(/^[a-z/".&<>é-]{1,90}$/),
    fc.string({ unit: 'grapheme' }),
  )
  let rendered = 0
  fc.assert(
    fc.property(hostile, (value) => {
      const answer = render([value])
      if (!answer.ok) return
      rendered += 1
      const parsed = parsePolicy(JSON.parse(answer.text))
      if (!parsed.ok) throw new Error('a rendered policy does not parse')
      const [statement, ...more] = parsed.value.Statement
      expect(more).toEqual([])
      expect(statement?.Resource).toEqual([`arn:aws:s3:::artifacts/${value}/*`])
      expect(statement?.Resource[0]?.slice(0, -1)).not.toMatch(/[*?]/)
      expect(minioBytes(answer.text)).toBeLessThanOrEqual(maxBytes)
      expect(printPolicy(parsed.value)).toBe(answer.text)
    }),
    { seed: 5, numRuns: 3000 },
  )
  expect(rendered).toBeGreaterThan(300)
})

test('patterns match as a plain backtracking reader would, and no pattern takes long', () => {
  const reference = (pattern: string, text: string): boolean =>
    pattern === ''
      ? text === ''
      : pattern[0] === '*'
        ? reference(pattern.slice(1), text) || (text !== '' && reference(pattern, text.slice(1)))
        : text !== '' &&
          (pattern[0] === '?' || pattern[0] === text[0]) &&
          reference(pattern.slice(1), text.slice(1))
  const small = fc.stringMatching(/^[ab*?]{0,7}$/)
  fc.assert(
    fc.property(small, fc.stringMatching(/^[ab]{0,8}$/), (pattern, text) => {
      expect(matchesPattern(pattern, text)).toBe(reference(pattern, text))
    }),
    { seed: 9, numRuns: 3000 },
  )
  expect(matchesPattern(`${'*a'.repeat(50)}b`, 'a'.repeat(20_000))).toBe(false)
})
