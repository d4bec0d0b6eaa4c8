import type { ClaimPath } from '../subject.ts'
import type { Preset } from './preset.ts'

/** The bound facts stand under `kubernetes.io`, one step of a path in spite of its dot. */
const KUBERNETES_CLAIMS: readonly ClaimPath[] = [
  ['kubernetes.io', 'namespace'],
  ['kubernetes.io', 'serviceaccount', 'name'],
  ['kubernetes.io', 'serviceaccount', 'uid'],
  ['kubernetes.io', 'pod', 'name'],
  ['kubernetes.io', 'pod', 'uid'],
]

/**
 * Kubernetes service account tokens, projected for an audience of ours. `aud` is a list. A deleted pod's token stays good
 * until its `exp`: nothing here sees the cluster. (Kubernetes Docs, "Managing Service Accounts".)
 */
export const KUBERNETES = {
  url: null,
  urlPattern: null,
  algorithms: ['RS256', 'ES256'],
  typ: ['jwt', null],
  maxLifetimeSeconds: 86_400,
  usualLifetimeSeconds: 3600,
  for: 'machine',
  people: false,
  recordedClaims: KUBERNETES_CLAIMS,
  immutable: {},
  tenant: [],
  subTrap: null,
  claims: ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'kubernetes.io'],
  textClaims: ['sub'],
  listClaims: ['aud'],
  numberClaims: [],
  lowerCaseClaims: ['sub'],
  optionalClaims: [],
  mutableClaims: {},
  jti: true,
  environmentClaim: null,
  protectedClaim: null,
  eventClaims: [],
  traps: [
    'its discovery needs a binding for unauthenticated callers, or `jwks` with a reachable copy',
    'a deleted pod’s token stays good until it expires',
  ],
} as const satisfies Preset

/** Amazon EKS: one public issuer a cluster. (Amazon EKS User Guide, "IAM roles for service accounts".) */
export const EKS = {
  url: null,
  urlPattern: '^https://oidc\\.eks\\.[a-z0-9-]+\\.amazonaws\\.com(\\.cn)?/id/[0-9A-F]+$',
  algorithms: ['RS256'],
  typ: ['jwt', null],
  maxLifetimeSeconds: 86_400,
  usualLifetimeSeconds: 3600,
  for: 'machine',
  people: false,
  recordedClaims: KUBERNETES_CLAIMS,
  immutable: {},
  tenant: [],
  subTrap: null,
  claims: ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'kubernetes.io'],
  textClaims: ['sub'],
  listClaims: ['aud'],
  numberClaims: [],
  lowerCaseClaims: ['sub'],
  optionalClaims: [],
  mutableClaims: {},
  jti: true,
  environmentClaim: null,
  protectedClaim: null,
  eventClaims: [],
  traps: ['the webhook of IRSA asks for tokens of a day for the audience of AWS: project one of ours'],
} as const satisfies Preset

/** Google Kubernetes Engine: one public issuer a cluster. (GKE Docs, "Workload Identity Federation for GKE".) */
export const GKE = {
  url: null,
  urlPattern:
    '^https://container\\.googleapis\\.com/v1/projects/[^/\\s]+/(locations|zones)/[^/\\s]+/clusters/[^/\\s]+$',
  algorithms: ['RS256'],
  typ: ['jwt', null],
  maxLifetimeSeconds: 86_400,
  usualLifetimeSeconds: 3600,
  for: 'machine',
  people: false,
  recordedClaims: KUBERNETES_CLAIMS,
  immutable: {},
  tenant: [],
  subTrap: null,
  claims: ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'kubernetes.io'],
  textClaims: ['sub'],
  listClaims: ['aud'],
  numberClaims: [],
  lowerCaseClaims: ['sub'],
  optionalClaims: [],
  mutableClaims: {},
  jti: true,
  environmentClaim: null,
  protectedClaim: null,
  eventClaims: [],
  traps: [
    'the name of project and cluster stand in the issuer: a cluster made anew under the same name is the same issuer',
  ],
} as const satisfies Preset

/** Azure Kubernetes Service: a public issuer a cluster where the OIDC issuer feature is on. (AKS Docs, "OIDC issuer".) */
export const AKS = {
  url: null,
  urlPattern:
    '^https://[a-z0-9.-]+\\.(oic\\.prod-aks\\.azure\\.com|blob\\.core\\.windows\\.net)/[0-9a-f-]+/([0-9a-f-]+/)?$',
  algorithms: ['RS256'],
  typ: ['jwt', null],
  maxLifetimeSeconds: 86_400,
  usualLifetimeSeconds: 3600,
  for: 'machine',
  people: false,
  recordedClaims: KUBERNETES_CLAIMS,
  immutable: {},
  tenant: [],
  subTrap: null,
  claims: ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'kubernetes.io'],
  textClaims: ['sub'],
  listClaims: ['aud'],
  numberClaims: [],
  lowerCaseClaims: ['sub'],
  optionalClaims: [],
  mutableClaims: {},
  jti: true,
  environmentClaim: null,
  protectedClaim: null,
  eventClaims: [],
  traps: ['the issuer ends in a slash, and it counts'],
} as const satisfies Preset
