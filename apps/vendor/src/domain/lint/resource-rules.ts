import { presetOf } from '../preset.ts'
import type { IssuerBody, TargetBody } from '../resource.ts'
import { capabilityOf, waysOfEnding } from '../target-kind.ts'
import type { Hit, Rule } from './rule.ts'

const NOTHING: readonly Hit[] = []
const DAY_SECONDS = 86_400
/** Audiences that platforms put in where nobody asks: tokens that were meant for others carry them. */
const WELL_KNOWN = [
  /^sts\.amazonaws\.com$/,
  /^https:\/\/github\.com\/[^/]+$/,
  /^api:\/\/default$/,
  /^account$/,
  /^https:\/\/kubernetes\.default\.svc/,
  /^https:\/\/buildkite\.com\/[^/]+$/,
]

export type IssuerInput = { readonly body: IssuerBody; readonly used: boolean }
export type TargetInput = { readonly body: TargetBody }

export const ISSUER_RULES: readonly Rule<IssuerInput>[] = [
  {
    id: 'audience-of-others',
    severity: 'warning',
    about: 'an audience that tokens for other services carry: whoever holds one of those is let in here',
    fix: 'take an audience that only this server has, such as its URL',
    find: ({ body }) =>
      body.audiences.flatMap((audience, index) =>
        WELL_KNOWN.some((known) => known.test(audience))
          ? [{ at: ['audiences', index], says: `\`${audience}\` stands in tokens for others` }]
          : [],
      ),
  },
  {
    id: 'issuer-url',
    severity: 'warning',
    about: 'the URL is not of the form that issuers of this kind have: no token will match it',
    fix: 'copy `iss` from a token, every character of it',
    find: ({ body }) => {
      const pattern = presetOf(body.preset)?.urlPattern ?? null
      return pattern === null || new RegExp(pattern).test(body.url)
        ? NOTHING
        : [{ at: ['url'], says: `it does not look like an issuer of \`${body.preset}\`` }]
    },
  },
  {
    id: 'long-tokens',
    severity: 'warning',
    about: 'tokens that live for more than a day are accepted',
    fix: 'lower `maxLifetime`, or set `maxAge`',
    find: ({ body }) =>
      body.maxLifetimeSeconds > DAY_SECONDS && body.maxAgeSeconds === null
        ? [{ at: ['maxLifetime'], says: `up to ${Math.round(body.maxLifetimeSeconds / 3600)} hours` }]
        : NOTHING,
  },
  {
    id: 'issuer-unused',
    severity: 'notice',
    about: 'an issuer that no mapping and no administrator is of',
    fix: 'take it away',
    find: ({ used }) => (used ? NOTHING : [{ at: [], says: 'nobody of it may do anything' }]),
  },
]

export const TARGET_RULES: readonly Rule<TargetInput>[] = [
  {
    id: 'pass-through',
    severity: 'warning',
    about:
      'the store trusts the issuer itself: whoever holds its token can go there without Stint, for the whole role',
    fix: 'let the store trust Stint alone: `mode: issued-identity`',
    find: ({ body }) =>
      capabilityOf(body).identity === 'caller'
        ? [{ at: ['mode'], says: 'what Stint refuses, the store may give' }]
        : NOTHING,
  },
  {
    id: 'one-ends-all',
    severity: 'notice',
    about: 'any session of the store’s user can end all of them',
    fix: 'use `mode: issued-identity`, where each assumption is a subject of its own',
    find: ({ body }) =>
      capabilityOf(body).oneCanEnd === 'all-of-the-user'
        ? [{ at: ['mode'], says: 'all sessions share one user' }]
        : NOTHING,
  },
  {
    id: 'not-endable',
    severity: 'warning',
    about: 'a session of this target cannot be ended before it expires',
    fix: 'give the target what its kind needs to end sessions, or keep the lifetimes of its roles short',
    find: ({ body }) =>
      waysOfEnding(body).every(({ way }) => way === 'expiry')
        ? [{ at: [], says: 'a revocation stops issue, and what was given lives to its end' }]
        : NOTHING,
  },
  {
    id: 'no-budget',
    severity: 'notice',
    about: 'a client in a loop reaches the store',
    fix: 'give the target a `subjectBudget`',
    find: ({ body }) =>
      body.subjectBudget === null ? [{ at: ['subjectBudget'], says: 'no bound for one subject' }] : NOTHING,
  },
]
