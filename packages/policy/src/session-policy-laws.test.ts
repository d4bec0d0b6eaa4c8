import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileSessionPolicy, minioBytes, parsePolicy, type SessionPolicyInput } from './index.ts'

const PUT = { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::{{b}}/{{p}}/ci-{{s}}/*' }
const LIST = {
  Effect: 'Allow',
  Action: 's3:ListBucket',
  Resource: 'arn:aws:s3:::{{b}}',
  Condition: { StringLike: { 's3:prefix': ['{{p}}/*', '{{p}}'] } },
}
const PLACEHOLDERS = {
  b: 'bucket',
  p: { type: 'path', maxBytes: 40 },
  s: { type: 'segment', maxBytes: 12 },
}
const WITH = { b: { claim: ['b'] }, p: { claim: ['p'] }, s: { claim: ['s'] } }

function compile(statements: readonly object[], more: Partial<SessionPolicyInput> = {}) {
  return compileSessionPolicy({
    dialect: 'minio',
    accept: ['condition_forgeable'],
    parts: [
      {
        document: { Version: '2012-10-17', Statement: statements },
        placeholders: PLACEHOLDERS,
        with: WITH,
        path: 'p@1',
      },
    ],
    ...more,
  })
}

function compiled(statements: readonly object[], more: Partial<SessionPolicyInput> = {}) {
  const result = compile(statements, more)
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  const { value } = result
  const render = (values: Readonly<Record<string, string>>) =>
    value.render(value.claims.map(([name = '']) => values[name]))
  return { ...value, render }
}

test('every value stays in its hole: as many statements, and each text is the template with the values put in', () => {
  const {
    render,
    size: { max: maxBytes },
  } = compiled([PUT, LIST])
  const unit = fc.constantFrom('a', 'B', '-', '.', '"', ',', ']', '&', '<', 'é', ':', ' ')
  const segment = fc.string({ unit, minLength: 1, maxLength: 14 })
  const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((all) => all.join('/'))
  const bucket = fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,20}[a-z0-9]$/)
  let rendered = 0
  fc.assert(
    fc.property(bucket, path, segment, (b, p, s) => {
      const answer = render({ b, p, s })
      if (!answer.ok) return
      rendered += 1
      expect(minioBytes(answer.text)).toBeLessThanOrEqual(maxBytes)
      const parsed = parsePolicy(answer.text)
      expect(parsed.ok && parsed.value.Statement).toEqual([
        { Effect: 'Allow', Action: ['s3:PutObject'], Resource: [`arn:aws:s3:::${b}/${p}/ci-${s}/*`] },
        {
          Effect: 'Allow',
          Action: ['s3:ListBucket'],
          Resource: [`arn:aws:s3:::${b}`],
          Condition: { StringLike: { 's3:prefix': [`${p}/*`, p] } },
        },
      ])
    }),
    { seed: 8, numRuns: 3000 },
  )
  expect(rendered).toBeGreaterThan(500)
})

test('the bound is reached by the longest values, in escapes as in letters, and by no byte more', () => {
  const {
    render,
    size: { max: maxBytes },
  } = compiled([PUT, LIST])
  for (const [p, s] of [
    ['p'.repeat(40), 's'.repeat(12)],
    [`&&&&&&${'p'.repeat(4)}`, '<>'],
    ['é'.repeat(20), '"'.repeat(6)],
  ] as const) {
    const answer = render({ b: 'b'.repeat(63), p, s })
    expect(answer.ok && minioBytes(answer.text)).toBe(maxBytes)
    expect(render({ b: 'b'.repeat(63), p: `${p}p`, s })).toMatchObject({ ok: false, code: 'value_too_long' })
  }
})

test('asks for each claim once, whichever parts and placeholders take it', () => {
  const part = { placeholders: { b: 'bucket', s: 'segment' }, path: 'p@1' }
  const statement = (name: string) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: `s3:${name}`, Resource: 'arn:aws:s3:::{{b}}/{{s}}' }],
  })
  const { claims, render } = compiled([], {
    parts: [
      {
        ...part,
        document: statement('GetObject'),
        with: { b: { value: 'fixed' }, s: { claim: ['x', 'y'] } },
      },
      { ...part, document: statement('PutObject'), with: { b: { claim: ['x', 'y'] }, s: { claim: ['z'] } } },
    ],
  })
  expect(claims).toEqual([['x', 'y'], ['z']])
  expect(render({ x: 'abc', z: 'q' })).toEqual({
    ok: true,
    text: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::fixed/abc"]},{"Effect":"Allow","Action":["s3:PutObject"],"Resource":["arn:aws:s3:::abc/q"]}]}',
  })
  expect(render({ x: 'Abc', z: 'q' })).toEqual({ ok: false, code: 'value_bucket', claim: ['x', 'y'] })
})

test('an accepted condition stays a finding, a lowered one; a probe that lifts it leaves none', () => {
  expect(compiled([PUT, LIST]).findings).toMatchObject([
    {
      code: 'condition_forgeable',
      severity: 'warning',
      path: 'p@1.Statement[1].Condition.StringLike.s3:prefix',
    },
  ])
  expect(compiled([PUT, LIST], { accept: [], allowForgeableConditions: true }).findings).toEqual([])
  expect(compile([PUT, LIST], { accept: [] }).ok).toBe(false)
})

test.each(['condition_forgable', 'action_star', 'toString', ''])('refuses %j as a code to accept', (code) => {
  const result = compile([PUT], { accept: [code] })
  expect(result.diagnostics.map((found) => [found.code, found.path])).toEqual([
    ['accept_unknown', '$.accept[0]'],
  ])
})

test('refuses a role of no parts, and one of Deny alone, since MinIO takes nothing for everything', () => {
  expect(compile([], { parts: [] }).diagnostics.map(({ code }) => code)).toEqual(['allows_nothing'])
  expect(compile([{ ...PUT, Effect: 'Deny' }]).diagnostics.map(({ code }) => code)).toEqual([
    'allows_nothing',
  ])
})

test('takes a placeholder named like a member of every object', () => {
  const document = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b1a/{{constructor}}' }],
  }
  const { render } = compiled([], {
    parts: [
      {
        document,
        placeholders: { constructor: 'segment' },
        with: { constructor: { claim: ['c'] } },
        path: 'p',
      },
    ],
  })
  expect(render({ c: 'v' })).toMatchObject({ ok: true })
})
