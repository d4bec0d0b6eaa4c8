import type { Preset } from './preset.ts'

/**
 * Bitbucket Pipelines. UUIDs stand in braces, which are part of the value. `sub` ends in the step and is another one for
 * every step. The issuer's documents are there only after the first pipeline with OIDC. (Atlassian Support, "Integrate
 * Pipelines with resource servers using OIDC".)
 */
export const BITBUCKET = {
  url: null,
  urlPattern: '^https://api\\.bitbucket\\.org/2\\.0/workspaces/[^/\\s]+/pipelines-config/identity/oidc$',
  algorithms: ['RS256'],
  typ: ['jwt', null],
  maxLifetimeSeconds: 7200,
  usualLifetimeSeconds: 3600,
  for: 'machine',
  people: false,
  recordedClaims: [
    ['repositoryUuid'],
    ['workspaceUuid'],
    ['branchName'],
    ['deploymentEnvironmentUuid'],
    ['pipelineUuid'],
    ['stepUuid'],
  ],
  immutable: {},
  tenant: [],
  subTrap: 'its `sub` ends in the step, and is another one for every step',
  claims: [
    'iss',
    'sub',
    'aud',
    'exp',
    'iat',
    'nbf',
    'repositoryUuid',
    'workspaceUuid',
    'branchName',
    'deploymentEnvironmentUuid',
    'pipelineUuid',
    'pipelineRunUuid',
    'stepUuid',
    'pullRequestId',
    'tagName',
  ],
  textClaims: 'all',
  listClaims: [],
  numberClaims: [],
  lowerCaseClaims: ['repositoryUuid', 'workspaceUuid', 'deploymentEnvironmentUuid'],
  optionalClaims: ['branchName', 'deploymentEnvironmentUuid', 'tagName', 'pullRequestId'],
  mutableClaims: {},
  jti: false,
  environmentClaim: 'deploymentEnvironmentUuid',
  protectedClaim: null,
  eventClaims: ['branchName', 'deploymentEnvironmentUuid', 'tagName'],
  traps: ['braces belong to the UUIDs', 'discovery answers only after a first pipeline with `oidc: true`'],
} as const satisfies Preset
