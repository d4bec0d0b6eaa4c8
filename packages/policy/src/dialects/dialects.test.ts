import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import AWS_STATEMENTS from '../corpus/aws-statements.json' with { type: 'json' }
import RGW_STATEMENTS from '../corpus/rgw-statements.json' with { type: 'json' }
import type { DialectName, SessionPolicyInput } from '../index.ts'
import { compileSessionPolicy, DIALECTS, dialectOf, evaluate, parsePolicy, sizeBounds } from '../index.ts'

const PLACEHOLDERS = { b: 'bucket', s: 'segment', p: 'path', t: 'string' } as const
const ALLOW = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b1a/*' }

function inputOf(
  dialect: DialectName,
  statements: readonly object[],
  more: { readonly accept?: readonly string[]; readonly placeholders?: object } = {},
): SessionPolicyInput {
  const text = JSON.stringify(statements)
  const named = Object.entries(PLACEHOLDERS).filter(([name]) => text.includes(`{{${name}}}`))
  return {
    dialect,
    accept: more.accept ?? [],
    parts: [
      {
        document: { Version: '2012-10-17', Statement: statements },
        placeholders: more.placeholders ?? Object.fromEntries(named),
        with: Object.fromEntries(named.map(([name]) => [name, { claim: [name] }])),
        path: 'p@1',
      },
    ],
  }
}

const ROWS = [
  ...AWS_STATEMENTS.map((row) => ({ dialect: 'aws' as const, ...row })),
  ...RGW_STATEMENTS.map((row) => ({ dialect: 'rgw' as const, ...row })),
]

test.each(ROWS)('$dialect says what is wrong with $name', ({ dialect, statement, expect: wanted }) => {
  const { diagnostics } = compileSessionPolicy(inputOf(dialect, [{ Effect: 'Allow', ...statement }, ALLOW]))
  expect(diagnostics.map(({ code }) => code)).toEqual(wanted)
  expect(diagnostics.filter(({ path }) => !path.startsWith('p@1.Statement[0]'))).toEqual([])
})

test('a target of another kind has no dialect, whatever objects are called', () => {
  expect([dialectOf('aws')?.name, dialectOf('toString'), dialectOf('seaweedfs')]).toEqual(['aws', null, null])
})

test('docs/POLICIES.md counts the actions and budgets of each dialect as they are', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/POLICIES.md'), 'utf8')
  const { minio, rgw, aws } = DIALECTS
  const kms = [...aws.actions.kinds.keys()].filter((name) => name.startsWith('kms:')).length
  const counts = [
    minio.actions.kinds.size,
    rgw.actions.kinds.size,
    `${aws.actions.kinds.size - kms}, and ${kms} of KMS`,
  ]
  expect(page).toContain(`| actions known | ${counts.join(' | ')} |`)
  expect([minio, rgw, aws].map(({ budget }) => [budget.max, budget.unit])).toEqual([
    [2048, 'bytes'],
    [2048, 'bytes'],
    [2048, 'characters'],
  ])
})

test('on AWS a value with wildcards is written as itself, and matches itself alone', () => {
  const result = compileSessionPolicy(inputOf('aws', [{ ...ALLOW, Resource: 'arn:aws:s3:::b1a/{{s}}/*' }]))
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  const unit = fc.constantFrom('*', '?', '$', 'a', 'b', '-', ' ', '.', 'é')
  let special = 0
  fc.assert(
    fc.property(
      fc.string({ unit, minLength: 1, maxLength: 6 }),
      fc.string({ unit, minLength: 1, maxLength: 6 }),
      (value, other) => {
        const rendered = result.value.render([value])
        if (!rendered.ok) return
        if (/[*?$]/.test(value)) special += 1
        const parsed = parsePolicy(rendered.text)
        const statements = parsed.ok ? parsed.value.Statement : []
        const reads = (key: string) =>
          evaluate(
            statements,
            { action: 's3:GetObject', resource: `arn:aws:s3:::b1a/${key}/x` },
            DIALECTS.aws.reading,
          ).outcome
        expect(reads(value)).toBe('allowed')
        expect(reads(other)).toBe(other === value ? 'allowed' : 'not_allowed')
      },
    ),
    { seed: 3, numRuns: 2_000 },
  )
  expect(special).toBeGreaterThan(200)
})

test('where there is no escape such a value is refused, and a fixed one when the role is saved', () => {
  for (const dialect of ['minio', 'rgw'] as const) {
    const input = inputOf(dialect, [{ ...ALLOW, Resource: 'arn:aws:s3:::b1a/{{s}}/*' }])
    const result = compileSessionPolicy(input)
    expect(result.ok && result.value.render(['a*'])).toMatchObject({ ok: false, code: 'value_charset' })
    const fixed = { ...input, parts: input.parts.map((part) => ({ ...part, with: { s: { value: 'a*' } } })) }
    expect(compileSessionPolicy(fixed).diagnostics.map(({ code }) => code)).toEqual(['value_refused'])
  }
})

test('an escape counts: a value of stars is three times as long on AWS', () => {
  const placeholders = { s: { type: 'segment', maxBytes: 12 } }
  const result = compileSessionPolicy(
    inputOf('aws', [{ ...ALLOW, Resource: 'arn:aws:s3:::b1a/{{s}}/*' }], { placeholders }),
  )
  if (!result.ok) throw new Error('refused')
  expect(result.value.render(['***']).ok).toBe(true)
  expect(result.value.render(['****'])).toMatchObject({ ok: false, code: 'value_too_long' })
  const longest = result.value.render(['***'])
  expect(longest.ok && DIALECTS.aws.measure(longest.text)).toBe(result.value.size.max)
})

test.each(['minio', 'rgw', 'aws'] as const)(
  'on %s the bounds are met by the shortest and the longest values',
  (name) => {
    const statements = [
      { ...ALLOW, Resource: ['arn:aws:s3:::{{b}}/{{p}}/*', 'arn:aws:s3:::{{b}}/ci-{{s}}/{{p}}'] },
    ]
    const placeholders = {
      b: 'bucket',
      p: { type: 'path', maxBytes: 30 },
      s: { type: 'segment', maxBytes: 9 },
    }
    const input = inputOf(name, statements, { placeholders })
    const bounds = sizeBounds(input)
    const compiled = compileSessionPolicy(input)
    if (!bounds.ok || !compiled.ok) throw new Error('refused')
    expect(bounds.value).toEqual(compiled.value.size)
    const sizeWith = (values: Record<string, string>) => {
      const rendered = compiled.value.render(compiled.value.claims.map(([claim = '']) => values[claim]))
      return rendered.ok && DIALECTS[name].measure(rendered.text)
    }
    expect(sizeWith({ b: 'abc', p: 'p', s: 's' })).toBe(bounds.value.min)
    expect(sizeWith({ b: 'b'.repeat(63), p: 'p'.repeat(30), s: 's'.repeat(9) })).toBe(bounds.value.max)
    expect(bounds.value.placeholders).toEqual([
      { names: ['p@1.b'], claim: ['b'], maxBytes: 63, uses: 2, most: 126 },
      { names: ['p@1.p'], claim: ['p'], maxBytes: 30, uses: 2, most: 60 },
      { names: ['p@1.s'], claim: ['s'], maxBytes: 9, uses: 1, most: 9 },
    ])
  },
)

test('what is too large says which placeholder takes most, and its bounds can still be asked', () => {
  const placeholders = { p: { type: 'path', maxBytes: 1000 }, s: 'segment' }
  const input = inputOf(
    'minio',
    [{ ...ALLOW, Resource: ['arn:aws:s3:::b1a/{{p}}/{{s}}', 'arn:aws:s3:::b1a/x/{{p}}'] }],
    {
      placeholders,
    },
  )
  const { diagnostics } = compileSessionPolicy(input)
  expect(diagnostics.map(({ code }) => code)).toEqual(['policy_too_large'])
  expect(diagnostics[0]?.message).toContain('2000 of them for p@1.p')
  const bounds = sizeBounds(input)
  expect(bounds.ok && bounds.value.max).toBeGreaterThan(2048)
})

test('what would be too large is said in fewer statements, and says the same', () => {
  const names = [
    'GetObject',
    'PutObject',
    'DeleteObject',
    'GetObjectTagging',
    'PutObjectTagging',
    'AbortMultipartUpload',
  ]
  const statements = names.map((name) => ({
    ...ALLOW,
    Action: `s3:${name}`,
    Resource: `arn:aws:s3:::b1a/{{p}}/${'x'.repeat(100)}/*`,
  }))
  const placeholders = { p: { type: 'path', maxBytes: 300 } }
  const result = compileSessionPolicy(inputOf('minio', statements, { placeholders }))
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  const rendered = result.value.render(['p'])
  const parsed = parsePolicy(rendered.ok ? rendered.text : '')
  expect(parsed.ok && parsed.value.Statement.map(({ Action }) => Action)).toEqual([
    names.map((name) => `s3:${name}`),
  ])
})
