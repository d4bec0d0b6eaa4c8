import type { Preset } from './preset.ts'

/**
 * CircleCI. One issuer an organization; the names of its claims hold a dot and a slash and are one step of a path. `sub` ends
 * in the user. Whoever may rerun a job with SSH holds its token. Forks get tokens where secrets are passed to them.
 * (CircleCI Docs, "OpenID Connect tokens".)
 */
export const CIRCLECI = {
  url: null,
  urlPattern: '^https://oidc\\.circleci\\.com/org/[0-9a-f-]{36}$',
  algorithms: ['RS256'],
  typ: ['jwt', null],
  maxLifetimeSeconds: 3600,
  usualLifetimeSeconds: 3600,
  for: 'machine',
  people: false,
  recordedClaims: [
    ['oidc.circleci.com/project-id'],
    ['oidc.circleci.com/context-ids'],
    ['oidc.circleci.com/vcs-origin'],
    ['oidc.circleci.com/vcs-ref'],
    ['oidc.circleci.com/ssh-rerun'],
  ],
  immutable: { 'oidc.circleci.com/vcs-origin': 'oidc.circleci.com/project-id' },
  tenant: [],
  subTrap: 'its `sub` ends in the user who started the job',
  claims: [
    'iss',
    'sub',
    'aud',
    'exp',
    'iat',
    'oidc.circleci.com/project-id',
    'oidc.circleci.com/org-id',
    'oidc.circleci.com/context-ids',
    'oidc.circleci.com/vcs-origin',
    'oidc.circleci.com/vcs-ref',
    'oidc.circleci.com/ssh-rerun',
    'oidc.circleci.com/job-id',
    'oidc.circleci.com/pipeline-id',
    'oidc.circleci.com/workflow-id',
    'oidc.circleci.com/pipeline-definition-id',
  ],
  textClaims: [
    'sub',
    'oidc.circleci.com/project-id',
    'oidc.circleci.com/vcs-origin',
    'oidc.circleci.com/vcs-ref',
  ],
  listClaims: ['oidc.circleci.com/context-ids'],
  numberClaims: [],
  lowerCaseClaims: ['oidc.circleci.com/project-id'],
  optionalClaims: [
    'oidc.circleci.com/context-ids',
    'oidc.circleci.com/vcs-origin',
    'oidc.circleci.com/vcs-ref',
  ],
  mutableClaims: {},
  jti: false,
  environmentClaim: null,
  protectedClaim: null,
  eventClaims: ['oidc.circleci.com/vcs-ref', 'oidc.circleci.com/context-ids', 'sub'],
  traps: ['deny ssh-rerun', 'forks get tokens where secrets are passed to them: pin the origin'],
} as const satisfies Preset
