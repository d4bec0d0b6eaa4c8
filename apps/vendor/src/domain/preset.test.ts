import { expect, test } from 'vitest'
import { CONFIGURATION_FILE } from '../schema/configuration.ts'
import { readConfiguration } from '../schema/resources.ts'
import { compileCondition } from './condition.ts'
import { PRESETS, presetOf } from './preset.ts'
import type { ConditionBody } from './resource.ts'
import { type Claims, claimAt } from './subject.ts'

/** As GitHub documents its token: a repository of before 2026-07-15, and one created since. */
const GITHUB: Claims = {
  jti: 'b8a1',
  sub: 'repo:acme/app:ref:refs/heads/main',
  aud: 'https://stint.example.com',
  ref: 'refs/heads/main',
  ref_type: 'branch',
  repository: 'acme/app',
  repository_id: '74',
  repository_owner: 'acme',
  repository_owner_id: '65',
  run_id: '1234567',
  sha: 'd34db33f',
  event_name: 'push',
  job_workflow_ref: 'acme/app/.github/workflows/ci.yml@refs/heads/main',
  actor_id: '12',
}
const GITHUB_NEW: Claims = { ...GITHUB, sub: 'repo:acme@65/app@74:ref:refs/heads/main' }
/** As Kubernetes documents a projected service account token. */
const KUBERNETES: Claims = {
  aud: ['https://stint.example.com'],
  sub: 'system:serviceaccount:build:ci',
  'kubernetes.io': {
    namespace: 'build',
    pod: { name: 'ci-7', uid: 'p-1' },
    serviceaccount: { name: 'ci', uid: 's-1' },
  },
}

const holds = (claims: Claims, ...conditions: ConditionBody[]) =>
  conditions.every((body) => compileCondition(body).check(claims) === 'holds')

test('a GitHub mapping by ids admits both forms of sub, and the name taken over by somebody else is refused', () => {
  const byId: ConditionBody[] = [
    { claim: ['repository_id'], equals: '74' },
    { claim: ['ref'], equals: 'refs/heads/main' },
  ]
  expect([holds(GITHUB, ...byId), holds(GITHUB_NEW, ...byId)]).toEqual([true, true])
  expect(holds({ ...GITHUB, repository_id: '999' }, ...byId)).toBe(false)
})

test('a GitHub mapping by sub admits the form that it was written for, and only that', () => {
  const old: ConditionBody = { claim: ['sub'], glob: 'repo:acme/app:ref:refs/heads/*', delimiter: '/' }
  const now: ConditionBody = { claim: ['sub'], glob: 'repo:acme@65/app@74:ref:refs/heads/*', delimiter: '/' }
  expect([holds(GITHUB, old), holds(GITHUB_NEW, old), holds(GITHUB, now), holds(GITHUB_NEW, now)]).toEqual([
    true,
    false,
    false,
    true,
  ])
})

test('a glob over owners stays inside the owner', () => {
  const ofOwner: ConditionBody = { claim: ['sub'], glob: 'repo:acme/*:ref:refs/heads/main', delimiter: '/' }
  expect(holds(GITHUB, ofOwner)).toBe(true)
  expect(holds({ ...GITHUB, sub: 'repo:acme-evil/app:ref:refs/heads/main' }, ofOwner)).toBe(false)
})

test('a Kubernetes mapping reads nested claims whose names have dots', () => {
  const conditions: ConditionBody[] = [
    { claim: ['kubernetes.io', 'namespace'], equals: 'build' },
    { claim: ['kubernetes.io', 'serviceaccount', 'uid'], equals: 's-1' },
  ]
  expect(holds(KUBERNETES, ...conditions)).toBe(true)
  expect(holds({ ...KUBERNETES, 'kubernetes.io': 'build' }, ...conditions)).toBe(false)
})

test('each preset records claims that its documented token has', () => {
  const missing = (name: string, claims: Claims) =>
    (presetOf(name)?.recordedClaims ?? []).filter((path) => claimAt(claims, path) === undefined)
  expect(missing('github-actions', { ...GITHUB, environment: 'production' })).toEqual([])
  expect(missing('kubernetes', KUBERNETES)).toEqual([])
  expect(presetOf('nobody')).toBeUndefined()
})

test('the presets are all that the file takes, and github needs nothing but an audience', () => {
  for (const preset of Object.keys(PRESETS)) {
    const issuers = { a: { preset, audiences: ['x'], url: 'https://issuer.example.com', for: 'machine' } }
    expect(CONFIGURATION_FILE.safeParse({ issuers }).success).toBe(true)
  }
  expect(
    readConfiguration({ issuers: { github: { preset: 'github-actions', audiences: ['x'] } } }).problems,
  ).toEqual([])
  expect(
    readConfiguration({ issuers: { k8s: { preset: 'kubernetes', audiences: ['x'] } } }).problems.map(
      ({ code }) => code,
    ),
  ).toEqual(['url_required'])
})
