import { expect, test } from 'vitest'
import { EVALUATIONS } from './corpus/evaluations.ts'
import { DIALECTS, evaluate } from './index.ts'

const DIALECT_NAMES = ['minio', 'rgw', 'aws'] as const

test.each(EVALUATIONS)('$name', ({ input, expect: wanted }) => {
  for (const name of DIALECT_NAMES) {
    const { outcome } = evaluate(input.statements, input.request, DIALECTS[name].reading)
    expect([name, outcome]).toEqual([name, typeof wanted === 'string' ? wanted : wanted[name]])
  }
})

test('the corpus is large enough to trust, and no row stands twice', () => {
  expect(EVALUATIONS.length).toBeGreaterThanOrEqual(150)
  expect(new Set(EVALUATIONS.map(({ name }) => name)).size).toBe(EVALUATIONS.length)
})

test('names the statement that decided', () => {
  const statements = EVALUATIONS.find(({ name }) => name.startsWith('Deny wins: the denied'))?.input
    .statements
  const request = { action: 's3:GetObject', resource: 'arn:aws:s3:::b1a/secret/x' }
  expect(evaluate(statements ?? [], request, DIALECTS.aws.reading)).toEqual({
    outcome: 'denied',
    statement: 1,
  })
})
