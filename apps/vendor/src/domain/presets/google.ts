import type { Preset } from './preset.ts'

/**
 * Google: service accounts and the identity tokens of virtual machines. `sub` is a number as text and never given again, the
 * address can be. (Google Cloud Docs, "Verify VM identity"; OpenID Connect for Google Accounts.)
 */
export const GOOGLE = {
  url: 'https://accounts.google.com',
  urlPattern: '^https://accounts\\.google\\.com$',
  algorithms: ['RS256'],
  typ: ['jwt'],
  maxLifetimeSeconds: 3600,
  usualLifetimeSeconds: 3600,
  for: null,
  people: true,
  recordedClaims: [
    ['email'],
    ['email_verified'],
    ['azp'],
    ['hd'],
    ['google', 'compute_engine', 'project_id'],
    ['google', 'compute_engine', 'instance_id'],
  ],
  immutable: { email: 'sub' },
  tenant: ['sub', 'email', 'hd', 'google', 'azp'],
  subTrap: null,
  claims: [
    'iss',
    'sub',
    'aud',
    'exp',
    'iat',
    'azp',
    'email',
    'email_verified',
    'hd',
    'google',
    'name',
    'picture',
    'at_hash',
    'nonce',
  ],
  textClaims: ['sub', 'email', 'azp', 'hd'],
  listClaims: [],
  numberClaims: [],
  lowerCaseClaims: ['hd'],
  optionalClaims: ['email', 'email_verified', 'hd', 'google'],
  mutableClaims: { email: 'an address can be given to somebody else', name: 'people choose it' },
  jti: false,
  environmentClaim: null,
  protectedClaim: null,
  eventClaims: [],
  traps: ['one issuer serves every account of Google', 'details of a machine come only with `format=full`'],
} as const satisfies Preset
