import type { PolicyDocument } from '@stint/policy'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { roleTries } from './role-tries.ts'
import { MARK, roleValues } from './role-values.ts'
import type { ProbeScope, ProbeStep } from './try.ts'
import { allow, policyOf } from './try.ts'

const SCOPE: ProbeScope = { bucket: '', root: '', stranger: 'stint-probe-nobody', nowMs: 0 }
const requestsOf = (steps: readonly ProbeStep[]) =>
  steps.flatMap((step) =>
    step.do === 'send' ? [{ ...step.request(SCOPE, 'asm_1'), expect: step.expect }] : [],
  )
const tries = (plain: PolicyDocument) =>
  roleTries({ plain, longest: plain, defaultSeconds: 3600, maxSeconds: 3600 })
const stepsOf = (plain: PolicyDocument, id: string) =>
  requestsOf(tries(plain).find((one) => one.id === id)?.steps ?? [])

const RW = ['s3:GetObject', 's3:PutObject']

test('what others wrote is never written: an exact key is read, and a wildcard gets the mark', () => {
  const exact = policyOf(allow(RW, ['arn:aws:s3:::b/settings.json']))
  expect(stepsOf(exact, 'role-inside').map(({ method, path }) => [method, path])).toEqual([
    ['GET', '/b/settings.json'],
  ])
  const star = policyOf(allow(RW, ['arn:aws:s3:::b/in/*']))
  expect(stepsOf(star, 'role-inside').map(({ method, path }) => [method, path])).toEqual([
    ['PUT', `/b/in/${MARK}`],
    ['GET', `/b/in/${MARK}`],
  ])
})

test('every write and deletion of any role is of a key that holds the mark', () => {
  const segment = fc.constantFrom('a', 'team', '*', 'x y', 'ä', MARK)
  const actions = fc.subarray(['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:Get*', 's3:*'], {
    minLength: 1,
  })
  const resource = fc
    .array(segment, { minLength: 1, maxLength: 4 })
    .map((parts) => `arn:aws:s3:::bucket/${parts.join('/')}`)
  const statement = fc.record({
    Effect: fc.constantFrom('Allow' as const, 'Deny' as const),
    Action: actions,
    Resource: fc.array(resource, { minLength: 1, maxLength: 3 }),
  })
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 4 }), (statements) => {
      for (const { method, path } of requestsOf(tries(policyOf(...statements)).flatMap(({ steps }) => steps)))
        if (method !== 'GET') expect(path).toContain(MARK)
    }),
    { seed: 9 },
  )
})

test('what a Deny or a condition decides is not expected to be allowed', () => {
  const denied = policyOf(allow(RW, ['arn:aws:s3:::b/*']), {
    ...allow(['s3:PutObject'], ['arn:aws:s3:::b/*']),
    Effect: 'Deny',
  })
  expect(stepsOf(denied, 'role-inside').map(({ method }) => method)).toEqual(['GET'])
  expect(stepsOf(denied, 'role-other-verb').map(({ method, expect: wanted }) => [method, wanted])).toEqual([
    ['PUT', 'refused'],
    ['DELETE', 'refused'],
    ['GET', 'refused'],
  ])
  const conditional = policyOf(allow(RW, ['arn:aws:s3:::b/*'], { StringEquals: { 'aws:username': ['x'] } }))
  expect(tries(conditional).find(({ id }) => id === 'role-inside')?.untried).toBeDefined()
})

test('a key is encoded as S3 signs it', () => {
  const odd = policyOf(allow(['s3:GetObject'], ["arn:aws:s3:::b/a b/ä(1)'+/x"]))
  expect(stepsOf(odd, 'role-inside')[0]?.path).toBe('/b/a%20b/%C3%A4%281%29%27%2B/x')
})

const role = (withs: Record<string, { claim: string[] } | { value: string }>) =>
  ({ policies: [{ use: 'p@1', with: withs }] }) as unknown as Parameters<typeof roleValues>[0] // all that is read of it
const policies = (placeholders: Record<string, { type: string; maxBytes: number }>) =>
  new Map([['p@1', { placeholders, document: {} }]])

test('values are the mark, as long as the role allows, and a bucket must be said', () => {
  const found = roleValues(
    role({
      bucket: { claim: ['project'] },
      path: { claim: ['repository'] },
      part: { claim: ['team', 'name'] },
      fixed: { value: 'x' },
    }),
    policies({
      bucket: { type: 'bucket', maxBytes: 63 },
      path: { type: 'path', maxBytes: 450 },
      part: { type: 'segment', maxBytes: 5 },
      fixed: { type: 'segment', maxBytes: 9 },
    }),
    { claims: [['project'], ['repository'], ['team', 'name']], given: {} },
  )
  expect(found.missing).toEqual(['bucket'])
  expect(found.plain.slice(1)).toEqual([MARK, 'stint'])
  expect(found.longest[1]).toHaveLength(450)
  expect(found.longest[1]?.split('/').every((one) => one.length > 0 && one.length <= 200)).toBe(true)
  expect(found.longest[2]).toBe('stint')
})

test('values by name stand for their claim everywhere, and a name of nothing is told', () => {
  const found = roleValues(
    role({ bucket: { claim: ['project'] } }),
    policies({ bucket: { type: 'bucket', maxBytes: 63 } }),
    {
      claims: [['project']],
      given: { bucket: 'artifacts', nobody: 'x' },
    },
  )
  expect([found.plain, found.longest, found.missing, found.unknown]).toEqual([
    ['artifacts'],
    ['artifacts'],
    [],
    ['nobody'],
  ])
})
